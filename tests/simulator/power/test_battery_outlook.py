"""What a battery promises about its future holds, whatever is switched on below its peak load."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.power.battery import BatteryParameters, PulseKind
from simulator.power.linear_battery import LinearBattery

BASE_W, COMPUTE_W, PULSE_W = 30.0, 60.0, 50.0
CAPACITY_J = 100e3


def battery_under(supply: list[tuple[float, float]], initial_j: float, efficiency: float = 1.0) -> LinearBattery:
    battery = LinearBattery(
        BatteryParameters(
            capacity_j=CAPACITY_J,
            initial_j=initial_j,
            base_power_w=BASE_W,
            peak_load_w=BASE_W + COMPUTE_W + PULSE_W,
            peak_pulse_w=PULSE_W,
            charge_efficiency=efficiency,
            discharge_efficiency=efficiency,
        )
    )
    times, powers = [0.0], [supply[0][1]]
    for length_s, power_w in supply:
        times.append(times[-1] + length_s)
        powers.append(power_w)
    battery.extend_supply(times, powers)
    return battery


supplies = st.lists(
    st.tuples(st.floats(1.0, 2000.0), st.sampled_from([0.0, 0.0, 80.0, 200.0, 200.0])), min_size=2, max_size=12
)


@settings(max_examples=200, deadline=None)
@given(supply=supplies, initial_j=st.floats(1e3, CAPACITY_J), share=st.floats(0.0, 1.0), efficiency=st.floats(0.8, 1.0))
def test_no_load_up_to_the_peak_empties_it_earlier_than_promised(supply, initial_j, share, efficiency):
    battery = battery_under(supply, initial_j, efficiency)
    promised_s = battery.surely_lasts_until_s()
    battery.compute_w = COMPUTE_W
    battery.add_pulse(0.0, battery.known_until_s, PULSE_W * share)
    battery.settle(promised_s)
    # nothing but rounding (1e-16 of capacity per span) may lie below zero
    assert battery.lowest_j >= -1e-9 * CAPACITY_J


def test_the_promise_is_exact_at_peak_load_in_the_dark():
    battery = battery_under([(1000.0, 200.0), (1e-6, 0.0), (1000.0, 0.0)], CAPACITY_J)
    # 140 W from a full battery that is full when darkness begins; the ramp of a microsecond counts as dark
    assert battery.surely_lasts_until_s() == pytest.approx(1000.0 + CAPACITY_J / 140.0, abs=1e-5)


def test_the_promise_ends_with_what_is_known_of_the_supply():
    battery = battery_under([(1000.0, 200.0), (500.0, 200.0)], CAPACITY_J)
    assert battery.surely_lasts_until_s() == 1500.0


@settings(max_examples=200, deadline=None)
@given(supply=supplies, at_s=st.floats(0.0, 3000.0), later_s=st.floats(0.0, 1000.0), compute=st.booleans())
def test_a_battery_said_to_stay_full_does(supply, at_s, later_s, compute):
    battery = battery_under(supply, CAPACITY_J)
    battery.settle(min(at_s, battery.known_until_s - 0.5))
    battery.compute_w = COMPUTE_W if compute else 0.0
    until_s = min(battery.t_s + later_s, battery.known_until_s)
    battery.add_pulse(battery.t_s, until_s + 1.0, PULSE_W)
    if battery.is_full_until(until_s):
        battery.settle(until_s)
        assert battery.stored_j == CAPACITY_J


def test_full_in_constant_light_is_known_without_a_settlement():
    battery = battery_under([(1000.0, 200.0), (8.0, 0.0), (500.0, 0.0)], CAPACITY_J)
    assert battery.is_full_until(1000.0)
    assert not battery.is_full_until(1000.5)
    assert battery.t_s == 0.0


def test_pulses_are_counted_once_however_often_the_battery_is_settled():
    battery = battery_under([(1000.0, 0.0), (1000.0, 0.0)], CAPACITY_J)
    battery.add_pulse(10.0, 20.0, 10.0)
    battery.add_pulse(15.0, 1200.0, 2.0, kind=PulseKind.RECEIVE)
    battery.add_pulse(5.0, 12.0, 1.0)
    for t_s in (3.0, 11.0, 16.0, 16.5, 1000.0, 1100.0, 1300.0, 1900.0):
        battery.settle(t_s)
    # rounding of eight sums
    assert battery.transmit_j == pytest.approx(100.0 + 7.0, rel=1e-12)
    assert battery.receive_j == pytest.approx(2.0 * 1185.0, rel=1e-12)
    assert abs(battery.ledger_residual_j()) < 1e-12 * CAPACITY_J
