"""The laws: each takes what runs have shown and returns what is wrong, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum, isnan
from typing import Final

from scenarios.laws.observed_run import ObservedRun
from simulator.engine.task_ends import LOST_IN_RESET
from simulator.engine.world import TaskRow
from simulator.outages import OutageKind
from simulator.records import Fate, Place, Split

_LEDGER: Final = 1e-9
"""Of all energy that came in: about a million times the rounding of such a run, and far below any joule of a task."""

_ROUNDING_S: Final = 1e-6
"""Times of a run of an hour are sums of a few float64 numbers of 1e4 s: 1e-12 s each, with room for a million sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All runs of one scheduler: one in every world, and further ones in the plain world.

    `guarded` was watched for changes of the world, `again` is a repetition, `other_future` had the same tasks up to
    `other_from_s` and others later.
    """

    runs: tuple[ObservedRun, ...]
    guarded: ObservedRun
    again: ObservedRun
    other_future: ObservedRun
    other_from_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A law: its name, the sentence a user reads, and the check, which returns the first breach or ''.

    `missing` says what the evidence lacks to tell anything, or ''; it counts only where no breach was found.
    """

    name: str
    sentence: str
    check: Callable[[Evidence], str]
    missing: Callable[[Evidence], str]


def _no_decision(evidence: Evidence) -> str:
    runs = (evidence.runs[0], evidence.guarded, evidence.again, evidence.other_future)
    return "" if all(run.calls for run in runs) else "it decided nothing in the plain world"


def _no_finished_run(evidence: Evidence) -> str:
    return "it finished no run" if all(run.failure for run in evidence.runs) else ""


def _reads_only(evidence: Evidence) -> str:
    return next(iter(evidence.guarded.trespasses), "")


def _leaves_tasks_alone(evidence: Evidence) -> str:
    return next(iter(evidence.guarded.spoilt_tasks), "")


def _is_deterministic(evidence: Evidence) -> str:
    first, second = evidence.runs[0], evidence.again
    for a, b in zip(first.calls, second.calls, strict=False):
        if a != b:
            return f"at {a.now_s:.3f} s it said {a.decision} for task {a.task_id}, and {b.decision} in a second run"
    if len(first.calls) != len(second.calls):
        return f"it was asked {len(first.calls)} times in a first run and {len(second.calls)} times in a second"
    return "" if _same(first.rows, second.rows) else "the same decisions ended in different fates"


def _same(rows: Sequence[tuple[object, ...]], others: Sequence[tuple[object, ...]]) -> bool:
    return repr(rows) == repr(others)  # nan equals nan here, and repr tells every bit of a float


def _knows_no_future(evidence: Evidence) -> str:
    early = [call for call in evidence.runs[0].calls if call.now_s < evidence.other_from_s]
    other = [call for call in evidence.other_future.calls if call.now_s < evidence.other_from_s]
    for a, b in zip(early, other, strict=False):
        if a != b:
            return (
                f"tasks differ only after {evidence.other_from_s:.0f} s, and yet at {a.now_s:.3f} s it said "
                f"{a.decision} for task {a.task_id} in one run and {b.decision} in the other"
            )
    return "" if len(early) == len(other) else "what comes later changed how often it was asked before"


def _conserves_energy(evidence: Evidence) -> str:
    for run in evidence.runs:
        has_payload = run.world.payload is not None
        worst = max((_ledger_error(row, has_payload=has_payload) for row in run.energy), default=0.0)
        if not worst < _LEDGER:
            return f"in {run.world_name} a battery's ledger is off by {worst:.1e} of the energy that came in"
    return ""


def _ledger_error(row: Sequence[int | float | str], *, has_payload: bool) -> float:
    """Return the relative error, computed here from the columns rather than believed; the payload's is the last."""
    initial, harvested, base, compute, transmit, receive, stored, spilled, losses = (float(x) for x in row[3:12])
    came_in, payload = initial + harvested, float(row[-1]) if has_payload else 0.0
    went = (base, compute, transmit, receive, payload, stored, spilled, losses)
    return abs(came_in - fsum(went)) / max(came_in, 1e-300)


def _conserves_tasks(evidence: Evidence) -> str:
    for run in evidence.runs:
        if run.failure:
            continue
        ended = sorted(row[0] for row in run.rows)
        arrived = sorted(task.task_id for task in run.tasks)
        if ended != arrived:
            return f"in {run.world_name} {len(arrived)} tasks arrived and {len(ended)} ended"
        if any(not isinstance(row[11], Fate) for row in run.rows):
            return f"in {run.world_name} a task ended without a fate"
    return ""


