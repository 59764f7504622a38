"""From YAML's nodes to the scenario's form, with every fault of the form at once.

What has a fault is left out and the rest is read again, so that faults of meaning in the rest can
be told along with it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from mppsim.fleet.scenario.document import Scenario
from mppsim.fleet.scenario.fault_list import FaultList, KeyPath, near
from mppsim.fleet.scenario.nodes import YamlList, YamlMapping, YamlNode, YamlScalar
from mppsim.fleet.scenario.scalars import TAG

__all__ = ["read_form"]

_AS_WRITTEN = frozenset(
    {"set", "quirks", "name", "model", "key", "keys", "ikm", "user", "password", "groups"}
)
"""Keys whose values are texts: 007 stays 007, and Yes stays Yes."""
_SECRET = frozenset({"key", "keys", "ikm", "password", "set"})
"""Keys whose values no fault shows, nor a server's URL, which may hold a password."""
_STAND_INS = {("duration",): "1h", ("fleet", "name"): "?", ("fleet", "changes", "every"): "1h"}
"""What is taken where a key that has to be there is not, so that reading can go on."""
_MOST_ROUNDS = 8
_SHOWN = 40


def read_form(root: YamlNode, faults: FaultList) -> Scenario | None:
    """Return what can be read of a scenario.

    Faults are noted; with None, too much is missing for the rest to mean anything.
    """
    found = faults
    for _ in range(_MOST_ROUNDS):
        try:
            return Scenario.model_validate(_unfold(root))
        except ValidationError as error:
            paths = [_note(each, found) for each in error.errors(include_url=False)]
        if () in paths:
            return None
        root = _without(root, paths)
        found = FaultList(faults.source, root)  # what follows from leaving out is nobody's fault
    return None


def _unfold(node: YamlNode, *, as_written: bool = False) -> Any:
    """Return a node as plain data."""
    if isinstance(node, YamlScalar):
        return node.text if as_written else node.value()
    if isinstance(node, YamlList):
        return [_unfold(item, as_written=as_written) for item in node.items]
    return {
        key.text: _unfold(value, as_written=as_written or key.text in _AS_WRITTEN)
        for key, value in node.items
    }


def _without(root: YamlNode, paths: list[KeyPath]) -> YamlNode:
    """Return the nodes without those at the paths; of a list's item, without the whole list."""
    for path in sorted(paths, key=len, reverse=True):
        stand_in = _STAND_INS.get(_names(path))
        # Places in a list must stay, since other faults are told by them.
        depth = next((n for n in range(len(path), 0, -1) if isinstance(path[n - 1], str)), 0)
        root = _cut(root, path[:depth], _scalar(stand_in, root) if stand_in else None)
    return root


def _cut(node: YamlNode, path: KeyPath, instead: YamlScalar | None = None) -> YamlNode:
    """Return the nodes without the one at a path, or with another one in its place."""
    if isinstance(node, YamlMapping):
        name = str(path[0])
        items = [
            (key, _cut(value, path[1:], instead)) if key.text == name else (key, value)
            for key, value in node.items
            if len(path) > 1 or key.text != name
        ]
        if len(path) == 1 and instead is not None:
            items.append((_scalar(name, node), instead))
        return YamlMapping(place=node.place, items=tuple(items), size=node.size)
    assert isinstance(node, YamlList), "a path leads through lists and mappings"
    below = tuple(
        _cut(item, path[1:], instead) if place == path[0] else item
        for place, item in enumerate(node.items)
    )
    return YamlList(place=node.place, items=below, size=node.size)


def _scalar(text: str, near_to: YamlNode) -> YamlScalar:
    return YamlScalar(place=near_to.place, text=text, is_plain=False, inner=None)


def _names(path: KeyPath) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


def _note(error: Mapping[str, Any], faults: FaultList) -> KeyPath:
    """Note one error of pydantic's; return the path of what has to be left out."""
    path: KeyPath = tuple(
        step for step in error["loc"] if not (isinstance(step, str) and step.startswith(TAG))
    )
    kind = error["type"]
    if kind == "extra_forbidden":
        faults.add_key(path, f"no key {path[-1]!r} here{near(str(path[-1]), _keys_at(path[:-1]))}")
    elif kind == "missing":
        faults.add(path[:-1], f"the key {path[-1]!r} is missing")
        path = path if _names(path) in _STAND_INS else path[:-1]
    else:
        faults.add(path, _sentence(error, path))
    return path


def _sentence(error: Mapping[str, Any], path: KeyPath) -> str:
    context = error.get("ctx", {})
    if "error" in context:  # one of our own
        return str(context["error"])
    wanted = _WANTED.get(error["type"], "")
    if not wanted:
        wanted = str(error["msg"]).removeprefix("Input should be ")
    if error["type"] == "literal_error":
        wanted = f"one of {context['expected'].replace(chr(39), '')}"
    return f"{_show(error['input'], path)} is not {wanted}"


_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping: write KEY: VALUE",
    "model_type": "a mapping: write KEY: VALUE",
    "model_attributes_type": "a mapping: write KEY: VALUE",
    "too_short": "long enough: it holds at least one",
    "string_too_short": "a name: it has at least one character",
}


def _show(given: object, path: KeyPath) -> str:
    if not _SECRET.isdisjoint(path) or path == ("server",) or isinstance(given, (dict, list)):
        return "this"
    shown = "nothing" if given is None else repr(given)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."


def _keys_at(path: KeyPath) -> tuple[str, ...]:
    """Return the keys that a mapping at that path may have."""
    fields = _PARTS[_names(path)].model_fields
    return tuple(field.alias or name for name, field in fields.items())


def _parts(part: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, part
    for name, field in part.model_fields.items():
        for below in _models_in(field.annotation):
            yield from _parts(below, (*path, field.alias or name))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


_PARTS = dict(_parts(Scenario, ()))
