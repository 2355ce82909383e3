"""The tables of a finished run as CSV."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from simulator.results import RunTables
from simulator.results.files import part_of, publish
from simulator.results.tables import TABLES


def write_run_tables(run: RunTables, folder: Path) -> list[Path]:
    """Write every table of a run as `<table>.csv` and return the files.

    Numbers are written in full; "no value" is `nan` for numbers and nothing for words. Lists stand in one field, their
    entries parted by spaces.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in TABLES:
        source = run.path / f"{name}.parquet"
        if source.exists():
            path = folder / f"{name}.csv"
            options = pyarrow.csv.WriteOptions(quoting_style="needed")
            pyarrow.csv.write_csv(_plain(pq.read_table(source)), part_of(path), options)
            publish(part_of(path), path)
            written.append(path)
    return written


def _plain(table: pa.Table) -> pa.Table:
    """Return a table of numbers and words alone."""
    columns = []
    for column in table.columns:
        if pa.types.is_list(column.type):
            texts = [None if entry is None else " ".join(map(str, entry)) for entry in column.to_pylist()]
            columns.append(pa.chunked_array([pa.array(texts, pa.string())]))
        elif pa.types.is_dictionary(column.type):
            columns.append(column.cast(pa.string()))
        else:
            columns.append(column)
    return pa.table(columns, names=table.column_names)
