"""What is no decision in a world: nothing that comes from a scheduler is trusted to be what it should be."""

from __future__ import annotations

from math import isnan
from typing import NoReturn

import numpy as np

from simulator.engine.clock import Clock
from simulator.engine.world import World
from simulator.records import Forward, Hold, Run, Scheduler, Split, ToGround


class IllegalDecisionError(ValueError):
    """A scheduler asked for something that is no decision in this world."""


class DecisionChecks:
    """Raises IllegalDecisionError, which names the scheduler and what it asked for."""

    def __init__(self, world: World, scheduler: Scheduler, clock: Clock) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._topology = world.topology
        self._n_modes = [len(modes) for modes in world.modes_by_satellite]

    def run(self, run: Run) -> None:
        """Refuse places that are not there, and times and priorities that are no numbers."""
        satellite, n_modes = run.satellite, self._n_modes
        if not _is_index(satellite, len(n_modes)) or not _is_index(run.mode, n_modes[satellite]):
            raise self._illegal(f"Run on satellite {satellite} in mode {run.mode}: no such place")
        if isnan(run.not_before_s) or isnan(run.priority):
            raise self._illegal(f"Run not before {run.not_before_s} s with priority {run.priority}: not a number")
        for revision in run.revisions:
            if isnan(revision.not_before_s) or isnan(revision.priority):
                raise self._illegal(f"{revision}: not a number")

    def to_ground(self, to_ground: ToGround) -> None:
        """Refuse a satellite that is not there, and a time that is no number."""
        if to_ground.via is not None and not _is_index(to_ground.via, len(self._n_modes)):
            raise self._illegal(f"ToGround via satellite {to_ground.via}: no such satellite")
        if isnan(to_ground.not_before_s):
            raise self._illegal(f"ToGround not before {to_ground.not_before_s} s: not a number")

    def forward(self, forward: Forward, holder: int) -> None:
        """Refuse a satellite that has no link to the holder of the task."""
        if forward.neighbour not in self._topology.neighbours(holder):
            raise self._illegal(f"Forward to {forward.neighbour}, which is not linked to {holder}")

    def hold(self, hold: Hold) -> None:
        """Refuse to decide again in the past or now."""
        if not hold.until_s > self._clock.now:
            raise self._illegal(f"Hold until {hold.until_s} s, which is not after now ({self._clock.now} s)")

    def split(self, split: Split) -> None:
        """Refuse shares that do not make one task, and parts that are neither run nor sent down."""
        shares = [share for share, _ in split.parts]
        # a billionth of a task is rounding of the shares, more is a mistake
        if not shares or not min(shares) > 0.0 or not abs(sum(shares) - 1.0) <= 1e-9:
            raise self._illegal(f"Split into shares {shares}: they must be positive and sum to 1")
        if not all(isinstance(decision, Run | ToGround) for _, decision in split.parts):
            raise self._illegal("Split: the decision of each part must be Run or ToGround")

    def wake(self, next_s: float) -> None:
        """Refuse to wake the scheduler in the past or now."""
        if not next_s > self._clock.now:
            raise self._illegal(f"wake() returned {next_s} s, which is not after now ({self._clock.now} s)")

    def no_decision(self, answer: object) -> NoReturn:
        """Refuse what is no kind of decision at all."""
        raise self._illegal(f"{answer!r} is no decision; return Run, Forward, ToGround, Hold, Split or Drop")

    def _illegal(self, what: str) -> IllegalDecisionError:
        name = self._scheduler.name or type(self._scheduler).__name__
        return IllegalDecisionError(f"scheduler {name}: {what}")


def _is_index(number: object, n: int) -> bool:
    return isinstance(number, int | np.integer) and bool(0 <= number < n)
