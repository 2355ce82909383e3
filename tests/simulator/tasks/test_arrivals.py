"""Arrivals against the theory of Poisson processes; statistics within 5 standard errors at fixed seeds."""

from __future__ import annotations

import dataclasses
import tracemalloc
from collections import defaultdict
from itertools import islice, pairwise

import numpy as np
import pytest

from simulator.orbits.model import Frame, MeanOrbits
from simulator.records import DeliverTo
from simulator.tasks import arrivals as arrivals_module
from simulator.tasks.arrivals import PoissonArrivals
from simulator.tasks.ground_pattern import AreaWeight, GroundPattern, mean_weights
from simulator.tasks.workload import Workload, hot_spot_weights


def workload(rate_hz, **changes):
    fields = {
        "rate_hz": np.asarray(rate_hz, dtype=float),
        "work_s": (15.0, 45.0),
        "input_bits": (1e8, 3e8),
        "result_bits": (1e6, 1e6),
        "deadline_s": (120.0, 600.0),
    }
    return Workload(**(fields | changes))


def content(task):
    """All of a task that does not depend on the fleet."""
    return dataclasses.replace(task, task_id=0)


def by_satellite(tasks):
    found = defaultdict(list)
    for task in tasks:
        found[task.source].append(content(task))
    return found


def test_counts_and_means_follow_the_rates():
    rates_hz, end_s = np.array([0.02, 0.01, 0.0, 0.04]), 100_000.0
    tasks = list(PoissonArrivals(workload(rates_hz), seed=11, end_s=end_s))
    counts = np.bincount([task.source for task in tasks], minlength=4)
    expected = rates_hz * end_s
    assert (np.abs(counts - expected) <= 5.0 * np.sqrt(expected)).all()
    for name, (low, high) in {"work_s": (15.0, 45.0), "input_bits": (1e8, 3e8), "deadline_s": (120.0, 600.0)}.items():
        values = np.array([getattr(task, name) for task in tasks])
        if name == "deadline_s":
            values -= [task.arrival_s for task in tasks]
        error = (high - low) / np.sqrt(12.0 * len(tasks))
        assert abs(values.mean() - 0.5 * (low + high)) <= 5.0 * error
        # a deadline is a sum of two numbers below 1e5 s: rounded by less than 1e-10 s
        assert low - 1e-10 <= values.min()
        assert values.max() <= high + 1e-10
    assert {task.result_bits for task in tasks} == {1e6}
    assert {(task.deliver_to, task.model) for task in tasks} == {(DeliverTo.SOURCE, None)}


def test_gaps_are_exponential_and_properties_independent():
    tasks = list(PoissonArrivals(workload([0.05]), seed=5, end_s=400_000.0))
    arrival_s = np.array([task.arrival_s for task in tasks])
    gaps = np.diff(arrival_s) * 0.05
    n = len(gaps)
    # standard errors of an exponential's sample: mean 1/sqrt(n); share above x, binomial
    assert abs(gaps.mean() - 1.0) <= 5.0 / np.sqrt(n)
    for x in (0.1, 1.0, 3.0):
        share = np.exp(-x)
        assert abs((gaps > x).mean() - share) <= 5.0 * np.sqrt(share * (1.0 - share) / n)
    series = [gaps, *(np.array([getattr(task, name) for task in tasks[1:]]) for name in ("work_s", "input_bits"))]
    series.append(np.array([task.deadline_s - task.arrival_s for task in tasks[1:]]))
    correlation = np.corrcoef(series)[np.triu_indices(4, 1)]
    assert (np.abs(correlation) <= 5.0 / np.sqrt(n)).all()
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) <= 5.0 / np.sqrt(n)


def test_tasks_come_in_order_and_are_numbered():
    tasks = list(PoissonArrivals(workload(np.full(50, 0.01)), seed=1, end_s=5000.0))
    assert [task.task_id for task in tasks] == list(range(len(tasks)))
    assert all(a.arrival_s <= b.arrival_s for a, b in pairwise(tasks))
    assert tasks[0].arrival_s >= 0.0
    assert tasks[-1].arrival_s < 5000.0


def test_a_satellite_has_the_same_tasks_in_any_fleet():
    small = by_satellite(PoissonArrivals(workload([0.01, 0.03]), seed=7, end_s=20_000.0))
    large = by_satellite(PoissonArrivals(workload([0.01, 0.03, *[0.2] * 20]), seed=7, end_s=20_000.0))
    assert small[0] == large[0]
    assert small[1] == large[1]


@pytest.mark.parametrize("tasks_per_window", [1, 100])
def test_windows_do_not_show(monkeypatch, tasks_per_window):
    arrivals = PoissonArrivals(workload([0.01, 0.0, 0.2]), seed=3, end_s=2000.0)
    expected = list(arrivals)
    monkeypatch.setattr(arrivals_module, "_TASKS_PER_WINDOW", tasks_per_window)
    assert list(arrivals) == expected
    longer = list(PoissonArrivals(workload([0.01, 0.0, 0.2]), seed=3, end_s=9000.0))
    assert longer[: len(expected)] == expected


