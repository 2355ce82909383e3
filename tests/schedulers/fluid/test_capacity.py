"""What satellites may take in a period, worked out by hand.

An orbit of 6000 s with 2400 s of shadow; 30 W of base load, 60 W more at work, 200 W of panels, 300 kJ of battery: base
load draws 72 kJ in a shadow, a depth of 0.24. At a level of 0.3 there are 18 kJ more, 300 s of work.
"""

from __future__ import annotations

import numpy as np
import pytest

from schedulers.fluid.capacity import capacity
from tests.schedulers.fluid.states import ORBIT_S, fleet

PERIOD_S = 300.0
LEVEL = 0.3


def take(state, level=LEVEL, demand_s=1e6, wait_s=0.0):
    n_sats = len(state.dusk_s)
    found = capacity(state, np.full(n_sats, level), np.full(n_sats, demand_s), PERIOD_S, wait_s)
    return [
        pytest.approx(row, rel=1e-12) for row in zip(found.sunlit_s, found.battery_s, found.costs_energy, strict=True)
    ]


def test_a_full_battery_far_from_dusk_takes_the_whole_period_for_nothing():
    # 300 kJ + 170 W x 3000 s, less 60 W x 3000 s of work, is more than fits
    assert take(fleet(3000.0, 5400.0)) == [(300.0, 0.0, False)]


def test_in_the_dark_the_energy_above_the_level_is_spread_over_the_rest_of_the_shadow():
    # 1200 s left: 300 kJ less 36 kJ of base load less 210 kJ is 54 kJ = 900 s of work, a quarter of it in the period
    assert take(fleet(0.0, 1200.0)) == [(0.0, 225.0, False)]
    # with 240 kJ stored the level is reached by base load and -6 kJ: nothing
    assert take(fleet(0.0, 1200.0, stored_j=240e3)) == [(0.0, 0.0, False)]


def test_after_a_dawn_inside_the_period_there_is_sunlight():
    # 100 s of shadow: 87 kJ above the reserve would be 1450 s, but there are only 100; then 200 s of sunlight
    assert take(fleet(0.0, 100.0)) == [(200.0, 100.0, False)]
    # tasks that can wait 50 s make both longer, the period being the most
    assert take(fleet(0.0, 100.0), wait_s=50.0) == [(250.0, 150.0, False)]


def test_a_dusk_inside_the_period_leaves_own_work_in_the_light_and_a_part_of_the_shadow():
    # a full battery stays full, though 17 kJ more come in: 18 kJ above the level are 300 s of work spread over 2400 s
    # of shadow, 200 s of which lie in the period
    state = fleet(100.0, 2500.0)
    assert take(state, demand_s=30.0) == [(30.0 * 100.0 / 300.0, 300.0 * 200.0 / 2400.0, False)]
    assert take(state, demand_s=1e6) == [(100.0, 25.0, False)]


def test_sunlight_after_the_period_counts_for_tasks_that_may_wait_for_it():
    assert take(fleet(0.0, 400.0), wait_s=250.0) == [(150.0, 300.0, False)]


def test_sunlit_work_is_limited_by_energy_and_costs_it_where_the_battery_will_not_be_full():
    # at dusk in 1000 s there are 100 + 170 = 270 kJ; 72 kJ of base load and 210 kJ of reserve are more
    assert take(fleet(1000.0, 3400.0, stored_j=100e3)) == [(0.0, 0.0, True)]
    # 120 kJ and a level of 0.4: 290 - 72 - 180 = 38 kJ = 633 s of work in 1000 s of light and a quarter of 2400 s of
    # shadow, 1600 s, so 119 s in the period
    assert take(fleet(1000.0, 3400.0, stored_j=120e3), level=0.4) == [(38e3 / 60.0 * 300.0 / 1600.0, 0.0, True)]


