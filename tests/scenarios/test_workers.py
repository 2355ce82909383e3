from __future__ import annotations

import functools
import importlib

import pytest

from scenarios.workers import Failure, Job, run_jobs

JOBS = """
import os
import pathlib
import sys
import time


def square(number, report):
    report(0.5)
    return number * number


def refuse(message, report):
    raise ValueError(message)


def leave(report):
    sys.exit(0)


def die(report):
    time.sleep(0.5)  # others have begun beside it
    os._exit(9)


def wait_for_death(path, number, report):
    if not pathlib.Path(path).exists():
        pathlib.Path(path).touch()
        time.sleep(2.0)
    return number * number


def die_once(path, report):
    if not pathlib.Path(path).exists():
        pathlib.Path(path).touch()
        os._exit(9)
    return "second try"


def note_begin(path, name, report):
    with open(path, "a") as file:
        file.write(name + "\\n")
"""


@pytest.fixture
def jobs_module(tmp_path, monkeypatch):
    """A module that fresh processes can import too."""
    (tmp_path / "jobs_of_test.py").write_text(JOBS)
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("jobs_of_test")


def _job(call, *arguments, cost_s=1.0):
    return Job(call=functools.partial(call, *arguments), estimated_cpu_s=cost_s)


def _ignore(_share):
    pass


@pytest.mark.parametrize("n_workers", [1, 2])
def test_results_are_in_the_order_of_the_jobs_and_failures_stop_nobody(jobs_module, n_workers):
    shares = []
    jobs = [
        _job(jobs_module.square, 3, cost_s=1.0),
        _job(jobs_module.refuse, "deadline_s = -1: too short"),
        _job(jobs_module.leave),
        _job(jobs_module.square, 5, cost_s=9.0),
    ]
    results = run_jobs(jobs, n_workers=n_workers, progress=shares.append)
    assert results[0] == 9
    assert results[1] == Failure(message="deadline_s = -1: too short")
    assert results[2] == Failure(message="SystemExit: 0")
    assert results[3] == 25
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_dead_process_fails_its_job_alone(jobs_module, tmp_path, n_workers):
    jobs = [
        _job(jobs_module.die, cost_s=9.0),
        _job(jobs_module.wait_for_death, str(tmp_path / "begun"), 2),
        _job(jobs_module.square, 4),
    ]
    results = run_jobs(jobs, n_workers=n_workers, progress=_ignore)
    assert isinstance(results[0], Failure)
    assert "process died" in results[0].message
    assert results[1:] == [4, 16]


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_job_whose_process_died_is_tried_once_more(jobs_module, tmp_path, n_workers):
    """With no other job that kills processes beside it: it could lose its first try before it begins."""
    jobs = [_job(jobs_module.die_once, str(tmp_path / "mark")), _job(jobs_module.square, 4)]
    assert run_jobs(jobs, n_workers=n_workers, progress=_ignore) == ["second try", 16]


def test_the_dearest_begins_first(jobs_module, tmp_path):
    path = tmp_path / "begun"
    jobs = [_job(jobs_module.note_begin, path, name, cost_s=cost_s) for name, cost_s in (("a", 1), ("b", 3), ("c", 2))]
    run_jobs(jobs, n_workers=1, progress=_ignore)
    assert path.read_text().split() == ["b", "c", "a"]


def test_no_job_no_process():
    assert run_jobs([], n_workers=2, progress=_ignore) == []
    with pytest.raises(ValueError, match="n_workers = 0"):
        run_jobs([], n_workers=0, progress=_ignore)
