"""When a phone fetches its custom CA, and what it trusts meanwhile."""

import pytest

from mppsim.core.catalogue import find_model
from mppsim.core.custom_ca import CUSTOM_CA_RULE, CustomCaAgent, CustomCaEvent
from mppsim.core.custom_ca_events import CustomCa, CustomCaEnded, CustomCaFetched
from mppsim.core.events import (
    ComeUp,
    GoDown,
    Origin,
    ParametersChanged,
    ResyncFinished,
    Tell,
    Warned,
)
from mppsim.core.firmware import load_release
from mppsim.core.identity import make_identity
from mppsim.core.macros import PhoneMacros
from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.core.profile import Profile
from mppsim.core.resync_events import Fetch, FetchJob
from tests.support.timelines import profile_of

ON = UP = ComeUp()
DOWN = GoDown("Reboot")
CHANGED = ParametersChanged((), Origin.PAGE)
RESYNCED = ResyncFinished(Profile(()))

ONE, TWO = CustomCa("One", "1"), CustomCa("Two", "2")


class Desk:
    """A phone's agent, the store that it looks into, and what it has said so far."""

    def __init__(self, rule: str, *, is_up: bool = False) -> None:
        model = find_model("8851")
        self.store = ParameterStore(Baseline.factory(model, load_release("mpp-12.0")))
        self.set(rule)
        lookup = PhoneMacros(make_identity(model), self.store.view)
        self.agent = CustomCaAgent(lambda: self.store.view, lookup, is_up=is_up)
        self.job: FetchJob | None = None

    def set(self, rule: str) -> None:
        self.store.provision(profile_of({CUSTOM_CA_RULE: rule}))

    def feed(self, event: CustomCaEvent) -> list[str]:
        said = []
        for action in self.agent.handle(event):
            match action:
                case Fetch(job):
                    self.job = job
                    said.append(f"GET {job.url}")
                case Tell(CustomCaEnded() as ended):
                    said.append(f"{ended.result}: {ended.detail}")
                case Tell(Warned(name, reason)):
                    said.append(f"{name} {reason}")
        return said

    def fetched(
        self,
        ca: CustomCa | None = None,
        *,
        reason: str | None = None,
        is_missing: bool = False,
        detail: str = "",
    ) -> list[str]:
        assert self.job is not None
        return self.feed(
            CustomCaFetched(
                job=self.job, reason=reason, is_missing=is_missing, detail=detail, ca=ca
            )
        )


def test_phone_that_comes_up_fetches_and_then_trusts() -> None:
    desk = Desk("http://s/$MA.pem")

    assert desk.feed(UP) == ["GET http://s/00562b000001.pem"]
    assert (desk.agent.is_fetching, desk.agent.ca) == (True, None)
    assert desk.fetched(ONE) == ["ok: One"]
    assert (desk.agent.is_fetching, desk.agent.ca) == (False, ONE)


def test_phone_without_a_rule_fetches_nothing() -> None:
    desk = Desk("")

    assert [desk.feed(event) for event in (ON, CHANGED, RESYNCED, DOWN, UP)] == [[]] * 5
    assert desk.agent.ca is None


@pytest.mark.parametrize("event", [CHANGED, RESYNCED])
def test_phone_that_is_up_obeys_its_first_rule(event: CustomCaEvent) -> None:
    assert Desk("http://s/ca.pem", is_up=True).feed(event) == ["GET http://s/ca.pem"]


def test_phone_that_is_down_fetches_nothing() -> None:
    desk = Desk("http://s/ca.pem")

    assert [desk.feed(event) for event in (CHANGED, RESYNCED)] == [[], []]


@pytest.mark.parametrize("event", [CHANGED, RESYNCED])
def test_another_rule_is_obeyed_at_once_and_the_same_is_not_again(event: CustomCaEvent) -> None:
    desk = Desk("http://s/one.pem")
    desk.feed(ON)
    desk.fetched(ONE)

    assert desk.feed(event) == []
    desk.set("http://s/two.pem")
    assert desk.feed(event) == ["GET http://s/two.pem"]
    assert desk.agent.ca is ONE  # until the other has come
    desk.fetched(TWO)
    assert desk.agent.ca is TWO


