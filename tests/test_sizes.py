"""The sizes that ruff cannot see: past a stop, something leaves before anything comes in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "mppsim").rglob("*.py"))

MOST_MODULE_LINES = 300
SHORT_FUNCTION_LINES = 20
SHARE_OF_SHORT_FUNCTIONS = 0.85

COMMANDS = ROOT / "mppsim" / "cli"

FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "misc", "tools"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[Function]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                yield node


def lines_of(function: Function) -> int:
    """Count a function's lines without its docstring."""
    assert function.end_lineno is not None
    length = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        assert first.end_lineno is not None
        length -= first.end_lineno - first.lineno + 1
    return length


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_not_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_MODULE_LINES


def test_most_functions_are_short() -> None:
    lengths = [lines_of(function) for function in functions()]
    short = sum(length <= SHORT_FUNCTION_LINES for length in lengths)

    assert short / len(lengths) >= SHARE_OF_SHORT_FUNCTIONS


def test_no_module_is_named_after_nothing() -> None:
    assert [path for path in FILES if path.stem in FORBIDDEN_NAMES] == []


def test_environment_is_read_by_the_command_line_only() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in FILES
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text())
        and not path.is_relative_to(COMMANDS)
    ]

    assert readers == []
