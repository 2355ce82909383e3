"""Tables of studies on a terminal."""

from __future__ import annotations

from typing import Final

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from scenarios.studies.text_tables import TextTable

_NAME_WIDTH: Final = 14
"""Letters of a scheduler's name before it is folded; a user's module path may be longer than a table can bear."""


def terminal_table(text: TextTable) -> Table:
    """Return a table that parts rows of different first columns and writes intervals below their means."""
    table = Table(title=escape(text.title), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    for i_column, (heading, is_number) in enumerate(zip(text.headings, text.is_number, strict=True)):
        table.add_column(
            _two_lines(heading),
            justify="right" if is_number else "left",
            style="bold" if i_column == text.n_names - 1 else "",
            overflow="fold",
            no_wrap=is_number or i_column == 0,
            min_width=_NAME_WIDTH if i_column == text.n_names - 1 else None,
        )
    before = ""
    for row in text.rows:
        is_new = row[0] != before
        if is_new and before and text.n_names > 1:
            table.add_section()
        before = row[0]
        name = row[0] if is_new else ""
        table.add_row(
            *(escape(cell.replace(" \N{PLUS-MINUS SIGN}", "\n\N{PLUS-MINUS SIGN}")) for cell in (name, *row[1:]))
        )
    return table


def _two_lines(heading: str) -> str:
    """Break a heading before its last word, so that numbers decide the width."""
    return escape("\n".join(heading.rsplit(" ", 1)))
