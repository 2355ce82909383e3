"""Tasks from a file: CSV or Parquet, checked as a whole before the first one is used."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.orbits.model import Floats
from simulator.records import DeliverTo, Task
from simulator.tasks.trace_columns import (
    COLUMNS,
    NUMBER_COLUMNS,
    Chunk,
    Problems,
    SatelliteIndex,
    TraceError,
    check_chunk,
    check_header,
)

_PARQUET_MARK = b"PAR1"
_ROWS_PER_CHUNK = 8_192
_Read = Callable[[Path, Problems], Iterator[Chunk]]


def read_trace(
    path: Path | str,
    names: Sequence[str],
    *,
    deliver_to: DeliverTo = DeliverTo.SOURCE,
    models: Sequence[str] | None = None,
) -> Iterator[Task]:
    """Check a trace and return its tasks in order of arrival.

    The file is read twice in chunks, once to check and once to use, so that memory does not grow with its length.

    Parameters
    ----------
    path : path
        CSV (UTF-8, comma, a header line) or Parquet, told apart by content, with the columns `arrival_s`,
        `satellite` (a name, else an index), `input_bits`, `result_bits`, `work` (seconds on a processor of speed 1),
        `deadline_s` (absolute, like `arrival_s` in seconds after the epoch) and, if wanted, `model`. Rows are sorted
        by arrival; a file that is not is refused, because sorting would need it in memory at once.
    names : sequence of str
        Names of the scenario's satellites, in order.
    deliver_to : DeliverTo
        Where results must be.
    models : sequence of str, optional
        Models that a task may ask for; a task without one asks for none. None: any.

    Raises
    ------
    TraceError
        With all problems of the file, up to 20, as `path:row: column: problem; remedy`. A row is a line of a CSV
        file, where the header is line 1, or the number of a Parquet row, from 1.
    """
    path = Path(path)
    index = SatelliteIndex(names)
    read = _reader_of(path)
    problems = Problems(path)
    last_arrival_s, n_rows = -np.inf, 0
    for chunk in read(path, problems):
        last_arrival_s = check_chunk(chunk, index, last_arrival_s, problems, models)
        n_rows += len(chunk.rows)
        if problems.are_enough:
            break
    if n_rows == 0 and not problems.found:
        problems.add(None, None, "holds no tasks; write one row for each")
    problems.raise_if_any()
    return _tasks(read(path, problems), index, deliver_to)


def _tasks(chunks: Iterator[Chunk], index: SatelliteIndex, deliver_to: DeliverTo) -> Iterator[Task]:
    """Yield the tasks of chunks that have been checked."""
    task_id = 0
    for chunk in chunks:
        sources = index.find(chunk.satellites).tolist()
        columns = [chunk.numbers[column].tolist() for column in NUMBER_COLUMNS]
        for source, model, *numbers in zip(sources, chunk.models, *columns, strict=True):
            arrival_s, input_bits, result_bits, work_s, deadline_s = numbers
            yield Task(
                task_id=task_id,
                source=source,
                arrival_s=arrival_s,
                input_bits=input_bits,
                result_bits=result_bits,
                work_s=work_s,
                deadline_s=deadline_s,
                deliver_to=deliver_to,
                model=model,
            )
            task_id += 1


def _reader_of(path: Path) -> _Read:
    """Return what reads a file, by its first bytes."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise TraceError(
            [f"{path}: cannot be read ({error.strerror}); write the path of a CSV or Parquet file"]
        ) from error
    if not start:
        raise TraceError([f"{path}: file is empty; write a header line and one row for each task"])
    if start.startswith(_PARQUET_MARK):
        return _read_parquet
    if b"\0" in start:
        raise TraceError([f"{path}: is neither CSV text nor Parquet; save the trace as one of them"])
    return _read_csv


def _read_csv(path: Path, problems: Problems) -> Iterator[Chunk]:
    """Yield the rows of a CSV file; those of the wrong length are reported and left out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            yield from _read_csv_lines(file, problems)
        except UnicodeDecodeError as error:
            problems.add(None, None, f"is not UTF-8 text ({error.reason}); save it as UTF-8")
        except csv.Error as error:
            problems.add(None, None, f"is not CSV ({error}); quote text that holds commas or line breaks")


def _read_csv_lines(file: TextIO, problems: Problems) -> Iterator[Chunk]:
    lines = csv.reader(file, strict=True)
    header = [name.strip() for name in next(lines, [])]
    check_header(header, problems, 1)
    if problems.found:
        return
    while rows := [(lines.line_num, row) for row in islice(lines, _ROWS_PER_CHUNK) if row]:
        whole = [(line, row) for line, row in rows if len(row) == len(header)]
        for line, row in rows if len(whole) < len(rows) else []:
            if len(row) != len(header):
                problems.add(line, None, f"row has {len(row)} fields; write {len(header)}, as the header has")
        if not whole:
            continue
        line_numbers, cells = zip(*whole, strict=True)
        texts = dict(zip(header, zip(*cells, strict=True), strict=True))
        yield Chunk(
            rows=line_numbers,
            numbers={column: _floats(texts[column]) for column in NUMBER_COLUMNS},
            written=texts,
            satellites=[text.strip() for text in texts["satellite"]],
            models=[text.strip() or None for text in texts["model"]] if "model" in texts else [None] * len(whole),
        )


def _floats(texts: Sequence[str]) -> Floats:
    """Return texts as numbers, nan for what is none."""
    try:
        return np.array(texts, dtype=np.float64)
    except ValueError:
        return np.array([_float(text) for text in texts])


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _read_parquet(path: Path, problems: Problems) -> Iterator[Chunk]:
    """Yield the rows of a Parquet file."""
    try:
        with pq.ParquetFile(path) as file:
            yield from _read_batches(file, problems)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        problems.add(None, None, f"is not a whole Parquet file ({reason}); write or copy it again")


def _read_batches(file: pq.ParquetFile, problems: Problems) -> Iterator[Chunk]:
    schema = file.schema_arrow
    check_header(schema.names, problems, None)
    for column in NUMBER_COLUMNS if not problems.found else ():
        kind = schema.field(column).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            problems.add(None, column, f"column holds {kind}; write it as float64")
    if problems.found:
        return
    first = 1
    wanted = [column for column in COLUMNS if column in schema.names]
    for batch in file.iter_batches(batch_size=_ROWS_PER_CHUNK, columns=wanted):
        n_rows = batch.num_rows
        if n_rows == 0:
            continue
        numbers = {
            column: batch.column(column).cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy()
            for column in NUMBER_COLUMNS
        }
        yield Chunk(
            rows=range(first, first + n_rows),
            numbers=numbers,
            written=numbers,
            satellites=batch.column("satellite").to_pylist(),
            models=_models(batch.column("model").to_pylist()) if "model" in wanted else [None] * n_rows,
        )
        first += n_rows


def _models(values: Sequence[object]) -> list[str | None]:
    return [None if value is None else str(value) for value in values]
