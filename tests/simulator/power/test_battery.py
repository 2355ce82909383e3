"""The battery against hand calculation, brute-force integration and its own conservation law."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.power.battery import BatteryParameters, PulseKind
from simulator.power.linear_battery import LinearBattery

ORBIT_S = 5739.0


def make_battery(**changes: float) -> LinearBattery:
    values = {
        "capacity_j": 340e3,
        "initial_j": 340e3,
        "base_power_w": 30.0,
        "peak_load_w": 140.0,
        "peak_pulse_w": 50.0,
    } | changes
    return LinearBattery(BatteryParameters(**values))


def with_orbits(battery: LinearBattery, n_orbits: int = 3, panel_w: float = 200.0) -> LinearBattery:
    """Full sun, 8 s ramps, 2119 s of umbra per orbit, as at 550 km and beta 0."""
    times, powers = [], []
    for orbit in range(n_orbits):
        t0 = orbit * ORBIT_S
        times += [t0, t0 + 1722.0, t0 + 1730.0, t0 + 3849.0, t0 + 3857.0]
        powers += [panel_w, panel_w, 0.0, 0.0, panel_w]
    battery.extend_supply([*times, n_orbits * ORBIT_S], [*powers, panel_w])
    return battery


def test_base_load_in_shadow_drains_what_the_hand_says():
    battery = with_orbits(make_battery())
    battery.settle(3000.0)
    # ramp of 200 W in 8 s falls below 30 W for its last 1.2 s: deficit is a triangle 1.2 s x 30 W / 2
    expected_j = 0.5 * 1.2 * 30.0 + (3000.0 - 1730.0) * 30.0
    assert battery.capacity_j - battery.stored_j == pytest.approx(expected_j, rel=1e-12)
    assert battery.discharge_j == pytest.approx(expected_j, rel=1e-12)
    assert battery.discharge_tasks_j == 0.0


def test_compute_in_shadow_is_what_the_tasks_are_charged_with():
    battery = with_orbits(make_battery())
    battery.settle(2000.0)
    battery.compute_w = 60.0
    battery.settle(2030.0)
    battery.compute_w = 0.0
    battery.settle(3000.0)
    assert battery.discharge_tasks_j == pytest.approx(60.0 * 30.0, rel=1e-12)


def test_a_pulse_in_sunlight_costs_spilled_energy_only():
    battery = with_orbits(make_battery())
    battery.add_pulse(100.0, 110.0, 10.0)
    battery.settle(1000.0)
    assert battery.stored_j == battery.capacity_j
    assert battery.transmit_j == pytest.approx(100.0)
    assert battery.spilled_j == pytest.approx(170.0 * 1000.0 - 100.0)
    assert battery.discharge_j == 0.0


def test_pulse_across_the_point_where_the_panel_no_longer_suffices():
    battery = with_orbits(make_battery(initial_j=100e3), panel_w=35.0)  # net +5 W, with a 10 W pulse -5 W
    battery.add_pulse(10.0, 20.0, 10.0, PulseKind.RECEIVE)
    battery.settle(30.0)
    assert battery.stored_j == pytest.approx(100e3 + 5.0 * 20.0 - 5.0 * 10.0, rel=1e-13)
    assert battery.discharge_tasks_j == pytest.approx(50.0)
    assert battery.receive_j == pytest.approx(100.0)


@pytest.mark.parametrize("panel_w", [35.0, 200.0])
def test_each_kind_of_pulse_has_its_column(panel_w):
    battery = with_orbits(make_battery(initial_j=100e3), panel_w=panel_w)
    for kind, length_s in zip(PulseKind, (1.0, 2.0, 4.0), strict=True):
        battery.add_pulse(10.0, 10.0 + length_s, 10.0, kind)
    battery.settle(30.0)
    columns_j = (battery.transmit_j, battery.receive_j, battery.payload_j)
    assert columns_j == pytest.approx((10.0, 20.0, 40.0), rel=1e-12)
    assert battery.stored_j == pytest.approx(100e3 + (panel_w - 30.0) * 30.0 - sum(columns_j), rel=1e-12)


def test_efficiencies_apply_at_the_terminals():
    battery = make_battery(initial_j=100e3, charge_efficiency=0.9, discharge_efficiency=0.8)
    battery.extend_supply([0.0, 100.0, 100.0, 200.0], [50.0, 50.0, 0.0, 0.0])
    battery.settle(100.0)
    assert battery.stored_j == pytest.approx(100e3 + 20.0 * 100.0 * 0.9)
    battery.settle(200.0)
    assert battery.stored_j == pytest.approx(100e3 + 1800.0 - 30.0 * 100.0 / 0.8)
    assert battery.discharge_j == pytest.approx(3000.0)
    assert battery.losses_j == pytest.approx(200.0 + 750.0)


def test_empty_and_recovery_times_are_when_it_happens():
    battery = with_orbits(make_battery(initial_j=90e3))
    battery.settle(1800.0)
    battery.compute_w = 150.0  # full at 1730 s, 340 kJ last 1889 s at 180 W, the shadow lasts 2119 s
    empty_s = battery.next_empty_s(ORBIT_S)
    battery.settle(empty_s)
    assert abs(battery.stored_j) < 1e-6  # rounding of 340 kJ in float64 is 6e-11 J per step
    assert battery.is_empty()
    battery.declare_empty()
    battery.base_w = battery.compute_w = 0.0
    level_s = battery.next_reach_s(17e3, 2 * ORBIT_S)
    battery.settle(level_s)
    assert battery.stored_j == pytest.approx(17e3, rel=1e-12)
    assert battery.next_reach_s(17e3, inf) == level_s


def test_next_empty_inside_a_ramp_solves_the_quadratic():
    battery = make_battery(initial_j=100.0)
    battery.extend_supply([0.0, 10.0, 20.0], [30.0, 0.0, 0.0])  # deficit 3 W/s x t: 1.5 t^2 = 100
    assert battery.next_empty_s(20.0) == pytest.approx((100.0 / 1.5) ** 0.5, rel=1e-12)


def test_supply_must_join_on():
    battery = with_orbits(make_battery(), n_orbits=1)
    with pytest.raises(ValueError, match="must go on from there"):
        battery.extend_supply([ORBIT_S + 1.0, ORBIT_S + 2.0], [1.0, 1.0])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"capacity_j": -1.0}, "capacity_j"),
        ({"initial_j": 400e3}, "initial_j"),
        ({"charge_efficiency": 0.0}, "charge_efficiency"),
        ({"discharge_efficiency": 1.1}, "discharge_efficiency"),
    ],
)
def test_bad_parameters_are_named(change: dict[str, float], field: str):
    with pytest.raises(ValueError, match=field):
        make_battery(**change)


loads = st.lists(
    st.tuples(
        st.floats(1.0, 400.0),
        st.sampled_from([0.0, 15.0, 60.0]),
        st.lists(st.tuples(st.floats(0.0, 50.0), st.floats(0.001, 30.0), st.sampled_from(PulseKind)), max_size=3),
    ),
    min_size=1,
    max_size=25,
)


@given(
    loads=loads,
    panel_w=st.sampled_from([0.0, 40.0, 90.0, 200.0]),
    efficiency=st.sampled_from([1.0, 0.95, 0.7]),
    initial_share=st.floats(0.2, 1.0),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_ledger_closes_and_charge_stays_in_bounds(loads, panel_w, efficiency, initial_share):
    battery = make_battery(
        capacity_j=2e6, initial_j=2e6 * initial_share, charge_efficiency=efficiency, discharge_efficiency=efficiency
    )
    with_orbits(battery, 3, panel_w)
    t_s = 0.0
    for wait_s, compute_w, pulses in loads:
        t_s += wait_s
        battery.settle(t_s)
        battery.compute_w = compute_w
        for delay_s, length_s, kind in pulses:
            battery.add_pulse(t_s + delay_s, t_s + delay_s + length_s, 10.0, kind)
        # 140 W cannot empty the 400 kJ that are left at least... unless it can: then stop, brown-outs have their test
        if battery.next_empty_s(t_s + 400.0) < inf:
            break
        assert 0.0 <= battery.stored_j <= battery.capacity_j
    turnover_j = battery.harvested_j + battery.initial_j
    assert abs(battery.ledger_residual_j()) <= 1e-9 * turnover_j


@given(loads=loads, panel_w=st.sampled_from([40.0, 90.0, 200.0]), efficiency=st.sampled_from([1.0, 0.9]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_closed_form_equals_small_steps(loads, panel_w, efficiency):
    """The same world stepped at 0.1 s with the load and supply at the middle of each step."""
    battery = make_battery(
        capacity_j=2e6, initial_j=1.95e6, charge_efficiency=efficiency, discharge_efficiency=efficiency
    )
    with_orbits(battery, 1, panel_w)
    changes, pulses, t_s = [], [], 1500.0
    battery.settle(t_s)
    start_j = battery.stored_j
    for wait_s, compute_w, new_pulses in loads[:6]:
        battery.compute_w = compute_w
        changes.append((t_s, compute_w))
        for delay_s, length_s, kind in new_pulses:
            pulse = (t_s + delay_s, t_s + delay_s + length_s)
            pulses.append(pulse)
            battery.add_pulse(*pulse, 10.0, kind)
        t_s = min(t_s + round(wait_s, 1), ORBIT_S)
        battery.settle(t_s)
    stepped_j = start_j
    n_steps = round((t_s - 1500.0) * 10.0)
    for step in range(n_steps):
        middle_s = 1500.0 + (step + 0.5) * 0.1
        supply_w = _supply_w(middle_s, panel_w)
        load_w = 30.0 + [w for begin, w in changes if begin <= middle_s][-1]
        load_w += 10.0 * sum(a <= middle_s < b for a, b in pulses)
        net_w = supply_w - load_w
        stepped_j += 0.1 * (net_w * efficiency if net_w > 0.0 else net_w / efficiency)
        stepped_j = min(stepped_j, battery.capacity_j)
    # a step that holds an edge errs by at most its own energy: 0.1 s x 10 W per pulse edge, 0.1 s x 60 W per change,
    # and the ramp by 0.1 s x slope 25 W/s x 0.1 s
    bound_j = 0.1 * 10.0 * 2 * len(pulses) + 0.1 * 60.0 * len(changes) + 2.0
    assert abs(battery.stored_j - stepped_j) <= bound_j / efficiency


def _supply_w(t_s: float, panel_w: float) -> float:
    if t_s < 1722.0 or t_s >= 3857.0:
        return panel_w
    if t_s < 1730.0:
        return panel_w * (1730.0 - t_s) / 8.0
    return 0.0 if t_s < 3849.0 else panel_w * (t_s - 3849.0) / 8.0
