"""All benchmarks, or those named: `python -m benchmarks [NAME ...] [--json] [--rounds N] [--schedulers A,B,...]`.

Each runs in a process of its own, on one thread. Times are CPU seconds, medians of rounds in which the contestants take
turns; single long runs are measured once. The exit code is 0 whether targets are met or not.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.result import Result, print_table
from schedulers import SCHEDULERS

BENCHMARKS = {
    "sky": ("benchmarks.sky", "shadow edges, passes and positions of 1,584 satellites"),
    "memory": ("benchmarks.sky_memory", "memory of shadow edges, passes and batteries over a day"),
    "batteries": ("benchmarks.batteries", "batteries of 1,584 satellites over a day"),
    "paths": ("benchmarks.paths", "routes and bookings"),
    "catalogue": ("benchmarks.catalogue", "shadow edges of 10,000 satellites by SGP4"),
    "basilisk": ("benchmarks.basilisk", "the batteries beside Basilisk, where it installs"),
    "radiation": ("benchmarks.radiation", "upsets of satellites along their orbits"),
    "injection": ("benchmarks.injection", "single weight-bit trials beside PyTorchFI and others, where they install"),
    "beam-learning": ("benchmarks.beam_learning", "TD3 for beams beside Stable-Baselines3, where it installs"),
    "decisions": ("benchmarks.decisions", "decisions of PHOENIX, planned-flow and MHSPO, or of --schedulers"),
    "oec-local": ("benchmarks.headline:oec_local", "the 72 x 22 headline run with OEC-local"),
    "phoenix": ("benchmarks.headline:phoenix", "the 72 x 22 headline run with PHOENIX"),
    "features": ("benchmarks.features", "the headline with captures, memories and queues, and without"),
    "phoenix-long": ("benchmarks.headline:phoenix_long", "the same over 16 orbits"),
}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def main() -> int:
    """Run what is asked for and print one table."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.worker:
        print(json.dumps([asdict(result) for result in _measure(arguments)]))
        return 0
    for name in filter(None, arguments.schedulers.split(",")):
        if ":" not in name and name not in SCHEDULERS:
            parser.error(f"--schedulers: no {name!r}; use package.module:Class or {', '.join(SCHEDULERS)}")
    results: list[Result] = []
    for name in arguments.names or BENCHMARKS:
        start_s = time.monotonic()
        print(f"{name}: {BENCHMARKS[name][1]} ...", file=sys.stderr, flush=True)
        results += _in_own_process(name, arguments)
        print(f"{name}: done in {time.monotonic() - start_s:.0f} s", file=sys.stderr, flush=True)
    if not results:
        return 1
    if arguments.json:
        _write_json(results, arguments.rounds)
    print_table(results)
    return 0


def _parser() -> argparse.ArgumentParser:
    listed = "; ".join(f"{name}: {about}" for name, (_, about) in BENCHMARKS.items())
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=listed)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME", help="default: all")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of the short benchmarks (default 5)")
    parser.add_argument("--json", action="store_true", help="also write bench-results/<time>.json")
    parser.add_argument(
        "--schedulers", default="", metavar="A,B,...", help="those that `decisions` measures; others beside phoenix"
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser


def _measure(arguments: argparse.Namespace) -> list[Result]:
    name = arguments.names[0]
    module, _, function = BENCHMARKS[name][0].partition(":")
    chosen = [arguments.schedulers.split(",")] if name == "decisions" and arguments.schedulers else []
    found: list[Result] = getattr(importlib.import_module(module), function or "measure")(arguments.rounds, *chosen)
    return found


def _in_own_process(name: str, arguments: argparse.Namespace) -> list[Result]:
    command = [sys.executable, "-m", "benchmarks", name, "--worker", "--rounds", str(arguments.rounds)]
    command += ["--schedulers", arguments.schedulers]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print(f"{name}: failed with exit code {done.returncode}", file=sys.stderr)
        return []
    return [Result(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def _write_json(results: list[Result], n_rounds: int) -> None:
    folder = Path("bench-results")
    folder.mkdir(exist_ok=True)
    rows = [asdict(result) | {"verdict": result.verdict} for result in results]
    document = {"rounds": n_rounds, "load_average": os.getloadavg(), "n_cpus": os.cpu_count(), "results": rows}
    path = folder / f"{time.strftime('%Y-%m-%dT%H%M%SZ', time.gmtime())}.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(f"written: {path}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
