"""One run of a phone's rules: which are still to be obeyed, and what has become of it so far.

Source: the provisioning guides, "Profile Rules": four rules in sequence, ended by a failure.
"""

from dataclasses import dataclass

from mppsim.core.notices import PROFILE_RULES
from mppsim.core.resync_schedule import ResyncReason
from mppsim.core.resync_settings import UPGRADE_RULE

__all__ = ["ResyncRun", "given_run", "upgrade_run", "whole_run"]


@dataclass(slots=True)
class ResyncRun:
    """A run in hand, or one that is to follow."""

    reason: ResyncReason | None
    """Why the phone resyncs; None: it only looks at its upgrade rule."""
    names: tuple[str, ...]
    """The parameters whose rules are still to be obeyed; the upgrade rule is the last."""
    given: str | None = None
    """A rule for this once, in place of the next parameter's."""
    is_whole: bool = True
    """Whether it takes the phone's own profile rules."""
    has_fetched: bool = False
    has_failed: bool = False

    def take(self) -> tuple[str, str | None]:
        """Take the next parameter off, and the rule that was given in its place, if one was."""
        name, *rest = self.names
        given, self.given = self.given, None
        self.names = tuple(rest)
        return name, given

    def fail(self) -> None:
        """End the sequence of profile rules."""
        self.has_failed = True
        self.names = self.names[-1:]


def whole_run(reason: ResyncReason) -> ResyncRun:
    """Return a run of all rules."""
    return ResyncRun(reason, (*PROFILE_RULES, UPGRADE_RULE))


def given_run(rule: str) -> ResyncRun:
    """Return a run of one profile rule that is not stored."""
    return ResyncRun(
        ResyncReason.ASKED, (PROFILE_RULES[0], UPGRADE_RULE), given=rule, is_whole=False
    )


def upgrade_run() -> ResyncRun:
    """Return a run of the upgrade rule alone."""
    return ResyncRun(None, (UPGRADE_RULE,), is_whole=False)
