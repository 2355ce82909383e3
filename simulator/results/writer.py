"""Tables written while a run goes on, in memory that does not grow with simulated time."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.results.files import part_of, publish

CHUNK_ROWS: Final = 16_384
"""Rows held as Python tuples before they become a record batch (about 8 MB of tasks)."""

ROW_GROUP_ROWS: Final = 65_536
"""Rows of a Parquet row group; fixed, so that equal rows give equal bytes."""


class TableWriter:
    """Collects the rows of one table and leaves them as a Parquet file.

    While the run goes on, rows go to an Arrow stream beside the final file; `close` turns the stream into Parquet,
    a row group at a time, and removes it. The bytes depend only on the rows.

    Parameters
    ----------
    path : Path
        The Parquet file to leave; it appears only when `close` has succeeded.
    schema : pa.Schema
        One of `simulator.results.tables`.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.n_rows = 0
        self._schema = schema
        self._rows: list[tuple[object, ...]] = []
        self._stream_path = part_of(path.with_suffix(".arrows"))
        self._stream_file: Any = pa.OSFile(str(self._stream_path), "wb")
        self._stream: Any = pa.ipc.new_stream(self._stream_file, schema)
        self._is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()

    def append(self, row: tuple[object, ...]) -> None:
        """Add one row, its values in the order of the schema.

        A row of the wrong length or type is refused when its chunk is written, with the table and column named.
        """
        rows = self._rows
        rows.append(row)
        if len(rows) >= CHUNK_ROWS:
            self._flush()

    def append_columns(self, columns: Sequence[Sequence[object]]) -> None:
        """Add many rows at once: one equally long sequence or array per column, in the order of the schema."""
        self._flush()
        self._write([list(column) if isinstance(column, tuple) else column for column in columns])

    def close(self) -> None:
        """Write what is left, publish the Parquet file and remove the stream; a second call does nothing.

        Raises
        ------
        OSError
            If the disk is full or fails; neither file remains then.
        """
        if not self._is_open:
            return
        try:
            self._flush()
            self._close_stream()
            _convert(self._stream_path, self.path, self._schema)
        except BaseException:
            self.abandon()
            raise
        self._stream_path.unlink()

    def abandon(self) -> None:
        """Give the table up and remove its unfinished files."""
        if self._is_open:
            with contextlib.suppress(OSError):  # a full disk can refuse the last bytes of a file that is removed next
                self._close_stream()
        self._rows.clear()
        self._stream_path.unlink(missing_ok=True)
        part_of(self.path).unlink(missing_ok=True)

    def _close_stream(self) -> None:
        self._is_open = False
        try:
            self._stream.close()
        finally:
            self._stream_file.close()

    def _flush(self) -> None:
        if self._rows:
            rows, self._rows = self._rows, []
            try:
                columns = list(zip(*rows, strict=True))
            except ValueError as error:
                raise ValueError(f"table {self.path.stem}: rows differ in length") from error
            self._write(columns)

    def _write(self, columns: Sequence[Sequence[object]]) -> None:
        if len(columns) != len(self._schema):
            raise ValueError(f"table {self.path.stem}: {len(columns)} values in a row, {len(self._schema)} are needed")
        arrays = [self._array(field, column) for field, column in zip(self._schema, columns, strict=True)]
        batch = pa.record_batch(arrays, schema=self._schema)
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            self._stream.write_batch(batch.slice(start, CHUNK_ROWS))
        self.n_rows += batch.num_rows

    def _array(self, field: pa.Field, column: Sequence[object]) -> pa.Array:
        try:
            return pa.array(column, type=field.type, from_pandas=False)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise ValueError(f"table {self.path.stem}, column {field.name}: {error}") from error


def _convert(stream_path: Path, path: Path, schema: pa.Schema) -> None:
    """Rewrite an Arrow stream as Parquet, a row group at a time."""
    part = part_of(path)
    with (
        pa.OSFile(str(stream_path), "rb") as file,
        pa.ipc.open_stream(file) as stream,
        pq.ParquetWriter(part, schema, compression="zstd") as parquet,
    ):
        held = schema.empty_table()
        for batch in stream:
            held = pa.concat_tables([held, pa.Table.from_batches([batch])])
            while held.num_rows >= ROW_GROUP_ROWS:
                parquet.write_table(_row_group(held.slice(0, ROW_GROUP_ROWS)))
                held = held.slice(ROW_GROUP_ROWS)
        if held.num_rows:
            parquet.write_table(_row_group(held))
    publish(part, path)


def _row_group(rows: pa.Table) -> pa.Table:
    """Return rows in one piece, words numbered by first appearance: their batches leave no trace in the bytes."""
    columns = [
        column.cast(pa.string()).combine_chunks().dictionary_encode()
        if pa.types.is_dictionary(column.type)
        else column.combine_chunks()
        for column in rows.columns
    ]
    return pa.Table.from_arrays(columns, schema=rows.schema)
