"""Read YAML so that everything in it keeps its place: nodes with line and column.

Safe by construction: tags are refused, so nothing but texts, lists and mappings comes of a file;
its size, depth and what its aliases unfold to are bounded. Plain words mean what YAML 1.2 says,
so `Yes` is the text that a parameter holds, and 00:11:22:33:44:55 is no number to the base of 60.

Source: YAML 1.2.2, section 10.3.2, the core schema; of YAML 1.1 only `<<`, which merges.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

__all__ = [
    "YAML_LIMIT",
    "Place",
    "YamlFault",
    "YamlList",
    "YamlMapping",
    "YamlNode",
    "YamlScalar",
    "read_yaml",
]

YAML_LIMIT = 1024 * 1024
"""The longest text that is read, in characters. Long lists of phones go into a CSV file."""

_DEPTH_LIMIT = 24
_SIZE_LIMIT = 200_000


class Place(NamedTuple):
    """Where something stands in a text, from 1 as editors count."""

    line: int
    column: int


class YamlFault(NamedTuple):
    """What is wrong with a text, and where."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlScalar:
    """A word, a number, a text."""

    place: Place
    text: str = field(repr=False)
    is_plain: bool
    """Without quotes: it may be a number, yes or no, or nothing."""
    inner: int | None
    """How many signs further its text begins, where each of its signs is one of the file's."""
    size: int = 1

    def value(self) -> str | int | float | bool | None:
        """Return what YAML's core schema makes of it."""
        if not self.is_plain:
            return self.text
        if self.text in _WORDS:
            return _WORDS[self.text]
        if _INT.fullmatch(self.text):
            return int(self.text)
        return float(self.text) if _FLOAT.fullmatch(self.text) else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlList:
    """A list of nodes."""

    place: Place
    items: "tuple[YamlNode, ...]"
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlMapping:
    """Keys, each with a node, in written order."""

    place: Place
    items: "tuple[tuple[YamlScalar, YamlNode], ...]"
    size: int

    def find(self, key: str) -> "tuple[YamlScalar, YamlNode] | None":
        """Return a key as it was written, and what belongs to it."""
        return next((item for item in self.items if item[0].text == key), None)


YamlNode = YamlScalar | YamlList | YamlMapping


