"""Traces: what is read, and what a broken file is told."""

from __future__ import annotations

import dataclasses
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.records import DeliverTo, Task
from simulator.tasks.trace import read_trace
from simulator.tasks.trace_columns import MAX_PROBLEMS, TraceError

NAMES = ("p00s00", "p00s01", "44713")
HEADER = "arrival_s,satellite,input_bits,result_bits,work,deadline_s"
GOOD = "10.5,p00s01,2e8,1e6,30,400"


def write(tmp_path, *lines, header=HEADER):
    path = tmp_path / "trace.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def problems_of(path):
    with pytest.raises(TraceError) as caught:
        read_trace(path, NAMES)
    assert all(line.startswith(str(path)) and "; " in line for line in caught.value.problems)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [line.removeprefix(str(path)).removeprefix(":") for line in caught.value.problems]


def test_csv_becomes_tasks_in_order(tmp_path):
    header = "model,satellite,arrival_s,deadline_s,work,input_bits,result_bits"
    path = write(
        tmp_path, "net,p00s01,0,100,5,8e6,10", "", ",2, 3.5 ,90,7,0,0", '"a,b",44713,3.5,91,7,1,2', header=header
    )
    expected = [
        (0, 1, 0.0, 8e6, 10.0, 5.0, 100.0, DeliverTo.GROUND, "net"),
        (1, 2, 3.5, 0.0, 0.0, 7.0, 90.0, DeliverTo.GROUND, None),
        (2, 2, 3.5, 1.0, 2.0, 7.0, 91.0, DeliverTo.GROUND, "a,b"),
    ]
    fields = [field.name for field in dataclasses.fields(Task)]
    tasks = list(read_trace(path, NAMES, deliver_to=DeliverTo.GROUND))
    assert tasks == [Task(**dict(zip(fields, values, strict=True))) for values in expected]


def table(n=5, **changes):
    columns = {
        "arrival_s": np.arange(n, dtype=float),
        "satellite": np.arange(n) % 3,
        "input_bits": np.full(n, 1e8),
        "result_bits": np.full(n, 10**6),
        "work": np.full(n, 30.0),
        "deadline_s": np.arange(n) + 100.0,
    }
    return pa.table(columns | changes)


@pytest.mark.parametrize("satellite", [[0, 1, 2, 0, 1], ["p00s00", "p00s01", "44713", "0", "1"]])
def test_parquet_equals_csv(tmp_path, satellite):
    path = tmp_path / "trace"  # no suffix: told apart by content
    pq.write_table(table(satellite=satellite, model=["m", None, "m", "m", None]), path)
    csv_end = [f"{s},1e8,1e6,30,{100 + i},{m}" for i, (s, m) in enumerate(zip("01201", "mxmmx", strict=True))]
    rows = [f"{i},{end}".replace("x", "") for i, end in enumerate(csv_end)]
    assert list(read_trace(path, NAMES)) == list(read_trace(write(tmp_path, *rows, header=HEADER + ",model"), NAMES))


def test_a_name_goes_before_an_index(tmp_path):
    assert [task.source for task in read_trace(write(tmp_path, "1,1,1,1,1,9"), ("a", "b", "1"))] == [2]


NOT_FINITE = "is not a finite number; write one such as 1.5e8, without a unit"
UNKNOWN = "is no satellite of the scenario; "
INDEX = "write a name, such as 'p00s00', or an index from 0 to 2"
BROKEN_ROWS = [
    ("12,p00s00,1,1,5,12", "2: deadline_s: 12 is not after the arrival; write seconds after the epoch"),
    ("12,p00s00,1,1,5,3", "2: deadline_s: 3 is not after the arrival; write seconds after the epoch"),
    ("12,p00s00,-1,1,5,30", "2: input_bits: -1 is negative; write at least 0"),
    ("12,p00s00,1,-2e3,5,30", "2: result_bits: -2e3 is negative; write at least 0"),
    ("-1,p00s00,1,1,5,30", "2: arrival_s: -1 is negative; write at least 0"),
    ("12,p00s00,1,1,0,30", "2: work: 0 is zero; write the seconds on a processor of speed 1"),
    ("12,p00s00,nan,1,5,30", "2: input_bits: nan " + NOT_FINITE),
    ("12,p00s00,1,inf,5,30", "2: result_bits: inf " + NOT_FINITE),
    ("12,p00s00,200Mbit,1,5,30", "2: input_bits: 200Mbit " + NOT_FINITE),
    ("12,p0s00,1,1,5,30", "2: satellite: 'p0s00' " + UNKNOWN + "did you mean 'p00s00'?"),
    ("12,3,1,1,5,30", "2: satellite: '3' " + UNKNOWN + INDEX),
    ("12,,1,1,5,30", "2: satellite: '' " + UNKNOWN + INDEX),
    ("12,p00s00,1,1,5", "2: row has 5 fields; write 6, as the header has"),
]


@pytest.mark.parametrize(("row", "problem"), BROKEN_ROWS)
def test_broken_rows_are_named(tmp_path, row, problem):
    assert problems_of(write(tmp_path, row)) == [problem]