def test_sunlit_work_costs_energy_where_only_all_of_it_keeps_the_battery_from_filling_up():
    # 150 + 170 = 320 kJ without work, 260 kJ if it works until dusk; 38 kJ above the reserve as before, of which 20 are
    # lost if they are not used before dusk, and 18 are for 1600 s
    free_s, kept_s = 20e3 / 60.0, 18e3 / 60.0
    expected_s = 300.0 * (free_s / 1000.0 + kept_s / 1600.0)
    assert take(fleet(1000.0, 3400.0, stored_j=150e3)) == [(expected_s, 0.0, True)]


def test_planned_work_takes_time_and_energy():
    # as above less 100 s in the light: 533 s left in 1600 s
    state = fleet(1000.0, 3400.0, stored_j=120e3, planned_s=(100.0, 0.0))
    assert take(state, level=0.4) == [(32e3 / 60.0 * 300.0 / 1600.0, 0.0, True)]
    # by time: 300 s of which 250 are planned
    assert take(fleet(3000.0, 5400.0, planned_s=(250.0, 0.0))) == [(50.0, 0.0, False)]
    # 50 s planned before a dusk in 100 s leave 50 s there, and 297 of 300 kJ: 15 kJ, 250 s, a twelfth in the period
    state = fleet(100.0, 2500.0, stored_j=283e3, planned_s=(50.0, 0.0))
    assert take(state) == [(50.0, 250.0 / 12.0, True)]
    # in the dark: 900 s of energy less 300 s planned, a quarter of the shadow in the period, 0 s of time left
    assert take(fleet(0.0, 1200.0, planned_s=(0.0, 300.0))) == [(0.0, 0.0, False)]
    assert take(fleet(0.0, 1200.0, planned_s=(0.0, 300.0)), wait_s=200.0) == [(0.0, 150.0, False)]


def test_without_shadow_a_satellite_takes_what_time_allows():
    assert take(fleet(ORBIT_S, ORBIT_S, lit_orbit_s=ORBIT_S)) == [(300.0, 0.0, False)]


def test_in_the_dark_for_a_whole_orbit_a_satellite_spends_what_it_has():
    # 300 kJ less 180 kJ of base load less 60 kJ of reserve: 60 kJ = 1000 s over 6000 s
    assert take(fleet(0.0, ORBIT_S, lit_orbit_s=0.0), level=0.8) == [(0.0, 50.0, False)]


def test_a_browned_out_satellite_takes_nothing_and_its_neighbour_is_none_the_worse():
    state = fleet([0.0, 0.0, 3000.0, 3000.0], [100.0, 100.0, 5400.0, 5400.0], is_up=[True, False, False, True])
    assert take(state) == [(200.0, 100.0, False), (0.0, 0.0, False), (0.0, 0.0, False), (300.0, 0.0, False)]


def test_a_shortfall_never_becomes_negative_work():
    found = capacity(
        fleet([0.0, 500.0, 2000.0], [1500.0, 2900.0, 4400.0], stored_j=0.0, solar_w=0.0),
        np.zeros(3),
        np.zeros(3),
        PERIOD_S,
        0.0,
    )
    assert found.sunlit_s.tolist() == found.battery_s.tolist() == [0.0, 0.0, 0.0]
    assert found.costs_energy.tolist() == [False, True, True]


def test_work_is_counted_in_seconds_of_the_reference_processor():
    """Twice the speed at twice the power: the same energy for the same work, which takes half the time."""
    twice = {"compute_w": 120.0, "relative_speed": 2.0}
    # limited by energy, as in the dark above: 225 s of work; by time: 100 s of shadow and 200 s of sunlight hold twice
    assert take(fleet(0.0, 1200.0, **twice)) == [(0.0, 225.0, False)]
    assert take(fleet(0.0, 100.0, **twice)) == [(400.0, 200.0, False)]
    # own work before a dusk inside the period is the same work
    assert take(fleet(100.0, 2500.0, **twice), demand_s=30.0) == [(10.0, 300.0 * 200.0 / 2400.0, False)]
