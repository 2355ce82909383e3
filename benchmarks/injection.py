"""Single weight-bit trials beside other tools, in a throw-away environment that borrows torch and ourselves."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.peers import borrowing_environment, install, printed_by
from benchmarks.result import Result

TOOLS = ("pytorchfi==0.6.0", "MRFI==2.1.0", "seu-injection-framework==1.3.0", "space-ml-sim==0.5.0")
"""Installed without what they depend on, which pins versions that exclude each other; they run with ours."""
WHAT_THEY_MISS = ("pandas", "tqdm")
TARGETS = {("32 x 32", "PyTorchFI"): 6.0, ("8 x 8", "PyTorchFI"): 10.0}
"""How many times faster than a peer a trial should be."""
RUN_LIMIT_S = 1_200.0


def measure(n_rounds: int) -> list[Result]:
    """Measure trials of one flipped bit in the weights of a convolution, batch 64, in several tools by turns."""
    with tempfile.TemporaryDirectory() as folder:
        python = borrowing_environment(Path(folder))
        for tool in TOOLS:
            install(python, "--no-deps", tool)
        install(python, *WHAT_THEY_MISS)
        script = Path(__file__).with_name("injection_peers.py")
        found = printed_by(python, script, n_rounds, limit_s=RUN_LIMIT_S)
    return [result for measured in found for result in _results(measured)]


def _results(measured: dict[str, object]) -> list[Result]:
    ratios: dict[str, list[float]] = measured["ratios"]  # type: ignore[assignment]
    ours = statistics.median(ratios["ours"])
    baseline_ms = 1e3 * float(measured["baseline_s"])  # type: ignore[arg-type]
    size = str(measured["size"])
    results = [
        Result(
            what=f"a flipped weight bit, {size}, batch 64, {measured['n_parameters']:,} parameters",
            measured=ours * baseline_ms,
            unit="ms",
            peer="torch in place",
            peer_measured=baseline_ms,
            note=f"worst difference from torch {measured['worst_difference']:.1e} of the largest logit",
        )
    ]
    for name, values in ratios.items():
        if name in ("ours", "in place, torch"):
            continue
        times = sorted(value / own for value, own in zip(values, ratios["ours"], strict=True))
        results.append(
            Result(
                what=f"  times as fast as {name}, {size}",
                measured=statistics.median(times),
                unit="x",
                target=TARGETS.get((size, name)),
                is_floor=True,
                note=f"{times[0]:.1f} to {times[-1]:.1f} over {len(times)} rounds",
            )
        )
    return results
