"""No run is below the bounds, whoever schedules it, and the bounds are as high as they can be shown to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schedulers import SCHEDULERS
from schedulers.bound import CompletedWork
from tests.schedulers.bound.small_runs import build, measure, problem

RELATIVE = 1e-9
"""What a run's ledger may be off by, and what a bound is lowered by: both are sums in float64 of up to 1e5 terms."""

PANELS = '{attitude: body_fixed, panels: [{normal: "+x"}, {normal: "-x"}, {normal: "-z", cells: 3}, {normal: "+y"}]}'
HARDWARE = {
    "power.charge_efficiency": st.sampled_from([1.0, 0.9]),
    "power.discharge_efficiency": st.sampled_from([1.0, 0.9]),
    "power.initial_charge": st.sampled_from([1.0, 0.8]),
    "power.solar_power_w": st.sampled_from([60.0, 90.0, 130.0, 200.0]),
    "power.battery_capacity_kj": st.sampled_from([200.0, 340.0]),
    "epoch": st.sampled_from(["2026-03-20T00:00:00Z", "2026-06-21T00:00:00Z"]),
    "shadow.sun": st.sampled_from(["disc", "point"]),
    "processor.modes": st.sampled_from(
        ["[{name: full}]", "[{name: slow, power_w: 15, speed: 0.5}, {name: fast, power_w: 60, speed: 1.5}]"]
    ),
    "processor.tasks_at_once": st.sampled_from([1, 2]),
    "processor.preemptive": st.sampled_from(["true", "false"]),
    "ground.rate_gbps": st.sampled_from([0.05, 5.0]),
    "ground.compute_capacity": st.sampled_from(["null", 1]),
    "ground.stations": st.sampled_from(
        ["[]", "[{name: Dublin, latitude_deg: 53.4, longitude_deg: -6.2, channels: 1}]"]
    ),
    "links.standby_power_w": st.sampled_from([0.0, 2.0]),
    "links.receive_power_w": st.sampled_from([0.0, 15.0]),
    "tasks.load": st.sampled_from([0.2, 0.5, 0.8, 1.2]),
    "seed": st.integers(0, 100),
}


@st.composite
def small_scenarios(draw):
    return tuple(f"{key}={draw(values)}" for key, values in HARDWARE.items())


def explored(n_examples):
    return settings(
        max_examples=n_examples,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


def check_no_run_is_below(overrides, name, interval_s):
    world, tasks = build(*overrides)
    run = measure(SCHEDULERS[name], world, tasks)
    assume(not run.has_brown_outs)
    check_run_is_not_below(run, world, tasks, interval_s)


def check_run_is_not_below(run, world, tasks, interval_s):
    bounds = problem(world, tasks, interval_s)
    depth, energy = bounds.depth_of_discharge(run.completed), bounds.battery_energy(run.completed)
    assert depth.is_feasible
    assert energy.is_feasible
    assert run.depth >= depth.value - RELATIVE
    assert run.battery_energy_j >= energy.value * (1.0 - RELATIVE)


@explored(20)
@given(small_scenarios(), st.sampled_from(sorted(SCHEDULERS)), st.sampled_from([60.0, 240.0]))
def test_no_run_is_below_the_bound_at_the_work_it_completed(overrides, name, interval_s):
    check_no_run_is_below(overrides, name, interval_s)


@pytest.mark.parametrize("array", [PANELS, "{attitude: nadir}"])
@pytest.mark.parametrize("name", ["oec-local", "phoenix"])
def test_no_run_is_below_the_bound_where_arrays_do_not_face_the_sun(array, name):
    power = ("power.solar_power_w=260", "power.battery_capacity_kj=340", "power.discharge_efficiency=0.9")
    world, tasks = build(*power, f"power.array={array}", "tasks.load=0.5")
    run = measure(SCHEDULERS[name], world, tasks)
    assert not run.has_brown_outs
    check_run_is_not_below(run, world, tasks, 60.0)


@pytest.mark.slow
@explored(120)
@given(small_scenarios(), st.sampled_from(sorted(SCHEDULERS)), st.sampled_from([20.0, 60.0, 240.0]))
def test_no_run_of_many_is_below_the_bound(overrides, name, interval_s):
    check_no_run_is_below(overrides, name, interval_s)


@pytest.mark.parametrize("load", [0.15, 0.3])
def test_no_scheduler_that_completes_everything_is_below_the_bound_of_all_work(load):
    world, tasks = build(f"tasks.load={load}", "power.solar_power_w=100")
    bounds = problem(world, tasks)
    depth, energy = (bound(bounds.demand.offered) for bound in (bounds.depth_of_discharge, bounds.battery_energy))
    runs = {name: measure(factory, world, tasks) for name, factory in SCHEDULERS.items()}
    complete = [name for name, run in runs.items() if run.share_on_time == 1.0]
    assert "phoenix" in complete
    for name in complete:
        assert runs[name].depth >= depth.value - RELATIVE
        assert runs[name].battery_energy_j >= energy.value * (1.0 - RELATIVE)


def test_phoenix_sits_on_the_floor_where_sunlight_is_plenty():
    world, tasks = build("tasks.load=0.2")
    bounds = problem(world, tasks)
    depth = bounds.depth_of_discharge(bounds.demand.offered)
    assert depth.binding == ("base load",)
    # a task that sends or receives in the shadow costs a few joules of 340 kJ
    assert measure(SCHEDULERS["phoenix"], world, tasks).depth == pytest.approx(depth.value, abs=1e-3)


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("shadow.sun=point", "power.discharge_efficiency=0.9", "power.charge_efficiency=0.8"),
        (f"power.array={PANELS}",),
        ("power.array={attitude: nadir, end_of_life_factor: 0.8}", "power.solar_power_w=60"),
    ],
)
def test_without_tasks_the_floors_are_what_a_run_measures(overrides):
    world, _ = build(*overrides, "power.initial_charge=0.7")
    bounds = problem(world, ())
    run = measure(SCHEDULERS["oec-local"], world, ())
    nothing = CompletedWork(warm_up_s=0.0, window_s=0.0)
    # both integrate the same knots exactly; rounding of sums in float64
    assert bounds.depth_of_discharge(nothing).value == pytest.approx(run.depth, abs=2e-9)
    assert bounds.battery_energy(nothing).value == pytest.approx(run.battery_energy_j, rel=2e-9)