def _runs_what_it_finishes(evidence: Evidence) -> str:
    """Processor time spent is that of finished tasks and of those that a reset ended (where none starts over)."""
    for run in evidence.runs:
        has_parts = any(isinstance(call.decision, Split) for call in run.calls)
        if run.failure or has_parts or run.world.is_preemptive or _starts_over(run):
            continue
        ran = [row for row in run.rows if row[12] not in (None, Place.GROUND) and row[15] <= run.end_s]
        spent_s = fsum(run.busy_s) - fsum(_spent_before_reset_s(run, row) for row in run.rows)
        finished_s = fsum(row[15] - row[14] for row in ran)
        if abs(spent_s - finished_s) > _ROUNDING_S * max(1, len(ran)):
            return f"in {run.world_name} processors were busy for {spent_s} s, finished tasks took {finished_s} s"
        modes_of = run.world.modes_by_satellite
        for row in ran:
            speeds = [mode.speed for mode in modes_of[row[2]]]
            if min(abs(row[15] - row[14] - row[8] / speed) for speed in speeds) > _ROUNDING_S:
                return f"in {run.world_name} task {row[0]} of {row[8]} s of work took {row[15] - row[14]} s"
    return ""


def _spent_before_reset_s(run: ObservedRun, row: TaskRow) -> float:
    """Return for how long a task ran that a reset of its computer ended, 0 for any other."""
    faults = run.world.computer_faults
    if faults is None or row[17] != LOST_IN_RESET or isnan(row[14]):
        return 0.0
    later = (faults.interrupted == row[2]) & (faults.interrupt_s >= row[14])
    return float(faults.interrupt_s[later][0]) - row[14]


def _starts_over(run: ObservedRun) -> bool:
    """Whether satellites without power or in safe mode may have stopped tasks."""
    has_safe_modes = any(outage.kind is OutageKind.SATELLITE for outage in run.outages)
    return has_safe_modes or any(float(row[12]) > 0.0 for row in run.energy)


def _respects_causality(evidence: Evidence) -> str:
    for run in evidence.runs:
        split = {call.task_id for call in run.calls if isinstance(call.decision, Split)}
        for row in run.rows:
            times = [t_s for t_s in (row[4], row[14], row[15], row[16]) if not isnan(t_s)]
            if times != sorted(times):
                return f"in {run.world_name} task {row[0]} arrived, began, finished and was delivered at {times} s"
            if row[0] not in split and row[14] < row[4] + _least_transfer_s(run, row) - _ROUNDING_S:
                return f"in {run.world_name} task {row[0]} began before its input could be there"
    return ""


def _least_transfer_s(run: ObservedRun, row: TaskRow) -> float:
    """Return the least time that the input of a task needed to where it ran."""
    if row[12] is Place.GROUND:
        return row[6] / run.world.top_downlink_rate_bps
    return row[6] / run.world.top_link_rate_bps if row[12] in (Place.OTHER_SUNLIT, Place.OTHER_BATTERY) else 0.0


LAWS: Final = (
    Law(
        name="reads only",
        sentence="it reads the View's public names, writes nothing, and leaves the world as it was",
        check=_reads_only,
        missing=_no_decision,
    ),
    Law(
        name="leaves tasks alone",
        sentence="tasks are the same after a decision as before",
        check=_leaves_tasks_alone,
        missing=_no_decision,
    ),
    Law(
        name="deterministic",
        sentence="a fresh instance with the same seed decides the same, and every task ends the same",
        check=_is_deterministic,
        missing=_no_decision,
    ),
    Law(
        name="knows no future",
        sentence="what arrives later does not change what is decided before",
        check=_knows_no_future,
        missing=_no_decision,
    ),
    Law(
        name="conserves energy",
        sentence="what came in equals what was used, stored, spilled and lost, on every satellite of every world",
        check=_conserves_energy,
        missing=_no_finished_run,
    ),
    Law(
        name="conserves tasks",
        sentence="every task ends with exactly one fate in every world",
        check=_conserves_tasks,
        missing=_no_finished_run,
    ),
    Law(
        name="work is work",
        sentence="processors are busy for exactly the work of the tasks they finish",
        check=_runs_what_it_finishes,
        missing=_no_finished_run,
    ),
    Law(
        name="causality",
        sentence="no task begins before its input is there, nor is delivered before it is finished",
        check=_respects_causality,
        missing=_no_finished_run,
    ),
)