def test_seed_and_replication_change_everything_and_rate_only_stretches_time():
    def first(seed=1, replication=0, rate_hz=0.1):
        arrivals = PoissonArrivals(workload([rate_hz]), seed=seed, replication=replication, end_s=1e5)
        return list(islice(arrivals, 200))

    assert first() == first()
    assert all(a.work_s != b.work_s for a, b in zip(first(), first(seed=2), strict=True))
    assert all(a.work_s != b.work_s for a, b in zip(first(), first(replication=1), strict=True))
    slow = first(rate_hz=0.05)
    assert [task.work_s for task in slow] == [task.work_s for task in first()]
    # halving a rate is exact in binary up to the rounding of 200 sums
    assert [task.arrival_s for task in slow] == pytest.approx([2.0 * task.arrival_s for task in first()], rel=1e-13)


def test_memory_is_flat():
    peaks_bytes = []
    for end_s in (20_000.0, 80_000.0):
        tracemalloc.start()
        n_tasks = sum(1 for _ in PoissonArrivals(workload(np.full(20, 0.02)), seed=1, end_s=end_s))
        peaks_bytes.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert n_tasks > 7000
    # same windows, four times as many; a tenth is left for where garbage happens to be collected
    assert peaks_bytes[1] < 1.1 * peaks_bytes[0]


def test_nothing_arises_where_rates_or_time_are_zero():
    assert list(PoissonArrivals(workload([0.0, 0.0]), seed=1, end_s=1e6)) == []
    assert list(PoissonArrivals(workload([1.0]), seed=1, end_s=0.0)) == []


def test_hot_spots_have_mean_1_and_gamma_spread():
    weights = hot_spot_weights(20_000, 2.0, seed=4)
    # the mean is 1 by construction, up to rounding
    assert weights.mean() == pytest.approx(1.0, rel=1e-12)
    # variance of a gamma of mean 1 is 1 / shape; its sample's standard error is
    # sqrt((fourth central moment - variance^2) / n), with fourth moment 3 / k^2 + 6 / k^3 at k = 2: 1.5
    assert abs(weights.var() - 0.5) <= 5.0 * np.sqrt((1.5 - 0.25) / 20_000)
    assert not np.array_equal(weights[:10], hot_spot_weights(10, 2.0, seed=5))


def box(south_deg, north_deg, west_deg, east_deg, weight):
    return AreaWeight(
        latitude_rad=(np.radians(south_deg), np.radians(north_deg)),
        longitude_rad=(np.radians(west_deg), np.radians(east_deg)),
        weight=weight,
    )


BOXES = (box(30.0, 60.0, -10.0, 40.0, 2.0), box(-50.0, 35.0, 150.0, -150.0, 1.0))


class GroundTracks:
    """Satellites on circles over a turning Earth, in closed form; only what a pattern asks for."""

    def __init__(self, mean_orbits):
        self.mean_orbits = mean_orbits
        self.n_sats = len(mean_orbits.raan_rad)
        self.names = tuple(f"s{i}" for i in range(self.n_sats))

    def at(self, i_sat, t_s, frame=Frame.TEME):
        assert frame is Frame.EARTH_FIXED
        orbits = self.mean_orbits
        u = orbits.argument_of_latitude_rad[i_sat] + orbits.argument_of_latitude_rate_rad_s[i_sat] * t_s
        node = orbits.raan_rad[i_sat] - 7.2921e-5 * t_s
        tilt = orbits.inclination_rad[i_sat]
        x = np.cos(u) * np.cos(node) - np.sin(u) * np.cos(tilt) * np.sin(node)
        y = np.cos(u) * np.sin(node) + np.sin(u) * np.cos(tilt) * np.cos(node)
        return orbits.semi_major_axis_m[i_sat, None] * np.stack([x, y, np.sin(u) * np.sin(tilt)], axis=-1)


def tracks(inclinations_deg):
    n = len(inclinations_deg)
    return GroundTracks(
        MeanOrbits(
            semi_major_axis_m=np.full(n, 6.9e6),
            eccentricity=np.zeros(n),
            inclination_rad=np.radians(inclinations_deg),
            raan_rad=np.arange(n) * 1.0,
            raan_rate_rad_s=np.zeros(n),
            argument_of_latitude_rad=np.arange(n) * 2.0,
            argument_of_latitude_rate_rad_s=np.full(n, 1.1e-3),
        )
    )


def test_mean_weights_equal_the_average_over_the_ground_visited():
    tilts_deg = np.array([10.0, 53.0, 86.4, 97.6])
    exact = mean_weights(BOXES, 0.05, tracks(tilts_deg).mean_orbits)
    pattern = GroundPattern(tracks(tilts_deg), BOXES, 0.05)
    u, longitude = np.meshgrid((np.arange(3600) + 0.5) * np.pi / 1800, (np.arange(720) + 0.5) * np.pi / 360)
    sampled = [pattern.weights(np.arcsin(np.sin(np.radians(tilt)) * np.sin(u)), longitude).mean() for tilt in tilts_deg]
    # midpoint grid: each edge of a box is at most one of 3600 steps off, four edges per box, weight up to 2
    assert exact == pytest.approx(sampled, abs=4 * 2 * 2 / 3600)


