from mppsim.core.catalogue import find_model
from mppsim.core.events import Tell, Warned
from mppsim.core.identity import make_identity
from mppsim.core.macros import PhoneMacros
from mppsim.core.resync_events import (
    Apply,
    Fetch,
    FetchFinished,
    Log,
    RestartPhone,
    ResyncEnded,
    UpgradeEnded,
)
from mppsim.core.resync_work import Begun, ResyncAction, RuleWork
from tests.support.resync_timelines import NOON, profile_body
from tests.support.timelines import make_store, profile_of

RULE, UPGRADE = "Profile_Rule", "Upgrade_Rule"
LOAD = "sip88xx.12-0-7MPP0301-92"


class Worker:
    """A phone's rules at work, and what they wanted done."""

    def __init__(self, **values: str) -> None:
        self.store = make_store(values)
        identity = make_identity(find_model("8851"))
        self.work = RuleWork(
            self.store,
            lambda live: PhoneMacros(identity, self.store.view, live),
            epoch=NOON,
            up_since=0.0,
        )
        self.actions: list[ResyncAction] = []

    def begin(self, name: str = RULE, given: str | None = None) -> Begun:
        return self.work.begin(name, given, 10.0, self.actions)

    def fetched(self, body: bytes = b"", reason: str | None = None) -> FetchFinished:
        fetch = next(action for action in reversed(self.actions) if isinstance(action, Fetch))
        self.actions.clear()
        return FetchFinished(job=fetch.job, body=body, reason=reason)

    def take(self, body: bytes = b"", reason: str | None = None, *, fails: bool = True) -> Begun:
        event = self.fetched(body, reason)
        return self.work.take_profile(event, 20.0, self.actions, fails_when_missing=fails)

    def take_loads(self, body: bytes = b"", reason: str | None = None) -> Begun:
        return self.work.take_loads(self.fetched(body, reason), 20.0, self.actions)

    @property
    def kinds(self) -> list[type]:
        return [
            type(action.notice) if isinstance(action, Tell) else type(action)
            for action in self.actions
        ]


def test_fetch_is_logged_before_it_is_made() -> None:
    worker = Worker(Profile_Rule="http://h/x", Syslog_Server="10.0.0.9")

    assert worker.begin() is Begun.FETCHING
    assert worker.kinds == [Log, Fetch]


def test_rule_of_the_factory_asks_for_nothing_unless_it_is_given() -> None:
    worker = Worker()

    assert worker.begin() is Begun.NOTHING
    assert worker.begin(given="/$PSN.xml") is Begun.FETCHING


def test_rule_may_be_skipped_set_or_fail() -> None:
    worker = Worker()

    assert worker.begin(given="(1 eq 2)? /x") is Begun.NOTHING
    assert worker.begin(given='(GPP_A = "1";)!') is Begun.APPLYING
    assert worker.begin(given="http://a | http://b") is Begun.FAILED
    assert worker.kinds == [Apply, ResyncEnded]


def test_ignored_option_is_warned_of_before_the_fetch() -> None:
    worker = Worker()
    worker.begin(given="[--post a]/x")

    assert worker.kinds == [Warned, Fetch]


def test_profile_that_was_read_is_told_and_applied() -> None:
    worker = Worker(Profile_Rule="http://h/x", Syslog_Server="10.0.0.9")
    worker.begin()

    assert worker.take(profile_body(GPP_A="1")) is Begun.APPLYING
    assert worker.kinds == [ResyncEnded, Log, Apply]


def test_log_says_which_values_of_a_profile_were_left_out() -> None:
    worker = Worker(Profile_Rule="http://h/x", Syslog_Server="10.0.0.9")
    worker.begin()
    worker.take(b"<flat-profile><No_Such>1</No_Such><GPP_A>1</GPP_A></flat-profile>")

    [line] = [action.line for action in worker.actions if isinstance(action, Log)]
    assert line.endswith(b" -- Successful resync http://h:80/x; no such parameter: No_Such")


