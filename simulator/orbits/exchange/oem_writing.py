"""Orbit ephemeris messages (CCSDS 502.0-B-3, KVN), written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from simulator.orbits.ephemeris import LAGRANGE_DEGREE
from simulator.orbits.exchange.tracks import Track, Tracks

ORIGINATOR: Final = "SUNWISE"
_VERSION: Final = "3.0"


def oem_lines(tracks: Tracks, object_ids: Sequence[str], *, comments: Iterable[str] = ()) -> Iterator[str]:
    """Give the lines of an OEM with a segment per satellite.

    Parameters
    ----------
    tracks : Tracks
    object_ids : international designators such as 1998-067A by satellite index
    comments : lines for the header

    Notes
    -----
    Kilometres to 1e-9, kilometres per second to 1e-12. `CREATION_DATE` is the first epoch, so that the same orbits give
    the same bytes. Readers are told to interpolate positions alone: SGP4's velocities are up to 2 cm/s beside the
    derivative of its positions, which would cost 5 cm between states a minute apart.
    """
    yield f"CCSDS_OEM_VERS = {_VERSION}"
    yield from (f"COMMENT {comment}" for comment in comments)
    yield f"CREATION_DATE = {tracks.utc[0]}"
    yield f"ORIGINATOR = {ORIGINATOR}"
    for track in tracks:
        yield ""
        yield from _metadata(tracks, track, object_ids[track.i_sat])
        position_km, velocity_km_s = (track.position_m * 1e-3).tolist(), (track.velocity_m_s * 1e-3).tolist()
        for utc, (x, y, z), (vx, vy, vz) in zip(tracks.utc, position_km, velocity_km_s, strict=True):
            yield f"{utc} {x:.9f} {y:.9f} {z:.9f} {vx:.12f} {vy:.12f} {vz:.12f}"


def _metadata(tracks: Tracks, track: Track, object_id: str) -> Iterator[str]:
    yield "META_START"
    yield f"OBJECT_NAME = {track.name}"
    yield f"OBJECT_ID = {object_id}"
    yield "CENTER_NAME = EARTH"
    yield f"REF_FRAME = {tracks.frame}"
    yield "TIME_SYSTEM = UTC"
    yield f"START_TIME = {tracks.utc[0]}"
    yield f"STOP_TIME = {tracks.utc[-1]}"
    yield "INTERPOLATION = LAGRANGE"
    yield f"INTERPOLATION_DEGREE = {LAGRANGE_DEGREE}"
    yield "META_STOP"
