from __future__ import annotations

import math
import tempfile
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.results import TABLES, TableWriter, writer

_ROWS = st.lists(
    st.tuples(
        st.floats(width=64),
        st.integers(-1, 2**31 - 1),
        st.sampled_from(["brown_out", "recovered", "link_down"]) | st.none(),
        st.text(max_size=8).filter(lambda text: text.isprintable()),
    ),
    max_size=40,
)


def _write(path: Path, rows: list[tuple[object, ...]], table: str = "tasks") -> Path:
    with TableWriter(path, TABLES[table]) as table_writer:
        for row in rows:
            table_writer.append(row)
    return path


@given(rows=_ROWS)
@settings(max_examples=25, deadline=None)  # each example writes a file; the default deadline is for pure functions
def test_rows_come_back_in_order(rows: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "CHUNK_ROWS", 7)
        patch.setattr(writer, "ROW_GROUP_ROWS", 10)
        path = _write(Path(folder) / "events.parquet", rows, "events")
        table = pq.read_table(path)
        back = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
        assert [row[1:] for row in back] == [row[1:] for row in rows]
        assert all(
            left[0] == right[0] or (math.isnan(left[0]) and math.isnan(right[0]))
            for left, right in zip(back, rows, strict=True)
        )
        sizes = [pq.ParquetFile(path).metadata.row_group(i).num_rows for i in range(math.ceil(len(rows) / 10))]
        assert all(size == 10 for size in sizes[:-1])
        assert [file.name for file in Path(folder).iterdir()] == ["events.parquet"]


def test_bytes_depend_on_rows_alone(synthetic: ModuleType, tmp_path: Path) -> None:
    rows = synthetic.task_rows(70_000)  # more than one row group, and five chunks
    one_by_one = _write(tmp_path / "a.parquet", rows)
    in_blocks = tmp_path / "b.parquet"
    with TableWriter(in_blocks, TABLES["tasks"]) as table_writer:
        for start in range(0, len(rows), 9_999):
            table_writer.append_columns(list(zip(*rows[start : start + 9_999], strict=True)))
    assert table_writer.n_rows == len(rows)
    assert one_by_one.read_bytes() == in_blocks.read_bytes()
    assert pq.ParquetFile(in_blocks).metadata.row_group(0).num_rows == writer.ROW_GROUP_ROWS


def test_schema_and_descriptions_come_back(tmp_path: Path) -> None:
    path = _write(tmp_path / "energy.parquet", [], "energy")
    schema = pq.read_schema(path)
    assert schema.equals(TABLES["energy"], check_metadata=False)
    assert (
        schema.field("discharge_j").metadata[b"description"]
        == b"taken from the battery at its terminals, inside the window"
    )


def test_a_wrong_row_names_table_and_column(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="table events: 3 values in a row, 4 are needed"):
        _write(tmp_path / "events.parquet", [(0.0, 1, "brown_out")], "events")
    with pytest.raises(ValueError, match="table events, column satellite"):
        _write(tmp_path / "events.parquet", [(0.0, "one", "brown_out", "")], "events")
    with pytest.raises(ValueError, match="table events: rows differ in length"):
        _write(tmp_path / "events.parquet", [(0.0, 1, "brown_out", ""), (0.0, 1)], "events")
    assert list(tmp_path.iterdir()) == []


def test_words_are_dictionaries_and_may_be_str_enums(tmp_path: Path, synthetic: ModuleType) -> None:
    row = list(synthetic.task_rows(1)[0])
    row[TABLES["tasks"].get_field_index("fate")] = synthetic.Fate.LATE
    table = pq.read_table(_write(tmp_path / "tasks.parquet", [tuple(row)]))
    assert pa.types.is_dictionary(table.schema.field("fate").type)
    assert table["fate"].to_pylist() == ["late"]


def test_closing_twice_and_abandoning_after_closing_keep_the_table(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    table_writer = TableWriter(path, TABLES["events"])
    table_writer.append((1.0, 2, "recovered", ""))
    table_writer.close()
    table_writer.close()
    table_writer.abandon()
    assert pq.read_table(path).num_rows == 1
