"""The commands by name."""

import subprocess
import sys

import pytest
import typer

from mppsim.cli.commands import COMMANDS, Commands, load_command


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_the_function_of_its_module(name: str) -> None:
    command = load_command(name)

    assert command.name == name
    assert command.callback is not None
    assert command.callback.__name__ == name


def test_the_commands_are_those_of_the_manual_in_its_order() -> None:
    listed = "run phone serve notify rule decrypt params models quirks schema doctor certs compare"
    assert tuple(listed.split()) == COMMANDS
    group = Commands(name="mppsim")
    context = typer.Context(group)

    assert tuple(group.list_commands(context)) == COMMANDS
    assert group.get_command(context, "frobnicate") is None


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["--version"], {"aiohttp", "pydantic", "lxml", "mppsim.net", "mppsim.core.catalogue"}),
        (["rule", "/$MA.xml"], {"aiohttp", "mppsim.server", "mppsim.fleet"}),
        (["params", "Report_Rule"], {"aiohttp", "mppsim.net", "mppsim.sip"}),
    ],
)
def test_a_command_imports_nothing_that_it_does_not_need(
    arguments: list[str], unneeded: set[str]
) -> None:
    script = (
        "import sys; from mppsim.cli import main; main(sys.argv[1:]);"
        f" sys.exit(' '.join({unneeded!r} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.stderr.strip() == ""
