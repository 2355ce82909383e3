"""Shells of known constellations, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import radians
from typing import Final

import erfa
import numpy as np

from simulator.orbits.earth_rotation import teme_from_gcrs
from simulator.orbits.walker import DELTA_SPREAD_RAD, STAR_SPREAD_RAD, WalkerShell
from simulator.timescale import Epoch

DUSK_HOURS: Final = 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Constellation:
    """A shell, where its numbers come from, and the solar time of its nodes where that is what defines them."""

    shell: WalkerShell
    source: str
    ascending_node_local_time_h: float | None = None

    def shell_at(self, epoch: Epoch) -> WalkerShell:
        """Return the shell with its first node where it is at an epoch."""
        if self.ascending_node_local_time_h is None:
            return self.shell
        return replace(self.shell, raan_rad=raan_of_local_time_rad(epoch, self.ascending_node_local_time_h))


def raan_of_local_time_rad(epoch: Epoch, local_time_h: float) -> float:
    """Return the right ascension, in TEME, of a node that is crossed at a local (apparent) solar time.

    Notes
    -----
    Solar time is the hour angle of the true Sun plus 12 h, so the node lies (local time - 12 h) east of the Sun.
    """
    heliocentric, _ = erfa.epv00(epoch.utc_day, float(epoch.tt_fraction(0.0)))
    sun = teme_from_gcrs(epoch, 0.0) @ -np.asarray(heliocentric["p"], dtype=np.float64)
    right_ascension_rad = float(np.arctan2(sun[1], sun[0]))
    return float(np.mod(right_ascension_rad + (local_time_h - 12.0) * np.pi / 12.0, 2.0 * np.pi))


_IN_HYPATIA: Final = "; the same in Hypatia (Kassing et al. 2020)"


def _walker(n_planes: int, n_slots: int, altitude_km: float, inclination_deg: float, spread_rad: float) -> WalkerShell:
    """Return a shell with phasing 1 from its usual numbers."""
    return WalkerShell(
        n_planes=n_planes,
        n_slots=n_slots,
        altitude_m=altitude_km * 1e3,
        inclination_rad=radians(inclination_deg),
        raan_spread_rad=spread_rad,
    )


CONSTELLATIONS: Final[dict[str, Constellation]] = {
    "starlink-shell-1": Constellation(
        shell=_walker(72, 22, 550.0, 53.0, DELTA_SPREAD_RAD),
        source="FCC file SAT-MOD-20190830-00087, granted by order DA 19-1294 in 2019" + _IN_HYPATIA,
    ),
    "oneweb": Constellation(
        shell=_walker(18, 40, 1200.0, 87.9, STAR_SPREAD_RAD),
        source="FCC file SAT-LOI-20160428-00041, 18 planes of 40 by order DA 22-970, since changed to 12 planes of 49",
    ),
    "kuiper": Constellation(
        shell=_walker(34, 34, 630.0, 51.9, DELTA_SPREAD_RAD),
        source="FCC file SAT-LOA-20190704-00057, granted by order FCC 20-102 in 2020; shell K1" + _IN_HYPATIA,
    ),
    "telesat": Constellation(
        shell=_walker(27, 13, 1015.0, 98.98, STAR_SPREAD_RAD),
        source="FCC file SAT-MPL-20200526-00053; shell T1" + _IN_HYPATIA,
    ),
    "iridium": Constellation(
        shell=_walker(6, 11, 780.0, 86.4, STAR_SPREAD_RAD),
        source="Fossa et al. 1998, An overview of the IRIDIUM low Earth orbit satellite system; evenly spaced here",
    ),
    "mhspo": Constellation(
        shell=_walker(16, 12, 1070.0, 87.0, STAR_SPREAD_RAD),
        source="Zhang et al. 2024, IEEE Transactions on Mobile Computing 23(4), doi 10.1109/TMC.2023.3269801",
    ),
    "dawn-dusk": Constellation(
        shell=_walker(1, 20, 550.0, 97.59, DELTA_SPREAD_RAD),
        source="sun-synchronous at 550 km: the inclination at which J2 turns the node 360 deg a year",
        ascending_node_local_time_h=DUSK_HOURS,
    ),
}
"""Shells by name; phasing 1 throughout (StarryNet's default). Take `shell_at(epoch)`."""
