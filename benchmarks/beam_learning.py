"""Learning of beams beside Stable-Baselines3, in a throw-away environment that borrows torch and ourselves."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.peers import borrowing_environment, install, printed_by
from benchmarks.result import Result

PEER = "Stable-Baselines3"
TOOL = "stable-baselines3==2.9.2"
"""Installed without what it depends on, for it would bring a torch of its own; it runs with ours."""
WHAT_IT_MISSES = ("pandas",)
STEPS_TARGET = 10.0
TIME_TARGET = 5.0
"""How many times the peer's environment steps, and how many times shorter than its time to the same rate."""
RUN_LIMIT_S = 5_400.0
MOST_ROUNDS = 3


def measure(n_rounds: int) -> list[Result]:
    """Measure environment steps per CPU second, and CPU time of TD3 to the same rates; a round is a channel."""
    with tempfile.TemporaryDirectory() as folder:
        python = borrowing_environment(Path(folder))
        install(python, "--no-deps", TOOL)
        install(python, *WHAT_IT_MISSES)
        script = Path(__file__).with_name("beam_peers.py")
        found = printed_by(python, script, min(n_rounds, MOST_ROUNDS), limit_s=RUN_LIMIT_S)
    times = found["times_s"]
    results = [_steps(found["steps_per_s"])]
    for i, rate in enumerate(found["rates_bps_hz"]):
        own, ensemble, peer = ([row[i] for row in times[name]] for name in ("ours", "ensemble", "peer"))
        results.append(_times_as_fast(f"TD3 to {rate:g} bit/s/Hz, one agent", own, peer, found["limit_s"]))
        results.append(_times_as_fast("  per agent of an ensemble of 8", ensemble, peer, found["limit_s"]))
    return results


def _steps(steps: dict[str, list[float]]) -> Result:
    ratios = sorted(ours / peer for ours, peer in zip(steps["batched"], steps["peer"], strict=True))
    ours, theirs = (statistics.median(steps[name]) for name in ("batched", "peer"))
    return Result(
        what="environment steps, 25 atoms, batch 256: times those of one Gymnasium environment",
        measured=statistics.median(ratios),
        unit="x",
        target=STEPS_TARGET,
        is_floor=True,
        note=f"{ours:,.0f} against {theirs:,.0f} per CPU second in DummyVecEnv of {PEER}; {_spread(ratios)}",
    )


def _times_as_fast(what: str, own: list[float], peer: list[float | None], limit_s: float) -> Result:
    """Return how many times shorter ours takes; where the peer was stopped, its limit counts."""
    n_stopped = peer.count(None)
    ratios = sorted((limit_s if b is None else b) / a for a, b in zip(own, peer, strict=True))
    note = f"median {statistics.median(own):.1f} CPU s; {_spread(ratios)}"
    if n_stopped:
        note += f"; {PEER} stopped at {limit_s:.0f} CPU s in {n_stopped}"
    return Result(
        what=f"{what}: times as fast as {PEER}",
        measured=statistics.median(ratios),
        unit="x",
        target=TIME_TARGET,
        is_floor=True,
        note=note,
    )


def _spread(ratios: list[Any]) -> str:
    return f"{ratios[0]:.1f} to {ratios[-1]:.1f} over {len(ratios)} channels"
