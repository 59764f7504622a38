import pytest

from mppsim.core.expansion import expand, fill, fits, lives
from mppsim.core.phone_model import find_model

PHONE = find_model("6851")  # 4 lines, 4 line keys, 1 module with 28 keys


def row(name, index="", tab="T"):
    return {"name": name, "index": index, "tab": tab}


def names(rows, model=PHONE):
    return [fill(each["name"], numbers) for each, numbers in expand(rows, model)]


def test_block_of_neighbours_is_repeated_as_a_whole():
    rows = [row("A"), row("B_{n}", "1-2"), row("C_{n}", "1-2"), row("D")]

    assert names(rows) == ["A", "B_1", "C_1", "B_2", "C_2", "D"]


def test_other_range_or_other_tab_begins_another_block():
    rows = [row("A_{n}", "1-2"), row("B_{n}", "1-3"), row("C_{n}", "1-3", tab="U")]

    assert names(rows) == ["A_1", "A_2", "B_1", "B_2", "B_3", "C_1", "C_2", "C_3"]


def test_ranges_that_come_to_the_same_make_one_block():
    rows = [row("A_{n}", "1-4"), row("B_{n}", "ext")]

    assert names(rows) == ["A_1", "B_1", "A_2", "B_2", "A_3", "B_3", "A_4", "B_4"]


def test_unit_goes_outside_key():
    numbered = names([row("K_{n}_{m}", "unit:1-3;key:1-28")], find_model("8851"))

    assert numbered[:2] == ["K_1_1", "K_1_2"]
    assert numbered[27:29] == ["K_1_28", "K_2_1"]
    assert len(numbered) == 56


def test_phone_without_modules_has_no_module_keys():
    assert names([row("K_{n}_{m}", "unit:1-3;key:1-28")], find_model("8841")) == []


def test_line_key_and_call_are_two_numbers():
    assert names([row("L_{n}_{m}", "linekey;call:1-2")])[:3] == ["L_1_1", "L_1_2", "L_2_1"]


@pytest.mark.parametrize(
    ("model", "count"), [("8861", 4), ("9861", 1)], ids=["the others'", "its own"]
)
def test_family_may_have_its_own_range(model, count):
    assert len(names([row("W_{n}", "1-4;9800:1-1")], find_model(model))) == count


def test_status_rows_are_blocks_by_group():
    rows = [
        {"name": "X", "index": "1-2", "group": "G_{n}"},
        {"name": "Y", "index": "1-2", "group": "H_{n}"},
    ]

    assert [each["name"] for each, _ in expand(rows, PHONE)] == ["X", "X", "Y", "Y"]


@pytest.mark.parametrize(
    ("text", "numbers", "filled"),
    [
        ("Unit_{n}_Key_{m}_", (2, 11), "Unit_2_Key_11_"),
        ("{n+5059}", (3,), "5062"),
        ("plain", (3,), "plain"),
        ("{n}", (), "{n}"),
        ("{x}", (1,), "{x}"),
    ],
)
def test_numbers_fill_their_slots(text, numbers, filled):
    assert fill(text, numbers) == filled


@pytest.mark.parametrize(
    ("listed", "fitting"),
    [("*", True), ("6800", True), ("6851|8851", True), ("7800|6841", False), ("685", False)],
)
def test_row_fits_its_models_and_families(listed, fitting):
    assert fits({"models": listed}, PHONE) is fitting


@pytest.mark.parametrize(
    ("since", "until", "level", "alive"),
    [
        ("", "", (11, 2, 3), True),
        ("11.3", "", (11, 2, 3), False),
        ("11.3", "", (11, 3, 1), True),
        ("11.3(5)", "", (11, 3, 1), False),
        ("<=12.0(1)", "", (11, 3, 1), False),
        ("<=12.0(1)", "", (12, 0, 7), True),
        ("12.0(4)+", "", (12, 0, 3), False),
        ("12.0(4)+", "", (12, 0, 4), True),
        ("PhoneOS 3", "", (12, 0, 7), True),
        ("PhoneOS 3", "", (12, 0, 6), False),
        ("", "<12.0(1)", (11, 3, 1), True),
        ("", "<12.0(1)", (12, 0, 1), False),
    ],
)
def test_row_lives_from_since_to_until(since, until, level, alive):
    assert lives({"since": since, "until": until}, level) is alive
