"""Collect every fault of a scenario, each with its place, before any is told."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from mppsim.errors import ScenarioError
from mppsim.fleet.scenario.nodes import Place, YamlList, YamlMapping, YamlNode, YamlScalar

__all__ = ["FaultList", "KeyPath", "find_node", "near", "show_path"]

KeyPath = tuple[str | int, ...]
"""Keys and places in lists, from the scenario's top down to what is meant."""


class FaultList:
    """The faults of one scenario. Places are found by the path of what is at fault."""

    def __init__(self, source: Path, root: YamlNode | None) -> None:
        self.source = source
        self._root = root
        self._found: dict[tuple[str, Place | int, str], None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def copy(self) -> "FaultList":
        """Return a list of its own with the same faults so far."""
        copied = FaultList(self.source, self._root)
        copied._found = dict(self._found)
        return copied

    def add(self, path: KeyPath, reason: str, *, at: int | None = None) -> None:
        """Note what is wrong with a value; `at` is how many signs into its text."""
        node = find_node(self._root, path)
        place = Place(1, 1) if node is None else node.place
        if isinstance(node, YamlScalar) and at is not None and node.inner is not None:
            place = Place(place.line, place.column + node.inner + at)
        self._note(place, path, reason)

    def add_key(self, path: KeyPath, reason: str) -> None:
        """Note what is wrong with the key at the end of a path."""
        above = find_node(self._root, path[:-1])
        item = above.find(str(path[-1])) if isinstance(above, YamlMapping) else None
        self._note(item[0].place if item else Place(1, 1), path[:-1], reason)

    def add_at(self, place: Place, reason: str) -> None:
        """Note what is wrong at a place of the scenario's file."""
        self._note(place, (), reason)

    def add_elsewhere(self, where: str, line: int, reason: str) -> None:
        """Note what is wrong in another file, or, with line 0, with an option."""
        self._found[where, line, reason] = None

    def lines(self) -> tuple[str, ...]:
        """Return every fault as a line, those of the scenario's file first and in its order."""
        own = sorted(key for key in self._found if isinstance(key[1], Place))
        others = [key for key in self._found if not isinstance(key[1], Place)]
        return tuple(map(_render, (*own, *others)))

    def raise_any(self) -> None:
        """Raise `ScenarioError` with all faults, if there are any."""
        if self._found:
            raise ScenarioError(self.lines())

    def _note(self, place: Place, path: KeyPath, reason: str) -> None:
        shown = show_path(path)
        self._found[str(self.source), place, f"{shown}: {reason}" if shown else reason] = None


def find_node(root: YamlNode | None, path: KeyPath) -> YamlNode | None:
    """Return the node at a path, or the deepest one above it that there is."""
    node = root
    for step in path:
        below: YamlNode | None = None
        if isinstance(node, YamlMapping):
            item = node.find(str(step))
            below = item[1] if item else None
        elif isinstance(node, YamlList) and isinstance(step, int) and step < len(node.items):
            below = node.items[step]
        if below is None:
            break
        node = below
    return node


def show_path(path: KeyPath) -> str:
    """Return a path as people write it: fleet[0].set.Report_Rule."""
    shown = ""
    for step in path:
        shown += f"[{step}]" if isinstance(step, int) else f".{step}"
    return shown.removeprefix(".")


def near(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that suggests what was meant, or nothing."""
    by_fold = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), by_fold, n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(by_fold[name] for name in found)}?" if found else ""


def _render(fault: tuple[str, Place | int, str]) -> str:
    where, place, reason = fault
    # What a value quotes of its own must not move a terminal's cursor.
    reason = "".join(sign if sign.isprintable() else "\ufffd" for sign in reason)
    if isinstance(place, Place):
        return f"{where}:{place.line}:{place.column}: {reason}"
    return f"{where}:{place}: {reason}" if place else f"{where}: {reason}"
