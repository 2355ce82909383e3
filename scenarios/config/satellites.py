"""The section `satellites`: a Walker pattern, real satellites from a file, or states from a file."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from scenarios.config.sections import Section, broken_rule
from simulator.constants import EARTH_GRAVITY_M3_S2, WGS84_EQUATORIAL_RADIUS_M

_MAX_SATELLITES = 100_000
_DEFAULT_SPREAD_DEG = {"delta": 360.0, "star": 180.0}


class WalkerSatellites(Section):
    """A Walker pattern (Walker 1984): planes evenly spread in right ascension, satellites evenly spread in a plane."""

    kind: Literal["walker"]
    pattern: Literal["delta", "star"] = Field(
        default="delta", description="delta: planes over 360 degrees; star: over 180, with a seam"
    )
    planes: int = Field(ge=1, le=10_000, examples=[6], description="number of orbital planes")
    satellites_per_plane: int = Field(ge=1, le=10_000, examples=[11], description="satellites in each plane")
    phasing: int = Field(
        default=0,
        ge=0,
        examples=[1],
        description="Walker F: 360 F / (number of satellites) degrees from plane to plane",
    )
    altitude_km: float = Field(
        ge=160.0, le=40_000.0, examples=[550], description="height of the circular orbit above the equatorial radius"
    )
    inclination_deg: float = Field(ge=0.0, le=180.0, examples=[53.0], description="of all planes")
    raan_spread_deg: float = Field(
        default=360.0, gt=0.0, le=360.0, description="spread of the planes; default 360 for delta, 180 for star"
    )
    raan_deg: float | None = Field(
        default=None, ge=-360.0, le=360.0, examples=[0], description="right ascension of plane 0; default 0"
    )
    ascending_node_local_time_h: float | None = Field(
        default=None,
        ge=0.0,
        lt=24.0,
        examples=[6],
        description="instead of raan_deg: local solar time at the ascending node of plane 0; 6 or 18 is dawn-dusk",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        """Resolve the defaults that depend on other keys."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if data.get("raan_spread_deg") is None:
            pattern = data.get("pattern", "delta")
            data["raan_spread_deg"] = _DEFAULT_SPREAD_DEG.get(pattern if isinstance(pattern, str) else "delta", 360.0)
        if data.get("raan_deg") is None and data.get("ascending_node_local_time_h") is None:
            data["raan_deg"] = 0.0
        return data

    @model_validator(mode="after")
    def _check(self) -> WalkerSatellites:
        if self.n_sats > _MAX_SATELLITES:
            problem = f"{self.n_sats} satellites are more than the {_MAX_SATELLITES} allowed"
            raise broken_rule(problem, "use fewer planes or fewer satellites per plane", at="planes")
        if self.phasing >= self.planes:
            problem = f"phasing must be 0 to planes - 1 = {self.planes - 1} (got {self.phasing})"
            raise broken_rule(problem, f"write phasing: {self.phasing % self.planes}", at="phasing")
        if self.raan_deg is not None and self.ascending_node_local_time_h is not None:
            problem = "raan_deg and ascending_node_local_time_h both place the planes"
            raise broken_rule(problem, "keep one of the two", at="ascending_node_local_time_h")
        return self

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        return self.planes * self.satellites_per_plane

    @property
    def altitude_m(self) -> float:
        """Altitude above the equatorial radius."""
        return self.altitude_km * 1e3

    @property
    def inclination_rad(self) -> float:
        """Inclination."""
        return math.radians(self.inclination_deg)

    @property
    def raan_spread_rad(self) -> float:
        """Spread of the planes in right ascension."""
        return math.radians(self.raan_spread_deg)

    @property
    def raan_rad(self) -> float | None:
        """Right ascension of plane 0, None if it follows from the local time of the node and the epoch."""
        return None if self.raan_deg is None else math.radians(self.raan_deg)

    @property
    def orbital_period_s(self) -> float:
        """Kepler's period, 2 pi sqrt(a^3 / mu), the meaning of an orbit in `duration` and `warm_up`."""
        radius_m = WGS84_EQUATORIAL_RADIUS_M + self.altitude_m
        return 2.0 * math.pi * math.sqrt(radius_m**3 / EARTH_GRAVITY_M3_S2)


class FileSatellites(Section):
    """Real satellites from an OMM (CSV, JSON, KVN, XML) or TLE file."""

    kind: Literal["file"]
    path: str = Field(min_length=1, examples=["satellites.csv"], description="relative to the scenario file")
    limit: int | None = Field(default=None, ge=1, description="use only the first so many satellites of the file")
    group_planes: bool = Field(
        default=True, description="group satellites into planes by inclination, altitude and node, for links"
    )


class StatesSatellites(Section):
    """Satellites whose positions are interpolated between the states of an OEM (KVN) or CSV file."""

    kind: Literal["states"]
    path: str = Field(min_length=1, examples=["states.oem"], description="relative to the scenario file")
    limit: int | None = Field(default=None, ge=1, description="use only the first so many satellites of the file")
    group_planes: bool = Field(
        default=True, description="group satellites into planes by inclination, altitude and node, for links"
    )


Satellites: TypeAlias = Annotated[WalkerSatellites | FileSatellites | StatesSatellites, Field(discriminator="kind")]