def test_more_work_never_lowers_the_bounds_and_too_much_is_not_feasible():
    world, tasks = build("tasks.load=1.3", "power.solar_power_w=130")
    bounds = problem(world, tasks)
    offered = bounds.demand.offered
    points = [
        CompletedWork(warm_up_s=share * offered.warm_up_s, window_s=share * offered.window_s)
        for share in (0.2, 0.4, 0.6, 0.65)
    ]
    depths = [bounds.depth_of_discharge(point).value for point in points]
    energies = [bounds.battery_energy(point).value for point in points]
    # two certified optima may each be below the true one by the solver's tolerance of 1e-7
    assert np.all(np.diff(depths) >= -1e-6)
    assert np.all(np.diff(energies) >= -1e-6 * energies[0])
    assert depths[-1] > depths[0]
    everything = bounds.depth_of_discharge(offered)
    assert not everything.is_feasible
    assert np.isnan(everything.value)


def test_shorter_intervals_give_higher_bounds():
    world, tasks = build("tasks.load=0.85", "power.solar_power_w=130")
    values = []
    for interval_s in (250.0, 125.0, 62.5):  # nested: each fixed span is cut into 2, 4 times as many
        bounds = problem(world, tasks, interval_s)
        values.append(bounds.depth_of_discharge(bounds.demand.offered).value)
    assert values[0] <= values[1] + 1e-6 <= values[2] + 2e-6  # the solver's tolerance, twice
    assert values[2] > bounds.base_depth.max() + 0.01  # it is no trivial case


@pytest.mark.parametrize("losses", [(), ("power.charge_efficiency=0.9", "power.discharge_efficiency=0.9")])
def test_groups_of_satellites_give_a_bound_below_the_exact_one(losses):
    world, tasks = build("tasks.load=0.85", "power.solar_power_w=130", "satellites.satellites_per_plane=5", *losses)
    exact = problem(world, tasks, 120.0)
    offered = exact.demand.offered
    value = exact.depth_of_discharge(offered).value
    values = [problem(world, tasks, 120.0, n).depth_of_discharge(offered).value for n in (1, 4, 8, 15)]
    assert max(values) <= value + 1e-6  # the solver's tolerance
    assert values[-1] > value - 0.02  # one satellite a group: only the cuts at the edges of shadows are missing
    assert values[0] >= float(exact.base_depth.max()) - RELATIVE


def test_a_battery_that_the_base_load_empties_has_no_bound():
    world, tasks = build("power.battery_capacity_kj=20")
    bounds = problem(world, tasks)
    assert bounds.base_load_runs_empty
    assert not bounds.depth_of_discharge(bounds.demand.offered).is_feasible


def test_the_ground_takes_what_its_channels_carry():
    thin = "[{name: Dublin, latitude_deg: 53.4, longitude_deg: -6.2, channels: 1}]"
    values = {}
    for stations, rate in (("[]", 5.0), (thin, 0.01), (thin, 5.0)):
        world, tasks = build(
            "tasks.load=0.85", "power.solar_power_w=130", f"ground.stations={stations}", f"ground.rate_gbps={rate}"
        )
        bounds = problem(world, tasks)
        values[stations, rate] = bounds.depth_of_discharge(bounds.demand.offered).value
    assert values["[]", 5.0] > values[thin, 0.01] + 1e-4
    assert values[thin, 0.01] > values[thin, 5.0] + 1e-4


def test_bad_sizes_are_refused():
    world, tasks = build()
    with pytest.raises(ValueError, match="interval_s"):
        problem(world, tasks, 0.0)
    with pytest.raises(ValueError, match="n_groups"):
        problem(world, tasks, 60.0, 0)


def test_floors_of_satellites_are_their_own():
    world, _ = build()
    darker = replace(world, solar_power_w=(200.0,) * 8 + (0.0,))
    bounds = problem(darker, ())
    assert int(np.argmax(bounds.base_depth)) == 8
    # 9000 s at 30 W from a full battery of 340 kJ, to the rounding of the sums
    assert bounds.base_depth[8] == pytest.approx(9000.0 * 30.0 / 340e3, rel=1e-9)