def test_rule_that_changes_during_a_fetch_is_obeyed_after_it() -> None:
    desk = Desk("http://s/one.pem")
    desk.feed(ON)
    desk.set("http://s/two.pem")

    assert desk.feed(CHANGED) == []
    assert desk.fetched(ONE) == ["ok: One", "GET http://s/two.pem"]
    assert desk.agent.is_fetching


@pytest.mark.parametrize(
    ("reason", "is_missing", "detail", "said"),
    [
        ("status-404", True, "", "status-404: file not found"),
        ("tftp", True, "TFTP error 1: none", "tftp: file not found"),
        ("tftp", False, "TFTP error 2: not for you", "tftp: TFTP error 2: not for you"),
        ("tls", False, "", "tls: connection error: TLS"),
        ("status-418", False, "", "status-418: the server answered 418"),
        (None, False, "", "certificate: there is no certificate in it"),
    ],
)
def test_fetch_that_fails_leaves_what_was_trusted_and_is_tried_with_the_next_resync(
    reason: str | None, is_missing: bool, detail: str, said: str
) -> None:
    desk = Desk("http://s/one.pem")
    desk.feed(ON)
    desk.fetched(ONE)
    desk.feed(DOWN)
    desk.feed(UP)

    assert desk.fetched(reason=reason, is_missing=is_missing, detail=detail) == [said]
    assert (desk.agent.is_fetching, desk.agent.ca) == (False, ONE)
    assert desk.feed(CHANGED) == []
    assert desk.feed(RESYNCED) == ["GET http://s/one.pem"]
    desk.fetched(TWO)
    assert desk.feed(RESYNCED) == []


def test_phone_fetches_anew_after_a_restart_and_trusts_the_old_one_until_then() -> None:
    desk = Desk("http://s/ca.pem")
    desk.feed(ON)
    desk.fetched(ONE)

    assert desk.feed(DOWN) == []
    assert desk.feed(UP) == ["GET http://s/ca.pem"]
    assert desk.agent.ca is ONE


def test_restart_forgets_the_fetch_in_hand() -> None:
    desk = Desk("http://s/ca.pem")
    desk.feed(ON)
    desk.feed(DOWN)

    assert not desk.agent.is_fetching
    assert desk.feed(UP) == ["GET http://s/ca.pem"]


def test_empty_rule_takes_the_ca_away() -> None:
    desk = Desk("http://s/ca.pem")
    desk.feed(ON)
    desk.fetched(ONE)
    desk.set("")

    assert desk.feed(CHANGED) == []
    assert desk.agent.ca is None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('("$PN" eq "CP-8851-3PCC")? http://s/a.pem | http://s/b.pem', ["GET http://s/a.pem"]),
        ('("$PN" eq "CP-7841-3PCC")? http://s/a.pem', []),
        (
            "[--post a]http://s/a.pem",
            ["Custom_CA_Rule --post means nothing to mppsim: ignored", "GET http://s/a.pem"],
        ),
    ],
)
def test_rule_is_read_as_a_profile_rule_is(rule: str, said: list[str]) -> None:
    desk = Desk(rule)

    assert desk.feed(ON) == said
    assert desk.agent.is_fetching is (said != [])


def test_rule_that_cannot_be_read_is_told_and_fetches_nothing() -> None:
    desk = Desk("[--uid")

    (said,) = desk.feed(ON)

    assert said.startswith("rule: Custom_CA_Rule, column ")
    assert not desk.agent.is_fetching


def test_file_may_be_as_long_as_all_public_authorities() -> None:
    desk = Desk("http://s/ca.pem")
    desk.feed(ON)

    assert desk.job is not None
    assert desk.job.limit == 262_144
