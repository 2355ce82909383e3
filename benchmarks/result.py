"""What a benchmark found, and the table of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the table; a `target` is an upper bound unless `is_floor`."""

    what: str
    measured: float
    unit: str
    target: float | None = None
    is_floor: bool = False
    peer: str = ""
    peer_measured: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None:
            return ""
        is_met = self.measured >= self.target if self.is_floor else self.measured <= self.target
        return "met" if is_met else "MISSED"

    @property
    def times_the_peer(self) -> float | None:
        """How many times better than the other tool."""
        if self.peer_measured is None:
            return None
        return self.measured / self.peer_measured if self.is_floor else self.peer_measured / self.measured


def interleaved_medians_s(contestants: Mapping[str, Callable[[], object]], n_rounds: int) -> dict[str, float]:
    """Return CPU seconds of each contestant: the median of rounds in which all take turns, after one to warm up."""
    spent_s: dict[str, list[float]] = {name: [] for name in contestants}
    for i_round in range(n_rounds + 1):
        for name, run in contestants.items():
            start_s = time.process_time()
            run()
            if i_round > 0:
                spent_s[name].append(time.process_time() - start_s)
    return {name: statistics.median(values) for name, values in spent_s.items()}


def memory_mib(field: str) -> float:
    """Return `VmRSS` (resident now) or `VmHWM` (the most ever resident) of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024.0
    raise ValueError(f"field = {field!r}: /proc/self/status does not have it")


def print_table(results: Sequence[Result]) -> None:
    """Print all results."""
    width = max(len(result.what) for result in results)
    print(f"{'':{width}} {'target':>16} {'measured':>16}  {'':7} times better than")
    for result in results:
        bound = ">=" if result.is_floor else "<="
        target = "" if result.target is None else f"{bound} {_number(result.target)} {result.unit}"
        measured = f"{_number(result.measured)} {result.unit}"
        beside = ""
        if result.times_the_peer is not None:
            beside = f"{_number(result.times_the_peer)} x {result.peer}"
        note = f"  [{result.note}]" if result.note else ""
        print(f"{result.what:{width}} {target:>16} {measured:>16}  {result.verdict:7} {beside}{note}")


def _number(value: float) -> str:
    """Return three significant digits, whole from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"
