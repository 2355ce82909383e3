"""What is told of a task that has ended: why, its row in the table, and the outcome that its scheduler may observe."""

from __future__ import annotations

from typing import Final

from simulator.engine.fleet import Fleet
from simulator.engine.jobs import Job
from simulator.engine.payload import Payload
from simulator.engine.world import TaskRow, World
from simulator.records import Fate, Outcome, Task

NO_ROOM: Final = "no room in the memory of a satellite"
LOST_IN_RESET: Final = "was on a computer that was reset"
ARISEN_IN_RESET: Final = "arose on a computer that was being reset"
UNPOWERED_CAPTURE: Final = "its satellite had no power during the capture"
CAPTURE_IN_SAFE_MODE: Final = "its satellite was in safe mode during the capture"


def why_uncaptured(payload: Payload | None, fleet: Fleet, task: Task) -> str:
    """Return why the satellite of a capture was off for a part of it, nothing if it was not."""
    if payload is None or fleet.up_since_s[task.source] <= (start_s := task.arrival_s - payload.capture_s):
        return ""
    return UNPOWERED_CAPTURE if fleet.powered_since_s[task.source] > start_s else CAPTURE_IN_SAFE_MODE


def task_row(world: World, job: Job, fate: Fate, delivered_s: float, reason: str) -> TaskRow:
    """Return the row of a task in the table `tasks`."""
    task = job.task
    is_counted = world.warm_up_s <= task.arrival_s < world.end_s
    marks: tuple[int | float, ...] = () if world.computer_faults is None else (job.n_logic_errors,)
    marks += () if world.models is None else (job.model_wait_s,)
    return (
        task.task_id,
        task.source,
        job.satellite,
        job.station,
        task.arrival_s,
        task.deadline_s,
        task.input_bits,
        task.result_bits,
        task.work_s,
        task.deliver_to,
        task.model,
        fate,
        job.place,
        job.n_hops,
        job.start_s,
        job.finish_s,
        delivered_s,
        reason,
        is_counted,
        *marks,
    )


def task_outcome(job: Job, fate: Fate, delivered_s: float, reason: str) -> Outcome:
    """Return what a scheduler learns of a task."""
    return Outcome(
        task=job.task,
        fate=fate,
        place=job.place,
        satellite=job.satellite,
        station=job.station,
        n_hops=job.n_hops,
        start_s=job.start_s,
        finish_s=job.finish_s,
        delivered_s=delivered_s,
        reason=reason,
    )
