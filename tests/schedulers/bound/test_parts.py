"""The parts of the bound problem, each against a direct calculation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedulers.bound.demand import _served_s, demand_of
from schedulers.bound.depth import work_segments
from schedulers.bound.sunlight import _cut, solve_forecast, time_grid
from simulator.records import ProcessorMode, Task
from tests.schedulers.bound.small_runs import build


def mode(power_w, speed):
    return ProcessorMode(name="m", power_w=power_w, speed=speed)


@settings(derandomize=True, max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0.0, 100.0), st.floats(0.1, 3.0)), min_size=1, max_size=4),
    st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4),
    st.integers(1, 3),
)
def test_no_mix_of_modes_is_cheaper_than_the_segments(points, shares, tasks_at_once):
    modes = [mode(power_w, speed) for power_w, speed in points]
    segments = work_segments(modes, tasks_at_once)
    shares = np.array(shares[: len(modes)])
    shares = tasks_at_once * shares / max(1.0, shares.sum())
    speed = sum(share * m.speed for share, m in zip(shares, modes, strict=True))
    power_w = sum(share * m.power_w for share, m in zip(shares, modes, strict=True))
    least_w, left = 0.0, speed
    for segment in segments:
        used = min(left, segment.speed)
        least_w, left = least_w + used * segment.power_w, left - used
    # rounding of a few operations on numbers up to 300
    assert left <= 1e-9
    assert least_w <= power_w + 1e-9
    prices = [segment.power_w for segment in segments]
    assert prices == sorted(prices)


def test_pieces_integrate_a_supply_exactly():
    # 5 W down to -5 W over [0, 10], then up to 15 W over [10, 30]; crosses 0 at 5 and 15, 3 W at 2 and 18
    time_s, supply_w = np.array([0.0, 10.0, 30.0]), np.array([5.0, -5.0, 15.0])
    end_s, length_s, surplus_j, deficit_j, usable_j, brightest_w = _cut(
        time_s, supply_w, np.array([0.0, 20.0, 30.0]), 3.0
    )
    assert end_s == pytest.approx([5.0, 15.0, 20.0, 30.0])
    assert length_s.sum() == pytest.approx(30.0)
    assert surplus_j == pytest.approx([12.5, 0.0, 12.5, 100.0])
    assert deficit_j == pytest.approx([0.0, 25.0, 0.0, 0.0])
    assert usable_j == pytest.approx([3.0 * 2.0 + 4.5, 0.0, 4.5 + 3.0 * 2.0, 30.0])
    assert brightest_w == pytest.approx([5.0, 0.0, 5.0, 15.0])


def test_grid_has_the_edges_that_matter():
    world, _ = build("duration.seconds=14000")
    grid_s = time_grid(world, 100.0)
    assert np.max(np.diff(grid_s)) <= 100.0 * (1.0 + 1e-12)  # rounding of linspace
    assert {0.0, world.warm_up_s, world.end_s, world.window_s, 2.0 * world.window_s} <= set(grid_s.tolist())


def test_every_satellite_has_every_second_once():
    world, _ = build("duration.seconds=14000")
    grid_s = time_grid(world, 100.0)
    pieces = solve_forecast(world, grid_s).pieces
    seconds = np.bincount(pieces.body, weights=pieces.length_s)
    assert seconds == pytest.approx([world.end_s] * 9, rel=1e-12)  # rounding of a sum of some hundred lengths
    assert np.bincount(pieces.body[pieces.is_last]).tolist() == [grid_s.size - 1] * 9
    # cut where the sign changes, unless within 1 ms of an edge: 200 W in 10 s of penumbra is 1e-5 J in 1 ms
    assert np.max(np.minimum(pieces.surplus_j, pieces.deficit_j)) < 2e-5


def test_open_spans_are_served_by_channels():
    spans_s = np.array([[0.0, 10.0], [5.0, 15.0], [6.0, 7.0]])
    assert _served_s(spans_s, 2, np.array([0.0, 5.0, 10.0, 20.0])).tolist() == [5.0, 10.0, 5.0]
    assert _served_s(np.empty((0, 2)), 2, np.array([0.0, 5.0])).tolist() == [0.0]


def task(arrival_s, deadline_s, work_s):
    return Task(
        task_id=0, source=0, arrival_s=arrival_s, input_bits=1e6, result_bits=0.0, work_s=work_s, deadline_s=deadline_s
    )


def test_work_arrives_at_the_start_and_falls_due_at_the_end_of_its_interval():
    world = SimpleNamespace(
        warm_up_s=10.0,
        stations=(),
        top_downlink_rate_bps=1e9,
        ground=SimpleNamespace(n_servers=None, compute_s=1.0),
    )
    tasks = [task(0.0, 10.0, 1.0), task(9.9, 10.1, 2.0), task(10.0, 29.0, 4.0), task(29.0, 31.0, 8.0)]
    demand = demand_of(world, tasks, (), np.array([0.0, 10.0, 20.0, 30.0]))
    assert demand.arrived_s.tolist() == [3.0, 7.0, 15.0]
    assert demand.due_warm_up_s.tolist() == [1.0, 2.0, 0.0]
    assert demand.due_window_s.tolist() == [0.0, 0.0, 4.0]
    assert demand.after_window_s == 8.0
    assert demand.offered.window_s == 12.0
    assert demand.ground_s.tolist() == [0.0, 0.0, 0.0]
