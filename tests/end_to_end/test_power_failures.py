"""Whatever happens, and wherever a kill falls, what was told is kept and goes out once."""

import sqlite3
from contextlib import closing

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mppsim.core.agent import ReportAgent
from mppsim.core.events import (
    ComeUp,
    DeadlineReached,
    DeltaAccepted,
    GoDown,
    NotifyReceived,
    Origin,
    ParametersApplied,
    ParametersChanged,
    PhoneStarted,
    Remember,
    RestartRequested,
    ResyncFinished,
    StartUploads,
    Tell,
    UploadsFinished,
)
from mppsim.core.phone_memory import recall, remember
from mppsim.core.phone_status import PhoneStatus
from mppsim.core.report_rule import ReportContent
from mppsim.core.upload import UploadOutcome
from mppsim.net.state_rows import SCHEMA, PhoneRow, changed_rows, read_memory, read_phone
from tests.support.timelines import DELTA, STATUS, make_store, profile_of

PHONE = PhoneRow("00562b000001", "8851", "mpp-12.0")
RULES = [DELTA, f"{DELTA} [--delta]http://other/delta.xml", f"{STATUS} {DELTA}"]
PROVISIONED = {"Report_To_Server": "On Local Change", "Upload_Delay_On_Local_Change": "10"}
NAMES = ["GPP_A", "GPP_B", "Station_Display_Name", "User_Password"]
SECRET = {"User_Password"}
some_values = st.dictionaries(
    st.sampled_from(NAMES), st.sampled_from(["", "Lobby", "Hall"]), min_size=1, max_size=3
)
fuses = st.one_of(st.none(), st.integers(0, 6))
"""After how many steps the kill falls; None: it does not."""


class Killed(BaseException):
    """The process is gone."""


class Disk:
    """A state file whose transactions are whole or not there."""

    def __init__(self):
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.executescript(SCHEMA)

    @property
    def memory(self):
        known = read_phone(self.database, PHONE.mac)
        return None if known is None else read_memory(self.database, PHONE.mac)

    def keep(self, memory):
        for statement, values in changed_rows(PHONE, self.memory, memory):
            self.database.execute(statement, values)


