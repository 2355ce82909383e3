"""Models of tasks from the scenario file to the summary."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from math import fsum

import numpy as np
import pytest

from scenarios import load_scenario, run
from scenarios.build import build_world
from scenarios.cli.model_rows import model_rows
from scenarios.cli.model_tables import model_table
from scenarios.config import ScenarioError, dump_scenario, scenario_from_text
from scenarios.laws import PLAIN
from scenarios.workload import build_tasks
from simulator.results import read_run
from simulator.tasks.model_mix import with_models
from simulator.tasks.trace import TraceError

MODELS = "models={catalogue: [{name: a, size_mbit: 400}, {name: b, size_mbit: 800}], cache_mbit: 1000, on_board: [a]}"
SHARES = "tasks.models={a: 0.75, b: 0.25}"
LAST = 19
"""Columns of the tasks table that every run has."""


def law_scenario(*overrides):
    return scenario_from_text(dump_scenario(PLAIN.scenario()), overrides)


# what a scenario may say


@pytest.mark.parametrize(
    ("overrides", "key", "what"),
    [
        ((MODELS,), "models", "no task asks for a model"),
        ((MODELS, "tasks.models={c: 1}"), "tasks.models.c", "'c' is not in the catalogue"),
        ((MODELS, "tasks.models={a: 0.5}"), "tasks.models", "shares must sum to 1"),
        ((MODELS, "tasks.models={a: 1.5}"), "tasks.models.a", "above 0, and 1 at most"),
        ((MODELS, SHARES, "models.cache_mbit=700"), "models.cache_mbit", "'b' has 800 Mbit and does not fit"),
        ((MODELS, SHARES, "models.on_board=[a, b]"), "models.on_board", "need 1200 Mbit, and the cache has 1000"),
        ((MODELS, SHARES, "models.on_board=[a, a]"), "models.on_board", "named twice"),
        ((MODELS, SHARES, "models.on_board=[d]"), "models.on_board", "'d' is not in the catalogue"),
        ((MODELS, SHARES, "ground.stations=[]"), "models.on_board", "'b', which is on no satellite"),
        ((MODELS, SHARES, "models.sources=neighbours"), "models.on_board", "'b', which is on no satellite"),
        ((MODELS, SHARES, "models.sources=ground", "ground.stations=[]"), "models.sources", "there is no station"),
        ((MODELS, SHARES, "models.catalogue[1].name=a"), "models.catalogue", "two models are called 'a'"),
        (
            (MODELS, SHARES, "fleet.groups=[{name: x, planes: [0], models: {cache_mbit: 500}}]"),
            "fleet.groups[0].models.cache_mbit",
            "does not fit into 500",
        ),
        (("fleet.groups=[{name: x, planes: [0], models: {}}]",), "fleet.groups[0].models", "no section models"),
    ],
)
def test_models_that_make_no_sense_are_told(overrides, key, what):
    with pytest.raises(ScenarioError, match=what) as told:
        law_scenario(*overrides)
    assert key in str(told.value)


def test_groups_have_caches_of_their_own():
    groups = "fleet.groups=[{name: x, planes: [1], models: {cache_mbit: 2000, on_board: [b]}}]"
    world, _ = build_world(law_scenario(MODELS, SHARES, groups))
    assert world.models.cache_bits == (1e9,) * 4 + (2e9,) * 4 + (1e9,) * 16
    assert world.models.on_board == (("a",),) * 4 + (("b",),) * 4 + (("a",),) * 16


def test_a_trace_that_asks_for_an_unknown_model_is_refused_before_the_run(tmp_path):
    header = "arrival_s,satellite,input_bits,result_bits,work,deadline_s,model\n"
    (tmp_path / "tasks.csv").write_text(f"{header}1,0,1e6,1e6,10,100,a\n2,0,1e6,1e6,10,100,\n3,0,1e6,1e6,10,100,z\n")
    text = dump_scenario(law_scenario()).partition("tasks:")[0]
    text += "tasks: {kind: trace, path: tasks.csv}\nscheduler: oec-local\n"
    scenario = scenario_from_text(text, (MODELS,), folder=tmp_path)
    with pytest.raises(TraceError, match=r"tasks\.csv:4: model: 'z' is in no catalogue; write one of a, b"):
        build_tasks(scenario, build_world(scenario)[0])
    without = scenario_from_text(text, folder=tmp_path)
    assert [task.model for task in build_tasks(without, build_world(without)[0])] == ["a", None, "z"]


# which tasks ask for what


def test_models_are_drawn_by_their_shares_and_leave_tasks_as_they_are():
    """20,000 draws of a share of 0.7: within four standard errors of 0.0032, and the same for a satellite alone."""
    plain, mixed = (law_scenario("duration={days: 4}", *more) for more in ((), ("tasks.models={x: 0.7, y: 0.3}",)))
    tasks = list(islice(build_tasks(plain, build_world(plain)[0]), 20_000))
    drawn = list(islice(build_tasks(mixed, build_world(mixed)[0]), 20_000))
    assert [(task.task_id, task.arrival_s, task.input_bits, task.deadline_s) for task in drawn] == [
        (task.task_id, task.arrival_s, task.input_bits, task.deadline_s) for task in tasks
    ]
    shares = Counter(task.model for task in drawn)
    assert shares["x"] / len(drawn) == pytest.approx(0.7, abs=4 * np.sqrt(0.7 * 0.3 / 20_000))
    alone = with_models((task for task in tasks if task.source == 5), {"x": 0.7, "y": 0.3}, seed=mixed.seed)
    assert [task.model for task in alone] == [task.model for task in drawn if task.source == 5]


def test_shares_that_are_none_are_refused():
    with pytest.raises(ValueError, match="must be positive and sum to 1"):
        with_models([], {"a": 0.5}, seed=1)


# runs


def task_rows(scenario, folder):
    result = run(scenario, runs_folder=folder)
    return [tuple(row.values()) for row in read_run(result.folder).table("tasks").to_pylist()], result


def without_nan(rows):
    return [tuple(None if value != value else value for value in row) for row in rows]


def test_models_on_board_everywhere_change_no_task(tmp_path):
    everywhere = (SHARES, MODELS, "models.cache_mbit=1200", "models.on_board=[b, a]", "scheduler=phoenix")
    rows, result = task_rows(law_scenario(*everywhere), tmp_path)
    plain, _ = task_rows(law_scenario(SHARES, "scheduler=phoenix"), tmp_path)
    assert without_nan(row[:LAST] for row in rows) == without_nan(plain)
    assert {row[LAST:] for row in rows} == {(0.0,)}
    assert result.summary["models"]["hit_share"] == 1.0
    assert result.summary["models"]["n_fetches"] == 0


def test_a_run_tells_what_models_cost(tmp_path):
    result = run(law_scenario(MODELS, SHARES, "links.rate_gbps=0.05"), runs_folder=tmp_path)
    tables, told = read_run(result.folder), result.summary["models"]
    caches, fetches = tables.table("models").to_pylist(), tables.table("model_fetches").to_pylist()
    arrived = [row for row in fetches if row["outcome"] == "arrived"]
    assert told["n_fetches"] == len(fetches) == sum(row["n_fetches"] for row in caches) > 0
    from_stations = fsum(row["size_bits"] for row in arrived if row["from_satellite"] < 0)
    from_neighbours = fsum(row["size_bits"] for row in arrived if row["from_satellite"] >= 0)
    assert (told["from_stations_bits"], told["from_neighbours_bits"]) == (from_stations, from_neighbours)
    assert from_stations > 0.0 < from_neighbours
    for i_sat, row in enumerate(caches):
        sent = [fetch["size_bits"] for fetch in arrived if fetch["from_satellite"] == i_sat]
        assert row["sent_bits"] == fsum(sent)
        came = row["preloaded_bits"] + row["from_stations_bits"] + row["from_neighbours_bits"]
        assert came == pytest.approx(row["evicted_bits"] + row["stored_bits"], rel=1e-12)
        assert row["stored_bits"] <= row["capacity_bits"]
    tasks = tables.table("tasks").to_pylist()
    waits = [row["model_wait_s"] for row in tasks]
    assert fsum(waits) == pytest.approx(fsum(row["waited_s"] for row in caches), rel=1e-12)
    assert told["n_tasks_waited"] == sum(row["model_wait_s"] > 0.0 and row["counted"] for row in tasks)
    printed = dict(model_rows(result.summary))
    assert printed["models fetched (cut on the way)"] == f"{len(fetches):,} (0)"
    assert printed["tasks that found their model on board"] == f"{100 * told['hit_share']:.1f} %"
    cells = [list(column.cells) for column in model_table([result.summary, result.summary]).columns]
    waits = f"{told['n_tasks_waited']:,}", f"{told['mean_wait_s']:.1f} s"
    assert [column[1] for column in cells[:4]] == ["oec-local", f"{100 * told['hit_share']:.1f} %", *waits]
    on_board = [row for row in tasks if row["start_s"] == row["start_s"]]
    assert all(row["start_s"] >= row["arrival_s"] + row["model_wait_s"] - 1e-9 for row in on_board)


def test_who_knows_of_models_misses_fewer_deadlines(tmp_path):
    """The library scenario, shortened: PHOENIX that goes where models are, that plans the wait, that ignores both."""
    short = ("duration.orbits=0.6", "warm_up.orbits=0.2")
    scenarios = [
        load_scenario("models-6x11", (*short, f"scheduler_options.models={word}"))
        for word in ("prefer", "await", "ignore")
    ]
    prefer, wait, ignore = (run(scenario, runs_folder=tmp_path).summary for scenario in scenarios)
    assert min(prefer["share_on_time"], wait["share_on_time"]) > 0.95 > ignore["share_on_time"]
    assert prefer["models"]["n_fetches"] < 0.2 * min(wait["models"]["n_fetches"], ignore["models"]["n_fetches"])
