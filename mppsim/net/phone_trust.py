"""What one phone trusts besides what all trust: the CA that its Custom_CA_Rule names.

A phone has this only if it has such a rule; idle, it owns no task, no socket and no timer object.
Its HTTPS requests wait while the CA is on its way: what it reports first, once it has come up,
would be lost otherwise.
"""

from typing import Protocol

from mppsim.core.custom_ca import CUSTOM_CA_RULE, CustomCaAgent, CustomCaEvent
from mppsim.core.custom_ca_events import CustomCaEnded, CustomCaFetched
from mppsim.core.events import ComeUp, GoDown, Notice, ParametersChanged, ResyncFinished
from mppsim.core.identity import PhoneIdentity
from mppsim.core.macros import Lookup
from mppsim.core.parameters import ParameterStore
from mppsim.core.phone_status import PhoneStatus
from mppsim.core.resync import ResyncEvent
from mppsim.core.resync_events import OK, Fetch, FetchJob
from mppsim.http import HttpOutcome
from mppsim.net.certificates import read_custom_ca
from mppsim.net.fetching import build_fetch
from mppsim.net.patient_line import PatientLine
from mppsim.net.phone_line import make_phone_tls, open_line
from mppsim.net.surroundings import Surroundings, UploadLine
from mppsim.net.tls import PhoneTls

__all__ = ["PhoneTrust", "TrustingPhone", "make_trust"]

_HEARD = (ComeUp, GoDown, ParametersChanged, ResyncFinished, CustomCaFetched)


class TrustingPhone(Protocol):
    """The phone, as it is seen here."""

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""

    @property
    def is_up(self) -> bool:
        """Whether it is running."""


class PhoneTrust:
    """Made for a phone with a rule; from then on it is told whatever happens to the phone."""

    __slots__ = ("_agent", "_identity", "_line", "_status", "_surroundings", "_waiting")

    def __init__(
        self,
        phone: TrustingPhone,
        store: ParameterStore,
        lookup: Lookup,
        status: PhoneStatus,
        surroundings: Surroundings,
    ) -> None:
        self._identity = phone.identity
        self._status = status
        self._surroundings = surroundings
        self._agent = CustomCaAgent(lambda: store.view, lookup, is_up=phone.is_up)
        self._line: UploadLine | None = None  # of the fetch in hand
        self._waiting: list[PatientLine] = []

    @property
    def tls(self) -> PhoneTls:
        """What the phone brings to TLS now."""
        ca = self._agent.ca
        return make_phone_tls(self._identity, "" if ca is None else ca.pem)

    def open_line(self) -> UploadLine:
        """Begin requests that come from this phone; whoever asked closes the line."""
        if not self._agent.is_fetching:
            return self._open_now()
        line = PatientLine(self._open_now)
        self._waiting.append(line)
        return line

    def feed(self, event: CustomCaEvent | ResyncEvent) -> None:
        """Take in what happened now, and do what follows from it, if anything does."""
        if not isinstance(event, _HEARD):
            return
        if isinstance(event, GoDown):
            self.cut()
        for action in self._agent.handle(event):
            if isinstance(action, Fetch):
                self._fetch(action.job)
            else:
                self._tell(action.notice)
        ca = self._agent.ca
        self._status.trust("" if ca is None else ca.name)
        if not self._agent.is_fetching:
            self._go_on()

    def cut(self) -> None:
        """Give up the fetch in hand; the agent is not told."""
        line, self._line = self._line, None
        if line is not None:
            line.close()
            self._surroundings.timers.release()

    def _tell(self, notice: Notice) -> None:
        if isinstance(notice, CustomCaEnded):
            now = self._surroundings.timers.clock.now()
            self._status.record_custom_ca(now, has_succeeded=notice.result == OK)
        self._surroundings.tell(self._identity.mac, notice)

    def _open_now(self) -> UploadLine:
        return open_line(self._identity, self._surroundings, self.tls)

    def _go_on(self) -> None:
        waiting, self._waiting = self._waiting, []
        for line in waiting:
            line.go_on()

    def _fetch(self, job: FetchJob) -> None:
        request = build_fetch(job, tftp_server=self._identity.tftp_server)
        if request is None:
            self.feed(CustomCaFetched(job=job, reason="no-tftp-server"))
            return
        self._surroundings.timers.hold()  # at `--speed max` no time passes meanwhile
        self._line = line = self._open_now()
        line.send(request, lambda outcome: self._take(job, line, outcome))

    def _take(self, job: FetchJob, line: UploadLine, outcome: HttpOutcome) -> None:
        if self._line is not line:
            return  # it was cut, and another fetch may have begun
        self.cut()
        self._status.count_upload(0, len(outcome.body))
        self.feed(
            CustomCaFetched(
                job=job,
                reason=outcome.reason,
                is_missing=outcome.status == 404,
                detail=outcome.detail,
                ca=None if outcome.reason else read_custom_ca(outcome.body, outcome.coding),
            )
        )


def make_trust(
    phone: TrustingPhone,
    store: ParameterStore,
    lookup: Lookup,
    status: PhoneStatus,
    surroundings: Surroundings,
) -> PhoneTrust | None:
    """Make it for a phone that has a rule; None: it has none."""
    if not store.view[CUSTOM_CA_RULE]:
        return None
    return PhoneTrust(phone, store, lookup, status, surroundings)
