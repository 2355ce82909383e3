"""Does `mode: table` of a run's `inference:` section say what `mode: onnx` says?

Yes, within what ten runs resolve. `cnn` without protection, about nine flips in its weights at a time, ten seeds, each
with a campaign of its own; corrupt tasks in percent, and the difference of table and onnx in points (95 %: over
satellites for a seed, over seeds in all, which counts the error of campaigns in):

seed     1     2     3     4     5     6     7     8     9    10   all
onnx   9.6  12.4  12.6  11.9  14.1  16.7  14.8  17.2  17.6  10.9  13.8
table 15.2  14.7  14.8   9.5  12.3  12.6  17.5  19.1  14.5  13.8  14.4  difference +0.6 (-1.7 to +2.9)

A single run may well differ by half of the share: a harmful bit is rare, some dozens per run spoil all that is spoilt,
and the table makes other bits harmful than those that are.

Flips that meet before a reload are not independent. Weak ones change the same few images, and behind a strong one there
is nothing left to spoil. To take the worst flip of a set for the whole agrees with the network; independent flips harm
up to three times as many tasks (with `--together`; corrupt tasks in percent):

                    flips   network   worst flip   independent flips
cnn                    30      43.4         43.5                43.9
                      100      87.5         87.4                88.6
cnn-int8               30      19.0         22.1                53.6
                      100      49.4         49.9                93.1
cnn, clip-to-zero     100      27.8         26.5                35.8
                      300      48.3         44.3                70.0

Run as `python docs/verdicts/answers_from_a_table.py [--case cnn] [--seeds 10] [--folder FOLDER]`, and with
`--together` for several flips at once.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from onboard_models.campaign import mean_interval
from onboard_models.catalogue import find_model
from onboard_models.protection.composition import calibration_of, protected
from scenarios import load_scenario, run
from scenarios.cli.entry import run_command_line

N_IMAGES = 64
SPAN = ("duration.orbits=0.6", "warm_up.orbits=0.1", "scheduler=oec-local", "record.battery_traces=0")
RESULTS = ("corrupt", "detected", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A network, and upsets per bit and day at which answers are often corrupt and weights never all wrong."""

    model: str
    protection: str
    rate_per_bit_day: float

    def overrides(self, seed: int) -> Sequence[str]:
        """Return what is changed in `inference-6x11`."""
        device = (
            "radiation.device={based_on: carmen-2-rednet, functional_interrupts: {rate_per_device_day: 1}, "
            f"logic_errors: {{rate_per_device_day: 0.01}}, cells: {{rate_per_bit_day: {self.rate_per_bit_day}}}}}"
        )
        network = (f"inference.model={self.model}", f"inference.protection={self.protection}")
        return (*SPAN, device, *network, f"inference.n_images={N_IMAGES}", "inference.reload_s=1800", f"seed={seed}")


CASES = {
    "cnn": Case(model="cnn", protection="none", rate_per_bit_day=2e-4),
    "cnn-rednet": Case(model="cnn", protection="rednet", rate_per_bit_day=2e-3),
    "cnn-int8": Case(model="cnn-int8", protection="none", rate_per_bit_day=4e-3),
}


TOGETHER = {
    ("cnn", "none"): (1500, (10, 30, 100, 300)),
    ("cnn-int8", "none"): (1500, (30, 100, 300, 1000)),
    ("cnn", "clip-to-zero"): (1200, (30, 100, 300, 1000)),
}
"""Bits that are flipped alone, and sizes of the sets that are drawn from them, by network and protection."""
TOGETHER_IMAGES, TOGETHER_SETS, TOGETHER_IMAGES_PER_TASK = 128, 250, 10
NO_BITS = np.zeros(0, np.int64)


def campaign(case: Case, seed: int, margin: float, folder: Path) -> Path:
    """Return the folder of a campaign of single bits, drawn with a seed of its own."""
    output = folder / f"{case.model}-{case.protection}-{margin:g}-{seed}"
    drawn = ["--per-layer", "--margin", f"{margin:g}", "--seed", str(seed), "--images", str(N_IMAGES)]
    others = ["--protection", case.protection, "--flips", "1", "--trials", "1", "--workers", "1"]
    with redirect_stdout(io.StringIO()):
        code = run_command_line(["inject", case.model, *drawn, *others, "--output", str(output), "--json"])
    if code != 0:
        raise SystemExit("the campaign failed")
    (done,) = output.glob("*/done.json")
    return done.parent


