"""Rates of methods as one thing changes, each point kept as soon as it is known."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from onboard_models.beamforming.quantised import QuantisedSolver
from onboard_models.beamforming.solvers import SOLVERS
from scenarios.beam.case import BeamCase
from scenarios.beam.methods import Budget, outcome_of
from simulator.results import code_version, run_key
from simulator.results.files import json_bytes, write_durably

AXES: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "power": (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0),
        "atoms": (9, 16, 25, 36, 49, 64, 81, 100),
        "layers": (1, 2, 3, 4, 5, 6, 8, 10),
        "users": (1, 2, 3, 4, 6, 8),
        "bits": (1, 2, 3, 4, 5),
        "time": (0.03, 0.1, 0.3, 1.0, 3.0),
    }
)
"""What can change, and its values unless others are asked for: power in dBm, time as multiples of a method's steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPoint:
    """A method at one value of an axis: mean rate with 95 % interval, and CPU time per channel."""

    axis: str
    value: float
    method: str
    mean_rate_bps_hz: float
    low_bps_hz: float
    high_bps_hz: float
    mean_active_users: float
    n_channels: int
    cpu_s_per_channel: float


def sweep(
    case: BeamCase,
    axis: str,
    values: Sequence[float],
    methods: Sequence[str],
    budget: Budget,
    folder: Path,
    progress: Callable[[float], None],
) -> list[SweepPoint]:
    """Return a point per method and value, the same channels for all methods.

    Parameters
    ----------
    case : BeamCase
    axis : str
        Of `AXES`.
    values : sequence of float
    methods : sequence of str
    budget : Budget
    folder : Path
        Where each point is kept as a file of its own, written whole: what is there is not computed again.
    progress : callable
        Is told the share that is done.

    Raises
    ------
    ValueError
        If a value or a method does not fit the axis, or a file in the folder was changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    version, points = code_version(), []
    for i_method, method in enumerate(methods):
        for i_value, value in enumerate(values):
            changed, spent = _changed(case, axis, value), _spent(axis, value, method, budget)
            path = folder / f"{_key(changed, method, spent, axis, value, version)}.json"
            if not path.exists():
                point = _point(changed, method, spent, axis, value)
                write_durably(path, json_bytes(dataclasses.asdict(point)))
            points.append(_read(path))
            progress((i_method + (i_value + 1) / len(values)) / len(methods))
    return points


def _point(case: BeamCase, method: str, budget: Budget, axis: str, value: float) -> SweepPoint:
    outcome = outcome_of(case, method, budget)
    mean = outcome.mean_rate
    return SweepPoint(
        axis=axis,
        value=value,
        method=method,
        mean_rate_bps_hz=mean.estimate,
        low_bps_hz=mean.low,
        high_bps_hz=mean.high,
        mean_active_users=float(outcome.n_active_users.mean()),
        n_channels=case.n_channels,
        cpu_s_per_channel=outcome.cpu_s / case.n_channels,
    )


def _key(case: BeamCase, method: str, budget: Budget, axis: str, value: float, version: str) -> str:
    """Return a name for all that a point depends on."""
    matrices = b"" if case.between_layers is None else case.between_layers.tobytes()
    rest = (dataclasses.replace(case, between_layers=None), method, budget, axis, value)
    return run_key(f"beam sweep\n{rest!r}", {"between_layers": hashlib.sha256(matrices).hexdigest()}, version)


def _read(path: Path) -> SweepPoint:
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        return SweepPoint(**record | {name: math.nan for name, part in record.items() if part is None})
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} is no point of a sweep; delete it and sweep again") from error


def _changed(case: BeamCase, axis: str, value: float) -> BeamCase:
    """Return the case at a value of an axis."""
    if axis == "power":
        return dataclasses.replace(case, power_dbm=value)
    if axis in ("atoms", "layers", "users"):
        if value != int(value) or value < 1:
            raise ValueError(f"{axis} = {value}: give whole numbers of 1 or more")
        changes: dict[str, Any] = {f"n_{axis}": int(value)}
        return dataclasses.replace(case, **changes)
    return case


def _spent(axis: str, value: float, method: str, budget: Budget) -> Budget:
    """Return the budget of a method at a value of an axis."""
    if axis == "bits":
        return dataclasses.replace(budget, n_bits=int(value))
    if axis != "time":
        return budget
    solver = SOLVERS.get(method)
    solver = solver.inner if isinstance(solver, QuantisedSolver) else solver
    field = next((name for name in ("n_steps", "n_starts") if hasattr(solver, name)), None)
    if field is None:
        raise ValueError(f"method {method!r} has no steps to spend time on: choose others for the axis time")
    n = getattr(budget, field) or getattr(solver, field)
    return dataclasses.replace(budget, **{field: max(1, round(value * n))})
