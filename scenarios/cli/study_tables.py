"""Tables of studies on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from scenarios.studies.text_tables import TextTable

_NAME_WIDTH: Final = 24
"""Letters of a name before it is folded; a user's module path may be longer than a table can bear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _FittedTable:
    """A table whose columns go on in a further table, beside the same names, where a line cannot hold them all."""

    text: TextTable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        n_names, n_columns = self.text.n_names, len(self.text.headings)
        first = n_names
        while first < n_columns:
            for end in range(n_columns, first, -1):
                table = _table(self.text, [*range(n_names), *range(first, end)], is_continued=first > n_names)
                unbounded = options.update(max_width=10_000)
                if end == first + 1 or Measurement.get(console, unbounded, table).maximum <= options.max_width:
                    break
            yield table
            first = end


def terminal_table(text: TextTable) -> _FittedTable:
    """Return a table for a terminal of 60 columns or more: no number is cut, and names of schedulers stay whole.

    It parts rows of different first columns and writes intervals below their means.
    """
    return _FittedTable(text=text)


def _table(text: TextTable, columns: Sequence[int], *, is_continued: bool) -> Table:
    title = f"{text.title}{', continued' if is_continued else ''}"
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True)
    for i_column in columns:
        is_name, is_number = i_column < text.n_names, text.is_number[i_column]
        longest = max((len(row[i_column]) for row in text.rows), default=0)
        table.add_column(
            _two_lines(text.headings[i_column]),
            justify="right" if is_number else "left",
            style="bold" if i_column == text.n_names - 1 else "",
            overflow="fold",
            no_wrap=is_number,
            min_width=min(longest, _NAME_WIDTH) if is_name else None,
            max_width=_NAME_WIDTH if is_name else None,
        )
    before = ""
    for row in text.rows:
        is_new = row[0] != before
        if is_new and before and text.n_names > 1:
            table.add_section()
        before = row[0]
        cells = (row[0] if is_new else "", *row[1:])
        table.add_row(*(escape(cells[i].replace(" \N{PLUS-MINUS SIGN}", "\n\N{PLUS-MINUS SIGN}")) for i in columns))
    return table


def _two_lines(heading: str) -> str:
    """Break a heading before its last word, so that numbers decide the width."""
    return escape("\n".join(heading.rsplit(" ", 1)))
