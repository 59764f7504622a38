from mppsim.fleet.scenario.overrides import NO_OVERRIDES, Overrides
from tests.support.scenarios import plan


def test_nothing_is_overridden_by_default() -> None:
    assert Overrides() == NO_OVERRIDES
    assert plan("seed: 3") == plan("seed: 3", overrides=Overrides())


def test_secret_of_the_command_line_is_not_shown() -> None:
    assert "s3cret" not in repr(Overrides(settings=(("GPP_SA", "s3cret"),)))