def test_tasks_follow_the_ground_below():
    positions = tracks([53.0] * 8)
    pattern = GroundPattern(positions, BOXES, 0.05)
    rate_hz, end_s = 0.02, 864_000.0
    tasks = list(PoissonArrivals(workload(np.full(8, rate_hz)), seed=2, end_s=end_s, pattern=pattern))
    i_sat, t_s = np.array([task.source for task in tasks]), np.array([task.arrival_s for task in tasks])
    at = positions.at(i_sat, t_s, Frame.EARTH_FIXED)
    weights = pattern.weights(np.arcsin(at[:, 2] / 6.9e6), np.arctan2(at[:, 1], at[:, 0]))
    # expected count over the ground really visited, from samples every 10 s, which miss edges by a few in 1e4
    grid_s = np.arange(5.0, end_s, 10.0)
    visited = positions.at(np.repeat(np.arange(8), len(grid_s)), np.tile(grid_s, 8), Frame.EARTH_FIXED)
    there = pattern.weights(np.arcsin(visited[:, 2] / 6.9e6), np.arctan2(visited[:, 1], visited[:, 0]))
    for weight in (0.05, 1.05, 2.05):
        expected = rate_hz * 10.0 * there[there == weight].sum() / pattern.means[0]
        assert abs((weights == weight).sum() - expected) <= 5.0 * np.sqrt(expected) + 1e-3 * expected
    # ten days do not average all longitudes quite evenly: 2 % on top of the counting error
    assert abs(len(tasks) - 8 * rate_hz * end_s) <= 5.0 * np.sqrt(len(tasks)) + 0.02 * len(tasks)


def test_overlapping_boxes_add_and_the_date_line_is_no_edge():
    pattern = GroundPattern(tracks([53.0]), BOXES, 0.5)
    latitude_rad, longitude_rad = np.radians([[0.0, 32.0, 32.0, 32.0, 70.0], [179.0, -179.0, 0.0, 100.0, 0.0]])
    assert pattern.weights(latitude_rad, longitude_rad).tolist() == [1.5, 1.5, 2.5, 0.5, 0.5]
    over = AreaWeight(latitude_rad=(0.5, 0.7), longitude_rad=(0.0, 0.1), weight=4.0)
    assert GroundPattern(tracks([53.0]), (*BOXES, over), 0.5).highest == 6.5
    everywhere = AreaWeight(latitude_rad=(-1.0, 1.0), longitude_rad=(-np.pi, np.pi), weight=1.0)
    assert everywhere.width_rad == 2.0 * np.pi


def test_no_task_without_a_position():
    positions = tracks([53.0, 53.0])
    positions.mean_orbits.semi_major_axis_m[1] = np.nan
    arrivals = PoissonArrivals(
        workload([0.01, 0.01]), seed=2, end_s=50_000.0, pattern=GroundPattern(positions, BOXES, 1.0)
    )
    assert {task.source for task in arrivals} == {0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate_hz": np.array([0.1, -0.1])}, "rate_hz"),
        ({"rate_hz": np.array([np.nan])}, "rate_hz"),
        ({"rate_hz": np.array([[0.1]])}, "rate_hz"),
        ({"work_s": (5.0, 4.0)}, "work_s"),
        ({"work_s": (0.0, 0.0)}, "work_s"),
        ({"input_bits": (-1.0, 4.0)}, "input_bits"),
        ({"result_bits": (0.0, np.inf)}, "result_bits"),
        ({"deadline_s": (0.0, 4.0)}, "deadline_s"),
    ],
)
def test_workloads_are_checked(changes, message):
    with pytest.raises(ValueError, match=message):
        workload(**({"rate_hz": [0.1]} | changes))


def test_arrivals_and_patterns_are_checked():
    with pytest.raises(ValueError, match="end_s"):
        PoissonArrivals(workload([0.1]), seed=1, end_s=np.inf)
    with pytest.raises(ValueError, match="2 rates, pattern 1"):
        PoissonArrivals(workload([0.1, 0.1]), seed=1, end_s=1.0, pattern=GroundPattern(tracks([53.0]), BOXES, 1.0))
    with pytest.raises(ValueError, match="'s0' never passes"):
        GroundPattern(tracks([20.0]), BOXES[:1], 0.0)
    with pytest.raises(ValueError, match="background"):
        GroundPattern(tracks([20.0]), BOXES, -1.0)
    with pytest.raises(ValueError, match="shape"):
        hot_spot_weights(3, 0.0, seed=1)
    for bad in ({"latitude_rad": (0.5, 0.4)}, {"longitude_rad": (0.0, 20.0)}, {"weight": -1.0}):
        fields = {"latitude_rad": (0.0, 0.1), "longitude_rad": (0.0, 0.1), "weight": 1.0} | bad
        with pytest.raises(ValueError, match=next(iter(bad))):
            AreaWeight(**fields)
