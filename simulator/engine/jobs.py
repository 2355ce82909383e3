"""A task on its way through the engine."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING

from simulator.records import Place, Task

if TYPE_CHECKING:
    from simulator.engine.storage import StoredData


class Job:
    """What the engine knows of one task (or one part of a split one) while it lives.

    `version` counts the plans made for it: an event that carries an older version is stale and dies silently. `stored`
    is where its data lie, if satellites have a memory of finite size. Where they have caches of models, `needs_model`
    is whether its model is kept for it, `model_since_s` since when it waits for nothing else, and `model_wait_s` how
    long it has waited so before.
    """

    __slots__ = (
        "committed_s",
        "finish_s",
        "holder",
        "input_bits",
        "is_held",
        "is_over",
        "mode",
        "model_since_s",
        "model_wait_s",
        "n_hops",
        "n_logic_errors",
        "n_parts_left",
        "needs_model",
        "not_before_s",
        "parent",
        "place",
        "priority",
        "result_bits",
        "satellite",
        "start_s",
        "station",
        "stored",
        "task",
        "version",
        "work_s",
    )

    def __init__(self, task: Task, parent: Job | None = None, share: float = 1.0) -> None:
        self.stored: StoredData | None = None
        self.task = task
        self.parent = parent
        self.holder: int = task.source if parent is None else parent.holder
        self.input_bits = task.input_bits * share
        self.result_bits = task.result_bits * share
        self.work_s = task.work_s * share
        self.committed_s = 0.0
        self.satellite = -1
        self.station = -1
        self.n_hops = 0
        self.n_logic_errors = 0
        self.n_parts_left = 0
        self.mode = 0
        self.needs_model = False
        self.model_since_s = nan
        self.model_wait_s = 0.0
        self.priority = 0.0
        self.not_before_s = 0.0
        self.start_s = nan
        self.finish_s = nan
        self.place: Place | None = None
        self.is_held = False
        self.is_over = False
        self.version = 0

    def take_in(self, part: Job) -> None:
        """Count a part as done: of the whole, its hops, errors and execution are those of all parts."""
        self.n_hops += part.n_hops
        self.n_logic_errors += part.n_logic_errors
        self.satellite, self.station, self.place = part.satellite, part.station, part.place
        self.start_s = part.start_s if isnan(self.start_s) else min(self.start_s, part.start_s)
        self.finish_s = part.finish_s if isnan(self.finish_s) else max(self.finish_s, part.finish_s)
        self.n_parts_left -= 1
