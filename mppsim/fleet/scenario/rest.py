"""What a plan has besides phones: server, faults, NOTIFYs, thresholds, the reading back.

Source: docs/scenario.md.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mppsim.core.url import parse_url
from mppsim.errors import ReportRuleError, ThresholdError
from mppsim.fleet.plan import EmbeddedPlan, FaultPlan, NotifyPlan
from mppsim.fleet.scenario.document import Notify, Scenario, Threshold
from mppsim.fleet.scenario.fault_list import FaultList, KeyPath, near
from mppsim.fleet.scenario.placeholders import fill, find_unknown, phone_words
from mppsim.fleet.scenario.places import IPV4_ONLY
from mppsim.fleet.scenario.server_section import Embedded, Fault
from mppsim.fleet.scenario.taken_out import note_taken_out
from mppsim.results import thresholds as results
from mppsim.results.thresholds import parse_threshold

__all__ = ["plan_embedded", "plan_notifies", "plan_readback", "plan_thresholds", "read_server"]

_EMBEDDED = "embedded"
_EVENTS = ("report", "resync", "check-sync", "reboot_now", "reboot", "restart_now")
_SOME_PHONE = phone_words(1, 0x00562B000001)
_UNREAD = (
    "nothing is read back from a server that is not the embedded one: add the line"
    ' readback: "${url}" (the URL where it gives out what it holds), or take this threshold out'
)


def plan_embedded(scenario: Scenario, faults: FaultList) -> EmbeddedPlan | None:
    """Return the server that the run brings with it; None: it is somebody else's."""
    server = scenario.server
    if isinstance(server, str):
        return EmbeddedPlan() if server == _EMBEDDED else None
    embedded = server.embedded
    _check_secrets(embedded, faults)
    return EmbeddedPlan(
        keys=(*(() if embedded.key is None else (embedded.key,)), *embedded.keys),
        ikm=embedded.ikm,
        user=embedded.user,
        password=embedded.password,
        auth=embedded.auth,
        faults=tuple(map(_plan_fault, embedded.faults)),
        keeps_bodies=embedded.keep_bodies,
    )


def read_server(scenario: Scenario, target: str, faults: FaultList) -> str | None:
    """Return a foreign server's URL without a path, the command line's before the scenario's.

    None: it has a fault.
    """
    if target:
        try:
            return _read_server(target)
        except ReportRuleError as error:
            faults.add_elsewhere("--target", 0, f"{error.reason}; write http://HOST:PORT")
            return None
    assert isinstance(scenario.server, str), "an embedded server has no URL of its own"
    try:
        return _read_server(scenario.server)
    except ReportRuleError as error:
        hint = near(scenario.server, (_EMBEDDED,))
        reason = f"{error.reason}; write embedded, or http://HOST:PORT"
        faults.add(("server",), f"no server{hint}" if hint else reason, at=error.at)
        return None


def plan_notifies(
    scenario: Scenario, words: Mapping[str, str], planned: Collection[str], faults: FaultList
) -> tuple[NotifyPlan, ...]:
    """Return the NOTIFYs of a run; those for groups without phones are left out."""
    is_list = isinstance(scenario.notify, list)
    plans: list[NotifyPlan] = []
    for number, notify in enumerate(scenario.notifies):
        path: KeyPath = ("notify", number) if is_list else ("notify",)
        _check_notify(notify, path, scenario, words, faults)
        groups = tuple(name for name in notify.groups if name in planned)
        if groups or not notify.groups:
            plans.append(_plan_notify(notify, groups, words))
    return tuple(plans)


def plan_thresholds(
    scenario: Scenario, more: tuple[str, ...], faults: FaultList, *, is_read_back: bool
) -> tuple[str, ...]:
    """Return every expression that has to hold, checked, with when it is judged.

    Of a run that is not read back, those that ask for what was are faults: they cannot hold.
    """
    reader = _ThresholdReader([group.name for group in scenario.fleet], is_read_back)
    read: list[str] = []
    for number, written in enumerate(scenario.thresholds):
        path: KeyPath = ("thresholds", number, *(() if isinstance(written, str) else ("expr",)))
        try:
            read.append(str(reader.read(written)))
        except ThresholdError as error:
            faults.add(path, str(error), at=error.at)
    for text in more:
        try:
            read.append(str(reader.read(text)))
        except ThresholdError as error:
            faults.add_elsewhere("--threshold", 0, f"{text}: {error}")
    return tuple(read)


