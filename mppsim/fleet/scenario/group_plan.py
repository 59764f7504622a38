"""Make the plan of one group: its kinds, what they hold, what is done to them.

Source: docs/scenario.md, "fleet".
"""

from collections.abc import Iterable, Iterator, Mapping

from mppsim.core.catalogue import ParameterSet, ReportForm
from mppsim.core.url import parse_url
from mppsim.errors import ParameterError, ReportRuleError
from mppsim.fleet.plan import (
    ChangePlan,
    GivenPhone,
    GroupPlan,
    NetworkPlan,
    PhoneKind,
    RestartPlan,
    StartPlan,
)
from mppsim.fleet.scenario.fault_list import FaultList, KeyPath
from mppsim.fleet.scenario.file import ScenarioFile, listed
from mppsim.fleet.scenario.given import RowReader
from mppsim.fleet.scenario.group import Group
from mppsim.fleet.scenario.kinds import Mix, find_mix
from mppsim.fleet.scenario.overrides import Overrides
from mppsim.fleet.scenario.phones import GroupPhones
from mppsim.fleet.scenario.placeholders import fill, find_unknown, phone_words
from mppsim.fleet.scenario.places import is_directing
from mppsim.fleet.scenario.values import Held, Layers, Setting, hold

__all__ = ["plan_group"]


def plan_group(
    place: int,
    who: GroupPhones,
    file: ScenarioFile,
    words: Mapping[str, str],
    overrides: Overrides,
    faults: FaultList,
) -> GroupPlan:
    """Return the plan of one group, numbered from 0; faults are noted."""
    assert file.scenario is not None, "only what could be read has groups"
    group = file.scenario.fleet[place]
    table = file.phones.get(group.macs) if isinstance(group.macs, str) else None
    mix = find_mix(place, group, table, overrides.quirks, faults)
    layers = Layers(
        settings=tuple(_layers(place, group, file, overrides)),
        words=words,
        sample=phone_words(1, who.macs[0] if who.macs else 0),
        target=_server_of(overrides.target),
    )
    held = [hold(sort, layers, faults) for sort in mix.sorts]
    given: tuple[GivenPhone, ...] = ()
    if table is not None and held:
        overridden = frozenset(_real_names(held, (name for name, _ in overrides.settings)))
        reader = RowReader(table, [each.baseline for each in held], layers, overridden, faults)
        given = tuple(
            reader.read(index, row, kind)
            for index, (row, kind) in enumerate(zip(who.rows, mix.of_rows, strict=False), 1)
        )
    return GroupPlan(
        name=group.name,
        first=0,
        kinds=tuple(_kinds(mix, held)),
        macs=who.macs,
        addresses=who.addresses,
        settings=tuple({pair: None for each in held for pair in each.templates.items()}),
        given=given,
        start=StartPlan(powers_on=group.start.as_ == "power_on", spread=group.start.spread),
        changes=_plan_changes(place, group, held, faults),
        restarts=_plan_restarts(group),
        network=NetworkPlan(
            latency=group.network.latency,
            loss=group.network.loss,
            kill=group.network.kill,
            upload_rate=group.network.upload,
        ),
        tftp_server=_read_tftp(place, group, words, faults),
    )


def _layers(
    place: int, group: Group, file: ScenarioFile, overrides: Overrides
) -> Iterator[Setting]:
    above: KeyPath = ("fleet", place)
    for number, name in enumerate(listed(group.profile)):
        path = (*above, "profile", *((number,) if isinstance(group.profile, list) else ()))
        profile = file.profiles.get(name)
        for each in profile.settings if profile else ():
            yield Setting(name=each.name, value=each.value, ua=each.ua, path=path, is_lenient=True)
    for name, value in group.set.items():
        yield Setting(name=name, value=value, path=(*above, "set", name))
    for name, value in overrides.settings:
        yield Setting(name=name, value=value, where="--set")


def _server_of(target: str) -> str:
    """Return scheme and server of a URL; what is none is told where the server is read."""
    try:
        url = parse_url(target)
    except ReportRuleError:
        return ""
    return f"{url.scheme}://{url.authority}" if url.host else ""


def _kinds(mix: Mix, held: list[Held]) -> Iterator[PhoneKind]:
    for sort, each in zip(mix.sorts, held, strict=True):
        yield PhoneKind(model=sort.model, baseline=each.baseline, weight=sort.weight)


def _real_names(held: list[Held], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for each in held:
            found = each.baseline.parameters.look_up(name)
            if found is not None:
                yield found.parameter.name


def _plan_changes(
    place: int, group: Group, held: list[Held], faults: FaultList
) -> ChangePlan | None:
    changes = group.changes
    if changes is None:
        return None
    names: dict[str, None] = {}
    for number, name in enumerate(changes.of):
        try:
            for each in held:
                names[_changeable(name, each.baseline.parameters)] = None
        except ParameterError as error:
            faults.add(("fleet", place, "changes", "of", number), str(error))
    return ChangePlan(every=changes.every, names=tuple(names), is_random=changes.random)


def _changeable(name: str, parameters: ParameterSet) -> str:
    """Return the real name of a parameter that anybody may change at random."""
    parameter = parameters.find(name).parameter
    if parameter.form is ReportForm.NEVER:
        raise ParameterError(parameter.name, "only a profile sets it: put it into set")
    if is_directing(parameter.name):
        reason = "says where traffic goes, so it is not changed at random: put it into set"
        raise ParameterError(parameter.name, reason)
    return parameter.name


def _plan_restarts(group: Group) -> RestartPlan | None:
    if group.restarts is None:
        return None
    return RestartPlan(every=group.restarts.every, is_random=group.restarts.random)


def _read_tftp(place: int, group: Group, words: Mapping[str, str], faults: FaultList) -> str:
    path: KeyPath = ("fleet", place, "tftp")
    for at, reason in find_unknown(group.tftp, words):
        faults.add(path, reason, at=at)
        return ""
    server = fill(group.tftp, words)
    if server:
        try:
            parse_url(f"tftp://{server}/")
        except ReportRuleError as error:
            faults.add(path, f"{error.reason}; write HOST or HOST:PORT")
    return server
