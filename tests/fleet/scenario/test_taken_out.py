import pytest

from mppsim.fleet.scenario.overrides import Overrides
from mppsim.fleet.scenario.taken_out import find_taken_out
from tests.support.scenarios import faults

WHY = "the secret was taken out of this copy: write it in"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("[--key ***]http://h/x", 7),
        ("[--key s]http://h/x [--pwd ***]http://h/y", 27),
        ('[--key "***"]http://h/x', None),  # as nobody takes it out: whoever writes this means it
        ("http://joe:***@h/x", 11),
        ("[--key s]http://h/***", None),
        ("[--key ***s]http://h/x", None),
        ("***", None),
        ("", None),
    ],
)
def test_stars_in_the_place_of_a_secret_are_found(text: str, at: int | None) -> None:
    assert find_taken_out(text) == at


@pytest.mark.parametrize(("text", "at"), [("***", 0), ("****", None), ("s", None), ("", None)])
def test_stars_that_are_the_whole_secret_are_found(text: str, at: int | None) -> None:
    assert find_taken_out(text, is_secret=True) == at


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("server: {embedded: {key: '***'}}", ["1:27: server.embedded.key"]),
        (
            "server: {embedded: {keys: [a, '***'], ikm: '***'}}",
            ["1:32: server.embedded.keys[1]", "1:45: server.embedded.ikm"],
        ),
        ("server: {embedded: {user: u, password: '***'}}", ["1:41: server.embedded.password"]),
        ("notify: {user: u, password: '***'}", ["1:30: notify.password"]),
        (
            "notify: [{event: 'resync;profile=[--key ***]http://127.0.0.1/p'}]",
            ["1:41: notify[0].event"],
        ),
        ("server: http://127.0.0.1\nreadback: 'http://u:***@127.0.0.1/'", ["2:21: readback"]),
    ],
)
def test_scenario_whose_secrets_were_taken_out_is_refused(text: str, places: list[str]) -> None:
    assert faults(text) == [f"s.yaml:{place}: {WHY}" for place in places]


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("Report_Rule: '[--key ***]${server}/x'", "1:46: fleet[0].set.Report_Rule"),
        ("password_1_: '***'", "1:39: fleet[0].set.password_1_"),
        ("GPP_SA: '***'", "1:34: fleet[0].set.GPP_SA"),
    ],
)
def test_value_whose_secret_was_taken_out_is_refused_until_another_is_set(
    setting: str, place: str
) -> None:
    text = f"fleet: [{{name: a, set: {{{setting}}}}}]"
    name = setting.partition(":")[0]

    assert faults(text) == [f"s.yaml:{place}: {WHY}, or give --set {name}=@FILE"]
    assert faults(text, overrides=Overrides(settings=((name, "s3cret"),))) == []


@pytest.mark.parametrize(
    "text",
    [
        "fleet: [{name: a, set: {Station_Display_Name: '***'}}]",
        "fleet: [{name: '***', set: {GPP_A: 'http://h/***'}}]",
    ],
)
def test_stars_that_hide_nothing_are_what_they_are(text: str) -> None:
    assert faults(text) == []


def test_settings_of_a_server_that_target_replaces_do_not_count() -> None:
    target = Overrides(target="http://127.0.0.1:81")

    assert faults("server: {embedded: {key: '***'}}", overrides=target) == []