def plan_readback(scenario: Scenario, words: Mapping[str, str], faults: FaultList) -> str:
    """Return the template of the URL where a foreign server gives out what it holds.

    Of the embedded server nothing, since it has a ledger; the template is checked all the same.
    """
    template = fill(scenario.readback, words)
    path: KeyPath = ("readback",)
    sample = {**_SOME_PHONE, "url": f"{words['server']}/x", "path": "/x"}
    for at, reason in find_unknown(scenario.readback, {**words, **sample}):
        faults.add(path, reason, at=at)
        return template
    if not template:
        return ""
    note_taken_out(path, scenario.readback, faults)
    try:
        url = parse_url(fill(template, sample))
    except ReportRuleError as error:
        faults.add(path, error.reason)
    else:
        if url.scheme == "tftp":
            faults.add(path, "a server is read back by http or https")
    return "" if "tftp" in words else template


def _check_secrets(embedded: Embedded, faults: FaultList) -> None:
    above: KeyPath = ("server", "embedded")
    for name in ("key", "ikm", "password"):
        note_taken_out((*above, name), getattr(embedded, name) or "", faults, is_secret=True)
    for number, key in enumerate(embedded.keys):
        note_taken_out((*above, "keys", number), key, faults, is_secret=True)


def _plan_fault(fault: Fault) -> FaultPlan:
    values = {
        "status": fault.status,
        "delay": fault.delay,
        "slow": fault.slow,
        "redirect": fault.redirect,
    }
    return FaultPlan(
        kind=fault.kind,
        value=float(values.get(fault.kind) or 0.0),
        share=fault.share,
        begins=fault.from_,
        ends=fault.to,
    )


def _read_server(text: str) -> str:
    url = parse_url(text)
    if url.scheme == "tftp":
        raise ReportRuleError("a server is reached by http or https", text=text, at=0)
    if url.target != "/":
        raise ReportRuleError("no path here: it belongs into the values", text=text, at=0)
    if url.user or url.password:
        reason = "no user here: Report_Rule has --uid and --pwd"
        raise ReportRuleError(reason, text=text, at=0)
    if ":" in url.host:
        raise ReportRuleError(IPV4_ONLY, text=text, at=text.index("["))
    return f"{url.scheme}://{url.authority}"


def _check_notify(
    notify: Notify, path: KeyPath, scenario: Scenario, words: Mapping[str, str], faults: FaultList
) -> None:
    package = notify.event.partition(";")[0]
    if package not in _EVENTS:
        hint = near(package, _EVENTS) or f"; phones know {', '.join(_EVENTS)}"
        faults.add((*path, "event"), f"no phone knows {package!r}{hint}")
    names = [group.name for group in scenario.fleet]
    for number, name in enumerate(notify.groups):
        if name not in names:
            hint = near(name, names) or f"; there are {', '.join(names)}"
            faults.add((*path, "groups", number), f"no group {name!r}{hint}")
    if notify.password and not notify.user:
        faults.add((*path, "password"), "a password without a user: add user")
    note_taken_out((*path, "event"), notify.event, faults)
    note_taken_out((*path, "password"), notify.password, faults, is_secret=True)
    for key in ("event", "user", "password"):
        for at, reason in find_unknown(getattr(notify, key), words):
            faults.add((*path, key), reason, at=at)


def _plan_notify(notify: Notify, groups: tuple[str, ...], words: Mapping[str, str]) -> NotifyPlan:
    return NotifyPlan(
        event=fill(notify.event, words),
        every=notify.every,
        at=(notify.every or 0.0) if notify.at is None else notify.at,
        share=notify.share,
        groups=groups,
        rate=notify.rate,
        user=fill(notify.user, words),
        password=fill(notify.password, words),
    )


@dataclass(frozen=True, slots=True)
class _ThresholdReader:
    """Reads thresholds of one run; raises `ThresholdError`."""

    groups: Collection[str]
    is_read_back: bool

    def read(self, written: str | Threshold) -> results.Threshold:
        if isinstance(written, str):
            return self._check(parse_threshold(written, groups=self.groups), written)
        given = written.model_fields_set
        threshold = parse_threshold(
            written.expr,
            after=written.after if "after" in given else None,
            abort=written.abort if "abort" in given else None,
            groups=self.groups,
        )
        return self._check(threshold, written.expr)

    def _check(self, threshold: results.Threshold, text: str) -> results.Threshold:
        figures = (threshold.figure, threshold.divisor)
        if not self.is_read_back and any(str(each).startswith("readback.") for each in figures):
            raise ThresholdError(_UNREAD, text=text, at=text.index("readback"))
        return threshold
