"""What a phone says: what made it report; of its values, the faults, warnings and refusals.

Source: docs/decisions.md; the guide's XML example of Report Rule is tagged `Profile_Rule`.
"""

from collections.abc import Callable, Iterator

from mppsim.core.events import (
    Origin,
    ParametersApplied,
    RuleFault,
    Tell,
    TriggerFell,
    TriggerKind,
    ValueRefused,
    Warned,
)
from mppsim.core.parameters import Provisioned
from mppsim.core.report_rule import RuleReading
from mppsim.core.settings import REPORT_RULE, ReportSettings
from mppsim.core.upload import IKM

__all__ = [
    "CHANGED",
    "NOTICED",
    "NOTIFIED",
    "PERIOD_OVER",
    "PROFILE_RULES",
    "RESTARTED",
    "provisioning_notices",
    "settings_notices",
]

# A phone says one of these whenever it reports.
NOTIFIED = Tell(TriggerFell(TriggerKind.NOTIFY))
RESTARTED = Tell(TriggerFell(TriggerKind.RESTART))
CHANGED = Tell(TriggerFell(TriggerKind.LOCAL_CHANGE))
PERIOD_OVER = Tell(TriggerFell(TriggerKind.PERIODIC))

PROFILE_RULES = ("Profile_Rule", "Profile_Rule_B", "Profile_Rule_C", "Profile_Rule_D")

NOTICED = (REPORT_RULE, IKM, *PROFILE_RULES)
"""The parameters whose new values `settings_notices` has something to say of."""

_UNANNOUNCED = (
    f"over TFTP nothing tells the server that {IKM} has encrypted the report: it has to know"
)
_SLIP = (
    "holds a report's option and is never fetched; the guide prints this tag by mistake,"
    " put the rule into Report_Rule"
)


def settings_notices(
    settings: ReportSettings, value_of: Callable[[str], str], names: tuple[str, ...] | None = None
) -> Iterator[Tell]:
    """Yield what is to be said of the phone's rules; only of those among `names`, if given."""
    if names is None or REPORT_RULE in names:
        for fault in settings.reading.faults:
            yield Tell(RuleFault(fault.at + 1, fault.reason))
        for warning in settings.reading.warnings:
            yield Tell(Warned(REPORT_RULE, warning))
    is_seal_new = names is None or REPORT_RULE in names or IKM in names
    if is_seal_new and value_of(IKM) and has_unannounced_seal(settings.reading):
        yield Tell(Warned(REPORT_RULE, _UNANNOUNCED))
    for name in PROFILE_RULES:
        if (names is None or name in names) and is_report_rule(value_of(name)):
            yield Tell(Warned(name, _SLIP))


def has_unannounced_seal(reading: RuleReading) -> bool:
    """Say whether a rule goes by TFTP and leaves the encryption to the IKM."""
    rules = (rule for rule in reading.rules if rule is not None and rule.key is None)
    return any(_goes_by_tftp(rule.target) for rule in rules)


def _goes_by_tftp(target: str) -> bool:
    scheme, mark, _ = target.partition("://")
    # What a macro at its front will turn out to be is not known here.
    return scheme.lower() == "tftp" if mark else not target.startswith("$")


def is_report_rule(profile_rule: str) -> bool:
    """Say whether a Profile_Rule is a Report_Rule in the wrong place, as the guide prints it."""
    return "--delta" in profile_rule or "--status" in profile_rule


def provisioning_notices(provisioned: Provisioned) -> Iterator[Tell]:
    """Yield what is to be said of a profile that was applied."""
    for name, reason in provisioned.refused:
        yield Tell(ValueRefused(name, reason))
    for name, reason in provisioned.warnings:
        yield Tell(Warned(name, reason))
    if provisioned.names:
        yield Tell(ParametersApplied(Origin.RESYNC, provisioned.names))
