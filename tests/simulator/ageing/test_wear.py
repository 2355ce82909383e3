"""A fleet's wear, from the batteries that feed it to the figures, against the whole history counted at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.ageing import Cycles, FleetWear, PowerLaw, RainflowCounter, XuModel, lifetime_years
from simulator.power.battery import BatteryParameters
from simulator.power.linear_battery import LinearBattery

ORBIT_S = 5739.0
YEAR_S = 365.25 * 86_400.0


def watched_battery(wear: FleetWear, supply: list[tuple[float, float]], **changes: float) -> LinearBattery:
    """Return a traced battery of 100 kJ whose turns the first counter of `wear` counts."""
    values = {"capacity_j": 1e5, "initial_j": 1e5, "base_power_w": 30.0, "peak_load_w": 140.0, "peak_pulse_w": 50.0}
    battery = LinearBattery(BatteryParameters(**(values | changes)))
    battery.extend_supply([t_s for t_s, _ in supply], [power_w for _, power_w in supply])
    battery.trace = [(0.0, battery.stored_j)]
    wear.counters[0].add(battery.stored_j)
    battery.on_turn = wear.counters[0].add
    return battery


def orbits(n: int, panel_w: float) -> list[tuple[float, float]]:
    """Full sun, 8 s of penumbra, 2,119 s of umbra per orbit."""
    shape = ((0.0, 1.0), (1722.0, 1.0), (1730.0, 0.0), (3849.0, 0.0), (3857.0, 1.0))
    knots = [(i * ORBIT_S + t_s, panel_w * share) for i in range(n) for t_s, share in shape]
    return [*knots, (n * ORBIT_S, panel_w)]


def figures_of(battery: LinearBattery, wear: FleetWear, span_s: float):
    battery.settle(span_s)
    wear.counters[0].add(battery.stored_j)
    mean = 1.0 - battery.missing_j_s / (battery.capacity_j * span_s)
    return wear.finish(np.array([mean]), span_s), mean


def test_a_hundred_orbits_are_a_hundred_equal_cycles():
    wear = FleetWear([1e5])
    battery = watched_battery(wear, orbits(100, 200.0))
    figures, mean = figures_of(battery, wear, 100 * ORBIT_S)
    # the umbra, and of each ramp of 200 W in 8 s the triangle below 30 W: 1.2 s x 30 W / 2
    depth = (2119.0 * 30.0 + 2 * 18.0) / 1e5
    assert figures.n_cycles[0] == pytest.approx(100.0, abs=1.0)
    assert figures.equivalent_full_cycles[0] == pytest.approx(100.0 * depth, rel=1e-9)
    one = Cycles(depth=np.array([depth]), mean_state_of_charge=np.array([1.0 - 0.5 * depth]))
    for model, years in ((XuModel(), figures.xu_lifetime_years), (PowerLaw(), figures.power_law_lifetime_years)):
        expected = lifetime_years(model, 100.0 * model.cycle_wear(one), np.array([mean]), 100 * ORBIT_S)
        assert years == pytest.approx(expected, rel=1e-9)
    # down at 30 W for 2,119 s, up at 170 W: two triangles of the same height; ramps of 8 s in 2,500 s are left out
    lows_s = depth * 1e5 / 30.0 + depth * 1e5 / 170.0
    assert 1.0 - mean == pytest.approx(0.5 * depth * lows_s / ORBIT_S, rel=5e-3)


def test_tasks_that_interrupt_charging_are_cycles_of_their_own():
    """40 W of Sun for 30 W of base and 60 W of a task: 30 s at -50 W and 470 s at +10 W, ten times."""
    wear = FleetWear([1e5])
    battery = watched_battery(wear, [(0.0, 40.0), (5000.0, 40.0)], initial_j=5e4)
    for i_task in range(10):
        battery.settle(500.0 * i_task + 235.0)
        battery.compute_w = 60.0
        battery.settle(500.0 * i_task + 265.0)
        battery.compute_w = 0.0
    figures, _ = figures_of(battery, wear, 5000.0)
    # each goes 1,500 J down from where it came up by 2,350 J or 4,700 J: nested in a slow rise, so full cycles
    assert figures.n_cycles[0] == pytest.approx(10.5)
    way_up_j = 10 * 1500.0 + 0.5 * (10 * 470.0 * 10.0 - 10 * 1500.0)
    assert figures.equivalent_full_cycles[0] == pytest.approx(way_up_j / 1e5, rel=1e-9)


def test_satellites_do_not_mix_and_chunks_do_not_matter():
    """Three batteries of different size, with more cycles than are held at once."""
    capacities, swings = [1e5, 2e5, 4e5], [10_000, 20_000, 1]
    wear = FleetWear(capacities)
    for counter, n_swings in zip(wear.counters, swings, strict=True):
        for _ in range(n_swings):
            counter.add(1e5)
            counter.add(8e4)
        counter.add(1e5)
    figures = wear.finish(np.ones(3), ORBIT_S)
    assert figures.n_cycles.tolist() == [10_000.0, 20_000.0, 1.0]
    depths = np.array([0.2, 0.1, 0.05])
    assert figures.equivalent_full_cycles == pytest.approx(depths * swings, rel=1e-9)
    assert figures.power_law_lifetime_years == pytest.approx(
        ORBIT_S / (np.array(swings) * depths**1.7 / 2250.0) / YEAR_S, rel=1e-9
    )


loads = st.lists(
    st.tuples(
        st.floats(1.0, 400.0),
        st.sampled_from([0.0, 15.0, 60.0]),
        st.lists(st.tuples(st.floats(0.0, 50.0), st.floats(0.001, 30.0)), max_size=3),
    ),
    min_size=1,
    max_size=25,
)


@given(
    loads=loads,
    panel_w=st.sampled_from([35.0, 40.0, 90.0, 200.0]),
    efficiency=st.sampled_from([1.0, 0.9]),
    capacity_j=st.sampled_from([5e5, 2e6]),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_turns_are_those_of_the_recorded_history(loads, panel_w, efficiency, capacity_j):
    """The trace holds stored energy wherever its slope changes; counting it gives the same cycles and the same mean."""
    wear = FleetWear([capacity_j])
    supply = orbits(2, panel_w)
    efficiencies = {"charge_efficiency": efficiency, "discharge_efficiency": efficiency}
    initial_j = 0.9 * capacity_j
    battery = watched_battery(wear, supply, capacity_j=capacity_j, initial_j=initial_j, **efficiencies)
    t_s = 0.0
    for wait_s, compute_w, pulses in loads:
        t_s += wait_s
        battery.settle(t_s)
        battery.compute_w = compute_w
        for delay_s, length_s in pulses:
            battery.add_pulse(t_s + delay_s, t_s + delay_s + length_s, 10.0)
    figures, mean = figures_of(battery, wear, t_s + 100.0)
    history = battery.trace
    assert history is not None
    n_cycles, depths = _count([stored_j for _, stored_j in history], 1e-9 * capacity_j)
    # swings of rounding size are counted, but may differ: they are left out here and weigh nothing in the sum
    assert figures.equivalent_full_cycles[0] == pytest.approx(depths / capacity_j, abs=1e-7)
    assert figures.n_cycles[0] >= n_cycles
    times_s, stored_j = np.array(history).T
    mean_of_history = np.trapezoid(stored_j, times_s) / (capacity_j * (t_s + 100.0))
    # pulses that only add up are spread over their span in both
    assert mean == pytest.approx(mean_of_history, abs=1e-9)


def _count(levels: list[float], smallest: float) -> tuple[float, float]:
    told: list[tuple[float, float]] = []
    counter = RainflowCounter(lambda span, mean, count: told.append((span, count)))
    for level in levels:
        counter.add(level)
    counter.finish()
    return sum(n for span, n in told if span > smallest), sum(span * n for span, n in told)
