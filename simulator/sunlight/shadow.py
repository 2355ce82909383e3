"""The Earth's shadow as smooth signed functions of positions: which part of the Sun a satellite sees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

import numpy as np

from simulator.constants import SUN_RADIUS_M, WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING
from simulator.orbits.model import Floats

_MAX_ATMOSPHERE_HEIGHT_M: Final = 100_000.0
_SPHERE_RADII_M: Final = (6_300_000.0, 6_500_000.0)


class ShadowKind(IntEnum):
    """Full shadow, or shadow of any depth (the penumbra contains the umbra)."""

    UMBRA = 0
    PENUMBRA = 1

    @property
    def label(self) -> str:
        """The name that people write."""
        return self.name.lower()


def shadow_kind(label: str) -> ShadowKind:
    """Return the kind that a label names.

    Raises
    ------
    ValueError
        If the label is neither `umbra` nor `penumbra`.
    """
    for kind in ShadowKind:
        if kind.label == label:
            return kind
    raise ValueError(f"kind = {label!r}: write umbra or penumbra")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowModel:
    """What casts the shadow and what shines.

    The choice matters more than any numerical error: sphere instead of ellipsoid moves edges by 4 s (at most 10),
    an opaque atmosphere of 15 km by 7 s, a point Sun drops the 12 s between penumbra and umbra.

    Attributes
    ----------
    body : `wgs84` (the ellipsoid) or `sphere`
    radius_m : radius of the sphere; unused with `wgs84`
    sun : `disc` or `point`; with a point, umbra and penumbra are the same
    atmosphere_height_m : height up to which the atmosphere is taken as opaque
    """

    body: Literal["wgs84", "sphere"] = "wgs84"
    radius_m: float = WGS84_EQUATORIAL_RADIUS_M
    sun: Literal["disc", "point"] = "disc"
    atmosphere_height_m: float = 0.0

    def __post_init__(self) -> None:
        if self.body not in ("wgs84", "sphere"):
            raise ValueError(f"body = {self.body!r}: write wgs84 or sphere")
        if self.sun not in ("disc", "point"):
            raise ValueError(f"sun = {self.sun!r}: write disc or point")
        if not _SPHERE_RADII_M[0] <= self.radius_m <= _SPHERE_RADII_M[1]:
            raise ValueError(f"radius_m = {self.radius_m}: the Earth's radius is near 6,378,137 m (unit: metre)")
        if not 0.0 <= self.atmosphere_height_m <= _MAX_ATMOSPHERE_HEIGHT_M:
            raise ValueError(f"atmosphere_height_m = {self.atmosphere_height_m}: between 0 and 100,000 m")

    @property
    def equatorial_radius_m(self) -> float:
        """Equatorial radius of the opaque body."""
        base_m = WGS84_EQUATORIAL_RADIUS_M if self.body == "wgs84" else self.radius_m
        return base_m + self.atmosphere_height_m

    @property
    def polar_stretch(self) -> float:
        """Factor on the polar axis that makes the opaque body a sphere."""
        if self.body == "sphere":
            return 1.0
        polar_m = WGS84_EQUATORIAL_RADIUS_M * (1.0 - WGS84_FLATTENING) + self.atmosphere_height_m
        return self.equatorial_radius_m / polar_m

    def limb(self, kind: ShadowKind) -> float:
        """Return which limb of the Sun decides: +1 the one that sets last, -1 the one that sets first, 0 the centre."""
        if self.sun == "point":
            return 0.0
        return 1.0 if kind is ShadowKind.UMBRA else -1.0


def shadow_depth_m(position_m: Floats, sun_m: Floats, limb: Floats | float, model: ShadowModel) -> Floats:
    """Return how deep in the shadow of one limb of the Sun positions lie: positive in shadow, negative in light.

    Parameters
    ----------
    position_m, sun_m : (n, 3), float64, metres from the Earth's centre
        Satellites and Sun, in one frame whose third axis is the Earth's.
    limb : (n,) or scalar
        +1 umbra, -1 penumbra, 0 the Sun's centre; between them, that fraction of the Sun's radius.
    model : ShadowModel

    Returns
    -------
    (n,), float64, metres

    Notes
    -----
    The ray to the limb lies in the plane of satellite, Sun and Earth's centre, as in Orekit's `EclipseDetector`. With
    the polar axis stretched (z / (1 - f)) the ellipsoid is a sphere of radius R, and a ray from p along the unit vector
    d meets it ahead iff -p.d > sqrt(p.p - R^2): the tangent's length. The difference is smooth everywhere but on the
    shadow axis, and close to a cosine of the orbital angle.
    """
    x, y, z = position_m[:, 0], position_m[:, 1], position_m[:, 2]
    dx, dy, dz = sun_m[:, 0] - x, sun_m[:, 1] - y, sun_m[:, 2] - z
    if not (np.isscalar(limb) and limb == 0.0):
        dx, dy, dz = _towards_limb((x, y, z), (dx, dy, dz), limb)
    stretch = model.polar_stretch
    z, dz = z * stretch, dz * stretch
    along = (x * dx + y * dy + z * dz) / np.sqrt(dx * dx + dy * dy + dz * dz)
    tangent_squared = x * x + y * y + z * z - model.equatorial_radius_m**2
    return np.asarray(-along - np.sqrt(np.maximum(tangent_squared, 0.0)), dtype=np.float64)


_Vector = tuple[Floats, Floats, Floats]


def _towards_limb(position: _Vector, to_sun: _Vector, limb: Floats | float) -> _Vector:
    """Tilt vectors to the Sun's centre towards its limb, away from the Earth for positive `limb`."""
    x, y, z = position
    dx, dy, dz = to_sun
    sun_squared = dx * dx + dy * dy + dz * dz
    along = (x * dx + y * dy + z * dz) / sun_squared
    ax, ay, az = x - along * dx, y - along * dy, z - along * dz
    across = np.sqrt(np.maximum(ax * ax + ay * ay + az * az, 1e-12))
    # tan of the apparent radius: the tangent ray to a ball of radius R at distance d
    offset = limb * SUN_RADIUS_M / np.sqrt(1.0 - SUN_RADIUS_M**2 / sun_squared) / across
    return dx + offset * ax, dy + offset * ay, dz + offset * az


def visible_fraction(position_m: Floats, sun_m: Floats, model: ShadowModel) -> Floats:
    """Return the share of the Sun's disc that positions see, 0 to 1: (n, 3), (n, 3) -> (n,).

    Notes
    -----
    The Earth's limb is a straight edge across a uniform disc (no limb darkening): with x the edge's height over the
    disc's centre in solar radii, 1/2 - (x sqrt(1 - x^2) + asin x) / pi. A point Sun is seen or not.
    """
    if model.sun == "point":
        return np.where(shadow_depth_m(position_m, sun_m, 0.0, model) > 0.0, 0.0, 1.0)
    umbra = shadow_depth_m(position_m, sun_m, 1.0, model)
    penumbra = shadow_depth_m(position_m, sun_m, -1.0, model)
    is_partial = (penumbra > 0.0) & (umbra < 0.0)
    edge = np.where(is_partial, penumbra + umbra, 0.0) / np.where(is_partial, penumbra - umbra, 1.0)
    partial = 0.5 - (edge * np.sqrt(1.0 - edge * edge) + np.arcsin(edge)) / np.pi
    return np.where(is_partial, partial, np.where(umbra >= 0.0, 0.0, np.where(np.isnan(penumbra), np.nan, 1.0)))
