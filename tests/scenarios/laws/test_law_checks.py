"""Every scheduler obeys every law, and a scheduler that breaks one is told which."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

import pytest

from scenarios.law_checks import check_factory, check_scheduler
from scenarios.laws import LAW_WORLDS, LAWS, observe
from schedulers import SCHEDULERS
from simulator.engine.task_ends import UNPOWERED_CAPTURE
from simulator.records import Place, Run, Scheduler, Task, View
from simulator.results import TABLES

_spec = importlib.util.spec_from_file_location("bad_schedulers", Path(__file__).with_name("bad_schedulers.py"))
assert _spec is not None
assert _spec.loader is not None
bad = importlib.util.module_from_spec(_spec)
sys.modules["bad_schedulers"] = bad
_spec.loader.exec_module(bad)


@cache
def broken(factory: object) -> dict[str, str]:
    return {report.name: report.detail for report in check_factory(factory) if not report.passed}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_shipped_scheduler_obeys_every_law(name):
    reports = check_scheduler(name)
    assert [f"{report.name}: {report.detail}" for report in reports if not report.passed] == []
    # is a scheduler, refuses unknown options, one per world, one per law
    assert len(reports) == 2 + len(LAW_WORLDS) + len(LAWS)
    assert len({report.name for report in reports}) == len(reports)


ILLEGAL = {
    "SaysNothing": "is no decision",
    "RunsNowhere": "no such place",
    "RunsOnNone": "no such place",
    "HoldsInThePast": "not after now",
    "ForwardsToItself": "not linked",
    "UsesAModeThatIsNotThere": "no such place",
    "SplitsIntoTooMuch": "must be positive and sum to 1",
    "SplitsAndDrops": "Run or ToGround",
    "SendsDownThroughNothing": "no such satellite",
    "WakesInThePast": "not after now",
}


@pytest.fixture(scope="module")
def built_worlds():
    return {law_world.name: law_world.build() for law_world in LAW_WORLDS}


@pytest.mark.parametrize("name", ILLEGAL)
def test_illegal_decisions_are_told_in_every_world(name, built_worlds):
    failures = [observe(getattr(bad, name), world_name, *built).failure for world_name, built in built_worlds.items()]
    assert [failure for failure in failures if not failure.startswith("IllegalDecisionError: scheduler ")] == []
    assert all(ILLEGAL[name] in failure for failure in failures)


def test_an_illegal_decision_breaks_the_law_of_every_world():
    breaches = broken(bad.SaysNothing)
    assert {f"works in {law_world.name}" for law_world in LAW_WORLDS} <= set(breaches)


def test_what_a_scheduler_raises_is_told():
    assert broken(bad.Dies)["works in a plain world"] == "KeyError: 'lost my notes'"


@pytest.mark.parametrize(("name", "told"), [("Dies", "KeyError: 'lost my notes'"), ("LeavesPython", "SystemExit: 0")])
def test_a_law_that_nothing_was_held_against_was_not_run(name, told):
    reports = {report.name: report for report in check_factory(getattr(bad, name))}
    assert reports["works in a plain world"].detail == told
    for law in LAWS:
        report = reports[law.name]
        assert not report.passed
        assert not report.was_run
        assert report.detail in ("it decided nothing in the plain world", "it finished no run")
    assert reports["is a scheduler"].passed


def test_laws_about_decisions_are_run_where_some_were_made_before_the_end():
    reports = {report.name: report for report in check_factory(bad.WakesInThePast)}
    assert reports["reads only"].passed
    assert not reports["conserves tasks"].was_run


@pytest.mark.parametrize(
    ("name", "law", "detail"),
    [
        ("RemembersItsPreviousLife", "deterministic", "in a second run"),
        ("ReadsTheEngine", "reads only", "view._processors, which is no part of View"),
        ("MovesTheView", "reads only", "it set view.here"),
        ("ChargesABattery", "reads only", "changed the world by itself"),
        ("ChargesABattery", "conserves energy", "ledger is off"),
        ("DelaysDeadlines", "leaves tasks alone", "it changed task"),
        ("KnowsWhatComes", "knows no future", "tasks differ only after"),
        ("TakesAnyOption", "refuses unknown options", "in silence"),
    ],
)
def test_each_law_can_be_broken(name, law, detail):
    assert detail in broken(getattr(bad, name)).get(law, "held")


def test_what_is_no_scheduler_is_told_and_not_run():
    reports = check_factory(bad.NoScheduler)
    assert [(report.name, report.passed) for report in reports] == [("is a scheduler", False)]


def test_a_path_leads_to_a_class_of_ones_own_or_to_a_clear_error():
    assert all(report.passed for report in check_scheduler("schedulers.baselines:OecLocalScheduler"))
    for path, told in (("phoenx", "use one of"), ("no.such:Class", "cannot import"), ("schedulers:Nothing", "has no")):
        with pytest.raises(ValueError, match=told):
            check_scheduler(path)


class Everywhere(Scheduler):
    """Spreads work over the fleet whatever that costs."""

    def decide(self, task: Task, view: View) -> Run:
        return Run(satellite=task.task_id % view.n_sats, priority=task.deadline_s, mode=task.task_id % len(view.modes))


def test_the_worlds_hold_what_their_names_say(built_worlds):
    """A law about brown-outs or preemption proves nothing in a world where there are none."""
    worlds = built_worlds
    runs = {name: observe(Everywhere, name, *built) for name, built in worlds.items()}
    assert not [run.failure for run in runs.values() if run.failure]
    empty = runs["a world of batteries that run empty"]
    assert sum(float(row[20]) for row in empty.energy) >= 5
    assert {"lost", "on_time"} <= {row[11] for row in empty.rows}
    assert {row[12] for row in runs["a plain world"].rows} >= {Place.OTHER_SUNLIT, Place.OTHER_BATTERY}
    assert not worlds["a world without ground stations"][0].stations
    assert not worlds["a world without links"][0].topology.n_links
    assert worlds["a world of one satellite"][0].positions.n_sats == 1
    assert worlds["a world with preemption"][0].is_preemptive
    assert not any(array.faces_the_sun for array in worlds["a world of arrays fixed to bodies"][0].arrays)
    assert len(worlds["a world of several processor modes"][0].modes) == 2
    assert "late" in {row[11] for row in runs["a world of overload"].rows}
    captures = runs["a world of captures"]
    payload_j, came_in_j = (sum(float(row[column]) for row in captures.energy) for column in (-1, 4))
    assert payload_j > 0.01 * came_in_j, "a ledger without it would be far off"
    assert UNPOWERED_CAPTURE in {row[TABLES["tasks"].names.index("reason")] for row in captures.rows}
    assert len({row[12] for row in runs["a world that wants results on the ground"].rows}) > 1
