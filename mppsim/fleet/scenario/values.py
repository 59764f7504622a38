"""What the phones of a group hold at first: profiles, `set`, a CSV's cells, the command line's.

Later layers win. What all phones of a model share goes into one baseline; a value with `${index}`
or `${mac}` in it stays a template, which each phone fills in by itself.

Source: docs/scenario.md, "What the phones hold".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mppsim.core.notices import PROFILE_RULES, is_report_rule
from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.core.profile import Profile, ProfileSetting, clean_value
from mppsim.core.profile_rule import parse_profile_rule
from mppsim.core.report_rule import read_report_rule
from mppsim.core.resync_settings import UPGRADE_RULE
from mppsim.core.settings import REPORT_RULE
from mppsim.errors import ReportRuleError
from mppsim.fleet.scenario.fault_list import FaultList, KeyPath
from mppsim.fleet.scenario.kinds import Sort
from mppsim.fleet.scenario.placeholders import fill, find_unknown, is_per_phone, retarget
from mppsim.fleet.scenario.places import IPV4_ONLY, is_ipv6
from mppsim.fleet.scenario.taken_out import TAKEN_OUT, find_taken_out

__all__ = ["Held", "Layers", "Setting", "hold"]

_FETCHING_RULES = (*PROFILE_RULES, UPGRADE_RULE, "Custom_CA_Rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A name and a value as somebody wrote them, and where."""

    name: str
    value: str = field(repr=False)
    ua: str | None = None
    path: KeyPath = ()
    """Where in the scenario."""
    where: str = ""
    """Where else: a CSV file, an option."""
    line: int = 0
    is_lenient: bool = False
    """From a configuration file: what a phone cannot use of it, it leaves out."""

    def note_name(self, faults: FaultList, reason: str) -> None:
        """Note what is wrong with its name."""
        if self.where:
            self.note(faults, reason)
        else:
            faults.add_key(self.path, f"{self.name}: {reason}")

    def note(self, faults: FaultList, reason: str, at: int | None = None) -> None:
        """Note what is wrong with it; `at` is how many signs into the value."""
        named = f"{self.name}: {reason}"
        if self.where:
            faults.add_elsewhere(self.where, self.line, named)
        elif self.is_lenient:
            faults.add(self.path, named)
        else:
            faults.add(self.path, reason, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Everything that is set on a group's phones, the later over the earlier."""

    settings: tuple[Setting, ...]
    words: Mapping[str, str]
    """What `${server}` and `${tftp}` stand for."""
    sample: Mapping[str, str]
    """What the words of its first phone stand for."""
    target: str = ""
    """Where Report_Rule's URLs go instead, `scheme://host:port`; empty: where they say."""

    def filled(self, setting: Setting) -> Setting:
        """Return a setting with the run's words in their places, and its URLs turned."""
        value = fill(clean_value(setting.value), self.words)
        if self.target and setting.name.casefold() == REPORT_RULE.casefold():
            value = retarget(value, self.target)
        return replace(setting, value=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one sort of phone holds."""

    baseline: Baseline
    templates: Mapping[str, str] = field(repr=False)
    """Real names, and values of which each phone has its own."""


def hold(sort: Sort, layers: Layers, faults: FaultList) -> Held:
    """Return what the phones of a sort hold; faults are noted, and what has one is left out."""
    factory = Baseline.factory(sort.model, sort.release)
    parameters, store = factory.parameters, ParameterStore(factory)
    shared: list[ProfileSetting] = []
    templates: dict[str, str] = {}
    last: dict[str, Setting] = {}
    for written in layers.settings:
        found = parameters.look_up(written.name)
        if found is None:
            if not written.is_lenient:
                written.note_name(faults, parameters.why_unknown(written.name))
            continue
        _check_words(written, layers, faults)
        name, setting = found.parameter.name, layers.filled(written)
        last[name] = written
        templates.pop(name, None)
        if is_per_phone(setting.value):
            templates[name] = setting.value
        else:
            shared.append(ProfileSetting(name=name, value=setting.value, ua=setting.ua))
        if not written.is_lenient:
            check_value(store, setting, layers, faults)
    for name, written in last.items():
        check_rule(name, written, layers, faults)
        _check_secret(written, faults, is_secret=parameters[name].is_secret)
    baseline, _ = factory.provisioned(Profile(tuple(shared)))
    return Held(baseline=baseline, templates=templates)


def check_value(store: ParameterStore, setting: Setting, layers: Layers, faults: FaultList) -> None:
    """Note why a phone would refuse a value, if it would."""
    pair = setting.name, fill(setting.value, layers.sample)
    for refused in store.check([pair], from_profile=True).refused:
        setting.note(faults, refused.reason)


def check_rule(name: str, written: Setting, layers: Layers, faults: FaultList) -> None:
    """Note what is wrong with a value that is a rule: each fault with its column."""
    if name == REPORT_RULE:
        _check_report_rule(written, layers, faults)
    elif name in _FETCHING_RULES:
        _check_fetching_rule(written, faults)


def _check_report_rule(written: Setting, layers: Layers, faults: FaultList) -> None:
    reading = read_report_rule(written.value)
    for fault in reading.faults:
        _note_at(fault.at, fault.reason, written, faults)
    if layers.target:
        return  # its servers are another one's places
    for rule, at in zip(reading.rules, reading.targets_at, strict=True):
        if rule is not None and is_ipv6(rule.target):
            _note_at(at, IPV4_ONLY, written, faults)


def _check_fetching_rule(written: Setting, faults: FaultList) -> None:
    text = written.value
    if is_report_rule(text):
        if not written.is_lenient:
            written.note(faults, "--delta and --status belong into Report_Rule")
        return
    try:
        alternatives = parse_profile_rule(text).alternatives
    except ReportRuleError as fault:
        if not written.is_lenient:
            _note_at(fault.at, fault.reason, written, faults)
        return
    for target in dict.fromkeys(each.target for each in alternatives):
        if is_ipv6(target):
            _note_at(text.index(target), IPV4_ONLY, written, faults)


def _note_at(at: int, reason: str, written: Setting, faults: FaultList) -> None:
    written.note(faults, f"column {at + 1} of the rule: {reason}", at)


def _check_secret(written: Setting, faults: FaultList, *, is_secret: bool) -> None:
    if written.is_lenient:
        return  # a configuration file is no copy of ours; a phone's own has stars of its own
    at = find_taken_out(written.value, is_secret=is_secret)
    if at is not None:
        written.note(faults, f"{TAKEN_OUT}, or give --set {written.name}=@FILE", at)


def _check_words(written: Setting, layers: Layers, faults: FaultList) -> None:
    for at, reason in find_unknown(written.value, layers.words):
        written.note(faults, reason, at)
