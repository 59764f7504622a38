"""Over any sequence of changes, triggers, failures and restarts, nothing is lost or sent twice."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mppsim.core.events import (
    NotifyReceived,
    Origin,
    ParametersChanged,
    RestartRequested,
    ResyncFinished,
)
from mppsim.core.report_rule import ReportContent
from mppsim.core.settings import read_report_settings
from tests.support.timelines import DELTA, FULL, STATUS, AgentDriver, profile_of

OTHER_DELTA = "[--delta --key test123]http://other/delta.xml"
RULES = ["", DELTA, f"{DELTA} {OTHER_DELTA}", f"{STATUS} {DELTA}", FULL, f"{DELTA} [--delta"]
MODES = ["On Request", "On Local Change", "Periodically", "Never Report"]
VALUES = {
    "Station_Display_Name": ["", "Lobby", "Hall"],
    "Ringer_Volume": ["1", "2", "3"],
    "User_Password": ["opensesame", "swordfish"],
    "Upload_Delay_On_Local_Change": ["10", "60", "900"],
    "Report_To_Server": MODES,
    "Report_Rule": RULES,
}
some_values = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
)


class Phone(RuleBasedStateMachine):
    """The agent on one side; on the other what was changed and what the servers accepted."""

    @initialize(
        values=some_values,
        window=st.sampled_from(["debounce", "batch"]),
        report=st.sampled_from(["after", "before"]),
        retries=st.sampled_from(["", "30,60"]),
        boot=st.sampled_from(["0", "45"]),
    )
    def switch_on(self, values, window, report, retries, boot):
        self.driver = AgentDriver(
            values,
            f"change_window={window}",
            f"restart_report={report}",
            f"retry_delays={retries}",
            f"boot_seconds={boot}",
        )
        self.now = 0.0
        self.edits = 0
        self.latest = {}  # name -> number of its newest local change
        self.accepted = ({}, {})  # by place: name -> number of the newest that a server accepted
        self.unanswered = set()  # (place, name, number) whose answer was lost
        self.in_hand = []  # (job, {name: number})
        self._after(self.driver.start())

    def _after(self, words):
        if any(word.startswith("upload") for word in words):
            self.in_hand = [
                (job, {p.name: self.latest[p.name] for p in job.changed})
                for job in self.driver.jobs
            ]
            if not self.in_hand:
                self._after(self.driver.finish(self.now))
        if any(word.startswith("down") for word in words) and self.driver.jobs:
            self.in_hand = []
            self._after(self.driver.finish(self.now, "cut"))

    @property
    def is_up(self):
        return self.driver.agent.is_up

    @precondition(lambda self: self.is_up)
    @rule(values=some_values, origin=st.sampled_from([Origin.PHONE, Origin.PAGE]))
    def change_on_the_phone(self, values, origin):
        checked = self.driver.store.check(values)
        before = self.driver.store.view
        self.edits += 1
        for change in checked.changes:
            if before[change.name] != change.value:
                self.latest[change.name] = self.edits
        self._after(self.driver.feed(ParametersChanged(checked.changes, origin), self.now))

    @precondition(lambda self: self.is_up)
    @rule(values=some_values)
    def resync(self, values):
        self._after(self.driver.feed(ResyncFinished(profile_of(values)), self.now))

    @precondition(lambda self: self.is_up)
    @rule(package=st.sampled_from(["report", "report", "reboot_now", "prt-gen"]))
    def notify(self, package):
        self._after(self.driver.feed(NotifyReceived(package), self.now))

    @precondition(lambda self: self.is_up)
    @rule()
    def restart(self):
        self._after(self.driver.feed(RestartRequested("User Triggered"), self.now))

    @rule(seconds=st.sampled_from([0.0, 1.0, 9.0, 61.0, 3600.0]))
    def let_time_pass(self, seconds):
        until = self.now + seconds
        while self.driver.agent.deadline is not None and self.driver.agent.deadline <= until:
            self.now = self.driver.agent.deadline
            self._after(self.driver.deadline())
            later = self.driver.agent.deadline
            assert later is None or later > self.now or not self.is_up
        self.now = until

    @precondition(lambda self: self.driver.jobs)
    @rule(ends=st.lists(st.sampled_from(["accept", "refuse", "lose"]), min_size=2, max_size=2))
    def end_the_run(self, ends):
        reasons = []
        for (job, carried), end in zip(self.in_hand, ends, strict=False):
            if end != "refuse" and job.content is ReportContent.DELTA:
                self._accept(job.place, carried, is_answered=end == "accept")
            reasons.append(None if end == "accept" else "reset")
        self._after(self.driver.finish_each(self.now, *reasons))

    def _accept(self, place, carried, *, is_answered):
        for name, number in carried.items():
            known = self.accepted[place].get(name, 0)
            was_unanswered = (place, name, number) in self.unanswered
            assert known < number or was_unanswered, f"{name} was sent twice"
            self.accepted[place][name] = number
            if not is_answered:
                self.unanswered.add((place, name, number))

    @invariant()
    def every_change_is_accepted_or_waits(self):
        if not hasattr(self, "driver"):
            return
        for place, mark in enumerate(self.driver.agent.bookmarks.since):
            waiting = {parameter.name for parameter in self.driver.store.changed_since(mark)}
            for name, number in self.latest.items():
                if name != "User_Password":
                    assert name in waiting or self.accepted[place].get(name) == number

    @invariant()
    def deadline_is_never_in_the_past(self):
        if hasattr(self, "driver"):
            deadline = self.driver.agent.deadline
            assert deadline is None or deadline >= self.now

    @invariant()
    def deltas_hold_the_values_of_their_moment_and_no_secret(self):
        for job, _ in getattr(self, "in_hand", []):
            assert "User_Password" not in {parameter.name for parameter in job.changed}

    def teardown(self):
        if not hasattr(self, "driver"):
            return
        while self.driver.jobs or not self.is_up:
            self.let_time_pass(60.0) if not self.driver.jobs else self.end_the_run(["accept"] * 2)
        self.notify("report")
        while self.driver.jobs:
            self.end_the_run(["accept"] * 2)
        reading = read_report_settings(self.driver.store.__getitem__)
        for place, written in enumerate(reading.reading.rules if reading.is_reporting else ()):
            if written is not None and written.content is ReportContent.DELTA:
                assert not self.driver.store.changed_since(self.driver.agent.bookmarks.since[place])


TestNothingIsLost = Phone.TestCase
TestNothingIsLost.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