def test_unsorted_arrivals_are_refused_with_the_row(tmp_path):
    path = write(tmp_path, GOOD, "11,0,1,1,1,20", "10.9,0,1,1,1,20", "11,0,1,1,1,20")
    assert problems_of(path) == ["4: arrival_s: 10.9 is before the arrival above; sort the rows by arrival_s"]


def test_lines_are_counted_over_blank_lines_and_chunks(tmp_path):
    rows = [f"{i},0,1,1,1,{i + 9}" for i in range(70_000)]
    path = write(tmp_path, "", *rows, "1,0,1,1,1,20")
    assert problems_of(path) == ["70003: arrival_s: 1 is before the arrival above; sort the rows by arrival_s"]


def test_columns_are_checked(tmp_path):
    header = "arrival,satellite,satellite,input_bits,result_bits,work,colour"
    assert problems_of(write(tmp_path, header=header)) == [
        "1: arrival_s: column is missing; rename 'arrival' to 'arrival_s'",
        "1: deadline_s: column is missing; add it; a trace has "
        "arrival_s, satellite, input_bits, result_bits, work, deadline_s, model",
        "1: colour: unknown column; remove it or use one of "
        "arrival_s, satellite, input_bits, result_bits, work, deadline_s, model",
        "1: satellite: column is there more than once; keep one",
    ]


def test_all_problems_at_once_but_no_more_than_the_limit(tmp_path):
    path = write(tmp_path, GOOD, "11,x,-1,-1,0,5", "12,0,1,1,1,5")
    assert [line.split(":")[:2] for line in problems_of(path)] == [
        ["3", " input_bits"], ["3", " result_bits"], ["3", " work"], ["3", " deadline_s"], ["3", " satellite"],
        ["4", " deadline_s"],
    ]  # fmt: skip
    assert len(problems_of(write(tmp_path, *["1,x,-1,-1,0,0"] * 100))) == MAX_PROBLEMS


BROKEN_FILES = [
    (b"", "file is empty"),
    (b"\n", "column is missing"),
    (b"\xef\xbb\xbf", "column is missing"),
    (HEADER.encode() + b"\n", "holds no tasks"),
    (b"\x7fELF\x00\x00\x01", "neither CSV text nor Parquet"),
    (b"arrival_s\xff\xfe,\n", "not UTF-8"),
    (HEADER.encode() + b'\n1,"0,1,1,1,9\n', "is not CSV"),
    (b"PAR1", "is not a whole Parquet file"),
    (b"PAR1" + bytes(200), "is not a whole Parquet file"),
]


@pytest.mark.parametrize(("content", "problem"), BROKEN_FILES)
def test_broken_files_are_refused(tmp_path, content, problem):
    path = tmp_path / "trace.csv"
    path.write_bytes(content)
    assert problem in problems_of(path)[0]


def test_missing_file_and_folder_are_refused(tmp_path):
    assert "cannot be read" in problems_of(tmp_path / "none.csv")[0]
    assert "cannot be read" in problems_of(tmp_path)[0]


def test_truncated_parquet_is_refused(tmp_path):
    path = tmp_path / "trace.parquet"
    pq.write_table(table(2000), path)
    whole = path.read_bytes()
    for n_bytes in (len(whole) - 1, len(whole) // 2):
        path.write_bytes(whole[:n_bytes])
        assert "is not a whole Parquet file" in problems_of(path)[0]
    broken = bytearray(whole)
    broken[200:400] = bytes(200)  # the footer is whole, a page is not
    path.write_bytes(bytes(broken))
    assert problems_of(path)


def test_parquet_problems_are_named_by_row(tmp_path):
    path = tmp_path / "trace.parquet"
    changes = {"satellite": ["p00s00", None, "p00s00", "p00s01", "44713"], "work": [1.0, 2.0, None, np.nan, 0.0]}
    pq.write_table(table(**changes), path)
    assert [line.split(" ")[:3] for line in problems_of(path)] == [
        ["2:", "satellite:", "None"], ["3:", "work:", "nan"], ["4:", "work:", "nan"], ["5:", "work:", "0.0"],
    ]  # fmt: skip
    pq.write_table(table(work=["1"] * 5), path)
    assert problems_of(path) == [" work: column holds string; write it as float64"]
    pq.write_table(table(0), path)
    assert problems_of(path) == [" holds no tasks; write one row for each"]


def test_memory_does_not_grow_with_the_trace(tmp_path, monkeypatch):
    monkeypatch.setattr("simulator.tasks.trace._ROWS_PER_CHUNK", 4096)
    path = tmp_path / "trace.parquet"
    peaks_bytes = []
    for n_rows in (20_000, 80_000):
        pq.write_table(table(n_rows), path)
        tracemalloc.start()
        assert sum(1 for _ in read_trace(path, NAMES)) == n_rows
        peaks_bytes.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # chunks have one size; a quarter is left for where garbage happens to be collected
    assert peaks_bytes[1] < 1.25 * peaks_bytes[0]
