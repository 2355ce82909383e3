"""Adversity from the scenario file to the summary, in the small worlds of the laws and the library."""

from __future__ import annotations

import pytest

from scenarios import load_scenario, run
from scenarios.build import build_world
from scenarios.config import ScenarioError, scenario_from_text
from scenarios.laws import LAW_WORLDS, PLAIN, LawWorld, observe
from scenarios.power_setup import build_faulty_arrays
from schedulers import SCHEDULERS
from simulator.records import Fate
from simulator.results import read_run

SHORT = ("duration.orbits=0.4", "warm_up.orbits=0.1", "record.battery_traces=0")
LINKS = "adversity.link_outages={mean_time_between_s: 200, mean_outage_s: 50}"


def test_a_degraded_array_harvests_its_fraction_and_no_other_is_touched():
    """Harvest is counted before spilling, so that it is proportional to the output of the array."""
    faulty_world = LawWorld(name="faulty", overrides=("adversity.array_fault={share: 0.25, output: 0.3}",))
    faulty = build_faulty_arrays(faulty_world.scenario(), 24)
    assert len(faulty) == 6
    sound, degraded = (observe(SCHEDULERS["oec-local"], "", *world.build()) for world in (PLAIN, faulty_world))
    for before, after in zip(sound.energy, degraded.energy, strict=True):
        factor = 0.3 if before[0] in faulty else 1.0
        assert after[4] == pytest.approx(factor * before[4], rel=1e-12)
        assert after[4] > 0.0
    assert [row[11:] for row in degraded.rows] == [row[11:] for row in sound.rows], "full batteries: same fates"


def test_the_view_shows_the_true_output():
    scenario = scenario_from_text(
        PLAIN.scenario().model_dump_json(exclude_none=True), ("adversity.array_fault={share: 0.5, output: 0.25}",)
    )
    world, _ = build_world(scenario)
    faulty = build_faulty_arrays(scenario, 24)
    assert [world.solar_power_w[i_sat] for i_sat in range(24)] == [
        50.0 if i_sat in faulty else 200.0 for i_sat in range(24)
    ]


@pytest.mark.parametrize("name", ["random-sunlit", "oec-pipeline", "mhspo"])
def test_failing_links_alone_lose_no_task(name):
    """Links are down a fifth of the time and thin: transfers are cut and go on; nobody runs out of power."""
    world = LawWorld(name="failing links", overrides=(LINKS, "links.rate_gbps=0.05"))
    failing = observe(SCHEDULERS[name], world.name, *world.build())
    assert failing.failure == ""
    assert {row[11] for row in failing.rows} <= {Fate.ON_TIME, Fate.LATE}
    assert len(failing.rows) == len(failing.tasks)


@pytest.fixture(scope="module")
def short_runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    scenario = load_scenario("adversity-6x11", (*SHORT, LINKS, "links.rate_gbps=0.1"))
    return {
        (name, attempt): run(scenario.with_scheduler(name), runs_folder=folder / attempt)
        for name in ("nearest-sunlit", "random-sunlit")
        for attempt in ("first", "second")
    }


def test_the_same_seed_gives_the_same_bytes(short_runs):
    for name in ("nearest-sunlit", "random-sunlit"):
        first, second = (short_runs[name, attempt].folder for attempt in ("first", "second"))
        for table in ("tasks", "energy", "links", "events"):
            assert (first / f"{table}.parquet").read_bytes() == (second / f"{table}.parquet").read_bytes()
        assert (first / "summary.json").read_bytes() == (second / "summary.json").read_bytes()


def test_every_scheduler_meets_the_same_adversity(short_runs):
    events, ends_s = [], []
    for name in ("nearest-sunlit", "random-sunlit"):
        result = short_runs[name, "first"]
        ends_s.append(result.summary["end_s"])
        events.append([row for row in read_run(result.folder).table("events").to_pylist() if row["t_s"] < ends_s[-1]])
    assert events[0] == events[1]
    assert {row["kind"] for row in events[0]} == {"array_fault", "link_down", "link_up"}


def test_the_summary_tells_what_went_wrong(short_runs):
    result = short_runs["random-sunlit", "first"]
    told, events = result.summary["adversity"], read_run(result.folder).table("events").to_pylist()
    before_end = [row["kind"] for row in events if row["t_s"] < result.summary["end_s"]]
    assert told["n_faulty_arrays"] == before_end.count("array_fault") == 7
    assert told["n_link_failures"] == before_end.count("link_down") > 0
    assert told["n_transfers_rerouted"] > told["n_transfers_cut"] > 0
    assert told["forecast_error_s"] == 60.0
    assert result.summary["task_balance_closes"]
    assert result.summary["energy_ledger_relative_error"] < 1e-9


@pytest.mark.parametrize(
    ("array", "told"),
    [
        ("{end_of_life_factor: 0.8}", "array gives 80 W in full sunlight"),
        ('{attitude: body_fixed, panels: [{normal: "+x"}], end_of_life_factor: 0.8}', "cells would give 80 W if all"),
    ],
)
def test_an_event_tells_what_a_degraded_array_gives(array, told, tmp_path):
    fault = "adversity={array_fault: {share: 1.0, output: 0.5}}"
    changes = (fault, f"power.array={array}", "duration={seconds: 60}", "warm_up={seconds: 1}")
    result = run(load_scenario("headline-6x11", changes), runs_folder=tmp_path)
    details = {row["detail"] for row in read_run(result.folder).table("events").to_pylist()}
    assert len(details) == 1
    assert told in details.pop()


def test_without_the_section_nothing_is_said_of_it(tmp_path):
    result = run(load_scenario("headline-6x11", SHORT), runs_folder=tmp_path)
    assert "adversity" not in result.summary
    assert "adversity" not in (result.folder / "scenario.yaml").read_text()


def test_an_empty_section_changes_no_table(tmp_path):
    plain, empty = (
        run(load_scenario("headline-6x11", (*SHORT, *more)), runs_folder=tmp_path).folder
        for more in ((), ("adversity={}",))
    )
    assert plain != empty
    for table in ("tasks", "energy", "links", "stations", "events"):
        assert (plain / f"{table}.parquet").read_bytes() == (empty / f"{table}.parquet").read_bytes()


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("adversity.array_fault={share: 2, output: 0.5}", "adversity.array_fault.share: must be between 0 and 1"),
        ("adversity.array_fault={share: 0.2}", "adversity.array_fault.output: required key is missing"),
        ("adversity.link_outages={mean_time_between_s: 9, mean_outage_s: 0}", "mean_outage_s: must be between 0.001"),
        (
            "adversity.link_outages={mean_time_between_s: 0.5, mean_outage_s: 1}",
            "mean_time_between_s: must be between 1",
        ),
        ("adversity.forecast_error_s=1e5", "adversity.forecast_error_s: must be between -3600 and 3600"),
        ("adversity.link_outages={mean_time_between_h: 2, mean_outage_s: 9}", "mean_time_between_s: 7200"),
    ],
)
def test_mistakes_are_told_with_a_remedy(override, told):
    with pytest.raises(ScenarioError, match=told):
        load_scenario("headline-6x11", (override,))


def test_the_laws_are_checked_under_adversity():
    adverse = [world.scenario().adversity for world in LAW_WORLDS]
    assert sum(section is not None for section in adverse) >= 2