class Phone(RuleBasedStateMachine):
    """The phone on one side; on the other what it told and what the servers accepted."""

    @initialize(
        written=st.sampled_from(RULES),
        boot=st.sampled_from(["0", "45"]),
        report=st.sampled_from(["after", "before"]),
        fuse=fuses,
    )
    def buy(self, written, boot, report, fuse):
        self.quirks = (f"boot_seconds={boot}", f"restart_report={report}")
        self.provisioned = profile_of({**PROVISIONED, "Report_Rule": written})
        self.disk = Disk()
        self.fuse = None
        self.now = 0.0
        self.edits = 0
        self.values = dict.fromkeys(NAMES, "")  # as told
        self.wanted = {}  # name -> value: applied, and not told yet
        self.told = {}  # name -> number of the newest local change of it that was told
        self.number_of = {}  # revision -> number of the local change
        self.accepted = ({}, {})  # by place: name -> number of the newest that a server accepted
        self.unwritten = set()  # (place, name, revision): accepted, and the phone may not know
        self.switch_on()
        self.happen(fuse, lambda: self.apply({"GPP_A": "Hall"}))

    # One process.

    def switch_on(self):
        self.store = make_store(None, *self.quirks)
        self.status = PhoneStatus(boot_time=1e9 - self.now)
        marks, warnings = recall(self.disk.memory, self.store, self.status)
        assert warnings == ()
        self.check_what_was_recalled()
        self.agent = ReportAgent(self.store, lambda: lambda _: None, bookmarks=marks)
        self.jobs = ()
        self.feed(ResyncFinished(self.provisioned))
        self.feed(PhoneStarted())

    def check_what_was_recalled(self):
        recalled = {name: self.store[name] for name in NAMES}
        assert recalled in (self.values, {**self.values, **self.wanted}), "a value was lost"
        self.values, self.wanted = recalled, {}
        by_place = self.store.view.baseline.parameters.parameters
        kept = {by_place[i].name: self.number_of[at] for i, at in self.store.revisions.items()}
        assert all(kept[name] >= number for name, number in self.told.items())
        self.told = kept

    def happen(self, fuse, doing):
        """Do something, and kill the process after so many steps of it."""
        self.fuse = fuse
        try:
            doing()
        except Killed:
            self.fuse = None
            self.switch_on()
        self.fuse = None

    def step(self):
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Killed

    def feed(self, event):
        actions = self.agent.handle(event, now=self.now)
        for action in actions:
            self.step()
            self.do(action)
        self.step()

    def do(self, action):
        match action:
            case Remember():
                self.disk.keep(remember(self.store, self.agent.bookmarks, self.status))
                marks = self.agent.bookmarks.accepted
                self.unwritten = {one for one in self.unwritten if one[2] > marks[one[0]]}
            case Tell(ParametersApplied() as applied):
                self.hear(applied)
            case StartUploads(jobs):
                self.jobs = jobs
                if not jobs:
                    self.feed(UploadsFinished(()))
            case GoDown(reason):
                self.status.record_restart(reason, self.now)
                self.cut()
            case ComeUp():
                self.status.record_start(self.now)

    def hear(self, applied):
        for name in set(applied.names) & set(NAMES):
            self.values[name] = self.store[name]
            self.wanted.pop(name, None)
            if applied.origin is Origin.PHONE:
                self.told[name] = self.edits

    def cut(self):
        jobs, self.jobs = self.jobs, ()
        if jobs:
            self.feed(UploadsFinished(tuple(UploadOutcome(job, "cut") for job in jobs)))

    # What happens to it.

    @precondition(lambda self: self.agent.is_up)
    @rule(values=some_values, fuse=fuses)
    def change_on_the_phone(self, values, fuse):
        self.happen(fuse, lambda: self.change(values))

    def change(self, values):
        self.edits += 1
        self.number_of[self.store.revision + 1] = self.edits
        self.wanted = dict(values)
        self.feed(ParametersChanged(self.store.check(values).changes, Origin.PHONE))
        self.wanted = {}

    @precondition(lambda self: self.agent.is_up)
    @rule(values=some_values, fuse=fuses)
    def resync(self, values, fuse):
        self.happen(fuse, lambda: self.apply(values))

    def apply(self, values):
        self.wanted = dict(values)
        self.feed(ResyncFinished(profile_of(values)))
        self.wanted = {}

    @precondition(lambda self: self.agent.is_up)
    @rule(package=st.sampled_from(["report", "report", "reboot_now"]), fuse=fuses)
    def notify(self, package, fuse):
        self.happen(fuse, lambda: self.feed(NotifyReceived(package)))

    @precondition(lambda self: self.agent.is_up)
    @rule(fuse=fuses)
    def restart(self, fuse):
        self.happen(fuse, lambda: self.feed(RestartRequested("User Triggered")))

    @rule(seconds=st.sampled_from([0.0, 1.0, 11.0, 61.0]), fuse=fuses)
    def let_time_pass(self, seconds, fuse):
        self.happen(fuse, lambda: self.wait_until(self.now + seconds))

    def wait_until(self, until):
        while self.agent.deadline is not None and self.agent.deadline <= until:
            self.now = self.agent.deadline
            self.feed(DeadlineReached())
        self.now = until

    @precondition(lambda self: self.jobs)
    @rule(ends=st.lists(st.sampled_from(["accept", "refuse", "lose"]), min_size=2, max_size=2))
    def end_the_run(self, ends):
        self.happen(None, lambda: self.answer(ends))

    @precondition(lambda self: self.jobs)
    @rule(fuse=st.integers(0, 6))
    def kill_while_the_run_ends(self, fuse):
        self.happen(fuse, lambda: self.answer(["accept", "accept"]))

    def answer(self, ends):
        outcomes = []
        for job, end in zip(self.jobs, ends, strict=False):
            is_delta = job.content is ReportContent.DELTA
            if is_delta and end != "refuse":
                self.accept(job)
            self.step()
            if is_delta and end == "accept":
                self.feed(DeltaAccepted(job))
                # From here on it is told as finished, and may never go out again.
                self.unwritten = {one for one in self.unwritten if one[0] != job.place}
            outcomes.append(UploadOutcome(job, None if end == "accept" else "reset"))
        self.jobs = ()
        self.feed(UploadsFinished(tuple(outcomes)))

    def accept(self, job):
        for parameter in job.changed:
            name = parameter.name
            revision = self.store.revisions[parameter.index]
            if revision > job.revision:
                continue  # changed again since the delta was made
            known = self.accepted[job.place].get(name, 0)
            is_again = known >= self.number_of[revision]
            assert not is_again or (job.place, name, revision) in self.unwritten, "sent twice"
            self.accepted[job.place][name] = self.number_of[revision]
            self.unwritten.add((job.place, name, revision))

    # What holds at every moment.

    @property
    def places(self):
        written = self.store["Report_Rule"].split()
        return [place for place, each in enumerate(written) if each.startswith("[--delta")]

    @invariant()
    def every_change_that_was_told_is_accepted_or_waits(self):
        if not hasattr(self, "agent"):
            return
        for place in self.places:
            mark = self.agent.bookmarks.since[place]
            waiting = {parameter.name for parameter in self.store.changed_since(mark)}
            for name, number in self.told.items():
                if name not in SECRET:
                    assert name in waiting or self.accepted[place].get(name, 0) >= number

    @invariant()
    def phone_holds_what_it_told(self):
        if hasattr(self, "agent"):
            assert {name: self.store[name] for name in NAMES} == self.values

    def teardown(self):
        if not hasattr(self, "disk"):
            return
        with closing(self.disk.database):
            self.go_out_well()

    def go_out_well(self):
        self.fuse = None
        self.switch_on()  # once more, after the last of the kills
        while self.jobs:
            self.answer(["accept", "accept"])
        for place in self.places:
            accepted = self.accepted[place]
            assert all(
                accepted[name] >= number for name, number in self.told.items() if name not in SECRET
            )


TestPowerFailures = Phone.TestCase
TestPowerFailures.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
