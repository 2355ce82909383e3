"""Frames that files of states name, and how they lie to TEME.

TEME is the frame of SGP4. GCRF is turned to it by IAU 2006/2000A, EME2000 lies 0.02 arcseconds beside GCRF. TDR (true
of date, rotating) is Earth-fixed without polar motion; so are GTOD and GRC. ITRF is read as TDR, up to 14 m beside the
truth, because the tables of polar motion are not there; it is not written.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import Final

import erfa
import numpy as np

from simulator.constants import JULIAN_DATE_J2000
from simulator.orbits.earth_rotation import (
    earth_rotation,
    states_from_earth_fixed,
    states_to_earth_fixed,
    teme_from_gcrs,
)
from simulator.orbits.model import Floats
from simulator.timescale import Epoch

WRITTEN_FRAMES: Final = ("TEME", "EME2000", "GCRF", "TDR")
_ITRF_YEARS: Final = ("", "-93", "-97", "-2000", *(str(year) for year in (1993, 1997, 2000, 2005, 2008, 2014, 2020)))
_SAME_AS: Final = MappingProxyType(
    {name: name for name in WRITTEN_FRAMES}
    | {"J2000": "EME2000", "ICRF": "GCRF", "GTOD": "TDR", "GRC": "TDR"}
    | {f"ITRF{year}": "TDR" for year in _ITRF_YEARS}
)


def known_frame(name: str) -> str:
    """Return which of `WRITTEN_FRAMES` a frame of a file is read as, empty for none."""
    return _SAME_AS.get(name.strip().upper(), "")


def states_from_frame(
    frame: str, epoch: Epoch, t_s: Floats, position_m: Floats, velocity_m_s: Floats
) -> tuple[Floats, Floats]:
    """Turn states of a frame to TEME: (n,), (n, 3), (n, 3) -> (n, 3), (n, 3)."""
    if frame == "TEME":
        return position_m, velocity_m_s
    if frame == "TDR":
        return states_from_earth_fixed(earth_rotation(epoch), t_s, position_m, velocity_m_s)
    turn = _teme_from(frame, epoch, t_s)
    return _turned(turn, position_m), _turned(turn, velocity_m_s)


def states_in_frame(
    frame: str, epoch: Epoch, t_s: Floats, position_m: Floats, velocity_m_s: Floats
) -> tuple[Floats, Floats]:
    """Turn TEME states to a frame of `WRITTEN_FRAMES`: (n,), (n, 3), (n, 3) -> (n, 3), (n, 3).

    Raises
    ------
    ValueError
        If the frame is not written.
    """
    if frame not in WRITTEN_FRAMES:
        raise ValueError(f"frame = {frame!r}: write {', '.join(WRITTEN_FRAMES)}; TDR is ITRF without polar motion")
    if frame == "TEME":
        return position_m, velocity_m_s
    if frame == "TDR":
        return states_to_earth_fixed(earth_rotation(epoch), t_s, position_m, velocity_m_s)
    turn = np.swapaxes(_teme_from(frame, epoch, t_s), -1, -2)
    return _turned(turn, position_m), _turned(turn, velocity_m_s)


def _teme_from(frame: str, epoch: Epoch, t_s: Floats) -> Floats:
    """Return the matrices from an inertial frame to TEME: (n, 3, 3).

    They turn by 8e-12 rad/s: taken as still, they change velocities by 0.06 mm/s.
    """
    return _teme_from_at(frame, epoch, t_s.tobytes())


@lru_cache(maxsize=2)  # all satellites of a file mostly have the same times, and nutation has 1,365 terms
def _teme_from_at(frame: str, epoch: Epoch, times: bytes) -> Floats:
    turn = teme_from_gcrs(epoch, np.frombuffer(times, dtype=np.float64))
    if frame == "EME2000":
        frame_bias, _, _ = erfa.bp06(JULIAN_DATE_J2000, 0.0)  # GCRS to the mean equator and equinox of 2000
        turn = turn @ frame_bias.T
    return turn


def _turned(turn: Floats, vector: Floats) -> Floats:
    return np.asarray(np.einsum("nij,nj->ni", turn, vector), dtype=np.float64)
