"""Single weight-bit trials beside other tools, in a throw-away environment that borrows torch and ourselves."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from benchmarks.result import Result

TOOLS = ("pytorchfi==0.6.0", "MRFI==2.1.0", "seu-injection-framework==1.3.0", "space-ml-sim==0.5.0")
"""Installed without what they depend on, which pins versions that exclude each other; they run with ours."""
WHAT_THEY_MISS = ("pandas", "tqdm")
TARGETS = {("32 x 32", "PyTorchFI"): 6.0, ("8 x 8", "PyTorchFI"): 10.0}
"""How many times faster than a peer a trial should be."""
INSTALL_LIMIT_S = 400.0
RUN_LIMIT_S = 1_200.0


def measure(n_rounds: int) -> list[Result]:
    """Measure trials of one flipped bit in the weights of a convolution, batch 64, in several tools by turns."""
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(Path(folder))
        command = [str(python), "-W", "ignore", str(Path(__file__).with_name("injection_peers.py")), str(n_rounds)]
        done = subprocess.run(
            command,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
            timeout=RUN_LIMIT_S,
            check=True,
        )
    return [result for measured in json.loads(done.stdout.splitlines()[-1]) for result in _results(measured)]


def _environment(folder: Path) -> Path:
    """Return the Python of a fresh environment with all peers that pip can give it."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    site = next((folder / "lib").glob("python*/site-packages"))
    (site / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    for tool in TOOLS:
        _install(python, "--no-deps", tool)
    _install(python, *WHAT_THEY_MISS)
    return python


def _install(python: Path, *what: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what]
    print(f"injection: installing {what[-1]} into a temporary environment ...", file=sys.stderr, flush=True)
    try:
        subprocess.run(command, capture_output=True, timeout=INSTALL_LIMIT_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"injection: {what[-1]}: {error}; left out", file=sys.stderr)


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
