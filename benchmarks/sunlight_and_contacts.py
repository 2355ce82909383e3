"""Shadow edges, passes and positions of a 72 x 22 shell over a day, beside Skyfield and sgp4.

    OMP_NUM_THREADS=1 python benchmarks/sunlight_and_contacts.py

CPU seconds of this process on one thread, medians of interleaved rounds. The tools a user would otherwise pick run on
a part of the work and are scaled to the whole; the table says so.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import skyfield_data
from sgp4.api import WGS72, Satrec, SatrecArray
from skyfield.api import EarthSatellite, wgs84
from skyfield.iokit import Loader

from simulator.contacts import GroundStation, solve_passes
from simulator.orbits.orbit_record import OrbitRecord, records_of_shell
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.walker import WalkerShell
from simulator.sunlight import solve_eclipses, solve_illumination
from simulator.timescale import parse_epoch

DAY_S = 86_400.0
MASK_RAD = np.radians(25.0)
EPOCH = parse_epoch("2026-03-15T00:00:00Z")
SHELL = WalkerShell(n_planes=72, n_slots=22, altitude_m=550_000.0, inclination_rad=np.radians(53.0))
N_SATS, N_STATIONS = SHELL.n_sats, 100
N_POLLED, N_PAIRS, N_INSTANTS = 2, 4, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One row of the table: what runs, how much of the whole it does, and the row it is compared with."""

    name: str
    run: Callable[[], object]
    scale: float = 1.0
    compared_with: str = ""
    note: str = ""


def stations() -> list[GroundStation]:
    """Return 100 stations spread evenly over the sphere between 64 degrees north and south."""
    order = np.arange(N_STATIONS) + 0.5
    latitude = np.arcsin(0.9 * (1.0 - 2.0 * order / N_STATIONS))
    longitude = np.mod(np.pi * (1.0 + np.sqrt(5.0)) * order, 2.0 * np.pi)
    return [
        GroundStation(name=f"station {i}", latitude_rad=float(latitude[i]), longitude_rad=float(longitude[i]))
        for i in range(N_STATIONS)
    ]


