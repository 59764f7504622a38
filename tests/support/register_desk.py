"""A phone's registration agent, fed with words; what it does comes back as words."""

from mppsim.sip.line import RegisterRules, SipLine
from mppsim.sip.register import RegisterOutcome
from mppsim.sip.registration import RegistrationAgent
from mppsim.sip.registration_events import (
    DropLink,
    LineFailed,
    LineOff,
    LineRegistered,
    LinesChanged,
    LinkLost,
    PhoneDown,
    RegisterEnded,
    RegistrationAction,
    RegistrationDue,
    StartRegister,
)

__all__ = ["RegisterDesk", "half", "make_line"]


def half(count: int) -> bytes:
    """Dice that always fall in the middle."""
    return b"\x80" + bytes(count - 1)


def make_line(number: int = 1, **changed: object) -> SipLine:
    """A line at pbx.example; a field of its rules is given by its name, too."""
    of_rules = RegisterRules.__dataclass_fields__.keys() & changed.keys()
    rules = RegisterRules(**{name: changed.pop(name) for name in of_rules})  # type: ignore[arg-type]
    given: dict[str, object] = {
        "user_id": f"100{number}",
        "proxy": "pbx.example",
        "password": "secret",
        "rules": rules,
    }
    return SipLine(number=number, **(given | changed))  # type: ignore[arg-type]


class RegisterDesk:
    """Feeds the agent; remembers each REGISTER that it started."""

    def __init__(self, random_bytes: object = half) -> None:
        self.agent = RegistrationAgent(random_bytes)  # type: ignore[arg-type]
        self.now = 0.0
        self.started: list[StartRegister] = []

    def lines(self, *lines: SipLine) -> list[str]:
        return self._feed(LinesChanged(lines))

    def down(self) -> list[str]:
        return self._feed(PhoneDown())

    def lost(self, reason: str = "reset", number: int = 1) -> list[str]:
        return self._feed(LinkLost(number, reason))

    def ok(self, expires: float = 3600.0, places: int = 1, number: int = 1) -> list[str]:
        return self._end(number, RegisterOutcome(status=200, expires=expires, places=places))

    def status(self, status: int, number: int = 1, **more: float) -> list[str]:
        outcome = RegisterOutcome(status=status, reason=f"status-{status}", **more)  # type: ignore[arg-type]
        return self._end(number, outcome)

    def no_answer(self, reason: str = "timeout", places: int = 1, number: int = 1) -> list[str]:
        return self._end(number, RegisterOutcome(reason=reason, places=places))

    def due(self) -> list[str]:
        """Let the time come that the agent waits for."""
        assert self.agent.deadline is not None
        self.now = self.agent.deadline
        return self._feed(RegistrationDue())

    def _end(self, number: int, outcome: RegisterOutcome) -> list[str]:
        last = next(s for s in reversed(self.started) if s.line.number == number)
        return self._feed(RegisterEnded(number, outcome, last.sequence + 2))

    def _feed(self, event: object) -> list[str]:
        actions = self.agent.handle(event, now=self.now)  # type: ignore[arg-type]
        self.started += [action for action in actions if isinstance(action, StartRegister)]
        return list(map(_word_of, actions))


def _word_of(action: RegistrationAction) -> str:
    match action:
        case StartRegister(line, place, expires):
            return f"ask {line.number} at {place} for {expires}"
        case DropLink(number):
            return f"drop {number}"
        case LineRegistered(number, expires, next_at, is_new):
            return (
                f"{'new ' if is_new else ''}registered {number} for {expires:g} until {next_at:g}"
            )
        case LineFailed(number, reason, next_at, was_registered):
            was = "lost" if was_registered else "failed"
            again = "never again" if next_at is None else f"again at {next_at:g}"
            return f"{was} {number}: {reason}, {again}"
        case LineOff(number):
            return f"off {number}"
