"""Physical constants, each with its source, in SI units."""

from __future__ import annotations

from typing import Final

SPEED_OF_LIGHT_M_S: Final = 299_792_458.0
"""Exact by definition of the metre (SI, 2019)."""

BOLTZMANN_J_K: Final = 1.380649e-23
"""Exact by definition of the kelvin (SI, 2019)."""

ASTRONOMICAL_UNIT_M: Final = 149_597_870_700.0
"""Exact (IAU 2012 Resolution B2)."""

SUN_RADIUS_M: Final = 695_700_000.0
"""Nominal solar radius (IAU 2015 Resolution B3)."""

WGS84_EQUATORIAL_RADIUS_M: Final = 6_378_137.0
WGS84_FLATTENING: Final = 1.0 / 298.257223563
"""Reference ellipsoid of 1984 (NGA.STND.0036)."""

IERS_EQUATORIAL_RADIUS_M: Final = 6_378_136.6
"""IERS Conventions 2010, table 1.1; the sphere that Skyfield's `is_sunlit` uses."""

EARTH_GRAVITY_M3_S2: Final = 3.986004418e14
"""Geocentric gravitational constant (WGS84, EGM2008)."""

WGS72_EQUATORIAL_RADIUS_M: Final = 6_378_135.0
WGS72_GRAVITY_M3_S2: Final = 3.986008e14
WGS72_J2: Final = 0.001082616
"""Constants inside SGP4 (Vallado, Crawford, Hujsak, Kelso 2006, appendix)."""

SECONDS_PER_DAY: Final = 86_400.0
SECONDS_PER_YEAR: Final = 365.25 * SECONDS_PER_DAY
"""Julian year."""

JULIAN_DATE_J2000: Final = 2_451_545.0
