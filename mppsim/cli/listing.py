"""Print a listing: a table for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["print_json", "print_table"]

_PIPED_WIDTH = 200
"""Columns of a table that goes to a file or another program: rows stay on one line, mostly."""


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = ""
) -> None:
    """Print a table. A column whose name begins with "#" holds numbers; values are no markup."""
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for place, column in enumerate(columns):
        table.add_column(
            Text(column.removeprefix("#")),
            justify="right" if column.startswith("#") else "left",
            overflow="fold",
            no_wrap=place == 0,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    Console(width=width, highlight=False).print(table)


def print_json(value: object) -> None:
    """Print a value as JSON, two spaces deep."""
    can_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=not can_unicode) + "\n")
