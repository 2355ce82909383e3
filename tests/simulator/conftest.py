"""Fleets that tests of the world share: exact Kepler orbits, and the six satellites that Orekit answered for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import erfa
import numpy as np
import pytest
from sgp4.api import Satrec

from simulator.constants import EARTH_GRAVITY_M3_S2
from simulator.orbits.model import Floats, Frame, Indices, MeanOrbits
from simulator.orbits.orbit_record import OrbitRecord, record_of_satrec
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.timescale import Epoch, parse_epoch

REFERENCE = Path(__file__).parents[1] / "reference" / "orekit_2026-03-15.json"
EARTH_RATE_RAD_S = 7.292115855e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class KeplerFleet:
    """Unperturbed ellipses: a PositionModel whose answers are closed forms; phases are mean arguments of latitude."""

    epoch: Epoch
    mean_orbits: MeanOrbits
    perigee_rad: Floats

    @property
    def n_sats(self) -> int:
        return self.perigee_rad.size

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"kepler {i}" for i in range(self.n_sats))

    def states_at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> tuple[Floats, Floats]:
        orbits = self.mean_orbits
        a, e, i = orbits.semi_major_axis_m[i_sat], orbits.eccentricity[i_sat], orbits.inclination_rad[i_sat]
        rate = orbits.argument_of_latitude_rate_rad_s[i_sat]
        mean = orbits.argument_of_latitude_rad[i_sat] + rate * t_s - self.perigee_rad[i_sat]
        eccentric = mean + e * np.sin(mean)
        for _ in range(30):
            eccentric = eccentric - (eccentric - e * np.sin(eccentric) - mean) / (1.0 - e * np.cos(eccentric))
        root, pace = np.sqrt(1.0 - e * e), a * rate / (1.0 - e * np.cos(eccentric))
        in_plane = (a * (np.cos(eccentric) - e), a * root * np.sin(eccentric))
        moving = (-pace * np.sin(eccentric), pace * root * np.cos(eccentric))
        node, perigee = orbits.raan_rad[i_sat], self.perigee_rad[i_sat]
        position, velocity = (
            np.stack(
                [
                    np.cos(node) * along - np.sin(node) * np.cos(i) * across,
                    np.sin(node) * along + np.cos(node) * np.cos(i) * across,
                    np.sin(i) * across,
                ],
                axis=-1,
            )
            for along, across in (
                (x * np.cos(perigee) - y * np.sin(perigee), x * np.sin(perigee) + y * np.cos(perigee))
                for x, y in (in_plane, moving)
            )
        )
        if frame is Frame.TEME:
            return position, velocity
        sidereal = float(erfa.gmst82(self.epoch.utc_day, self.epoch.utc_day_fraction)) + EARTH_RATE_RAD_S * t_s
        cos, sin = np.cos(sidereal), np.sin(sidereal)
        turned = np.stack(
            [cos * position[:, 0] + sin * position[:, 1], cos * position[:, 1] - sin * position[:, 0], position[:, 2]],
            axis=-1,
        )
        return turned, np.full_like(turned, np.nan)

    def at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> Floats:
        return self.states_at(i_sat, t_s, frame)[0]

    def all_at(self, t_s: float, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        return self.block(np.array([t_s]), frame)[:, 0]

    def block(self, t_s: Floats, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        i_sat = np.repeat(np.arange(self.n_sats), t_s.size)
        return self.at(i_sat, np.tile(t_s, self.n_sats), frame).reshape(self.n_sats, t_s.size, 3)


@pytest.fixture(scope="session")
def kepler_fleet() -> Callable[..., KeplerFleet]:
    """Build a fleet of ellipses from arrays of elements; angles in degrees."""

    def build(
        semi_major_axis_m: object,
        inclination_deg: object,
        raan_deg: object = 0.0,
        phase_deg: object = 0.0,
        *,
        eccentricity: object = 0.0,
        perigee_deg: object = 0.0,
        epoch: str = "2026-03-20T14:46:00Z",
    ) -> KeplerFleet:
        columns = (semi_major_axis_m, inclination_deg, raan_deg, phase_deg, eccentricity, perigee_deg)
        a, i, raan, phase, e, perigee = (
            np.ascontiguousarray(column, dtype=np.float64)
            for column in np.broadcast_arrays(*map(np.atleast_1d, columns))
        )
        orbits = MeanOrbits(
            semi_major_axis_m=a,
            eccentricity=e,
            inclination_rad=np.radians(i),
            raan_rad=np.radians(raan),
            raan_rate_rad_s=np.zeros_like(a),
            argument_of_latitude_rad=np.radians(phase),
            argument_of_latitude_rate_rad_s=np.sqrt(EARTH_GRAVITY_M3_S2 / a**3),
        )
        return KeplerFleet(epoch=parse_epoch(epoch), mean_orbits=orbits, perigee_rad=np.radians(perigee))

    return build


@pytest.fixture(scope="session")
def orekit() -> dict[str, object]:
    """Edges and positions of six satellites over 2026-03-15 by Orekit 13.1.9 (own SGP4, DE440, IERS frames).

    Its elevation detector ran at a check interval of 60 s.
    """
    content: dict[str, object] = json.loads(REFERENCE.read_text())
    return content


@pytest.fixture(scope="session")
def orekit_fleet(orekit: dict[str, object]) -> Sgp4Model:
    """The six satellites by SGP4."""
    satellites = [Satrec.twoline2rv(sat["l1"], sat["l2"]) for sat in orekit["sats"]]
    records = [record_of_satrec(satellite, f"orekit {number}") for number, satellite in enumerate(satellites)]
    return Sgp4Model(records, parse_epoch(str(orekit["epoch"])))


@pytest.fixture(scope="session")
def falling_fleet() -> Sgp4Model:
    """Four satellites in strong drag, some kilometres a day; the last one leaves SGP4 on the second or third."""
    epoch = parse_epoch("2026-05-01T00:00:00Z")
    records = [
        OrbitRecord(
            name=f"falling {number}",
            catalogue_number=number,
            epoch_day=epoch.utc_day,
            epoch_day_fraction=epoch.utc_day_fraction - 0.75,
            mean_motion_rad_s=mean_motion_rad_s,
            eccentricity=0.0003,
            inclination_rad=0.9258,
            raan_rad=1.1 * number,
            argument_of_perigee_rad=5.74,
            mean_anomaly_rad=0.55,
            bstar_per_earth_radius=0.0105,
        )
        for number, mean_motion_rad_s in enumerate((0.001137, 0.001144, 0.001152, 0.001165))
    ]
    return Sgp4Model(records, epoch)
