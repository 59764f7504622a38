from mppsim.core.catalogue import find_model, parameter_set
from mppsim.core.firmware import load_release
from mppsim.core.wanted import find_wanted

PARAMETERS = parameter_set(find_model("8851"), load_release("mpp-12.0"))


def test_known_names_give_their_parameters_and_the_last_text_of_each() -> None:
    wanted = find_wanted(PARAMETERS, [("GPP_A", "1"), ("GPP_B", "2"), ("GPP_A", "3")])

    assert [(parameter.name, text) for parameter, text in wanted.texts] == [
        ("GPP_A", "3"),
        ("GPP_B", "2"),
    ]
    assert wanted.unknown == wanted.warnings == ()


def test_name_in_other_case_is_read_with_a_warning() -> None:
    wanted = find_wanted(PARAMETERS, [("gpp_a", "1")])

    assert [parameter.name for parameter, _ in wanted.texts] == ["GPP_A"]
    assert [warning.name for warning in wanted.warnings] == ["gpp_a"]


def test_unknown_name_is_told_once_and_near_names_only_a_few_times() -> None:
    pairs = [(f"GPP_A{number}", "") for number in range(7)] + [("GPP_A0", "")]

    wanted = find_wanted(PARAMETERS, pairs)

    assert [remark.name for remark in wanted.unknown] == [f"GPP_A{n}" for n in range(7)]
    assert ["did you mean" in remark.reason for remark in wanted.unknown] == [True] * 5 + [
        False
    ] * 2
