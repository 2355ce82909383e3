"""The least levels against hand calculation, a scan of all levels, and the bound that no run can be below."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from schedulers.depth_forecast import DepthForecast
from schedulers.fluid.fleet_state import read_fleet, read_hardware
from schedulers.fluid.levels import Levels, least_levels
from schedulers.planning import FleetPlans
from simulator.records import Scheduler, Task
from tests.schedulers.bound.small_runs import build, measure, problem
from tests.schedulers.fluid.states import COMPUTE_W, ORBIT_S, fleet

LIT_S, DARK_S = 3600.0, 2400.0
HALVED = 2.0**-25
"""Width that bisection leaves of 0 to 1."""


def shallow(share, utilisation=1.0, floor=0.0, before=0.0, **state):
    one = fleet(LIT_S, ORBIT_S, lit_orbit_s=LIT_S, **state)
    return least_levels(one, share, utilisation, floor, before)


def test_work_that_fits_into_sunlight_needs_no_level():
    assert shallow(LIT_S / ORBIT_S) == Levels(0.0, 0.0)
    assert shallow(LIT_S / ORBIT_S, floor=0.24) == Levels(0.24, 0.0)


def test_more_needs_the_base_load_of_the_shadow_and_the_work_in_it():
    """0.64 of an orbit is 3840 s: 240 s in the dark are 14.4 kJ on 72 kJ of base load, of 300 kJ."""
    assert shallow(0.64).now == pytest.approx((72e3 + 14.4e3) / 300e3, abs=HALVED)
    # a processor busy for 0.9 of sunlit time does 3240 s there: 600 s in the dark are 36 kJ
    assert shallow(0.64, utilisation=0.9).now == pytest.approx((72e3 + 36e3) / 300e3, abs=HALVED)
    assert shallow(0.64).per_orbit == 0.0


def test_a_fleet_goes_as_deep_as_the_work_of_all_wants():
    """Of two, one without shadow works all the time: the other does 0.3 in its sunlight. 1.7 in all needs 0.1 more."""
    state = fleet([ORBIT_S, LIT_S], [ORBIT_S, ORBIT_S], lit_orbit_s=[ORBIT_S, LIT_S])
    assert least_levels(state, 1.7, 1.0, 0.0, 0.0).now == pytest.approx((72e3 + 0.1 * 6000 * 60) / 300e3, abs=HALVED)
    browned_out = replace(state, is_up=np.array([False, True]))
    assert least_levels(browned_out, 0.7, 1.0, 0.0, 0.0) == least_levels(state, 1.7, 1.0, 0.0, 0.0)


def test_the_level_rises_where_the_arrays_cannot_carry_the_load():
    """100 W x 3600 s less 30 W x 6000 s are 180 kJ, 3000 s of work an orbit; 3600 s are wanted, 36 kJ too many.

    From 150 kJ: 150 + 252 - 72 kJ of base load less 216 kJ of work are 114 kJ at the dawn that ends the orbit.
    """
    state = fleet(LIT_S, ORBIT_S, lit_orbit_s=LIT_S, solar_w=100.0, stored_j=150e3)
    assert least_levels(state, 0.6, 1.0, 0.0, 1.0) == Levels(pytest.approx(0.62, abs=HALVED), 0.0)
    # from no more than the level before, which is lower: the slope makes up for it, as the dawn is one orbit from now
    rising = least_levels(state, 0.6, 1.0, 0.0, 0.5)
    assert rising == Levels(0.5, pytest.approx(0.12, abs=HALVED))
    # a floor above what is needed holds
    assert least_levels(state, 0.6, 1.0, 0.7, 0.5) == Levels(0.7, 0.0)


def test_in_decline_work_after_the_dawn_is_what_the_harvest_carries_and_the_slope_allows():
    """Dawn in half an orbit; 600 s of light before the shadow, 3000 s after it.

    Before the dawn: 150 + 42 - 72 - 300 (1 - level) kJ; after it 3000 s x 3000 / 3600 plus slope x half an orbit.
    """
    state = fleet(600.0, 3000.0, lit_orbit_s=LIT_S, stored_j=150e3, solar_w=100.0)
    level = 1.0 - (120e3 - 60.0 * (3600.0 - 2500.0)) / 300e3
    assert least_levels(state, 0.6, 1.0, 0.0, 1.0) == Levels(pytest.approx(level, abs=HALVED), 0.0)
    # 0.1 less now are 30 kJ = 500 s less; slope s gives 0.5 s x 300 kJ before the dawn and as much after it
    rising = least_levels(state, 0.6, 1.0, 0.0, level - 0.1)
    assert rising == Levels(pytest.approx(level - 0.1, abs=HALVED), pytest.approx(0.1, abs=2 * HALVED))


def test_panel_energy_beyond_a_full_battery_does_no_work_in_the_shadow():
    """300 + 252 kJ at dusk, if the battery could take them, less 300 kJ are 4200 s of work; but only 3600 s are lit.

    The other 600 s come from the battery: 36 kJ on 72 kJ of base load.
    """
    state = fleet(LIT_S, ORBIT_S, lit_orbit_s=LIT_S, solar_w=100.0, stored_j=300e3)
    assert least_levels(state, 0.7, 1.0, 0.0, 1.0) == Levels(pytest.approx(0.36, abs=HALVED), 0.0)


def test_what_cannot_be_done_at_any_level_asks_for_all():
    assert shallow(1.5, before=1.0).now == 1.0
    assert shallow(1.5, before=0.2) == Levels(0.2, 1.0)
    assert Levels(0.2, 1.0).at(np.array([0.0, 0.5, 3.0])).tolist() == [0.2, 0.7, 1.0]


def fleet_of(seed):
    rng = np.random.default_rng(seed)
    lit_s = rng.integers(33, 61, 6) * 100.0
    return fleet(
        lit_s,
        np.full(6, ORBIT_S),
        lit_orbit_s=lit_s,
        capacity_j=rng.uniform(100e3, 400e3, 6),
        solar_w=rng.uniform(60.0, 200.0, 6),
        base_w=rng.uniform(10.0, 50.0, 6),
        is_up=rng.random(6) < 0.8,
    )


def most_by_trial(state, level, utilisation, step_s=1.0):
    """Return the work of an orbit at a level by trying every length of work in the dark, with any part of the light."""
    total_s = 0.0
    hardware = state.hardware
    for i in np.flatnonzero(state.is_up):
        lit_s = state.lit_orbit_s[i]
        dark_s = hardware.orbit_s - lit_s
        # at nights no deeper than the level; without any work the base load is the satellite's own affair
        tried_s = np.arange(0.0, dark_s + step_s, step_s)
        depth = (hardware.base_w[i] * dark_s + COMPUTE_W * tried_s) / hardware.capacity_j[i]
        tried_s = tried_s[(tried_s <= dark_s) & ((depth <= level) | (tried_s == 0.0))]
        harvest_j = hardware.solar_w[i] * lit_s - hardware.base_w[i] * hardware.orbit_s
        work_s = tried_s + utilisation * lit_s
        total_s += max(0.0, min(work_s.max(), harvest_j / COMPUTE_W))
    return total_s


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("part", [0.3, 0.8, 0.97])
def test_no_lower_level_of_all_suffices(seed, part):
    """Work is tried in steps of a second, so that up to 6 s of six satellites are missed; levels in steps of 0.005."""
    state = fleet_of(seed)
    wanted_s = part * most_by_trial(state, 1.0, 0.95)
    found = least_levels(state, wanted_s / ORBIT_S, 0.95, 0.0, 0.0)
    assert found.per_orbit == 0.0
    assert most_by_trial(state, found.now, 0.95) >= wanted_s - 6.0
    lower = [level for level in np.arange(0.0, 1.0, 0.005) if level < found.now]
    assert all(most_by_trial(state, level, 0.95) < wanted_s for level in lower)


def test_more_work_never_needs_a_lower_level():
    state = fleet_of(4)
    wanted = np.linspace(0.0, 6.0, 121)
    found = [least_levels(state, float(share), 0.99, 0.1, 0.3) for share in wanted]
    sustained = [levels.now for levels in found if levels.per_orbit == 0.0 and levels.now < 0.3]
    assert sustained == sorted(sustained)
    assert 0.1 in sustained
    assert all(levels.now >= 0.1 for levels in found)
    slopes = [levels.per_orbit for levels in found if levels.per_orbit > 0.0]
    assert slopes == sorted(slopes)
    assert slopes


class Reader(Scheduler):
    """Reads the fleet at the start."""

    def start(self, view):
        forecast = DepthForecast(FleetPlans(view.n_sats), view.n_sats)
        self.state = read_fleet(view, read_hardware(view), forecast)


def bound_and_level(duration_s, load=0.8, work_s=30.0):
    """Return both for nine satellites that all get the same work at the same times, more than fits into sunlight."""
    world, _ = build("ground.stations=[]", "shadow.sun=point", "warm_up.seconds=1", f"duration.seconds={duration_s}")
    arrivals_s = np.arange(0.0, duration_s - 1200.0, work_s / load)
    tasks = tuple(
        Task(task_id=k, source=i, arrival_s=t, input_bits=1e6, result_bits=1e6, work_s=work_s, deadline_s=t + 600.0)
        for k, (t, i) in enumerate((t, i) for t in arrivals_s.tolist() for i in range(9))
    )
    bounds = problem(world, tasks)
    readers = []

    def factory():
        readers.append(Reader())
        return readers[0]

    measure(factory, world, ())
    levels = least_levels(readers[0].state, 9 * load, 1.0, 0.0, 0.0)
    assert levels.per_orbit == 0.0
    return bounds.depth_of_discharge(bounds.demand.offered).value, levels.now


def test_the_level_is_what_the_fluid_bound_of_steady_work_tends_to():
    """A run is bounded below the level, as shadows cut by its ends carry work for nothing: a gap as 1 / duration.

    Extrapolated, what is left is of second order: a sixth of the gap at the longer duration, which was 0.0175.
    """
    (short, level), (long, same) = bound_and_level(17_000), bound_and_level(34_000)
    assert level == same
    assert short < long < level
    assert 2.0 * long - short == pytest.approx(level, abs=0.003)
