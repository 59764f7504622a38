"""The commands by name; each module is imported when its command is asked for, and not before.

Most commands need a small part of what is here: `mppsim rule` neither a web server nor SIP.
"""

from importlib import import_module

import typer
from typer.core import TyperCommand, TyperGroup

__all__ = ["COMMANDS", "Commands", "load_command"]

COMMANDS = (
    "run",
    "phone",
    "serve",
    "notify",
    "rule",
    "decrypt",
    "params",
    "models",
    "quirks",
    "schema",
    "doctor",
    "certs",
    "compare",
)
"""In the order of the help; `mppsim.cli.NAME` has a function of that name."""


def load_command(name: str) -> TyperCommand:
    """Import a command and return it."""
    module = import_module(f"mppsim.cli.{name}")
    alone = typer.Typer(add_completion=False)
    alone.command(name)(getattr(module, name))
    command = typer.main.get_command(alone)
    assert isinstance(command, TyperCommand), "one function makes one command"
    return command


class Commands(TyperGroup):
    """All commands, each loaded at its first use."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Return the names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | None:  # type: ignore[override]
        """Return a command by its name; None: there is none."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None
