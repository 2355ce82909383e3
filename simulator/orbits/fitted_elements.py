"""Mean elements whose SGP4 orbit comes closest to given positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.constants import EARTH_GRAVITY_M3_S2
from simulator.orbits.model import Floats
from simulator.orbits.orbit_record import OrbitRecord
from simulator.timescale import Epoch

_REVOLUTIONS_FITTED: Final = (0.5, 3.0, np.inf)
"""A short stretch first: a mean motion off by a thousandth is a fifth of a turn after 30 revolutions."""

_N_STEPS: Final = 6
_N_SAMPLES: Final = 120
_STEPS: Final = np.array([1e-8, 1e-5, 1e-5, 1e-6, 1e-6, 1e-6])
_LARGEST_ECCENTRICITY: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Elements at the epoch and how far their orbit is from the positions: root of the mean square, and most."""

    record: OrbitRecord
    rms_m: float
    max_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """Positions to be fitted: (n,), (n, 3)."""

    epoch: Epoch
    t_s: Floats
    position_m: Floats


def fitted_elements(
    name: str, catalogue_number: int, epoch: Epoch, t_s: Floats, position_m: Floats, velocity_m_s: Floats
) -> Fit:
    """Return the elements of SGP4, without drag, that fit TEME positions best.

    Parameters
    ----------
    name, catalogue_number : as the record is to have them
    epoch : Epoch
        Of the elements, and of `t_s`.
    t_s, position_m : (n,), (n, 3)
        At least three; every so many of them are taken, 120 in all.
    velocity_m_s : (3,)
        At the first time, for a first guess.

    Returns
    -------
    fit : Fit
        With distances of nan where SGP4 has no orbit near the positions.

    Notes
    -----
    Gauss-Newton on mean motion, e cos w, e sin w, inclination, node and argument of latitude, which are regular for
    circular orbits; derivatives by differences.
    """
    picked = np.unique(np.linspace(0, t_s.size - 1, min(_N_SAMPLES, t_s.size)).astype(np.intp))
    elements = _osculating(position_m[0], velocity_m_s, float(t_s[0]))
    period_s = 2.0 * np.pi / elements[0]
    labels = (name, catalogue_number)
    for revolutions in _REVOLUTIONS_FITTED:
        near = picked[t_s[picked] - t_s[0] <= revolutions * period_s]
        if near.size < 3:
            near = np.arange(min(t_s.size, 8))
        track = _Track(epoch=epoch, t_s=t_s[near], position_m=position_m[near])
        elements = _improved(elements, track, labels)
    track = _Track(epoch=epoch, t_s=t_s[picked], position_m=position_m[picked])
    distance_m = np.linalg.norm(_missed_m(elements, track, labels), axis=1)
    return Fit(
        record=_record(elements, epoch, labels),
        rms_m=float(np.sqrt(np.mean(distance_m**2))),
        max_m=float(distance_m.max()),
    )


def _improved(elements: Floats, track: _Track, labels: tuple[str, int]) -> Floats:
    """Return elements after some steps of Gauss and Newton, as they were where SGP4 refuses them."""
    scale = np.concatenate(([elements[0]], np.ones(5)))
    for _ in range(_N_STEPS):
        missed = _missed_m(elements, track, labels).ravel()
        changed = [_missed_m(elements + step, track, labels).ravel() for step in np.diag(_STEPS * scale)]
        slopes = (np.stack(changed, axis=1) - missed[:, None]) / _STEPS
        if not np.isfinite(slopes).all():
            return elements
        step = np.linalg.lstsq(slopes, -missed, rcond=1e-12)[0] * scale
        elements = elements + step
        elements[1:3] *= min(1.0, _LARGEST_ECCENTRICITY / max(float(np.hypot(*elements[1:3])), 1e-12))
        elements[3] = np.clip(elements[3], 0.0, np.pi)
    return elements


def _missed_m(elements: Floats, track: _Track, labels: tuple[str, int]) -> Floats:
    """Return SGP4's positions less those of a track, nan where it has none: (n, 3)."""
    satellite = _record(elements, track.epoch, labels).to_satrec()
    day = np.full(track.t_s.size, track.epoch.utc_day)
    errors, position_km, _ = satellite.sgp4_array(day, track.epoch.utc_fraction(track.t_s))
    position_km[errors != 0] = np.nan
    return np.asarray(position_km * 1e3 - track.position_m, dtype=np.float64)


def _record(elements: Floats, epoch: Epoch, labels: tuple[str, int]) -> OrbitRecord:
    mean_motion, e_cos, e_sin, inclination, raan, latitude = elements.tolist()
    perigee = float(np.arctan2(e_sin, e_cos))
    return OrbitRecord(
        name=labels[0],
        catalogue_number=labels[1],
        epoch_day=epoch.utc_day,
        epoch_day_fraction=epoch.utc_day_fraction,
        mean_motion_rad_s=mean_motion,
        eccentricity=float(np.hypot(e_cos, e_sin)),
        inclination_rad=inclination,
        raan_rad=raan % (2.0 * np.pi),
        argument_of_perigee_rad=perigee % (2.0 * np.pi),
        mean_anomaly_rad=(latitude - perigee) % (2.0 * np.pi),
    )


def _osculating(position_m: Floats, velocity_m_s: Floats, t_s: float) -> Floats:
    """Return Kepler's mean motion, e cos w, e sin w, inclination, node and mean argument of latitude at the epoch."""
    radius_m = float(np.linalg.norm(position_m))
    normal = np.cross(position_m, velocity_m_s)
    momentum = float(np.linalg.norm(normal))
    normal = normal / momentum
    axis_m = 1.0 / (2.0 / radius_m - float(velocity_m_s @ velocity_m_s) / EARTH_GRAVITY_M3_S2)
    raan = float(np.arctan2(normal[0], -normal[1]))
    to_node = np.array([np.cos(raan), np.sin(raan), 0.0])
    across = np.cross(normal, to_node)
    eccentricity = np.cross(velocity_m_s, normal * momentum) / EARTH_GRAVITY_M3_S2 - position_m / radius_m
    e_cos, e_sin = float(eccentricity @ to_node), float(eccentricity @ across)
    size = min(float(np.hypot(e_cos, e_sin)), _LARGEST_ECCENTRICITY)
    perigee = float(np.arctan2(e_sin, e_cos))
    anomaly = float(np.arctan2(position_m @ across, position_m @ to_node)) - perigee
    eccentric = 2.0 * np.arctan2(np.sqrt(1.0 - size) * np.sin(anomaly / 2.0), np.sqrt(1.0 + size) * np.cos(anomaly / 2))
    rate = np.sqrt(EARTH_GRAVITY_M3_S2 / abs(axis_m) ** 3)
    latitude = eccentric - size * np.sin(eccentric) + perigee - rate * t_s
    inclination = float(np.arccos(np.clip(normal[2], -1.0, 1.0)))
    return np.array([rate, size * np.cos(perigee), size * np.sin(perigee), inclination, raan, latitude])
