"""Outages and surges from the scenario file to the tables, and back from the table to a scenario."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.csv as pa_csv
import pytest

from scenarios import load_scenario, run
from scenarios.build import build_world
from scenarios.config import ScenarioError
from scenarios.outage_plans import OutageFileError
from scenarios.workload import build_tasks
from simulator.results import read_run

SHORT = (
    "duration={seconds: 1500}",
    "warm_up={seconds: 300}",
    "record.battery_traces=0",
    "scheduler=nearest-sunlit",
    "satellites.planes=3",
)
RANDOM = (
    "adversity.link_outages={mean_time_between_s: 300, mean_outage_s: 50}",
    "adversity.satellite_outages={mean_time_between_s: 2000, mean_outage_s: 300}",
    "adversity.station_outages={mean_time_between_s: 1000, mean_outage_s: 300}",
    "adversity.array_outages={mean_time_between_s: 2000, mean_outage_s: 600, output: 0.2}",
)
TABLES = ("tasks", "energy", "links", "stations")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A run with all kinds of outages drawn at random."""
    folder = tmp_path_factory.mktemp("drawn")
    return run(load_scenario("headline-6x11", (*SHORT, *RANDOM)), runs_folder=folder)


def test_the_summary_counts_what_the_table_lists(drawn):
    outages = read_run(drawn.folder).table("outages").to_pylist()
    told = drawn.summary["adversity"]
    keys = {"link": "n_link_failures", "satellite": "n_satellite_outages", "station": "n_station_outages"}
    for kind, key in (keys | {"array": "n_array_outages"}).items():
        before_end = [row for row in outages if row["kind"] == kind and row["from_s"] < 1500.0]
        assert told[key] == len(before_end) > 0
    assert drawn.summary["task_balance_closes"]
    assert drawn.summary["energy_ledger_relative_error"] < 1e-9
    starts_s = [row["from_s"] for row in outages]
    assert starts_s == sorted(starts_s)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_run_is_replayed_from_its_table(drawn, tmp_path, kind):
    """The same bytes in every table, from outages that are scheduled instead of drawn."""
    path = tmp_path / f"outages.{kind}"
    if kind == "csv":
        pa_csv.write_csv(read_run(drawn.folder).table("outages"), path)
    else:
        path.write_bytes((drawn.folder / "outages.parquet").read_bytes())
    again = run(load_scenario("headline-6x11", (*SHORT, f"adversity.schedule={path}")), runs_folder=tmp_path)
    for table in (*TABLES, "events", "outages"):
        assert (again.folder / f"{table}.parquet").read_bytes() == (drawn.folder / f"{table}.parquet").read_bytes()


def test_outages_are_the_same_for_every_scheduler(drawn, tmp_path):
    other = run(load_scenario("headline-6x11", (*SHORT, *RANDOM, "scheduler=oec-local")), runs_folder=tmp_path)
    first, second = (
        [row for row in read_run(result.folder).table("outages").to_pylist() if row["from_s"] < 1500.0]
        for result in (drawn, other)
    )
    assert repr(first) == repr(second)


def test_scheduled_outages_are_told_apart_by_name_and_index(tmp_path):
    outages = (
        "adversity.outages=[{kind: station, station: Dublin, from_h: 0.1, until_h: null},"
        " {kind: link, between: [1, 0], from_h: 0, until_h: 0.2},"
        " {kind: array, satellite: 32, from_h: 0.1, until_h: 0.3}]"
    )
    result = run(load_scenario("headline-6x11", (*SHORT, outages)), runs_folder=tmp_path)
    rows = read_run(result.folder).table("outages").to_pylist()
    spans = [(row["kind"], row["satellite"], row["neighbour"], row["station"], row["until_s"]) for row in rows]
    assert spans == [("link", 0, 1, -1, 720.0), ("station", -1, -1, 4, np.inf), ("array", 32, -1, -1, 1080.0)]
    assert json.loads((result.folder / "summary.json").read_text())["adversity"]["n_station_outages"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind,satellite,neighbour,station,from_s,until_s\nlink,0,1,-1,0,1\n", "column output_share is missing"),
        ("ship,0,-1,-1,0,1,", r":2: kind 'ship'; write one of link, satellite, station, array"),
        ("satellite,p03,-1,-1,0,1,", ":2: satellite 'p03'; write a number, without a unit"),
        ("satellite,inf,-1,-1,0,1,", ":2: satellite inf; write a whole number, -1 for none"),
        ("satellite,33,-1,-1,0,1,", ":2: no satellite 33; write an index from 0 to 32"),
        ("link,0,30,-1,0,1,", ":2: no link from 0 to 30; it is linked to"),
        ("station,-1,-1,12,0,1,", ":2: no such station; known are The Dalles"),
        ("satellite,3,-1,-1,5,5,", ":2: from 5.0 s until 5.0 s; write a start of 0 or more, and a later end"),
        ("array,3,-1,-1,5,6,", ":2: output nan; write the fraction that is left"),
    ],
)
def test_broken_schedules_are_refused(tmp_path, text, told):
    header = "" if text.startswith("kind") else "kind,satellite,neighbour,station,from_s,until_s,output_share\n"
    path = tmp_path / "outages.csv"
    path.write_text(f"{header}{text}\n")
    with pytest.raises(OutageFileError, match=told):
        build_world(load_scenario("headline-6x11", (*SHORT, f"adversity.schedule={path}")))


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("adversity.schedule=nowhere.csv", "adversity.schedule: no such file"),
        (
            "adversity.outages=[{kind: station, station: Berlin, from_h: 0}]",
            "no such station .got 'Berlin'.; write one of",
        ),
        (
            "adversity.outages=[{kind: satellite, satellite: 66, from_h: 0}]",
            r"outages\[0\].satellite: no such satellite",
        ),
        (
            "adversity.outages=[{kind: satellite, satellite: 6, from_h: 2, until_h: 1}]",
            r"outages\[0\].until_h: ends before it begins",
        ),
        ("adversity.outages=[{kind: satellite, from_h: 2}]", r"outages\[0\].satellite: required key is missing; add"),
        (
            "adversity.outages=[{kind: array, satellite: 6, from_h: 2, output: 2}]",
            r"outages\[0\].output: must be at least 0 and less than 1 .got 2.; write for example output: 0.5",
        ),
        ("adversity.outages=[{kind: ship, from_h: 2}]", "must be one of satellite, station, array, link"),
        ("adversity.demand_surges=[{from_h: 0, until_h: 1, factor: 1}]", "factor: must be greater than 1"),
        ("links.polar_cutoff_deg=90", "polar_cutoff_deg: must be at least 10 and less than 90"),
    ],
)
def test_mistakes_are_told_with_a_remedy(override, told):
    with pytest.raises(ScenarioError, match=told):
        load_scenario("headline-6x11", (override,))


