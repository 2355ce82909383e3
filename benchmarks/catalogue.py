"""Shadow edges of a catalogue of real satellites over a day, by SGP4, beside Skyfield and a table of positions.

No orbit file ships, so the catalogue is made up: shells as they are flown, with the eccentricity, drag and scatter of
elements of real constellations.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import skyfield_data
from sgp4.api import SatrecArray
from skyfield.api import EarthSatellite
from skyfield.iokit import Loader

from benchmarks.result import DAY_S, Result, interleaved_medians_s
from simulator.orbits.orbit_record import OrbitRecord, records_of_shell
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.walker import WalkerShell
from simulator.sunlight import solve_eclipses
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-03-15T00:00:00Z")
N_SATS = 10_000
SHELLS = ((72, 55, 550e3, 53.0), (72, 50, 540e3, 53.2), (36, 40, 570e3, 70.0), (20, 55, 560e3, 97.6))
N_POLLED = 2
N_TABLED = 1_000


def catalogue() -> tuple[OrbitRecord, ...]:
    """Return 10,000 satellites of four shells, none of them where its shell would have it."""
    rng = np.random.default_rng(20260315)
    records: list[OrbitRecord] = []
    for n_planes, n_slots, altitude_m, inclination_deg in SHELLS:
        shell = WalkerShell(
            n_planes=n_planes, n_slots=n_slots, altitude_m=altitude_m, inclination_rad=np.radians(inclination_deg)
        )
        records += records_of_shell(shell, EPOCH)
    draws = zip(
        records[:N_SATS],
        rng.normal(1.0, 1e-3, N_SATS).tolist(),
        rng.uniform(5e-5, 2e-3, N_SATS).tolist(),
        rng.uniform(0.0, 2.0 * np.pi, (N_SATS, 3)).tolist(),
        rng.uniform(1e-5, 1e-3, N_SATS).tolist(),
        rng.uniform(0.0, 2.0, N_SATS).tolist(),
        strict=True,
    )
    return tuple(
        replace(
            record,
            catalogue_number=40_000 + i,
            mean_motion_rad_s=record.mean_motion_rad_s * pace,
            eccentricity=eccentricity,
            raan_rad=angles_rad[0],
            argument_of_perigee_rad=angles_rad[1],
            mean_anomaly_rad=angles_rad[2],
            bstar_per_earth_radius=drag,
            epoch_day_fraction=record.epoch_day_fraction - age_days,
        )
        for i, (record, pace, eccentricity, angles_rad, drag, age_days) in enumerate(draws)
    )


def measure(n_rounds: int) -> list[Result]:
    """Measure the solver on all, the other tools on a part."""
    records = catalogue()
    fleet = Sgp4Model(records, EPOCH)
    satrecs = [record.to_satrec() for record in records[:: N_SATS // N_TABLED]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skyfield-data warns that its Earth orientation file is old
        loader = Loader(skyfield_data.get_skyfield_data_path())
    scale, ephemeris = loader.timescale(builtin=True), loader("de421.bsp")
    minutes_s = np.arange(0.0, DAY_S, 60.0)
    instants = scale.tt_jd(EPOCH.utc_day, EPOCH.tt_fraction(minutes_s))
    polled = [EarthSatellite.from_satrec(satrec, scale) for satrec in satrecs[:N_POLLED]]
    array, days = SatrecArray(satrecs), np.full(minutes_s.size, EPOCH.utc_day)
    solved, tabled = "solved", "tabled"
    contestants = {
        solved: lambda: solve_eclipses(fleet, 0.0, DAY_S),
        "polled": lambda: [satellite.at(instants).is_sunlit(ephemeris) for satellite in polled],
        tabled: lambda: array.sgp4(days, EPOCH.utc_fraction(minutes_s)),
    }
    spent_s = interleaved_medians_s(contestants, min(n_rounds, 3))
    what = "umbra and penumbra edges, 10,000 satellites by SGP4, 1 day"
    return [
        Result(
            what=what,
            measured=spent_s[solved],
            unit="s",
            target=30.0,
            peer=f"skyfield is_sunlit, 60 s (scaled from {N_POLLED} satellites; point Sun, sphere, +-30 s)",
            peer_measured=spent_s["polled"] * N_SATS / N_POLLED,
        ),
        Result(
            what="  beside a table of positions alone",
            measured=spent_s[solved],
            unit="s",
            target=30.0,
            peer=f"sgp4 SatrecArray, 60 s (scaled from {len(satrecs):,})",
            peer_measured=spent_s[tabled] * N_SATS / len(satrecs),
        ),
    ]
