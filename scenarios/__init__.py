"""The composition root: scenario files, runs, figures and the command line.

`load_scenario`, `run`, `compare` and `Scheduler` are loaded when first asked for, so that importing this package,
and with it `sunwise --help`, costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.config import load_scenario
    from scenarios.execution import compare, run
    from simulator.records import Scheduler

__all__ = ["Scheduler", "compare", "load_scenario", "run"]

_HOMES = {
    "load_scenario": "scenarios.config",
    "run": "scenarios.execution",
    "compare": "scenarios.execution",
    "Scheduler": "simulator.records",
}


def __getattr__(name: str) -> object:
    """Load a public name from its home (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
