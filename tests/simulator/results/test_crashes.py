"""A run that is killed, starved of disk or raced by another leaves a whole result or none, and the same bytes after."""

from __future__ import annotations

import errno
import os
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from simulator.results import RunFolder, open_run, run_folder

N_TASKS = 40_000
"""Three chunks of rows: kills land before, between and after them."""

N_FSYNCS = 15
"""Folder of the runs, then file and folder of: scenario, two tables, summary, log, manifest, mark of the end."""


@pytest.fixture(scope="module")
def undisturbed(synthetic: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    run, _ = synthetic.write_run(tmp_path_factory.mktemp("undisturbed"), N_TASKS)
    return synthetic.result_bytes(run.path)


def _start(program: Path, runs: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(program), str(runs), str(N_TASKS), *(str(argument) for argument in arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment())


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}


def _is_readable(runs: Path) -> bool:
    return any(runs.glob("*/done.json"))


def test_killed_at_random_moments_then_run_again(
    synthetic: ModuleType, program: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    moments = random.Random(20260621)
    n_killed = 0
    for _ in range(5):
        with _start(program, tmp_path) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(moments.uniform(0.0, 0.25))  # an undisturbed run takes about 0.3 s after `ready`
            process.kill()
        n_killed += process.returncode == -9
        if _is_readable(tmp_path):
            break  # a fast machine finished it: what is on the disk must still be right
    assert n_killed > 0
    run, _ = synthetic.write_run(tmp_path, N_TASKS)
    assert synthetic.result_bytes(run.path) == undisturbed


@pytest.mark.parametrize("n_before", [0, 1, 3, 5, 8, 10, 12, 13, 14])
def test_killed_at_a_flush_then_run_again(
    n_before: int, synthetic: ModuleType, program: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with _start(program, tmp_path, n_before) as process:
        process.communicate()
    assert process.returncode == -9
    assert _is_readable(tmp_path) == (n_before == N_FSYNCS - 1)  # only its name in the folder was left to flush
    run, has_written = synthetic.write_run(tmp_path, N_TASKS)
    assert has_written == (n_before < N_FSYNCS - 1)
    assert synthetic.result_bytes(run.path) == undisturbed


@pytest.mark.parametrize("n_before", range(N_FSYNCS))
def test_full_disk_at_any_flush(
    n_before: int, synthetic: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fsync, iter(range(1000))

    def fsync(descriptor: int) -> None:
        if next(calls) == n_before:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space left") as caught:
            synthetic.write_run(tmp_path, 100)
    assert caught.value.errno == errno.ENOSPC
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"] == []
    _, has_written = synthetic.write_run(tmp_path, 100)
    assert has_written


@pytest.mark.parametrize("n_before", range(N_FSYNCS))
def test_ctrl_c_at_any_flush(
    n_before: int, synthetic: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fsync, iter(range(1000))

    def fsync(descriptor: int) -> None:
        if next(calls) == n_before:
            raise KeyboardInterrupt
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(KeyboardInterrupt):
            synthetic.write_run(tmp_path, 100)
    is_whole = n_before == N_FSYNCS - 1  # only its name in the folder was left to flush
    assert _is_readable(tmp_path) == is_whole
    assert list(tmp_path.glob("*/.lock")) == []
    _, has_written = synthetic.write_run(tmp_path, 100)
    assert has_written != is_whole


def test_ctrl_c_while_a_finished_run_is_unlocked(
    synthetic: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(lock: int, path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run_folder, "_let_go", interrupted)
        with pytest.raises(KeyboardInterrupt):
            synthetic.write_run(tmp_path, 100)
    run, has_written = synthetic.write_run(tmp_path, 100)
    assert run.is_finished
    assert not has_written
    assert list(tmp_path.glob("*/.lock")) == []


@pytest.mark.parametrize("limit_kib", [4, 200, 700])
def test_file_size_limit(limit_kib: int, program: Path, tmp_path: Path) -> None:
    """A real failing `write`: in the first chunk, a later one, and while Parquet is written."""
    process = subprocess.run(
        [sys.executable, str(program), str(tmp_path), str(N_TASKS)],
        capture_output=True,
        env=_environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_kib * 1024, limit_kib * 1024)),
        check=False,
    )
    assert process.returncode == 74, process.stderr
    assert list(tmp_path.rglob("*")) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True)
    except OSError as error:
        pytest.skip(f"no mount command here: {error}")
    if mounted.returncode != 0:
        pytest.skip(f"a small disk needs the right to mount: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_real_full_disk(synthetic: ModuleType, program: Path, undisturbed: dict[str, bytes], small_disk: Path) -> None:
    with _start(program, small_disk) as process:
        process.communicate()
    assert process.returncode == 74
    assert list(small_disk.rglob("*")) == []
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    run, _ = synthetic.write_run(small_disk, N_TASKS)
    assert synthetic.result_bytes(run.path) == undisturbed


def test_two_processes_race_for_one_run(
    synthetic: ModuleType, program: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with _start(program, tmp_path) as first, _start(program, tmp_path) as second:
        answers = sorted((first.communicate()[0], second.communicate()[0]))
    assert (first.returncode, second.returncode) == (0, 0)
    assert answers == ["ready\nreused\n", "ready\nwrote\n"]
    run, _ = synthetic.write_run(tmp_path, N_TASKS)
    assert synthetic.result_bytes(run.path) == undisturbed
    assert not (run.path / ".lock").exists()


def _open_in_thread(runs: Path, key: str) -> tuple[threading.Thread, list[bool]]:
    seen: list[bool] = []

    def wait_and_open() -> None:
        with open_run(runs, key) as run:
            seen.append(run.is_finished)

    thread = threading.Thread(target=wait_and_open)
    thread.start()
    thread.join(timeout=0.1)
    assert thread.is_alive() and seen == []  # it waits for the lock
    return thread, seen


def test_who_waits_starts_again_when_the_writer_gives_up(tmp_path: Path) -> None:
    with open_run(tmp_path, "0" * 16) as run:
        assert isinstance(run, RunFolder) and not run.is_finished
        thread, seen = _open_in_thread(tmp_path, "0" * 16)
    thread.join(timeout=10.0)
    assert seen == [False]
    assert list(tmp_path.iterdir()) == []


def test_who_waits_reuses_what_the_writer_finished(synthetic: ModuleType, tmp_path: Path) -> None:
    with open_run(tmp_path, "0" * 16) as run:
        thread, seen = _open_in_thread(tmp_path, "0" * 16)
        run.finish(synthetic.Provenance(scenario_name="empty", scheduler="none", seed=0))
    thread.join(timeout=10.0)
    assert seen == [True]
    assert sorted(path.name for path in run.path.iterdir()) == ["done.json", "log.jsonl", "manifest.json"]
