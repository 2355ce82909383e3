"""`report.md`: what a study asked, its tables and its figures, to be read by people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scenarios.studies.execution import StudyRuns
from scenarios.studies.table import StudyRow, failed_lines
from scenarios.studies.text_tables import EXPLANATION, TextTable, text_tables
from simulator.results.files import write_durably


def write_report(runs: StudyRuns, rows: Sequence[StudyRow], figures: Sequence[Path], folder: Path) -> Path:
    """Write the report of a study beside its tables and return the file; equal runs give equal bytes."""
    path = folder / "report.md"
    write_durably(path, _text(runs, rows, figures).encode())
    return path


def _text(runs: StudyRuns, rows: Sequence[StudyRow], figures: Sequence[Path]) -> str:
    study = runs.plan.study
    reduced = " Reduced: to see that all works, not to conclude from." if runs.plan.is_reduced else ""
    parts = [
        f"# {study.name}",
        f"{study.description}{reduced}",
        f"Starts from `{study.scenario}`. {EXPLANATION}",
        *(_markdown(table) for table in text_tables(runs.plan, rows)),
        *([f"**Failed**\n\n{_bullets(failed_lines([runs]))}"] if runs.failed else []),
        *(f"![{path.stem}]({path.name})" for path in figures if path.suffix == ".png"),
    ]
    return "\n\n".join(parts) + "\n"


def _markdown(table: TextTable) -> str:
    rule = ["---:" if is_number else "---" for is_number in table.is_number]
    lines = ["| " + " | ".join(cells) + " |" for cells in (table.headings, rule, *table.rows)]
    return "\n".join([f"**{table.title}**", "", *lines])


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