def test_silenced_log_says_nothing_of_values_that_were_left_out() -> None:
    worker = Worker(Profile_Rule="http://h/x", Syslog_Server="10.0.0.9", Log_Success_Msg="")
    worker.begin()
    worker.take(b"<flat-profile><No_Such>1</No_Such></flat-profile>")

    assert worker.kinds == [ResyncEnded, Apply]


def test_url_is_told_unless_the_rule_gives_none() -> None:
    worker = Worker(Profile_Rule="http://joe:hunter2@h/x")
    worker.begin()
    worker.take(reason="dns")
    worker.begin(given="http://a | http://b")

    ended = [action.notice for action in worker.actions if isinstance(action, Tell)]
    assert [notice.url for notice in ended if isinstance(notice, ResyncEnded)] == ["http://h/x", ""]


def test_profile_that_was_not_is_told_alone() -> None:
    worker = Worker(Profile_Rule="http://h/x")
    worker.begin()

    assert worker.take(b"hello") is Begun.FAILED
    assert worker.kinds == [ResyncEnded]
    assert worker.work.history.result.startswith("corrupted file")


def test_missing_profile_may_count_as_a_success() -> None:
    worker = Worker(Profile_Rule="http://h/x")
    worker.begin()
    event = worker.fetched(reason="status-404")
    missing = FetchFinished(job=event.job, reason="status-404", is_missing=True)

    begun = worker.work.take_profile(missing, 20.0, worker.actions, fails_when_missing=False)

    assert begun is Begun.NOTHING


def test_load_that_was_fetched_restarts_the_phone() -> None:
    worker = Worker(Upgrade_Rule=f"http://h/{LOAD}.loads")
    worker.begin(UPGRADE)

    assert worker.take_loads(b"files") is Begun.NOTHING
    assert worker.kinds == [UpgradeEnded, RestartPhone]
    assert worker.work.installing is not None
    assert worker.work.installing.load == LOAD


def test_load_that_failed_is_not_tried_again_unless_it_is_to_be() -> None:
    worker = Worker(Upgrade_Rule=f"http://h/{LOAD}.loads")
    worker.begin(UPGRADE)

    assert worker.take_loads(reason="dns") is Begun.FAILED
    assert worker.work.history.upgrade_failures == 1
    assert worker.begin(UPGRADE) is Begun.NOTHING
    worker.work.retry_upgrade()
    assert worker.begin(UPGRADE) is Begun.FETCHING


def test_load_that_the_phone_has_is_not_fetched() -> None:
    worker = Worker(Upgrade_Rule="http://h/sip88xx.12-0-7MPP0201-66.loads")

    assert worker.begin(UPGRADE) is Begun.NOTHING


def test_start_forgets_what_was_before() -> None:
    worker = Worker(Upgrade_Rule=f"http://h/{LOAD}.loads")
    worker.begin(UPGRADE)
    worker.take_loads(b"files")

    worker.work.start(30.0)

    assert worker.work.installing is None
    assert worker.work.history.last_resync == 30.0
    assert worker.begin(UPGRADE) is Begun.FETCHING


def test_rules_are_known_from_the_start_and_as_they_were_obeyed() -> None:
    worker = Worker(Profile_Rule="http://h/x")
    assert worker.work.learn_rules() == frozenset()

    worker.store.provision(
        profile_of({"Profile_Rule": "http://h/y", "Profile_Rule_B": "http://h/z"})
    )
    worker.begin()

    assert worker.work.learn_rules() == {"Profile_Rule_B"}
    assert worker.work.learn_rules() == frozenset()


def test_phone_knows_whether_it_has_profile_rules() -> None:
    assert not Worker().work.has_profile_rules
    assert Worker(Profile_Rule_D="http://h/x").work.has_profile_rules


def test_one_true_trigger_is_enough_and_a_fault_counts_as_false() -> None:
    worker = Worker()

    assert worker.work.is_triggered((), 0.0, worker.actions)
    assert worker.work.is_triggered(("1 eq 2", "1 eq 1"), 0.0, worker.actions)
    assert not worker.work.is_triggered(("1 eq 2",), 0.0, worker.actions)
    assert worker.actions == []
    assert not worker.work.is_triggered(("1 eq",), 0.0, worker.actions)
    assert worker.kinds == [Warned]
