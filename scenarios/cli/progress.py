"""How far a run has come: a bar on a terminal, else one plain line per tenth."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_of(label: str, *, quiet_s: float = 0.0) -> Iterator[Callable[[float], None]]:
    """Give a function that takes the finished fraction, 0 to 1, and shows it on stderr after the first `quiet_s`."""
    if not sys.stderr.isatty():
        yield _after(quiet_s, _plain_lines(label))
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda fraction: bar.update(task, completed=min(fraction, 1.0))


def _after(quiet_s: float, report: Callable[[float], None]) -> Callable[[float], None]:
    """Return a reporter that says nothing at first, so that what is quickly done makes no noise."""
    start_s = time.monotonic()
    return lambda fraction: report(fraction) if time.monotonic() - start_s >= quiet_s else None


def _plain_lines(label: str) -> Callable[[float], None]:
    """Return a reporter that prints a line whenever another tenth is done."""
    n_told = 0

    def report(fraction: float) -> None:
        nonlocal n_told
        n_tenths = min(10, int(fraction * 10.0 + 1e-9))  # 0.3 * 10 is 3 to within rounding
        if n_tenths > n_told:
            n_told = n_tenths
            print(f"{label}: {10 * n_tenths} %", file=sys.stderr, flush=True)

    return report
