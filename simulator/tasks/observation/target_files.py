"""Targets from a CSV file, checked as a whole."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from simulator.tasks.observation.targets import Targets

_REQUIRED: Final = ("name", "latitude_deg", "longitude_deg")
_OPTIONAL: Final = ("priority", "revisit_s")
_RANGES: Final = {
    "latitude_deg": (-90.0, 90.0),
    "longitude_deg": (-180.0, 360.0),
    "priority": (-1e9, 1e9),
    "revisit_s": (0.0, 1e9),
}
_MAX_PROBLEMS: Final = 20


class TargetFileError(ValueError):
    """A file of targets that cannot be used; `problems` has one line for each reason, at most 20."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems[:_MAX_PROBLEMS])
        super().__init__("\n".join(self.problems))


def read_targets(path: Path | str, *, revisit_s: float = 0.0) -> Targets:
    """Return the targets of a CSV file.

    Parameters
    ----------
    path : path
        UTF-8, commas, a header line. Columns `name`, `latitude_deg` (geodetic, north positive), `longitude_deg` (east
        positive) and, if wanted, `priority` (of two captures that exclude each other the higher stands; 0 where empty)
        and `revisit_s` (least time between two captures of the target).
    revisit_s : float
        For targets without a `revisit_s` of their own.

    Raises
    ------
    TargetFileError
        With all problems of the file, up to 20, as `path:line: column: problem; remedy`.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = [name.strip() for name in next(lines, [])]
            rows = [(lines.line_num, row) for row in lines if row]
    except OSError as error:
        raise TargetFileError([f"{path}: cannot be read ({error.strerror}); write the path of a CSV file"]) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise TargetFileError([f"{path}: is not CSV in UTF-8 ({error}); save it as CSV"]) from error
    problems = _header_problems(header)
    if problems:
        raise TargetFileError([f"{path}:1: {problem}" for problem in problems])
    return _targets(path, header, rows, revisit_s)


def _header_problems(header: Sequence[str]) -> list[str]:
    known = (*_REQUIRED, *_OPTIONAL)
    problems = [f"{name}: column is missing; add it" for name in _REQUIRED if name not in header]
    problems += [
        f"{name or '(empty)'}: unknown column; remove it or use one of {', '.join(known)}"
        for name in dict.fromkeys(header)
        if name not in known
    ]
    twice = [name for name in dict.fromkeys(header) if header.count(name) > 1]
    return problems + [f"{name}: column is there more than once; keep one" for name in twice]


def _targets(path: Path, header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], revisit_s: float) -> Targets:
    problems: list[str] = []
    names: dict[str, int] = {}
    numbers: list[dict[str, float]] = []
    for line, row in rows:
        if len(row) != len(header):
            problems.append(f"{path}:{line}: row has {len(row)} fields; write {len(header)}, as the header has")
            continue
        cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
        if not cells["name"] or cells["name"] in names:
            what = f"{cells['name']!r} is in line {names[cells['name']]} too" if cells["name"] else "is empty"
            problems.append(f"{path}:{line}: name: {what}; give each target its own name")
        names.setdefault(cells["name"], line)
        values, wrong = _numbers(cells, revisit_s)
        problems += [f"{path}:{line}: {problem}" for problem in wrong]
        numbers.append(values)
    if not rows:
        problems.append(f"{path}: holds no targets; write one row for each")
    if problems:
        raise TargetFileError(problems)
    column = {name: np.array([values[name] for values in numbers]) for name in _RANGES}
    return Targets(
        names=tuple(names),
        latitude_rad=np.radians(column["latitude_deg"]),
        longitude_rad=np.radians(column["longitude_deg"]),
        priority=column["priority"],
        revisit_s=column["revisit_s"],
    )


def _numbers(cells: Mapping[str, str], revisit_s: float) -> tuple[dict[str, float], list[str]]:
    """Return the numbers of a row and what is wrong with them."""
    values = {"priority": 0.0, "revisit_s": revisit_s}
    problems = []
    for name, (low, high) in _RANGES.items():
        text = cells.get(name, "")
        if not text and name in values:
            continue
        try:
            values[name] = float(text)
        except ValueError:
            values[name] = math.nan
        if not low <= values[name] <= high:
            problems.append(f"{name}: {text!r} is no number from {low:g} to {high:g}; write one, without a unit")
    return values, problems
