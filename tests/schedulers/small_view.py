"""A view of satellites that knows backlogs and links, but nothing of sunlight, batteries or ground.

A scheduler that is blind to those gets along with it; any other fails for want of the attribute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from types import SimpleNamespace

from simulator.records import Task

LIGHT_S = 0.003
RATE_BPS = 1e9
POWER_W = 50.0


@dataclass
class SmallView:
    """Satellites on a line or a ring (or linked as `links` says); routes count hops along it."""

    links: Sequence[Sequence[int]]
    backlog_s: list[float]
    here: int = 0
    now_s: float = 0.0
    rate_bps: float = RATE_BPS
    down: set[int] = field(default_factory=set)
    tasks_at_once: int = 1

    @property
    def n_sats(self) -> int:
        return len(self.links)

    @property
    def modes(self):
        return [SimpleNamespace(name="full", power_w=POWER_W, speed=1.0)]

    def modes_of(self, satellite: int):
        return self.modes

    @property
    def planes(self):
        return [range(self.n_sats)]

    @property
    def plane_of(self):
        return [0] * self.n_sats

    def neighbours(self, satellite: int) -> Sequence[int]:
        return self.links[satellite]

    def is_up(self, satellite: int) -> bool:
        return satellite not in self.down

    def committed_s(self, satellite: int) -> float:
        return self.backlog_s[satellite]

    def n_hops(self, source: int, target: int) -> int:
        ring, seen, n = {source}, {source}, 0
        while target not in ring:
            ring = {m for satellite in ring for m in self.links[satellite]} - seen
            if not ring:
                return -1
            seen |= ring
            n += 1
        return n

    def transfer_s(self, source: int, target: int, size_bits: float) -> float:
        n = self.n_hops(source, target)
        return inf if n < 0 else n * (size_bits / self.rate_bps + LIGHT_S)


def ring(n_sats: int) -> list[tuple[int, ...]]:
    return [((i - 1) % n_sats, (i + 1) % n_sats) for i in range(n_sats)]


def line(n_sats: int) -> list[tuple[int, ...]]:
    return [tuple(m for m in (i - 1, i + 1) if 0 <= m < n_sats) for i in range(n_sats)]


TASK = Task(task_id=0, source=0, arrival_s=0.0, input_bits=2e8, result_bits=1e6, work_s=30.0, deadline_s=600.0)


def tasks(n: int, **changes) -> list[Task]:
    return [replace(TASK, task_id=i, **changes) for i in range(n)]
