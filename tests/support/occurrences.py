"""What phones tell, in few words; and whole runs of it, drawn."""

from dataclasses import dataclass

from hypothesis import strategies as st

from mppsim.core.events import TriggerFell, TriggerKind
from mppsim.core.resync_events import ResyncEnded
from mppsim.net.event_log import (
    NotifyAnswered,
    Occurrence,
    RegistrationChanged,
    ReportsDue,
    UploadFailed,
    UploadFinished,
    UploadStarted,
)

SIZE = 6000


def due(*contents: str) -> ReportsDue:
    return ReportsDue(contents or ("delta",))


def sent(content: str = "delta", method: str = "PUT", encryption: str = "none") -> UploadStarted:
    return UploadStarted(
        content=content, method=method, url="http://h/a", bytes=SIZE, encryption=encryption
    )


def delivered(
    seconds: float = 0.002, late: float = 0.0, waited: float = 0.0, content: str = "delta"
) -> UploadFinished:
    return UploadFinished(
        content=content,
        method="PUT",
        url="http://h/a",
        status=201,
        bytes=SIZE,
        seconds=seconds,
        late=late,
        waited=waited,
    )


def failed(
    reason: str = "timeout", late: float = 0.0, content: str = "delta", size: int = SIZE
) -> UploadFailed:
    return UploadFailed(
        content=content,
        method="PUT",
        url="http://h/a",
        status=None,
        bytes=size,
        seconds=1.0 if size else 0.0,
        late=late,
        reason=reason,
    )


def unsent(reason: str = "rule", content: str = "delta") -> UploadFailed:
    return failed(reason, content=content, size=0)


@dataclass(frozen=True)
class Told:
    """Something that a phone of a group tells at a moment."""

    at: float
    group: str
    phone: str
    what: Occurrence


_CONTENTS = st.sampled_from(["full", "delta", "status"])
_TIMES = st.floats(0, 700)
_OTHERS = st.one_of(
    st.sampled_from(TriggerKind).map(TriggerFell),
    st.sampled_from([200, 401, 489]).map(lambda code: NotifyAnswered("report", code)),
    st.sampled_from(["Registered", "Failed"]).map(
        lambda state: RegistrationChanged(1, state, "", None)
    ),
    st.sampled_from(["ok", "profile"]).map(lambda result: ResyncEnded("u", result, "")),
)
_ENDS = st.one_of(
    st.builds(delivered, seconds=_TIMES, late=_TIMES, waited=_TIMES, content=_CONTENTS),
    st.builds(failed, reason=st.sampled_from(["timeout", "cut", "status-503"]), late=_TIMES),
    st.builds(unsent),
    st.none(),  # it never ends
)


@st.composite
def runs(draw: st.DrawFn, groups: tuple[str, ...]) -> list[Told]:
    """Draw what a fleet tells, in order."""
    told: list[Told] = []
    gaps = st.sampled_from([0.0, 0.3, 1.0, 40.0, 3000.0])
    at = 0.0
    for number in range(draw(st.integers(0, 25))):
        at += draw(gaps)
        group, phone = draw(st.sampled_from(groups)), f"{number % 7:012x}-{number}"
        end = draw(_ENDS)
        rows: list[Occurrence] = [draw(_OTHERS)]
        if end is not None or draw(st.booleans()):
            rows.append(due(end.content if end is not None else "full"))
            if end is None or end.bytes:
                rows.append(sent(end.content if end is not None else "full"))
        told += [Told(at, group, phone, what) for what in rows]
        if end is not None:
            told.append(Told(at + draw(gaps), group, phone, end))
    return sorted(told, key=lambda row: row.at)