def rows() -> list[Measurement]:
    """Return everything to measure."""
    fleet = ShellSeriesModel(SHELL, EPOCH)
    records = records_of_shell(SHELL, EPOCH)
    by_sgp4 = Sgp4Model(records, EPOCH)
    places = stations()
    satrecs = [_satrec(record) for record in records]
    array = SatrecArray(satrecs)
    buffer = np.empty((N_SATS, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skyfield-data warns that its Earth orientation file is old
        loader = Loader(skyfield_data.get_skyfield_data_path())
    scale, ephemeris = loader.timescale(builtin=True), loader("de421.bsp")
    satellites = [EarthSatellite.from_satrec(satrec, scale) for satrec in satrecs[:: N_SATS // 4][:4]]
    instants = scale.tt_jd(EPOCH.utc_day, EPOCH.tt_fraction(np.arange(0.0, DAY_S, 60.0)))
    ends = scale.tt_jd(EPOCH.utc_day, EPOCH.tt_fraction(np.array([0.0, DAY_S])))
    topos = [wgs84.latlon(np.degrees(p.latitude_rad), np.degrees(p.longitude_rad)) for p in places[:N_PAIRS]]
    grid = EPOCH.utc_fraction(np.arange(0.0, DAY_S, 60.0))
    days = np.full(grid.size, EPOCH.utc_day)
    noon = EPOCH.utc_fraction(np.array([43_200.0]))

    def poll() -> None:
        for satellite in satellites[:N_POLLED]:
            satellite.at(instants).is_sunlit(ephemeris)

    def find() -> None:
        for satellite, place in zip(satellites, topos, strict=True):
            satellite.find_events(place, ends[0], ends[1], altitude_degrees=25.0)

    def at_instants() -> None:
        for t_s in np.linspace(0.0, DAY_S, N_INSTANTS):
            fleet.all_at(float(t_s), out=buffer)

    shadows, passes, instant = "shadow edges, series", "passes", "all at one instant, series"
    return [
        Measurement(name=shadows, run=lambda: solve_eclipses(fleet, 0.0, DAY_S)),
        Measurement(
            name="illumination, series", run=lambda: solve_illumination(fleet, 0.0, DAY_S), compared_with=shadows
        ),
        Measurement(name="shadow edges, SGP4", run=lambda: solve_eclipses(by_sgp4, 0.0, DAY_S), compared_with=shadows),
        Measurement(
            name="skyfield is_sunlit, 60 s",
            run=poll,
            scale=N_SATS / N_POLLED,
            compared_with=shadows,
            note=f"from {N_POLLED} satellites; point Sun, sphere, +-30 s",
        ),
        Measurement(
            name="sgp4 SatrecArray, 60 s",
            run=lambda: array.sgp4(days, grid),
            compared_with=shadows,
            note="positions alone",
        ),
        Measurement(name=passes, run=lambda: solve_passes(fleet, places, 0.0, DAY_S, MASK_RAD)),
        Measurement(
            name="skyfield find_events",
            run=find,
            scale=N_SATS * N_STATIONS / N_PAIRS,
            compared_with=passes,
            note=f"from {N_PAIRS} pairs",
        ),
        Measurement(name=instant, run=at_instants, scale=1.0 / N_INSTANTS),
        Measurement(
            name="sgp4 SatrecArray, one instant",
            run=lambda: array.sgp4(days[:1], noon),
            compared_with=instant,
        ),
    ]


def _satrec(record: OrbitRecord) -> Satrec:
    """Return a satellite as the `sgp4` package takes it."""
    satellite = Satrec()
    satellite.sgp4init(
        WGS72,
        "i",
        record.catalogue_number,
        record.epoch_day - 2_433_281.5 + record.epoch_day_fraction,
        0.0,
        0.0,
        0.0,
        record.eccentricity,
        record.argument_of_perigee_rad,
        record.inclination_rad,
        record.mean_anomaly_rad,
        record.mean_motion_rad_s * 60.0,
        record.raan_rad,
    )
    return satellite


def cpu_s(run: Callable[[], object]) -> float:
    """Return CPU seconds of one call."""
    start_s = time.process_time()
    run()
    return time.process_time() - start_s


def peak_mib() -> float:
    """Return the largest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Shadow edges, passes and positions beside Skyfield and sgp4.")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; medians are printed")
    n_rounds = parser.parse_args().rounds
    fleet, base_mib = ShellSeriesModel(SHELL, EPOCH), peak_mib()
    table = solve_eclipses(fleet, 0.0, DAY_S)
    solve_illumination(fleet, 0.0, DAY_S)
    shadow_mib = peak_mib() - base_mib
    passes = solve_passes(fleet, stations(), 0.0, DAY_S, MASK_RAD)
    pass_mib = peak_mib() - base_mib
    print(
        f"{N_SATS} satellites, one day: {table.i_sat.size} umbrae and penumbrae, {passes.i_sat.size} passes at 25 deg"
    )
    print(f"peak above imports: {shadow_mib:.0f} MiB after the shadow, {pass_mib:.0f} MiB after the passes as well")
    del table, passes
    measurements = rows()
    seconds: dict[str, list[float]] = {m.name: [] for m in measurements}
    for round_number in range(n_rounds + 1):
        for m in measurements:
            spent_s = cpu_s(m.run) * m.scale
            if round_number > 0:  # the first one warms caches and compiles
                seconds[m.name].append(spent_s)
    median_s = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"{'':32}{'CPU s':>12}{'ratio':>9}  median of {n_rounds} interleaved rounds, one thread")
    for m in measurements:
        ratio = f"{median_s[m.name] / median_s[m.compared_with]:8.1f}x" if m.compared_with else ""
        note = f"scaled {m.note}" if m.scale > 1.0 else m.note
        print(f"{m.name:32}{median_s[m.name]:12.6f}{ratio:>9}  {note}")


if __name__ == "__main__":
    main()
