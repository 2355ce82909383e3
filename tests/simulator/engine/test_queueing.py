"""The engine against queueing theory.

On board: M/M/1 and M/M/c (Erlang 1917) with exponential work, M/G/1 with any other (Pollaczek 1930, Khinchine 1932).
On the ground every task takes the same time: M/D/c, against Crommelin's series (1932) and, task by task, against a
Kiefer-Wolfowitz recursion (1955).

Means are compared within five standard errors, taken from batch means: 40 batches, each hundreds of mean waits long,
so that batches are nearly independent. A right engine fails once in two million; seeds are fixed, so it never does.
"""

from __future__ import annotations

from heapq import heapreplace

import numpy as np
import pytest
from scipy.stats import poisson

from simulator.engine.world import GroundComputing
from simulator.records import DeliverTo, Run, ToGround
from simulator.sunlight.sun import sun_path
from simulator.timescale import parse_epoch

N_TASKS = 25_000
N_TASKS_ON_THE_GROUND = 12_000
N_WARM_UP = 2_000
N_BATCHES = 40
STANDARD_ERRORS = 5.0
MEAN_WORK_S = 1.0

WORK = {
    "M/M/1": (lambda rng, n: rng.exponential(MEAN_WORK_S, n), 2.0),
    "M/D/1": (lambda rng, n: np.full(n, MEAN_WORK_S), 1.0),
    "M/U/1, as in the scenarios": (lambda rng, n: rng.uniform(0.5, 1.5, n), 1.0 + 1.0 / 12.0),
}
"""How work is drawn, and its second moment in units of its squared mean."""


def batch_means(values):
    batches = np.array_split(np.asarray(values), N_BATCHES)
    means = np.array([batch.mean() for batch in batches])
    return means.mean(), means.std(ddof=1) / np.sqrt(N_BATCHES)


def busy_share_by_batch(start_s, finish_s, edges_s):
    """Share of each batch of time in which the processor was busy, (n_batches,)."""
    overlap_s = np.minimum(finish_s, edges_s[1:, None]) - np.maximum(start_s, edges_s[:-1, None])
    return np.maximum(overlap_s, 0.0).sum(axis=1) / np.diff(edges_s)


@pytest.fixture(scope="module")
def one_processor(tiny_world, make_task, play):
    """Play a single-server queue on one satellite with base load and Sun; once per kind and load."""
    kept = {}

    def run(kind, utilisation):
        if (kind, utilisation) not in kept:
            rng = np.random.default_rng(20260320)
            arrival_s = np.cumsum(rng.exponential(MEAN_WORK_S / utilisation, N_TASKS))
            work_s = WORK[kind][0](rng, N_TASKS)
            world = tiny_world(
                end_s=float(arrival_s[-1]) + 1.0,
                warm_up_s=float(arrival_s[N_WARM_UP]),
                capacity_j=1e9,
                base_power_w=30.0,
                solar_power_w=50.0,
            )
            tasks = [
                make_task(i, t_s, w_s, deadline_s=t_s + 1e5)
                for i, (t_s, w_s) in enumerate(zip(arrival_s.tolist(), work_s.tolist(), strict=True))
            ]
            kept[kind, utilisation] = world, play(world, lambda task, view: Run(satellite=0), tasks)
        return kept[kind, utilisation]

    return run


@pytest.mark.parametrize(("kind", "utilisation"), [(kind, 0.6) for kind in WORK] + [("M/M/1", 0.85)])
def test_mean_wait_on_one_processor(one_processor, kind, utilisation):
    _, played = one_processor(kind, utilisation)
    rows = np.array([(row[4], row[14], row[15]) for row in sorted(played.task_rows)])[N_WARM_UP:]
    wait_s, error_s = batch_means(rows[:, 1] - rows[:, 0])
    rate_hz = utilisation / MEAN_WORK_S
    expected_s = rate_hz * WORK[kind][1] * MEAN_WORK_S**2 / (2.0 * (1.0 - utilisation))
    assert abs(wait_s - expected_s) < STANDARD_ERRORS * error_s
    assert error_s < 0.1 * expected_s, "the comparison would show nothing"


@pytest.mark.parametrize(("n_servers", "utilisation"), [(2, 0.7), (4, 0.8)])
def test_mean_wait_and_power_of_several_tasks_at_once(tiny_world, make_task, play, n_servers, utilisation):
    """M/M/c: mean wait = C(c, a) / (c / work - rate) with Erlang's C; mean power = a x 60 W, a = offered load."""
    rng = np.random.default_rng(20260621)
    offered = n_servers * utilisation
    arrival_s = np.cumsum(rng.exponential(MEAN_WORK_S / offered, N_TASKS))
    work_s = rng.exponential(MEAN_WORK_S, N_TASKS)
    world = tiny_world(
        end_s=float(arrival_s[-1]) + 1.0,
        warm_up_s=float(arrival_s[N_WARM_UP]),
        capacity_j=1e9,
        base_power_w=30.0,
        solar_power_w=0.0,
        tasks_at_once=n_servers,
    )
    tasks = [
        make_task(i, t_s, w_s, deadline_s=t_s + 1e5)
        for i, (t_s, w_s) in enumerate(zip(arrival_s.tolist(), work_s.tolist(), strict=True))
    ]
    played = play(world, lambda task, view: Run(satellite=0), tasks)
    rows = np.array([(row[4], row[14], row[15]) for row in sorted(played.task_rows)])[N_WARM_UP:]
    wait_s, error_s = batch_means(rows[:, 1] - rows[:, 0])
    expected_s = erlang_c(n_servers, offered) * MEAN_WORK_S / (n_servers - offered)
    assert abs(wait_s - expected_s) < STANDARD_ERRORS * error_s
    assert error_s < 0.15 * expected_s, "the comparison would show nothing"
    edges_s = np.linspace(world.warm_up_s, world.end_s, N_BATCHES + 1)
    _, error = batch_means(busy_share_by_batch(rows[:, 1], rows[:, 2], edges_s))
    (energy,) = played.energy
    window_s = world.end_s - world.warm_up_s
    # no Sun: the battery gives all, base load and 60 W for each task that runs
    power_w = energy[14] / window_s - 30.0
    assert power_w == pytest.approx(60.0 * energy[19] / window_s, rel=1e-9)  # rounding of 1e5 additions
    assert abs(power_w - 60.0 * offered) < STANDARD_ERRORS * 60.0 * error


