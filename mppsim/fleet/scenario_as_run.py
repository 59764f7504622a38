"""A scenario as it was run: as written, with what the command line said over it, secrets out."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import yaml

from mppsim.core.secrets import HIDDEN, hide_secrets
from mppsim.errors import ParameterError
from mppsim.fleet.fleet_run import RunTerms
from mppsim.fleet.plan import FleetPlan
from mppsim.fleet.scenario.nodes import YamlList, YamlMapping, YamlNode, YamlScalar

__all__ = ["render_scenario"]

_SECRET_KEYS = frozenset({"key", "keys", "ikm", "password"})
_ADVICE = f"; write its secrets in before you run it again: each is {HIDDEN}"
_WIDE = 1000
"""Columns: a rule stays one line."""


def render_scenario(terms: RunTerms, plan: FleetPlan) -> str:
    """Return the scenario as YAML, with the options that were over it in a comment before it.

    Keys, passwords, keying material and the values of secret parameters are hidden, since it
    goes where results go.
    """
    assert terms.file.root is not None, "it was run"
    shown = _unfold(terms.file.root, _find_secrets(plan))
    body = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=_WIDE)
    head = [f"# {terms.file.source}, as run{_ADVICE if HIDDEN in body else ''}"]
    head += [f"# {name}: {hide_secrets(value)}" for name, value in _list_options(terms)]
    return "\n".join(head) + "\n" + body


def _list_options(terms: RunTerms) -> list[tuple[str, str]]:
    overrides = asdict(terms.overrides)
    overrides["settings"] = tuple(name for name, _ in terms.overrides.settings)
    said = overrides | {
        "seed": terms.seed,
        "workers": terms.workers,
        "ca": terms.tls.ca_file,
        "insecure": terms.tls.insecure or None,
    }
    return [(name, _write(value)) for name, value in said.items() if value not in (None, (), "")]


def _write(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _find_secrets(plan: FleetPlan) -> Callable[[str], bool]:
    """Return what says whether a key of a scenario has a secret for its value."""
    sets = {kind.baseline.parameters for group in plan.groups for kind in group.kinds}

    def is_secret(key: str) -> bool:
        if key in _SECRET_KEYS:
            return True
        for parameters in sets:
            try:
                return parameters.find(key).parameter.is_secret
            except ParameterError:
                continue
        return False

    return is_secret


def _unfold(node: YamlNode, is_secret: Callable[[str], bool]) -> Any:
    """Return what was written, as plain data without secrets."""
    if isinstance(node, YamlMapping):
        return {
            key.text: _hide(value) if is_secret(key.text) else _unfold(value, is_secret)
            for key, value in node.items
        }
    if isinstance(node, YamlList):
        return [_unfold(item, is_secret) for item in node.items]
    value = node.value()
    return hide_secrets(value) if isinstance(value, str) else value


def _hide(node: YamlNode) -> Any:
    """Return what stands for secrets: as many as there are, and none where nothing was written."""
    if isinstance(node, YamlList):
        return [_hide(item) for item in node.items]
    is_empty = isinstance(node, YamlScalar) and not node.text
    return "" if is_empty else HIDDEN
