"""Finished runs, to be read by figures, comparisons and people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.results.run_folder import finished_run
from simulator.results.tables import TABLES


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTables:
    """A finished run: its summary in memory, its tables read when asked for."""

    path: Path
    summary: Mapping[str, Any]

    @property
    def scheduler(self) -> str:
        """Name of the scheduler that made the run."""
        return str(self.summary["scheduler"])

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a table, or some of its columns; without rows if the run did not write it.

        Raises
        ------
        ValueError
            If there is no such table in the schema.
        """
        if name not in TABLES:
            raise ValueError(f"table {name!r}: known are {', '.join(TABLES)}")
        path = self.path / f"{name}.parquet"
        if not path.exists():
            empty = TABLES[name].empty_table()
            return empty if columns is None else empty.select(list(columns))
        return pq.read_table(path, columns=None if columns is None else list(columns))


def read_run(folder: Path) -> RunTables:
    """Return a finished run after checking its files.

    Raises
    ------
    DamagedRunError
        If the folder is not a finished run, or a file is missing or differs from what was written.
    """
    run = finished_run(folder)
    summary = json.loads((run.path / "summary.json").read_bytes())
    return RunTables(path=run.path, summary=summary)
