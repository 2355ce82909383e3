from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from simulator.results import DamagedRunError, code_version, open_run, provenance, read_run, run_key
from simulator.results.files import json_bytes


@pytest.fixture
def run_path(synthetic: ModuleType, tmp_path: Path) -> Path:
    run, _ = synthetic.write_run(tmp_path, 50)
    return run.path


def test_folder_of_a_finished_run(run_path: Path) -> None:
    names = ["done.json", "energy.parquet", "log.jsonl", "manifest.json", "scenario.yaml", "summary.json"]
    assert sorted(path.name for path in run_path.iterdir()) == [*names, "tasks.parquet"]
    assert sorted(json.loads((run_path / "done.json").read_bytes())["files"]) == [*names[1:], "tasks.parquet"]
    record = json.loads((run_path / "manifest.json").read_bytes())
    assert record["key"] == run_path.name
    assert record["package_versions"]["python"].startswith("3.")
    assert record["start_utc"] <= record["end_utc"]


@pytest.mark.parametrize("name", ["energy.parquet", "log.jsonl", "manifest.json", "scenario.yaml", "summary.json"])
def test_a_changed_file_is_named(name: str, run_path: Path) -> None:
    with (run_path / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(DamagedRunError, match=rf"{name} is not the file that the run wrote; delete the folder"):
        open_run(run_path.parent, run_path.name)


def test_a_missing_file_is_named(run_path: Path) -> None:
    (run_path / "tasks.parquet").unlink()
    with pytest.raises(DamagedRunError, match=r"tasks\.parquet is missing; delete the folder"):
        read_run(run_path)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"files": 3}', b"\xff\x00"])
def test_an_unreadable_mark_is_named(content: bytes, run_path: Path) -> None:
    (run_path / "done.json").write_bytes(content)
    with pytest.raises(DamagedRunError, match=r"done\.json is not readable"):
        open_run(run_path.parent, run_path.name)


def test_a_folder_without_mark_is_no_result_and_is_swept(synthetic: ModuleType, run_path: Path) -> None:
    (run_path / "done.json").unlink()
    (run_path / "tasks.arrows.part").write_bytes(b"leftover")
    (run_path / "deep").mkdir()
    with pytest.raises(DamagedRunError, match="not a finished run"):
        read_run(run_path)
    run, has_written = synthetic.write_run(run_path.parent, 50)
    assert has_written
    assert run.path == run_path
    assert not (run_path / "deep").exists()
    assert not list(run_path.glob("*.part"))


def test_other_files_in_a_finished_folder_are_left_alone(synthetic: ModuleType, run_path: Path) -> None:
    (run_path / "figures").mkdir()
    assert synthetic.write_run(run_path.parent, 50)[1] is False
    assert (run_path / "figures").is_dir()


def test_a_finished_run_takes_nothing_more(run_path: Path) -> None:
    run = open_run(run_path.parent, run_path.name)
    with pytest.raises(ValueError, match=r"is finished: summary\.json cannot be written again"):
        run.write_summary({})
    with pytest.raises(ValueError, match="is finished: tasks cannot"):
        run.table("tasks")


def test_an_error_inside_a_run_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), open_run(tmp_path, "a" * 16) as run:
        run.table("tasks")
        run.write_scenario("x: 1\n")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["", "../../etc", "A" * 16, "0" * 15])
def test_a_key_is_16_hexadecimal_digits(key: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="16 hexadecimal digits"):
        open_run(tmp_path, key)


def test_an_unknown_table_is_refused(tmp_path: Path) -> None:
    with open_run(tmp_path, "b" * 16) as run, pytest.raises(ValueError, match="known are tasks, energy"):
        run.table("task")


def test_log_lines(tmp_path: Path) -> None:
    logger = logging.getLogger("simulator.results.test_log")
    logger.setLevel(logging.INFO)
    with open_run(tmp_path, "c" * 16) as run:
        logger.addHandler(run.log_handler())
        logger.info("t = %.1f s: satellite %d browned out", 12.5, 3)
        logger.removeHandler(run.log_handler())
        run.finish(provenance.Provenance(scenario_name="x", scheduler="y", seed=0))
    line = json.loads((run.path / "log.jsonl").read_text())
    assert line["message"] == "t = 12.5 s: satellite 3 browned out"
    assert (line["level"], line["logger"]) == ("info", "simulator.results.test_log")


def test_json_is_canonical() -> None:
    record = {"b": np.float64(0.1), "a": [math.nan, math.inf, np.int32(3)], "c": {"z": True, "y": np.array([1.5, 2.0])}}
    text = json_bytes(record).decode()
    assert json.loads(text) == {"a": [None, None, 3], "b": 0.1, "c": {"y": [1.5, 2.0], "z": True}}
    assert text.index('"a"') < text.index('"b"') < text.index('"y"') < text.index('"z"')
    assert text == json_bytes(dict(reversed(record.items()))).decode()


def test_key_depends_on_every_input() -> None:
    keys = [
        run_key("seed: 1", {}, "v1"),
        run_key("seed: 2", {}, "v1"),
        run_key("seed: 1", {}, "v2"),
        run_key("seed: 1", {"orbits.tle": "aa"}, "v1"),
        run_key("seed: 1", {"orbits.tle": "ab"}, "v1"),
        run_key("seed: 1", {"orbits.tl": "eaa"}, "v1"),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 16 for key in keys)
    assert run_key("x", {"a": "1", "b": "2"}, "v") == run_key("x", {"b": "2", "a": "1"}, "v")


def test_code_version_follows_sources_and_not_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "_package_folders", lambda package: [tmp_path] if package == "simulator" else [])
    (tmp_path / "plots").mkdir()
    (tmp_path / "engine.py").write_text("a = 1\n")
    first = code_version.__wrapped__()
    (tmp_path / "plots" / "style.py").write_text("b = 1\n")
    (tmp_path / "engine.cpython-311.pyc").parent.joinpath("__pycache__").mkdir()
    (tmp_path / "__pycache__" / "engine.pyc").write_bytes(b"x")
    assert code_version.__wrapped__() == first
    (tmp_path / "engine.py").write_text("a = 2\n")
    assert code_version.__wrapped__() != first


def test_code_version_follows_packages_beneath(monkeypatch: pytest.MonkeyPatch) -> None:
    first = code_version.__wrapped__()
    versions = provenance.package_versions()
    monkeypatch.setattr(provenance, "package_versions", lambda: {**versions, "sgp4": "99"})
    assert code_version.__wrapped__() != first
