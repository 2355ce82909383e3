"""Sensors on satellites: what they draw while they capture, and when captures begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulator.engine.clock import Clock
from simulator.records import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A sensor on every satellite: each task is a capture that takes `capture_s` and ends when the task arises.

    Raises
    ------
    ValueError
        If the length or the power is negative.
    """

    capture_s: float
    power_w: float

    def __post_init__(self) -> None:
        for name in ("capture_s", "power_w"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} = {getattr(self, name)}: must be 0 or more")


class CaptureEvents:
    """Calls `on_capture` with each task when its capture begins, one event ahead; `tasks` are in order of arrival."""

    def __init__(
        self, clock: Clock, payload: Payload, tasks: Iterator[Task], on_capture: Callable[[Task], None]
    ) -> None:
        self._clock = clock
        self._capture_s = payload.capture_s
        self._tasks = tasks
        self._on_capture = on_capture

    def start(self) -> None:
        """Set the first capture."""
        self._await_next()

    def _await_next(self) -> None:
        task = next(self._tasks, None)
        if task is not None:
            self._clock.at(max(task.arrival_s - self._capture_s, self._clock.now), self._begin, task)

    def _begin(self, task: Task) -> None:
        self._on_capture(task)
        self._await_next()
