"""Mixed fleets from the scenario file to the summary, in the small worlds of the laws and the library."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

from scenarios import load_scenario, run
from scenarios.bounding import bound_problem, completed_work
from scenarios.build import build_world
from scenarios.cli.group_tables import group_table
from scenarios.config import ScenarioError, dump_scenario, scenario_from_text
from scenarios.config.problems import UnfitScenarioError
from scenarios.config.satellite_classes import SATELLITE_CLASSES, describe_classes
from scenarios.fleet_groups import hardware_of
from scenarios.group_summary import group_summary
from scenarios.laws import PLAIN
from simulator.results import read_run
from simulator.sunlight.sun import sun_path

DOCS = Path(__file__).parents[2] / "docs"
SHORT = ("duration.seconds=1500", "warm_up.seconds=300")
MODES = "modes: [{name: a, power_w: 40, speed: 0.5}]"


def law_scenario(*overrides: str):
    return scenario_from_text(dump_scenario(PLAIN.scenario()), overrides)


def law_fleet(groups: str, *more: str):
    return law_scenario(f"fleet.groups={groups}", *more)


def groups_of(scenario) -> tuple[str, ...]:
    world, _ = build_world(scenario)
    return tuple(make.group for make in hardware_of(scenario, world.positions.names, world.topology.planes))


# who belongs to a group


def test_the_first_group_takes_a_satellite_and_the_last_may_take_all_that_are_left():
    # 6 planes of 4: satellite = 4 plane + slot
    groups = "[{name: a, planes: 1-2, slots: [0, 3]}, {name: b, planes: [2]}, {name: c, names: [p05s01]}, {name: d}]"
    expected = ["d"] * 24
    for i_sat in (4, 7, 8, 11):
        expected[i_sat] = "a"
    expected[9] = expected[10] = "b"
    expected[21] = "c"
    assert list(groups_of(law_fleet(groups))) == expected
    without_last = law_fleet("[{name: a, satellites: 3-5}]")
    assert Counter(groups_of(without_last)) == {"a": 3, "others": 21}


@pytest.mark.parametrize(
    ("groups", "what"),
    [
        ("[{name: a, planes: [6]}]", "there is no 6"),
        ("[{name: a, planes: '3-x'}]", "no number and no range"),
        ("[{name: a, satellites: [1, 1]}]", "named twice"),
        ("[{name: a, planes: [0], satellites: [1]}]", "chosen in two ways"),
        ("[{name: a}, {name: b, planes: [1]}]", "takes every satellite"),
        ("[{name: a, planes: [0]}, {name: a, planes: [1]}]", "two groups are called 'a'"),
        ("[{name: others, planes: [0]}]", "that no group takes"),
        ("[{name: a, planes: [0], power: {brown_out_recovery: 0.2}}]", "holds for the whole fleet"),
        ("[{name: a, planes: [0], processor: {tasks_at_once: 2}}]", "holds for the whole fleet"),
        ("[{name: a, satellite_class: cubsat}]", "cubesat"),
    ],
)
def test_a_group_that_makes_no_sense_is_told(groups, what):
    with pytest.raises(ScenarioError, match=what) as told:
        law_fleet(groups)
    assert "fleet.groups" in str(told.value)


@pytest.mark.parametrize(
    ("groups", "what"),
    [
        ("[{name: a, planes: [0]}, {name: b, satellites: 0-3}]", "no satellite is left"),
        ("[{name: a, names: [p99s00]}]", "no satellite is called 'p99s00'"),
    ],
)
def test_groups_that_only_a_world_can_refuse_are_refused_there(groups, what):
    with pytest.raises(UnfitScenarioError, match=what):
        build_world(law_fleet(groups))


# what it is made of


def test_a_key_of_the_group_goes_before_its_class_and_that_before_the_scenario():
    groups = "[{name: a, planes: [0], satellite_class: cubesat, power: {solar_power_w: 33}}]"
    scenario = law_fleet(groups, "power.charge_efficiency=0.9", "power.base_power_w=21")
    world, _ = build_world(scenario)
    assert world.solar_power_w == (33.0,) * 4 + (200.0,) * 20
    assert {battery.charge_efficiency for battery in world.batteries} == {0.9}
    assert [battery.base_power_w for battery in world.batteries] == [8.0] * 4 + [21.0] * 20
    assert [battery.capacity_j for battery in world.batteries] == [144e3] * 4 + [340e3] * 20
    assert [modes[0].speed for modes in world.modes_by_satellite] == [0.24] * 4 + [1.0] * 20
    # peak load: base + 25 W of the processor + four terminals of links and one to the ground at 10 W each
    links = len(world.topology.neighbours(0))
    assert world.batteries[0].peak_load_w == pytest.approx(8.0 + 25.0 + 10.0 * (links + 1), rel=1e-12)


def test_what_a_group_says_holds_though_it_is_the_default_of_the_section():
    """A resolved scenario must tell the same apart, for it is what a run is named after."""
    said, unsaid = (
        law_fleet(f"[{{name: a, planes: [0], {group}}}]", "power.base_power_w=21")
        for group in ("power: {base_power_w: 30}", MODES_ONLY)
    )
    for scenario, base_w in ((said, 30.0), (unsaid, 21.0)):
        again = scenario_from_text(dump_scenario(scenario))
        assert dump_scenario(again) == dump_scenario(scenario)
        assert build_world(again)[0].batteries[0].base_power_w == base_w


MODES_ONLY = f"processor: {{{MODES}}}"


def test_terminals_and_memories_are_those_of_the_group():
    groups = "[{name: a, planes: [0], terminals: {transmit_power_w: 3, standby_power_w: 2}, storage_capacity_gbit: 8}]"
    world, _ = build_world(law_fleet(groups, "links.receive_power_w=5", "storage={capacity_gbit: 64}"))
    assert [(link.transmit_power_w, link.receive_power_w) for link in world.own_isl[3:5]] == [(3.0, 5.0), (10.0, 5.0)]
    n_links = len(world.topology.neighbours(0))
    assert world.batteries[0].base_power_w == 30.0 + 2.0 * n_links
    assert world.batteries[4].base_power_w == 30.0
    # the radio to the ground draws 10 W everywhere
    assert world.batteries[0].peak_pulse_w == n_links * 8.0 + 10.0
    assert world.storage.capacity_bits == (8e9,) * 4 + (64e9,) * 20
    with pytest.raises(ScenarioError, match="memories have no limit"):
        law_fleet(groups)


def test_the_groups_of_the_page_make_a_fleet():
    blocks = re.findall(r"```yaml\n(.*?)```", (DOCS / "fleets.md").read_text(), re.DOTALL)
    found = []
    for block in blocks:
        sections = {
            key: yaml.safe_dump(section, default_flow_style=True) for key, section in yaml.safe_load(block).items()
        }
        overrides = [f"{key}={' '.join(text.split())}" for key, text in sections.items()]
        found.append(Counter(groups_of(load_scenario("headline-6x11", overrides))))
    assert found == [
        {"old": 22, "spares": 2, "rest": 42},
        {"small": 30, "alone": 1, "ring": 5, "others": 30},
        {"p00s00": 1, "p00s01": 1, "others": 64},
    ]


def test_every_class_says_where_each_number_comes_from():
    for record in SATELLITE_CLASSES.values():
        told = {quantity for quantity, _ in record.sources}
        assert told == {*record.power.model_fields_set, "first mode", "other modes"}
        speeds = [mode.speed for mode in record.processor.modes]
        assert speeds == sorted(speeds, reverse=True), "the first mode is the fastest"
    text = (DOCS / "fleets.md").read_text()
    assert describe_classes() in text, "render docs/fleets.md anew from scenarios/config/satellite_classes.py"


# runs


@pytest.mark.parametrize("scheduler", ["phoenix", "planned-flow", "mhspo"])
def test_groups_that_are_equal_give_the_bytes_of_a_uniform_fleet(tmp_path, scheduler):
    equal = "fleet.groups=[{name: a, planes: [0, 1], power: {}}, {name: b, slots: [2], power: {base_power_w: 30}}]"
    uniform, mixed = (
        run(law_scenario(*SHORT, f"scheduler={scheduler}", *more), runs_folder=tmp_path) for more in ((), (equal,))
    )
    assert uniform.folder != mixed.folder
    for name in ("tasks", "energy", "events"):
        one, other = ((result.folder / f"{name}.parquet").read_bytes() for result in (uniform, mixed))
        assert one == other, name
    assert dict(uniform.summary) == {key: value for key, value in mixed.summary.items() if key != "groups"}


@pytest.fixture(scope="module")
def mixed_run(tmp_path_factory):
    groups = (
        "[{name: small, slots: [0, 1], power: {battery_capacity_kj: 100, solar_power_w: 60},"
        " processor: {modes: [{name: full, power_w: 25, speed: 0.5}]}}]"
    )
    scenario = law_fleet(groups, *SHORT, "scheduler=phoenix")
    return scenario, run(scenario, runs_folder=tmp_path_factory.mktemp("runs"))


def test_a_task_takes_its_work_over_the_speed_of_whoever_ran_it(mixed_run):
    _, result = mixed_run
    tasks = read_run(result.folder).table("tasks")
    seen = Counter()
    for row in tasks.to_pylist():
        if row["place"] in (None, "ground") or math.isnan(row["finish_s"]):
            continue
        speed = 0.5 if row["satellite"] % 4 < 2 else 1.0
        seen[speed] += 1
        assert row["finish_s"] - row["start_s"] == pytest.approx(row["work_s"] / speed, abs=1e-6)
    assert min(seen[0.5], seen[1.0]) > 20
    energy = read_run(result.folder).table("energy").to_pylist()
    assert max(abs(row["ledger_relative_error"]) for row in energy) < 1e-9


def test_groups_add_up_to_the_run(mixed_run):
    """Counted here row by row, and the sum over groups is what the summary says of all."""
    scenario, result = mixed_run
    rows, total = result.summary["groups"], result.summary
    assert list(rows) == ["others", "small"]
    assert sum(row["n_tasks"] for row in rows.values()) == total["n_tasks"]
    assert sum(row["battery_energy_j"] for row in rows.values()) == pytest.approx(total["battery_energy_j"], rel=1e-12)
    assert max(row["max_depth_of_discharge"] for row in rows.values()) == total["max_depth_of_discharge"]
    counts, on_time, work_s = Counter(), Counter(), Counter()
    for row in read_run(result.folder).table("tasks").to_pylist():
        if row["counted"]:
            name = "small" if row["source"] % 4 < 2 else "others"
            counts[name] += 1
            on_time[name] += row["fate"] == "on_time"
            if row["place"] not in (None, "ground"):
                work_s["small" if row["satellite"] % 4 < 2 else "others"] += row["work_s"]
    for name, row in rows.items():
        assert row["n_satellites"] == 12
        assert row["n_tasks"] == counts[name]
        assert row["share_on_time"] == pytest.approx(on_time[name] / counts[name], rel=1e-12)
        assert row["work_run_s"] == pytest.approx(work_s[name], rel=1e-12)
    group = groups_of(scenario)
    assert group_summary(result.folder, group) == rows


def test_the_bound_stays_below_a_run_of_a_mixed_fleet(mixed_run):
    scenario, result = mixed_run
    bound = bound_problem(scenario, interval_s=300.0).depth_of_discharge(completed_work(result.folder))
    assert bound.is_feasible
    assert bound.value <= result.summary["max_depth_of_discharge"] + 1e-9


def test_without_tasks_each_class_goes_as_deep_as_its_base_load_through_the_shadow(tmp_path):
    """Depth P T / C, with T the time that a circular orbit spends in a cylinder of shadow behind a sphere.

    Penumbra (some 8 s at either edge, half of it dark), the flattening of the Earth and the nodes' motion move T by
    less than 1.5 %, but where the shadow is grazed: planes that lie less than a quarter of an orbit in it are left out.
    """
    no_tasks = "tasks={kind: poisson, rate_per_satellite_hz: 1e-9, deadline_s: 600}"
    scenario = load_scenario("fleet-mixed-6x11", [no_tasks, "scheduler=oec-local", "scheduler_options={}"])
    result = run(scenario, runs_folder=tmp_path)
    assert result.summary["n_tasks"] == 0
    world, _ = build_world(scenario)
    sun_m = sun_path(world.positions.epoch, 0.0, 60.0).position_m(np.array([0.0]))[0]
    sun = sun_m / np.linalg.norm(sun_m)
    radius_m, orbit_m = 6_371_000.0, 6_378_137.0 + 550_000.0
    inclination = math.radians(53.0)
    n_checked = Counter()
    for row in read_run(result.folder).table("energy").to_pylist():
        plane, slot = divmod(row["satellite"], 11)
        node = 2.0 * math.pi * plane / 6
        normal = (
            math.sin(node) * math.sin(inclination),
            -math.cos(node) * math.sin(inclination),
            math.cos(inclination),
        )
        sin_beta = float(np.dot(normal, sun))
        cosine = math.sqrt(1.0 - (radius_m / orbit_m) ** 2) / math.sqrt(1.0 - sin_beta**2)
        share = math.acos(cosine) / math.pi if cosine < 1.0 else 0.0
        name = "cubesat" if slot < 5 else "microsat" if slot < 9 else "broadband"
        power = SATELLITE_CLASSES[name].power
        longest = power.base_power_w * world.orbital_period_s * math.asin(radius_m / orbit_m) / math.pi
        depth = row["max_depth_of_discharge"]
        assert depth <= 1.015 * longest / power.battery_capacity_j
        if share > 0.25:
            expected = power.base_power_w * share * world.orbital_period_s / power.battery_capacity_j
            assert depth == pytest.approx(expected, rel=0.015)
            n_checked[name] += 1
    assert min(n_checked[name] for name in SATELLITE_CLASSES) > 2


def test_many_groups_are_not_all_printed(mixed_run):
    row = mixed_run[1].summary["groups"]["small"]
    table = group_table([{"scheduler": "phoenix", "groups": {f"s{i:02}": row for i in range(45)}}])
    names = [str(name) for name in table.columns[0].cells]
    assert len(names) == 41
    assert names[39] == "s39"
    assert "5 more, in summary.json" in names[40]


# terminals and radios, and satellites one by one


def test_links_exist_only_where_both_ends_take_part(tmp_path):
    groups = (
        "[{name: mute, planes: [0], terminals: {topology: none}},"
        " {name: ring, planes: [3], terminals: {topology: in_plane}}]"
    )
    scenario = law_fleet(groups, *SHORT, "links.standby_power_w=2", "scheduler=phoenix")
    before, after = (build_world(one)[0] for one in (scenario.model_copy(update={"fleet": None}), scenario))
    plane_of = before.topology.plane_of
    kept = [
        (a, b)
        for a, b in before.topology.links.tolist()
        if 0 not in (plane_of[a], plane_of[b]) and (plane_of[a] == plane_of[b] or 3 not in (plane_of[a], plane_of[b]))
    ]
    assert after.topology.links.tolist() == [list(link) for link in kept]
    assert len(kept) < before.topology.n_links
    # no terminal, no standby: what is left is the base load, and 2 W for each link
    n_links = [len(after.topology.neighbours(i_sat)) for i_sat in range(24)]
    assert [battery.base_power_w for battery in after.batteries] == [30.0 + 2.0 * n for n in n_links]
    assert n_links[:4] == [0] * 4
    assert n_links[12:16] == [2] * 4
    result = run(scenario, runs_folder=tmp_path)
    tables = read_run(result.folder)
    moved = [row for row in tables.table("tasks").to_pylist() if (row["n_hops"] or 0) > 0]
    assert moved
    assert not any(min(row["source"], row["satellite"]) < 4 for row in moved)
    assert result.summary["energy_ledger_relative_error"] <= 1e-9


def test_a_link_has_the_rate_of_its_slower_terminal_and_the_radio_its_own_budget():
    budget = "ground.link_budget={frequency_ghz: 8.2, eirp_dbw: 12, g_over_t_db_k: 31, bandwidth_mhz: 90}"
    groups = (
        "[{name: a, planes: [0], terminals: {rate_gbps: 2},"
        " ground_radio: {eirp_dbw: 6, rate_gbps: 0.1, standby_power_w: 3}},"
        " {name: b, planes: [1], terminals: {rate_gbps: 20}}]"
    )
    world, _ = build_world(law_fleet(groups, budget))
    own_bps = [2e9] * 4 + [20e9] * 4 + [5e9] * 16
    rates = dict(zip(map(tuple, world.topology.links.tolist()), world.link_rate_bps, strict=True))
    assert rates == {(a, b): min(own_bps[a], own_bps[b]) for a, b in rates}
    assert {2e9, 5e9, 20e9} == set(rates.values())
    assert [radio.rate_bps for radio in world.downlink_by_satellite] == [0.1e9] * 4 + [5e9] * 20
    assert [battery.base_power_w for battery in world.batteries] == [33.0] * 4 + [30.0] * 20
    weak, strong = world.own_downlink_steps[0], world.own_downlink_steps[4]
    assert strong == world.downlink_steps
    # power falls with the square of the distance
    np.testing.assert_allclose(np.divide(strong.reach_m, weak.reach_m), 10.0 ** (6.0 / 20.0), rtol=1e-12)
    assert strong.rate_bps == weak.rate_bps


def test_a_satellite_of_its_own_is_a_group_of_one():
    charge = [round(0.2 + 0.03 * i_sat, 2) for i_sat in range(24)]
    groups = ", ".join(
        f"{{name: s{i_sat}, satellites: [{i_sat}], power: {{initial_charge: {charge[i_sat]}}}}}" for i_sat in range(24)
    )
    world, _ = build_world(law_fleet(f"[{groups}]", "power.battery_capacity_kj=100"))
    assert [battery.initial_j for battery in world.batteries] == [share * 100e3 for share in charge]


@pytest.fixture(scope="module")
def unlike_run(tmp_path_factory):
    groups = (
        "[{name: slow, slots: [0, 2], terminals: {rate_gbps: 0.01},"
        " ground_radio: {rate_gbps: 0.02, transmit_power_w: 3}}]"
    )
    scenario = law_fleet(
        groups,
        *SHORT,
        "links.rate_gbps=0.1",
        "ground.rate_gbps=0.1",
        "scheduler=nearest-sunlit",
        "tasks.deliver_to=ground",
    )
    return run(scenario, runs_folder=tmp_path_factory.mktemp("runs"))


def test_links_and_stations_were_busy_for_bits_over_rates(unlike_run):
    rows = read_run(unlike_run.folder).table("links").to_pylist()
    rates = Counter()
    for row in rows:
        rate_bps = 0.01e9 if {row["from_satellite"] % 4, row["to_satellite"] % 4} & {0, 2} else 0.1e9
        rates[rate_bps] += 1
        assert row["busy_s"] == pytest.approx(row["bits"] / rate_bps, rel=1e-9)
    assert rates[0.01e9] > 5
    assert unlike_run.summary["energy_ledger_relative_error"] <= 1e-9
