"""Positions per second, beside sgp4 and skyfield.

Run with one thread: `OMP_NUM_THREADS=1 python benchmarks/positions.py`. Process CPU time; the median of rounds in which
the contestants take turns. Shell: 72 x 22, 550 km, 53 degrees.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from sgp4.api import SatrecArray
from skyfield.api import load

from simulator.orbits.model import Frame
from simulator.orbits.orbit_record import records_of_shell
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.skyfield_satellites import to_earth_satellite
from simulator.orbits.walker import WalkerShell
from simulator.timescale import parse_epoch

N_ROUNDS = 5
N_PAIRS = 200_000

Work = Callable[[], object]


def interleaved_medians_s(works: dict[str, tuple[Work, int]]) -> dict[str, float]:
    """Return CPU seconds per call of each piece of work: the median over rounds in which all take turns."""
    times_s: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(N_ROUNDS):
        for name, (work, n_calls) in works.items():
            start_s = time.process_time()
            for _ in range(n_calls):
                work()
            times_s[name].append((time.process_time() - start_s) / n_calls)
    return {name: statistics.median(row) for name, row in times_s.items()}


def show(title: str, works: dict[str, tuple[Work, int]], n_positions: int) -> None:
    """Print a table; the first row is the measure of the others."""
    print(f"\n{title}")
    medians_s = interleaved_medians_s(works)
    first_s = next(iter(medians_s.values()))
    for name, median_s in medians_s.items():
        each_ns = median_s / n_positions * 1e9
        print(f"  {name:<42}{median_s * 1e3:>12.3f} ms{each_ns:>10.1f} ns each{median_s / first_s:>9.1f} x")


def main() -> None:
    """Print all tables."""
    epoch = parse_epoch("2026-06-21T00:00:00Z")
    shell = WalkerShell(n_planes=72, n_slots=22, phasing=1, altitude_m=550e3, inclination_rad=np.radians(53.0))
    records = records_of_shell(shell, epoch)
    series, general = ShellSeriesModel(shell, epoch), Sgp4Model(records, epoch)
    satellites = SatrecArray([record.to_satrec() for record in records])
    day, out = np.array([epoch.utc_day]), np.empty((shell.n_sats, 3))
    instant = load.timescale(builtin=True).utc(2026, 6, 21, 1)
    few = [to_earth_satellite(record) for record in records[:16]]
    show(
        "All 1,584 satellites at one instant",
        {
            "shell series": (lambda: series.all_at(3_600.0, out=out), 100),
            "shell series, Earth-fixed": (lambda: series.all_at(3_600.0, Frame.EARTH_FIXED, out), 100),
            "SGP4 model": (lambda: general.all_at(3_600.0, out=out), 10),
            "sgp4 SatrecArray": (lambda: satellites.sgp4(day, np.array([0.5])), 10),
        },
        shell.n_sats,
    )
    show("skyfield: 16 satellites at one instant", {"at(t)": (lambda: [s.at(instant) for s in few], 3)}, len(few))
    t_s = np.arange(0.0, 86_400.0, 60.0)
    block = np.empty((shell.n_sats, t_s.size, 3))
    show(
        "A day each minute into a buffer",
        {
            "shell series": (lambda: series.block(t_s, out=block), 1),
            "SGP4 model": (lambda: general.block(t_s, out=block), 1),
        },
        shell.n_sats * t_s.size,
    )
    rng = np.random.default_rng(1)
    i_sat, time_s = rng.integers(0, shell.n_sats, N_PAIRS), rng.uniform(0.0, 86_400.0, N_PAIRS)
    show(
        f"{N_PAIRS:,} pairs of satellite and time",
        {
            "shell series, positions": (lambda: series.at(i_sat, time_s), 2),
            "shell series, with velocities": (lambda: series.states_at(i_sat, time_s), 2),
            "SGP4 model, with velocities": (lambda: general.states_at(i_sat, time_s), 1),
        },
        N_PAIRS,
    )


if __name__ == "__main__":
    main()