def by_satellite(case: Case, seed: int, mode: Sequence[str], folder: Path) -> NDArray[np.int64]:
    """Return the numbers of tasks of each satellite: corrupt, detected, lost and all that count, (66, 4)."""
    scenario = load_scenario("inference-6x11", (*case.overrides(seed), *mode))
    path = run(scenario, runs_folder=folder / "runs").folder / "tasks.parquet"
    tasks = pq.read_table(path, columns=["satellite", "counted", "result"])
    tasks = tasks.filter(pc.and_(tasks["counted"], pc.is_valid(tasks["result"])))
    result = np.array(tasks["result"].cast(pa.string()).to_pylist())
    satellite = tasks["satellite"].to_numpy()
    chosen = [*(result == name for name in RESULTS), np.ones(result.size, np.bool_)]
    return np.stack([np.bincount(satellite[which], minlength=66) for which in chosen], axis=1)


def print_together(model_name: str, protection: str, n_bits: int, numbers: Sequence[int]) -> None:
    """Print what sets of flips do to tasks, and what follows from what each of them does alone."""
    model = find_model(model_name)
    x = model.images("test", TOGETHER_IMAGES).x
    subject = protected(model, protection, calibration_of(model))
    rng = np.random.default_rng(5)
    position = rng.choice(subject.image.n_bits, n_bits, replace=False)
    reference = np.concatenate([subject.answers(block, NO_BITS).label for block in np.split(x, 2)])
    changed = np.zeros((n_bits, len(x)), np.bool_)
    for rows in np.split(np.arange(len(x)), 2):
        for i, bit in enumerate(position):
            changed[i, rows] = subject.answers(x[rows], np.array([bit])).label != reference[rows]
    alone = changed.mean(axis=1)
    for n_flips in numbers:
        found = []
        for _ in range(TOGETHER_SETS):
            chosen = rng.choice(n_bits, n_flips, replace=False)
            real = (subject.answers(x, np.sort(position[chosen])).label != reference).mean()
            share = np.array([real, alone[chosen].max(), 1.0 - np.prod(1.0 - alone[chosen])])
            found.append(100.0 * (1.0 - (1.0 - share) ** TOGETHER_IMAGES_PER_TASK))
        tasks = np.array(found)
        told = []
        for i, name in ((1, "worst flip"), (2, "independent")):
            mean, low, high = mean_interval(tasks[:, i] - tasks[:, 0])
            told.append(f"{name} {tasks[:, i].mean():.1f} % ({mean:+.1f}, {low:+.1f} to {high:+.1f})")
        print(
            f"{model_name} {protection}, {n_flips} flips: {tasks[:, 0].mean():.1f} % of tasks; {', '.join(told)}",
            flush=True,
        )


def main() -> None:
    """Print a line per seed, and the paired differences over seeds; or what flips do together."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--together", action="store_true")
    parser.add_argument("--case", choices=CASES, default="cnn")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--margin", type=float, default=0.1)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.together:
        for names, (n_bits, numbers) in TOGETHER.items():
            print_together(*names, n_bits, numbers)
        return
    case = CASES[asked.case]
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        both = []
        for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
            table = campaign(case, seed, asked.margin, folder)
            ran = by_satellite(case, seed, ["inference.mode=onnx"], folder)
            drawn = by_satellite(case, seed, ["inference.mode=table", f"inference.table={table.resolve()}"], folder)
            n_tasks = int(ran[:, -1].sum())
            both.append(100.0 * np.stack([ran.sum(axis=0), drawn.sum(axis=0)])[:, :-1] / n_tasks)
            told = []
            for i, name in enumerate(RESULTS):
                per_satellite = 100.0 * len(ran) * (drawn - ran)[:, i] / n_tasks
                told.append(f"{name} {both[-1][0, i]:.1f} and {both[-1][1, i]:.1f} %: {_told(per_satellite)}")
            print(f"seed {seed}, {n_tasks} tasks, onnx and table: {'; '.join(told)}", flush=True)
        for i, name in enumerate(RESULTS):
            ran_share, drawn_share = np.array(both)[:, :, i].T
            print(
                f"{name}: onnx {ran_share.mean():.2f} %, table {drawn_share.mean():.2f} %: "
                f"{_told(drawn_share - ran_share)} points over seeds"
            )


def _told(differences: NDArray[np.float64]) -> str:
    mean, low, high = mean_interval(differences)
    return f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"


if __name__ == "__main__":
    main()
