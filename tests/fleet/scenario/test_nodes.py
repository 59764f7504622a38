import pytest
from hypothesis import given
from hypothesis import strategies as st

from mppsim.fleet.scenario.nodes import (
    YAML_LIMIT,
    Place,
    YamlList,
    YamlMapping,
    YamlScalar,
    read_yaml,
)


def value_of(text: str) -> object:
    root, faults = read_yaml(text)
    assert faults == ()
    assert isinstance(root, YamlScalar)
    return root.value()


def mapping(text: str) -> YamlMapping:
    root, faults = read_yaml(text)
    assert faults == ()
    assert isinstance(root, YamlMapping)
    return root


def fault(text: str) -> tuple[int, int, str]:
    _, (first, *_) = read_yaml(text)
    return first.place.line, first.place.column, first.reason


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8851", 8851),
        ("-1", -1),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        # What YAML 1.1 takes for something else:
        ("Yes", "Yes"),
        ("no", "no"),
        ("off", "off"),
        ("00:11:22:33:44:55", "00:11:22:33:44:55"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("2026-01-01", "2026-01-01"),
        ('"8851"', "8851"),
        ("'true'", "true"),
        ("9" * 19, "9" * 19),
    ],
)
def test_word_means_what_yaml_1_2_says(text: str, value: object) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


def test_everything_has_its_place() -> None:
    root = mapping("a: 1\nb:\n  - x\n  - {c: 'y'}\n")
    (key, one), (_, many) = root.items

    assert (key.place, one.place) == (Place(1, 1), Place(1, 4))
    assert isinstance(many, YamlList)
    assert [item.place for item in many.items] == [Place(3, 5), Place(4, 5)]


@pytest.mark.parametrize(
    ("text", "inner"),
    [("a: word", 0), ("a: 'word'", 1), ('a: "w\\x6frd"', None), ("a: |\n  w", None)],
)
def test_place_within_a_text_is_known_where_its_signs_are_the_files(
    text: str, inner: object
) -> None:
    scalar = mapping(text).items[0][1]

    assert isinstance(scalar, YamlScalar)
    assert scalar.inner == inner


def test_alias_is_what_its_anchor_is() -> None:
    root = mapping("a: &x {b: 1}\nc: *x")

    assert root.items[0][1] is root.items[1][1]


def test_merge_takes_in_what_a_mapping_does_not_have_itself() -> None:
    root = mapping("a: &x {b: 1, c: 2}\nd: &y {b: 3, e: 4}\nf: {c: 5, <<: [*x, *y]}")
    _, merged = root.items[2]
    assert isinstance(merged, YamlMapping)

    assert {key.text: node.text for key, node in merged.items if isinstance(node, YamlScalar)} == {
        "b": "1",
        "c": "5",
        "e": "4",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (1, 1, "there is nothing in it; examples/quickstart.yaml is a start")),
        ("# only a comment", (1, 1, "there is nothing in it; examples/quickstart.yaml is a start")),
        ("a: 1\nb: 2\na: 3", (3, 1, "the key 'a' is here already, in line 1: remove one")),
        ("a: !!python/object:os.system x", (1, 4, "tags such as !!str are not read: leave it out")),
        ("? [a]\n: b", (1, 3, "a key is a word, not a list or a mapping")),
        ('"\\0one": b', (1, 1, "a key that cannot be shown")),
        ("a: *x", (1, 4, "there is no &x before it")),
        ("a: &x [*x]", (1, 8, "there is no &x before it")),
        ("a: 1\n---\nb: 2", (2, 1, "a second document; one file is one scenario")),
        ("a: b: c", (1, 5, "a colon too many: put a value that holds one in quotes")),
        ("a:\n\tb: 1", (2, 1, "a tab: indent by spaces")),
        ("a: 'b", (1, 6, "the text ends inside quotation marks")),
        ("a: [b", (1, 6, "a bracket that is never closed")),
        ("a: 1\n  b: 2", (2, 4, "a colon too many: put a value that holds one in quotes")),
        ("a: \x07", (1, 4, "a character that no text holds")),
        ("a: {<<: 1}", (1, 9, "<< takes in a mapping: write *anchor")),
        (
            "{a: ${mac}}",
            (1, 6, 'a brace within a value: put it in quotes, "${server}/x"'),
        ),
        ("a: @b", (1, 4, "this is no YAML: found character '@' that cannot start any token")),
    ],
)
def test_fault_has_line_and_column(text: str, expected: tuple[int, int, str]) -> None:
    assert fault(text) == expected


def test_bomb_of_aliases_is_refused_before_it_unfolds() -> None:
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    assert fault("\n".join(lines))[2] == "its aliases unfold to more than 200,000 values"


def test_depth_is_bounded() -> None:
    assert fault("[" * 100_000)[2] == "nested too deeply for a scenario"


def test_length_is_bounded() -> None:
    assert "at most 1,048,576 are read" in fault("#" * (YAML_LIMIT + 1))[2]


def test_faults_that_can_be_passed_over_are_told_together() -> None:
    root, faults = read_yaml("a: !!str 1\nb: 2\nb: 3\nc: 4")

    assert isinstance(root, YamlMapping)
    assert [key.text for key, _ in root.items] == ["a", "b", "c"]
    assert len(faults) == 2


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#,?%@ \n\t<~1"), max_size=40))
def test_any_text_gives_nodes_or_faults(text: str) -> None:
    root, faults = read_yaml(text)

    assert root is not None or faults
    assert all(fault.place.line >= 1 and fault.place.column >= 1 for fault in faults)
