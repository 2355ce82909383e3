"""Runs that look like real ones, made without a simulation: a 12 x 22 shell over four orbits."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simulator.records import Place
from simulator.results import Provenance, open_run, run_key, summarise

N_PLANES, N_PER_PLANE = 12, 22
PERIOD_S = 5736.0
SPAN_S = 5 * PERIOD_S
CAPACITY_J = 1.44e6
TRACED = (3, 140)

MIX = {  # depth of discharge, share on battery, share at the source, share to the ground, median completion in seconds
    "phoenix": (0.19, 0.02, 0.25, 0.02, 14.0),
    "phoenix-b": (0.21, 0.05, 0.35, 0.02, 13.2),
    "oec-local": (0.42, 0.37, 1.0, 0.0, 12.0),
    "oec-cote": (0.40, 0.33, 0.9, 0.08, 11.5),
    "bent-pipe": (0.17, 0.0, 0.0, 1.0, 900.0),
    "nearest-sunlit": (0.28, 0.03, 0.6, 0.0, 12.9),
    "random-sunlit": (0.27, 0.02, 0.05, 0.0, 16.0),
}


def _tasks(rng: np.random.Generator, scheduler: str, n_tasks: int) -> list[tuple[object, ...]]:
    _, battery, source, ground, median_s = MIX.get(scheduler, MIX["phoenix"])
    arrivals_s = np.sort(rng.uniform(0.0, SPAN_S, n_tasks))
    spread = 0.9 if ground > 0.5 else 0.35
    times_s = median_s * np.exp(spread * rng.standard_normal(n_tasks))
    probabilities = {
        Place.GROUND: ground,
        Place.SOURCE_SUNLIT: (1 - ground) * source * (1 - battery),
        Place.OTHER_SUNLIT: (1 - ground) * (1 - source) * (1 - battery),
        Place.SOURCE_BATTERY: (1 - ground) * source * battery,
        Place.OTHER_BATTERY: (1 - ground) * (1 - source) * battery,
    }
    places = rng.choice([place.value for place in probabilities], n_tasks, p=list(probabilities.values()))
    is_lost = rng.uniform(size=n_tasks) < 0.004
    rows = []
    for i, (arrival_s, time_s) in enumerate(zip(arrivals_s.tolist(), times_s.tolist(), strict=True)):
        fate = "dropped" if is_lost[i] else "late" if time_s > 900.0 else "on_time"
        end_s = math.nan if is_lost[i] else arrival_s + time_s
        head = (i, i % 264, (7 * i) % 264, -1, arrival_s, arrival_s + 900.0, 8e6, 8e4, 10.0, "source", None, fate)
        place = None if is_lost[i] else str(places[i])
        rows.append((*head, place, i % 5, arrival_s, end_s, end_s, "", arrival_s >= PERIOD_S))
    return rows


def _sunlit_shares() -> np.ndarray:
    """One node angle per plane moves the shadow; satellites of a plane differ by where the window cuts their orbit."""
    i_sat = np.arange(N_PLANES * N_PER_PLANE)
    beta = 0.55 * np.sin(2.0 * np.pi * (i_sat // N_PER_PLANE) / N_PLANES)
    return 1.0 - 0.37 * np.sqrt(np.clip(1.0 - (np.sin(beta) / np.sin(1.17)) ** 2, 0.0, 1.0)) + 0.004 * np.sin(i_sat)


def _energy(rng: np.random.Generator, scheduler: str) -> list[tuple[object, ...]]:
    deepest = MIX.get(scheduler, MIX["phoenix"])[0]
    shares = _sunlit_shares()
    depths = deepest * (1.0 - (0.12 if deepest < 0.25 else 0.45) * rng.beta(2.0, 3.0, shares.size))
    ledger = (CAPACITY_J, 5e6, 3e6, 1e6, 1e5, 2e4, 9e5, 9e5, 8e4, 0.0, 1e-14)
    return [
        (
            *(i, f"S1-{i // N_PER_PLANE:02d}-{i % N_PER_PLANE:02d}", i // N_PER_PLANE, *ledger),
            *(2e6, 1e5, depth, share * 4 * PERIOD_S, share, 500.0, 0, 0.0),
            *(4.0, 4.0 * depth, 1.0 - 0.3 * depth, 0.6 * depth**-0.8, 0.41 * depth**-1.7 if i else math.inf),
        )
        for i, (depth, share) in enumerate(zip(depths.tolist(), shares.tolist(), strict=True))
    ]


def _shadows(satellite: int) -> list[tuple[float, float]]:
    first_s = PERIOD_S * (0.15 + 0.37 * (satellite % N_PER_PLANE) / N_PER_PLANE)
    return [(first_s + i * PERIOD_S, first_s + i * PERIOD_S + 2136.0) for i in range(5)]


def _battery(rng: np.random.Generator, scheduler: str, satellite: int) -> list[tuple[object, ...]]:
    """Charge to full in sunlight, drain in shadow with bursts of compute."""
    depth = MIX.get(scheduler, MIX["phoenix"])[0] * (1.0 if satellite == TRACED[0] else 0.8)
    edges_s = sorted(edge for span in _shadows(satellite) for edge in span)
    times_s = np.unique(np.concatenate([[0.0, SPAN_S], edges_s, rng.uniform(0.0, SPAN_S, 400)]))
    drain_w, charge_w = depth * CAPACITY_J / 2136.0, depth * CAPACITY_J / 1900.0
    rows, stored_j = [], CAPACITY_J
    for start_s, end_s in zip(times_s, np.append(times_s[1:], SPAN_S), strict=True):
        is_dark = any(entry_s <= start_s < exit_s for entry_s, exit_s in _shadows(satellite))
        rows.append((satellite, float(start_s), float(stored_j), CAPACITY_J, 0.0 if is_dark else 1.0))
        power_w = -drain_w * rng.uniform(0.3, 1.7) if is_dark else charge_w * rng.uniform(0.5, 1.5)
        stored_j = min(CAPACITY_J, stored_j + power_w * (end_s - start_s))
    return rows


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a finished run of a scheduler and return its folder."""

    def make(scheduler: str, *, n_tasks: int = 4000, seed: int = 1, is_traced: bool = True) -> Path:
        rng = np.random.default_rng([seed, *scheduler.encode()])
        key = run_key(f"{scheduler} {n_tasks} {seed} {is_traced}", {}, "test")
        with open_run(tmp_path_factory.mktemp("runs"), key) as run:
            tables = {name: run.table(name) for name in ("tasks", "energy", "battery", "shadow")}
            for name, rows in (("tasks", _tasks(rng, scheduler, n_tasks)), ("energy", _energy(rng, scheduler))):
                for row in rows:
                    tables[name].append(row)
            for satellite in TRACED if is_traced else ():
                for row in _battery(rng, scheduler, satellite):
                    tables["battery"].append(row)
                for entry_s, exit_s in _shadows(satellite):
                    tables["shadow"].append((satellite, "penumbra", entry_s - 9.0, exit_s + 9.0))
                    tables["shadow"].append((satellite, "umbra", entry_s, exit_s))
            run.close_tables()
            extra = {"constellation": "starlink shell 1 (12 x 22)", "n_sats": 264, "load": 0.36}
            paths = (tables["tasks"].path, tables["energy"].path)
            summary = summarise(*paths, scheduler=scheduler, seed=seed, scenario_name="headline-12x22", extra=extra)
            run.write_summary(summary)
            run.finish(Provenance(scenario_name="headline-12x22", scheduler=scheduler, seed=seed))
        return run.path

    return make