# demand


def arrivals(*changes):
    scenario = load_scenario(
        "headline-6x11", ("duration={seconds: 6000}", "warm_up={seconds: 0}", "ground.stations=[]", *changes)
    )
    world, _ = build_world(scenario)
    return world, list(build_tasks(scenario, world))


def same(task):
    return (task.source, task.arrival_s, task.work_s, task.input_bits, task.deadline_s)


def test_a_surge_adds_tasks_and_changes_no_other():
    """Rate 66 x 0.012 Hz, twice as many again for 1,800 s: 2,851 further tasks on average, within 5 sqrt(n)."""
    _, plain = arrivals()
    _, more = arrivals("adversity.demand_surges=[{from_h: 0.5, until_h: 1, factor: 3}]")
    base = set(map(same, plain))
    further = [task for task in more if same(task) not in base]
    assert len(more) - len(further) == len(plain)
    mean = 2.0 * 66 * 0.012 * 1800.0
    assert len(further) == pytest.approx(mean, abs=5.0 * np.sqrt(mean))
    assert all(1800.0 <= task.arrival_s < 3600.0 for task in further)
    assert [task.task_id for task in more] == list(range(len(more)))
    times_s = [task.arrival_s for task in more]
    assert times_s == sorted(times_s)


def test_a_surge_over_a_box_is_for_the_satellites_above_it():
    box = "box: {latitude_deg: [-30, 30], longitude_deg: [-60, 60]}"
    world, plain = arrivals()
    _, more = arrivals(f"adversity.demand_surges=[{{from_h: 0, until_h: 1.5, factor: 11, {box}}}]")
    base = set(map(same, plain))
    further = [task for task in more if same(task) not in base]
    i_sat, t_s = np.array([task.source for task in further]), np.array([task.arrival_s for task in further])
    from simulator.orbits.model import Frame

    x, y, z = world.positions.at(i_sat, t_s, Frame.EARTH_FIXED).T
    assert np.all(np.abs(np.degrees(np.arctan2(z, np.hypot(x, y)))) <= 30.0)
    assert np.all(np.abs(np.degrees(np.arctan2(y, x))) <= 60.0)
    # share of time between +-30 deg at 53 deg inclination: 2 asin(sin 30 / sin 53) / pi, of longitude a third
    share = 2.0 * np.arcsin(0.5 / np.sin(np.radians(53.0))) / np.pi / 3.0
    mean = 10.0 * 66 * 0.012 * 5400.0 * share
    # the fleet's share of satellites above the box wavers by some per cent over 5,400 s
    assert len(further) == pytest.approx(mean, rel=0.1)


def test_surges_overlap_and_draw_alone():
    surge = "{from_h: 0.5, until_h: 1, factor: 2}"
    _, one = arrivals(f"adversity.demand_surges=[{surge}]")
    _, two = arrivals(f"adversity.demand_surges=[{surge}, {surge}]")
    assert set(map(same, one)) < set(map(same, two))
    further = len(two) - len(one)
    mean = 66 * 0.012 * 1800.0
    assert further == pytest.approx(mean, abs=5.0 * np.sqrt(mean))


def test_surges_need_tasks_that_arise_at_random(tmp_path):
    (tmp_path / "tasks.csv").write_text("arrival_s,satellite,work,input_bits,result_bits,deadline_s\n0,0,1,1,1,9\n")
    text = "tasks={kind: trace, path: " + str(tmp_path / "tasks.csv") + "}"
    with pytest.raises(ScenarioError, match="surges are of tasks that arise at random"):
        load_scenario("headline-6x11", (text, "adversity.demand_surges=[{from_h: 0, until_h: 1, factor: 2}]"))
