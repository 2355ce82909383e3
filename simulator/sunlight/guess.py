"""Where shadow passages should be: circular orbits, closed form, the Earth's radius taken at the limb that matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.constants import SUN_RADIUS_M, WGS84_FLATTENING
from simulator.orbits.model import Floats, Indices
from simulator.revolutions import Revolutions, wrapped
from simulator.sunlight.shadow import ShadowKind, ShadowModel
from simulator.sunlight.sun import SunPath

_SLACK_TURNS: Final = 0.02
_GRAZING_DEPTH_M: Final = 60_000.0
_GRAZING_WIDTH_RAD: Final = 0.1
_LEAST_COS_BETA: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageGuess:
    """Guessed passages; shape (n_kinds * n_candidates,), kind by kind; `half_s` has (2, n): entry and exit.

    `depth_m` is the depth at the deepest time `top_s`; where it is within `margin_m` of zero, the truth must be
    searched for within `search_s`. Depth over the orbital angle is nearly a cosine of `amplitude_m`.
    """

    i_sat: Indices
    limb: Floats
    top_s: Floats
    depth_m: Floats
    margin_m: Floats
    search_s: Floats
    half_s: Floats
    amplitude_m: Floats
    rate_rad_s: Floats


def guess_passages(
    revolutions: Revolutions,
    row: Indices,
    midnight_s: Floats,
    sun: SunPath,
    model: ShadowModel,
    kinds: tuple[ShadowKind, ...],
) -> PassageGuess:
    """Return the guess for every kind at every midnight (rows of `revolutions`, times: (n,), (n,)).

    Notes
    -----
    With beta the Sun's height over the orbital plane and lambda = asin(R / r), a satellite sees a limb at angle s from
    the Sun's centre set where its angle from the shadow axis is lambda - s: cos(phi) cos(beta) = cos(lambda - s), phi
    being the orbital angle from midnight. R is the distance of the tangent from the Earth's centre.
    """
    along, across, normal = sun_in_plane(revolutions, row, midnight_s, sun)
    sun_z = across * revolutions.sin_inclination[row] + normal * revolutions.cos_inclination[row]
    sun_radius_rad = np.arcsin(SUN_RADIUS_M / sun.distance_m(midnight_s))
    n_kinds = len(kinds)
    limb = np.repeat([model.limb(kind) for kind in kinds], row.size)
    tilt_rad = limb * np.tile(sun_radius_rad, n_kinds)
    cos_beta = np.minimum(np.tile(np.hypot(along, across), n_kinds), 1.0)
    row, top_s = np.tile(row, n_kinds), np.tile(midnight_s, n_kinds)
    radius, rate = revolutions.radius_m[row], revolutions.phase_rate_rad_s[row]
    eccentricity = revolutions.eccentricity[row]
    lambda_rad = np.arcsin(np.minimum(model.equatorial_radius_m / radius, 1.0))
    half_rad = _half_angles(revolutions, row, top_s, model, (cos_beta, np.tile(sun_z, n_kinds), lambda_rad, tilt_rad))
    return PassageGuess(
        i_sat=revolutions.i_sat[row],
        limb=limb,
        top_s=top_s,
        depth_m=radius * (np.cos(np.arccos(cos_beta) + tilt_rad) - np.cos(lambda_rad)),
        margin_m=_GRAZING_DEPTH_M + 3.0 * eccentricity * radius,
        search_s=(_GRAZING_WIDTH_RAD + 8.0 * eccentricity) / rate,
        half_s=half_rad / rate,
        amplitude_m=radius * np.maximum(cos_beta, _LEAST_COS_BETA),
        rate_rad_s=rate,
    )


def _half_angles(
    revolutions: Revolutions,
    row: Indices,
    top_s: Floats,
    model: ShadowModel,
    angles: tuple[Floats, Floats, Floats, Floats],
) -> Floats:
    """Return the orbital angles from entry to midnight and on to exit, (2, n), by the Earth's radius at each limb.

    `angles` are cos(beta), the Sun's z, lambda on the equator's radius and the tilt to the Sun's limb.
    """
    cos_beta, sun_z, lambda_rad, tilt_rad = angles
    phi = _orbital_angle(lambda_rad - tilt_rad, cos_beta)
    cos_theta = np.cos(phi) * cos_beta
    sin_theta_squared = np.maximum(1.0 - cos_theta**2, 1e-12)
    midnight_rad = revolutions.phase_at(row, top_s)
    flattening = 0.0 if model.body == "sphere" else WGS84_FLATTENING
    half = []
    for side in (-1.0, 1.0):
        limb_z = np.sin(midnight_rad + side * phi) * revolutions.sin_inclination[row] + cos_theta * sun_z
        local_sine = np.sin(lambda_rad) * (1.0 - flattening * limb_z**2 / sin_theta_squared)
        half.append(_orbital_angle(np.arcsin(local_sine) - tilt_rad, cos_beta))
    return np.stack(half)


def _orbital_angle(shadow_angle_rad: Floats, cos_beta: Floats) -> Floats:
    """Return the angle from midnight where the shadow axis is `shadow_angle_rad` away; 0 where it never is."""
    return np.asarray(np.arccos(np.minimum(np.cos(shadow_angle_rad) / np.maximum(cos_beta, _LEAST_COS_BETA), 1.0)))


def midnights(revolutions: Revolutions, end_s: float, sun: SunPath) -> tuple[Indices, Floats]:
    """Return rows and times at which satellites pass opposite the Sun, half a turn beyond either end included."""
    rows = np.arange(revolutions.i_sat.size, dtype=np.intp)
    period = revolutions.period_s
    reach = (0.5 + _SLACK_TURNS) * period
    first = np.full(rows.size, revolutions.start_s)
    first += wrapped(midnight_phase(revolutions, rows, first, sun) - revolutions.phase_rad) / (
        revolutions.phase_rate_rad_s
    )  # within half a turn of the start
    n_before = np.floor((first - (revolutions.start_s - reach)) / period).astype(np.intp)
    n_after = np.floor((end_s + reach - first) / period).astype(np.intp)
    counts = np.maximum(n_before + n_after + 1, 0)
    row = np.repeat(rows, counts)
    turn = np.arange(row.size) - np.repeat(np.cumsum(counts) - counts, counts) - n_before[row]
    t = first[row] + turn * period[row]
    for _ in range(2):
        ahead = midnight_phase(revolutions, row, t, sun) - revolutions.phase_at(row, t)
        t = t + wrapped(ahead) / revolutions.phase_rate_rad_s[row]
    return row, t


def midnight_phase(revolutions: Revolutions, row: Indices, t: Floats, sun: SunPath) -> Floats:
    """Return the argument of latitude opposite the Sun."""
    along_node, across_node, _ = sun_in_plane(revolutions, row, t, sun)
    return np.asarray(np.arctan2(-across_node, -along_node), dtype=np.float64)


def sun_in_plane(revolutions: Revolutions, row: Indices, t: Floats, sun: SunPath) -> tuple[Floats, Floats, Floats]:
    """Return the unit vector to the Sun along the node, across it in the plane, and along the orbit's normal."""
    s = sun.position_m(t)
    s /= np.linalg.norm(s, axis=1)[:, None]
    node = revolutions.raan_at(row, t)
    cos_node, sin_node = np.cos(node), np.sin(node)
    cos_i, sin_i = revolutions.cos_inclination[row], revolutions.sin_inclination[row]
    along = s[:, 0] * cos_node + s[:, 1] * sin_node
    flat = s[:, 1] * cos_node - s[:, 0] * sin_node
    return along, flat * cos_i + s[:, 2] * sin_i, s[:, 2] * cos_i - flat * sin_i