def read_yaml(text: str) -> tuple[YamlNode | None, tuple[YamlFault, ...]]:
    """Return what the one document of a text holds, and every fault; None: it cannot be read."""
    if len(text) > YAML_LIMIT:
        reason = f"{len(text):,} characters; at most {YAML_LIMIT:,} are read"
        return None, (YamlFault(_START, f"{reason}: put long lists of phones into a CSV file"),)
    faults: list[YamlFault] = []
    try:
        return _Builder(text, faults).read(), tuple(faults)
    except _Unreadable as fault:
        faults.append(YamlFault(fault.place, fault.reason))
    except yaml.reader.ReaderError as error:
        faults.append(YamlFault(_place_of(text, error.position), "a character that no text holds"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else _START
        faults.append(YamlFault(place, _describe(error)))
    return None, tuple(faults)


_START = Place(1, 1)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,18}|[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:[eE][-+]?[0-9]{1,3})?")
_MERGE = "<<"


class _Unreadable(Exception):
    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason


class _Builder:
    """Makes nodes of a text's events; what can be left out is a fault, the rest is raised."""

    def __init__(self, text: str, faults: list[YamlFault]) -> None:
        self._text = text
        self._faults = faults
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        self._anchors: dict[str, YamlNode] = {}

    def read(self) -> YamlNode:
        """Return the one document's node."""
        next(self._events)  # the stream begins
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise _Unreadable(_START, "there is nothing in it; examples/quickstart.yaml is a start")
        node = self._node(next(self._events), 0)
        next(self._events)  # the document ends
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise _Unreadable(_start(following), "a second document; one file is one scenario")
        return node

    def _node(self, event: yaml.Event, depth: int) -> YamlNode:
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        assert isinstance(event, yaml.NodeEvent), "a document holds nodes"
        if depth > _DEPTH_LIMIT:
            raise _Unreadable(_start(event), "nested too deeply for a scenario")
        node = self._collection(event, depth)
        if node.size > _SIZE_LIMIT:
            raise _Unreadable(
                _start(event), f"its aliases unfold to more than {_SIZE_LIMIT:,} values"
            )
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _collection(self, event: yaml.NodeEvent, depth: int) -> YamlNode:
        if getattr(event, "tag", None) is not None:
            self._faults.append(
                YamlFault(_start(event), "tags such as !!str are not read: leave it out")
            )
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, depth)
        return self._mapping(event, depth)

    def _aliased(self, event: yaml.AliasEvent) -> YamlNode:
        found = self._anchors.get(event.anchor or "")
        if found is None:
            raise _Unreadable(_start(event), f"there is no &{event.anchor} before it")
        return found

    def _scalar(self, event: yaml.ScalarEvent) -> YamlScalar:
        start, end = event.start_mark, event.end_mark
        assert start is not None, "it was in a text"
        assert end is not None, "it was in a text"
        written = self._text[start.index : end.index]
        quotes = 0 if event.style is None else 1
        is_literal = written[quotes : len(written) - quotes] == event.value
        return YamlScalar(
            place=_start(event),
            text=event.value,
            is_plain=event.style is None,
            inner=quotes if is_literal else None,
        )

    def _list(self, start: yaml.Event, depth: int) -> YamlList:
        items: list[YamlNode] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        size = 1 + sum(item.size for item in items)
        return YamlList(place=_start(start), items=tuple(items), size=size)

    def _mapping(self, start: yaml.Event, depth: int) -> YamlMapping:
        own: dict[str, tuple[YamlScalar, YamlNode]] = {}
        merged: dict[str, tuple[YamlScalar, YamlNode]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            node = self._node(next(self._events), depth + 1)
            if not isinstance(key, YamlScalar):
                self._faults.append(
                    YamlFault(key.place, "a key is a word, not a list or a mapping")
                )
            elif not key.text.isprintable():
                self._faults.append(YamlFault(key.place, "a key that cannot be shown"))
            elif key.is_plain and key.text == _MERGE:
                merged = {**self._merged(node), **merged}
            elif key.text in own:
                first = own[key.text][0].place.line
                reason = f"the key {key.text!r} is here already, in line {first}: remove one"
                self._faults.append(YamlFault(key.place, reason))
            else:
                own[key.text] = key, node
        items = tuple({**merged, **own}.values())
        size = 1 + sum(1 + node.size for _, node in items)
        return YamlMapping(place=_start(start), items=items, size=size)

    def _merged(self, node: YamlNode) -> dict[str, tuple[YamlScalar, YamlNode]]:
        sources = node.items if isinstance(node, YamlList) else (node,)
        merged: dict[str, tuple[YamlScalar, YamlNode]] = {}
        for source in reversed(sources):
            if isinstance(source, YamlMapping):
                merged |= {key.text: (key, value) for key, value in source.items}
            else:
                self._faults.append(YamlFault(node.place, "<< takes in a mapping: write *anchor"))
        return merged


def _start(event: yaml.Event) -> Place:
    assert event.start_mark is not None, "it was in a text"
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _place_of(text: str, position: int) -> Place:
    before = text[:position]
    return Place(before.count("\n") + 1, position - before.rfind("\n"))


_DEEPER = "indented deeper than its neighbours"
_SENTENCES = {
    "mapping values are not allowed here": "a colon too many: put a value that holds one in quotes",
    "found character '\\t' that cannot start any token": "a tab: indent by spaces",
    "could not find expected ':'": "a key without its colon",
    "found unexpected end of stream": "the text ends inside quotation marks",
    "did not find expected key": "indented otherwise than the keys around it",
    "expected <block end>, but found '<block mapping start>'": _DEEPER,
    "expected <block end>, but found '<block sequence start>'": _DEEPER,
    "expected <block end>, but found '-'": "this hyphen is indented otherwise than its list",
    "expected <block end>, but found '<scalar>'": "text after a value's end: quote all of it",
    "expected ',' or '}', but got '{'": 'a brace within a value: put it in quotes, "${server}/x"',
    "expected ',' or ']', but got '<stream end>'": "a bracket that is never closed",
    "expected ',' or '}', but got '<stream end>'": "a brace that is never closed",
}


def _describe(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or ""
    return _SENTENCES.get(problem, f"this is no YAML: {problem}")