def erlang_c(n_servers, offered):
    """Probability that an arrival waits in M/M/c (Erlang 1917), by the recursion of Erlang's B."""
    blocked = 1.0
    for n in range(1, n_servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked / (1.0 - offered / n_servers * (1.0 - blocked))


@pytest.mark.parametrize("kind", WORK)
def test_mean_power_of_processor_and_battery(one_processor, kind):
    """Processor: utilisation x 60 W. Battery: discharges at 30 + 60 W - Sun while busy, and charges while idle."""
    utilisation = 0.6
    world, played = one_processor(kind, utilisation)
    rows = np.array([(row[14], row[15]) for row in played.task_rows])
    edges_s = np.linspace(world.warm_up_s, world.end_s, N_BATCHES + 1)
    share, error = batch_means(busy_share_by_batch(rows[:, 0], rows[:, 1], edges_s))
    (energy,) = played.energy
    window_s = world.end_s - world.warm_up_s
    # the same busy time, counted by the engine and from the rows: 2.5e4 additions of 1e5 s
    assert energy[19] / window_s == pytest.approx(share, rel=1e-9)
    assert abs(60.0 * energy[19] / window_s - 60.0 * utilisation) < STANDARD_ERRORS * 60.0 * error
    sun_w = 50.0 * float(sun_path(world.positions.epoch, 0.0, world.end_s).flux_factor(0.5 * world.end_s))
    deficit_w = 30.0 + 60.0 - sun_w
    # the Sun comes 1e-4 nearer or farther in half a day: 5 mW
    expected_w = utilisation * deficit_w
    assert abs(energy[14] / window_s - expected_w) < STANDARD_ERRORS * deficit_w * error + 5e-3
    assert 60.0 * error < 1.0, "the comparison would show nothing"
    assert energy[13] < 1e-9


def crommelin_mean_wait_s(rate_hz, service_s, n_servers):
    """Mean wait of M/D/c (Crommelin 1932, Post Office Electrical Engineers' Journal 25)."""
    offered = rate_hz * service_s
    terms = [
        poisson.sf(k * n_servers - 1, k * offered) - n_servers / offered * poisson.sf(k * n_servers, k * offered)
        for k in range(1, 400)
    ]
    return service_s * float(np.sum(terms))


def test_crommelin_for_one_server_is_pollaczek_khinchine():
    # the series is cut after 400 terms, which fall like exp(-0.16 k) at this load
    assert crommelin_mean_wait_s(0.5, 1.0, 1) == pytest.approx(0.5, rel=1e-9)


@pytest.fixture(scope="module")
def ground_queue(tiny_world, below, make_task, play):
    """Three servers on the ground, 1 s each, loaded to 0.8; inputs of no size, so that only computing queues."""
    rng = np.random.default_rng(20260321)
    arrival_s = np.cumsum(rng.exponential(1.0 / 2.4, N_TASKS_ON_THE_GROUND)).tolist()
    world = tiny_world(
        is_geostationary=True,
        stations=[below(parse_epoch("2026-03-20T14:46:00Z"))],
        end_s=arrival_s[-1] + 1.0,
        ground=GroundComputing(compute_s=1.0, n_servers=3, network_delay_s=0.0),
    )
    tasks = [make_task(i, t_s, deadline_s=t_s + 1e5, deliver_to=DeliverTo.GROUND) for i, t_s in enumerate(arrival_s)]
    played = play(world, lambda task, view: ToGround(), tasks)
    starts_s = [row[14] for row in sorted(played.task_rows)]
    return np.array(arrival_s), np.array(starts_s)


def test_mean_wait_on_the_ground(ground_queue):
    arrival_s, start_s = ground_queue
    light_s = np.min(start_s - arrival_s)
    wait_s, error_s = batch_means((start_s - arrival_s - light_s)[N_WARM_UP:])
    expected_s = crommelin_mean_wait_s(2.4, 1.0, 3)
    # the satellite stands over the station: light time changes by less than 1 us
    assert abs(wait_s - expected_s) < STANDARD_ERRORS * error_s + 1e-6
    assert error_s < 0.1 * expected_s, "the comparison would show nothing"


def test_every_wait_on_the_ground_is_that_of_the_recursion(ground_queue):
    arrival_s, start_s = ground_queue
    light_s = np.min(start_s - arrival_s)
    free_s = [0.0, 0.0, 0.0]
    expected_s = []
    for t_s in (arrival_s + light_s).tolist():
        expected_s.append(max(t_s, free_s[0]))
        heapreplace(free_s, expected_s[-1] + 1.0)
    # light time changes by less than 1 us
    np.testing.assert_allclose(start_s, expected_s, rtol=0.0, atol=1e-6)
