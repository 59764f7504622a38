"""What a CSV file of real phones says of each beyond its addresses, checked.

Source: docs/scenario.md, "A CSV of phones".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mppsim.core.parameters import Baseline, ParameterStore
from mppsim.fleet.plan import GivenPhone
from mppsim.fleet.scenario.fault_list import FaultList, near
from mppsim.fleet.scenario.phone_list import PhoneRow, PhoneTable
from mppsim.fleet.scenario.placeholders import fill, find_unknown, phone_words
from mppsim.fleet.scenario.values import Layers, Setting, check_rule, check_value

__all__ = ["RowReader"]

_COLUMNS = ("mac", "ip", "model", "firmware", "serial")


class RowReader:
    """Reads what rows set on their phones. Values that many rows share are checked once."""

    def __init__(
        self,
        table: PhoneTable,
        baselines: Sequence[Baseline],
        layers: Layers,
        overridden: frozenset[str],
        faults: FaultList,
    ) -> None:
        """`baselines` are those of the group's kinds; `overridden` names what `--set` sets."""
        self._source = table.source
        self._stores = [ParameterStore(baseline) for baseline in baselines]
        self._layers = layers
        self._faults = faults
        self._names = [self._find_names(table, store, overridden) for store in self._stores]
        self._checked: set[tuple[int, str, str]] = set()

    def read(self, index: int, row: PhoneRow, kind: int) -> GivenPhone:
        """Return what a row gives; `index` is the phone's place in its group, from 1."""
        words = phone_words(index, row.mac)
        names = self._names[kind]
        settings = tuple(
            (names[name], self._value(names[name], value, row, kind, words))
            for name, value in row.settings
            if name in names
        )
        return GivenPhone(kind=kind, serial=row.serial, settings=settings)

    def _value(
        self, name: str, value: str, row: PhoneRow, kind: int, words: Mapping[str, str]
    ) -> str:
        written = Setting(name=name, value=value, where=self._source, line=row.line)
        is_new = (kind, name, value) not in self._checked
        if is_new:
            self._checked.add((kind, name, value))
            for _, reason in find_unknown(value, self._layers.words):
                written.note(self._faults, reason)
            check_rule(name, written, self._layers, self._faults)
        setting = self._layers.filled(written)
        setting = replace(setting, value=fill(setting.value, words))
        if is_new:
            check_value(self._stores[kind], setting, self._layers, self._faults)
        return setting.value

    def _find_names(
        self, table: PhoneTable, store: ParameterStore, overridden: frozenset[str]
    ) -> dict[str, str]:
        """Return the real names of the columns that are parameters, by what heads them."""
        parameters = store.view.baseline.parameters
        names: dict[str, str] = {}
        for name in table.names:
            found = parameters.look_up(name)
            if found is None:
                hint = near(name, _COLUMNS)
                reason = f"{name}: {parameters.why_unknown(name, hint=not hint)}{hint}"
                self._faults.add_elsewhere(table.source, 1, reason)
            elif found.parameter.name not in overridden:
                names[name] = found.parameter.name
        return names
