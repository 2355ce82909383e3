"""Tables of studies on terminals of several widths."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from scenarios.cli.study_tables import terminal_table
from scenarios.studies.text_tables import TextTable

HEADINGS = ("case", "scheduler", "on time [%]", "max DoD", "battery [MJ]", "mean time [s]", "mean hops")
NAMES = ("phoenix-no-deferral", "oec-local")


def _lines(text: TextTable, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(terminal_table(text))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_number_is_cut_and_names_stand_beside_each(width: int) -> None:
    cells = [[f"{10 * i_row + i}.{i}25 \N{PLUS-MINUS SIGN}0.{i_row}{i}9" for i in range(5)] for i_row in range(2)]
    rows = tuple(("0.60, 90 W, no ground", name, *own) for name, own in zip(NAMES, cells, strict=True))
    lines = _lines(TextTable(title="wide", headings=HEADINGS, rows=rows), width)

    assert max(map(len, lines)) <= width
    for name, own in zip(NAMES, cells, strict=True):
        shown = [word for line in lines if name in line for word in line.split()]
        intervals = " ".join(lines).split()
        for cell in own:
            mean, interval = cell.split()
            assert shown.count(mean) == 1
            assert interval in intervals


def test_a_table_that_fits_is_one() -> None:
    text = TextTable(title="narrow", headings=HEADINGS[:3], rows=(("a", "b", "1.0"),))
    assert sum("narrow" in line for line in _lines(text, 80)) == 1
    assert not any("continued" in line for line in _lines(text, 80))
