"""The columns of a trace, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from simulator.orbits.model import Floats, Indices

NUMBER_COLUMNS = ("arrival_s", "input_bits", "result_bits", "work", "deadline_s")
REQUIRED_COLUMNS = ("arrival_s", "satellite", "input_bits", "result_bits", "work", "deadline_s")
COLUMNS = (*REQUIRED_COLUMNS, "model")
MAX_PROBLEMS = 20


class TraceError(ValueError):
    """A trace that cannot be used; `problems` has one line for each reason, at most 20."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class Problems:
    """Collects what is wrong with a trace, up to a limit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[str] = []

    @property
    def are_enough(self) -> bool:
        """Whether the limit is reached."""
        return len(self.found) >= MAX_PROBLEMS

    def add(self, row: int | None, column: str | None, text: str) -> None:
        """Take one problem as `path:row: column: problem; remedy`, unless there are enough."""
        if not self.are_enough:
            place = str(self.path) if row is None else f"{self.path}:{row}"
            self.found.append(f"{place}: {text}" if column is None else f"{place}: {column}: {text}")

    def raise_if_any(self) -> None:
        """Raise what has been found.

        Raises
        ------
        TraceError
            If there is anything.
        """
        if self.found:
            raise TraceError(self.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some rows of a trace as they were read.

    `rows` numbers them as the file does; `numbers` holds the columns of `NUMBER_COLUMNS`, (n,) each, nan for what is
    no number, and `written` the same as the file has it; `satellites` is a name or an index per row, `models` a name
    or None.
    """

    rows: Sequence[int]
    numbers: Mapping[str, Floats]
    written: Mapping[str, Sequence[object]]
    satellites: Sequence[str | int | None]
    models: Sequence[str | None]


class SatelliteIndex:
    """Finds satellites by name, else by index."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._index: dict[str | int | None, int] = {index: index for index in range(len(names))}
        self._index |= {str(index): index for index in range(len(names))}
        self._index |= {name: index for index, name in enumerate(names)}

    def find(self, satellites: Sequence[str | int | None]) -> Indices:
        """Return the index of each satellite, -1 if there is none."""
        get = self._index.get
        return np.array([get(satellite, -1) for satellite in satellites], dtype=np.intp)

    def advice(self, satellite: str | int | None) -> str:
        """Return what to write instead of an unknown satellite."""
        near = get_close_matches(str(satellite), self.names, n=1)
        if near:
            return f"did you mean {near[0]!r}?"
        last = len(self.names) - 1
        return f"write a name, such as {self.names[0]!r}, or an index from 0 to {last}"


def check_header(names: Sequence[str], problems: Problems, row: int | None) -> None:
    """Report columns that are missing, twice there or unknown."""
    strange = [name for name in dict.fromkeys(names) if name not in COLUMNS]
    for column in REQUIRED_COLUMNS:
        if column not in names:
            near = get_close_matches(column, strange, n=1)
            rename = f"rename {near[0]!r} to {column!r}" if near else f"add it; a trace has {', '.join(COLUMNS)}"
            problems.add(row, column, f"column is missing; {rename}")
            strange = [name for name in strange if name not in near]
    for name in strange:
        problems.add(row, name, f"unknown column; remove it or use one of {', '.join(COLUMNS)}")
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problems.add(row, name, "column is there more than once; keep one")


def check_chunk(
    chunk: Chunk,
    index: SatelliteIndex,
    last_arrival_s: float,
    problems: Problems,
    models: Sequence[str] | None = None,
) -> float:
    """Report what is wrong with the values of a chunk, row by row, and return its last arrival.

    `last_arrival_s` is the arrival before the chunk's first; of `models` a task may ask for one, of any if None.
    """
    numbers = chunk.numbers
    arrival_s, deadline_s = numbers["arrival_s"], numbers["deadline_s"]
    before_s = np.concatenate([[last_arrival_s], arrival_s[:-1]])
    wrong: list[tuple[str, np.ndarray[tuple[int], np.dtype[np.bool_]], str]] = []
    for column in NUMBER_COLUMNS:
        wrong.append(
            (column, ~np.isfinite(numbers[column]), "is not a finite number; write one such as 1.5e8, without a unit")
        )
        wrong.append((column, numbers[column] < 0.0, "is negative; write at least 0"))
    wrong.append(("work", numbers["work"] == 0.0, "is zero; write the seconds on a processor of speed 1"))
    wrong.append(("arrival_s", arrival_s < before_s, "is before the arrival above; sort the rows by arrival_s"))
    wrong.append(("deadline_s", deadline_s <= arrival_s, "is not after the arrival; write seconds after the epoch"))
    reports = [
        (i, column, f"{chunk.written[column][i]} {text}")
        for column, bad, text in wrong
        for i in np.flatnonzero(bad).tolist()
    ]
    for i in np.flatnonzero(index.find(chunk.satellites) < 0).tolist():
        satellite = chunk.satellites[i]
        reports.append((i, "satellite", f"{satellite!r} is no satellite of the scenario; {index.advice(satellite)}"))
        if len(reports) > MAX_PROBLEMS:
            break
    known = None if models is None else {*models, None}
    for i, model in enumerate(chunk.models if known is not None else ()):
        if known is not None and model not in known and len(reports) <= MAX_PROBLEMS:
            reports.append((i, "model", f"{model!r} is in no catalogue; write one of {', '.join(models or ())}"))
    for i, column, text in sorted(reports, key=lambda report: report[0]):
        problems.add(chunk.rows[i], column, text)
    return float(arrival_s[-1])
