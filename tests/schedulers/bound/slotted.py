"""Tiny instances whose light, arrivals and deadlines are aligned to slots, and their optimum by integer programming."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from simulator.engine.sky import Sky
from simulator.records import Run, Scheduler, Task
from simulator.sunlight.sun import sun_path
from tests.schedulers.bound.small_runs import build

N_SATS, N_SLOTS, N_DARK = 3, 16, 6
GRACE_S = 1.0
"""Deadlines stand this far after the end of their slot: a transfer between neighbours takes microseconds."""

OVERRIDES = (
    "satellites.satellites_per_plane=1",
    "satellites.phasing=0",
    "satellites.raan_spread_deg=0.003",
    "shadow.sun=point",
    "shadow.body=sphere",
    "power.solar_power_w=80",
    "duration.seconds=7000",
    "warm_up.seconds=1",
    "ground.stations=[]",
)


@dataclass(frozen=True)
class Instance:
    """Three satellites side by side, in the light for some slots, then in the shadow, then in the light again."""

    world: object
    tasks: tuple
    first_s: float
    slot_s: float
    is_lit: np.ndarray
    solar_w: float

    def slot_of(self, t_s):
        return round((t_s - self.first_s) / self.slot_s)


def instance(seed, n_tasks):
    world, _ = build(*OVERRIDES)
    sky = Sky(world)
    while sky.known_until_s < world.end_s:
        sky.extend()
    entry_s = next(end_s for end_s in sky.lit_end_s[0] if end_s > 600.0)
    exit_s = next(start_s for start_s in sky.lit_start_s[0] if start_s > entry_s)
    slot_s = (exit_s - entry_s) / N_DARK
    n_before = min(5, int((entry_s - 2.0) // slot_s))
    first_s = entry_s - n_before * slot_s
    slots = np.arange(N_SLOTS)
    is_lit = (slots < n_before) | (slots >= n_before + N_DARK)
    end_s = first_s + N_SLOTS * slot_s
    assert end_s < world.end_s
    world = replace(world, end_s=end_s)
    flux = float(sun_path(world.positions.epoch, 0.0, end_s).flux_factor(0.5 * end_s))
    rng = np.random.default_rng(seed)
    tasks = []
    for task_id, arrival in enumerate(np.sort(rng.integers(0, N_SLOTS - 4, n_tasks)).tolist()):
        work = int(rng.integers(1, 3))
        due = min(N_SLOTS, arrival + work + int(rng.integers(0, 7)))
        tasks.append(
            Task(
                task_id=task_id,
                source=int(rng.integers(N_SATS)),
                arrival_s=first_s + arrival * slot_s,
                input_bits=1e3,
                result_bits=1e3,
                work_s=work * slot_s,
                deadline_s=first_s + due * slot_s + GRACE_S,
            )
        )
    return Instance(world=world, tasks=tuple(tasks), first_s=first_s, slot_s=slot_s, is_lit=is_lit, solar_w=80.0 * flux)


def optimum(problem: Instance):
    """Return the least depth of discharge and a schedule {task: (satellite, start)} that has it, (nan, {}) if none."""
    battery = problem.world.batteries[0]
    power_w = problem.world.modes[0].power_w
    starts = [
        (task.task_id, i_sat, slot, problem.slot_of(task.arrival_s + task.work_s) - problem.slot_of(task.arrival_s))
        for task in problem.tasks
        for i_sat in range(N_SATS)
        for slot in range(problem.slot_of(task.arrival_s), problem.slot_of(task.deadline_s - GRACE_S - task.work_s) + 1)
    ]
    n_starts, n_stored = len(starts), N_SATS * N_SLOTS
    n = n_starts + n_stored + 1  # starts, stored energy over capacity at the end of each slot, depth
    placed = np.zeros((len(problem.tasks), n))
    busy = np.zeros((n_stored, n))
    for column, (task_id, i_sat, slot, length) in enumerate(starts):
        placed[task_id, column] = 1.0
        busy[i_sat * N_SLOTS + slot : i_sat * N_SLOTS + slot + length, column] = 1.0
    gain = (np.where(problem.is_lit, problem.solar_w, 0.0) - battery.base_power_w) * problem.slot_s / battery.capacity_j
    balance = busy * power_w * problem.slot_s / battery.capacity_j
    rise = np.tile(gain, N_SATS)
    for row in range(n_stored):
        balance[row, n_starts + row] = 1.0
        if row % N_SLOTS:
            balance[row, n_starts + row - 1] = -1.0
        else:
            rise[row] += 1.0  # full: in the light from the start
    depth = np.zeros((n_stored, n))
    depth[np.arange(n_stored), n_starts + np.arange(n_stored)] = 1.0
    depth[:, -1] = 1.0
    cost = np.zeros(n)
    cost[-1] = 1.0
    result = milp(
        cost,
        constraints=[
            LinearConstraint(placed, 1.0, 1.0),
            LinearConstraint(busy, 0.0, 1.0),
            LinearConstraint(balance, -np.inf, rise),
            LinearConstraint(depth, 1.0, np.inf),
        ],
        integrality=np.concatenate([np.ones(n_starts), np.zeros(n_stored + 1)]),
        bounds=Bounds(0.0, 1.0),
        options={"mip_rel_gap": 0.0},
    )
    if result.status != 0:
        return np.nan, {}
    chosen = [start for start, value in zip(starts, result.x[:n_starts], strict=True) if value > 0.5]
    plan = {task_id: (i_sat, problem.first_s + slot * problem.slot_s) for task_id, i_sat, slot, _ in chosen}
    return float(result.fun), plan


class PlannedScheduler(Scheduler):
    """Does what a plan says."""

    name = "planned"

    def __init__(self, plan):
        self.plan = plan

    def decide(self, task, view):
        satellite, start_s = self.plan[task.task_id]
        return Run(satellite=satellite, not_before_s=start_s, priority=start_s)
