"""The sections `links` and `ground`: inter-satellite links, ground stations and ground computing."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, field_validator, model_validator

from scenarios.config.downlink import MetasurfaceDownlink
from scenarios.config.link_budget import LinkBudgetSection
from scenarios.config.sections import Section, broken_rule


class Links(Section):
    """Links between satellites."""

    topology: Literal["plus_grid", "in_plane", "none"] = Field(
        default="plus_grid", description="plus_grid: two neighbours in plane, one in each adjacent plane"
    )
    seam: Literal["auto", "open", "closed"] = Field(
        default="auto", description="links between last and first plane: auto closes them for delta, not for star"
    )
    rate_gbps: float = Field(default=5.0, gt=0.0, le=1e4, examples=[5], description="of each link and direction")
    routing: Literal["hops", "delay"] = Field(default="hops", description="what a route minimises")
    transmit_power_w: float = Field(default=10.0, ge=0.0, le=1e5, examples=[10], description="while sending, per hop")
    receive_power_w: float = Field(default=0.0, ge=0.0, le=1e5, examples=[0], description="while receiving, per hop")
    standby_power_w: float = Field(default=0.0, ge=0.0, le=1e5, examples=[0], description="always on, per terminal")
    max_range_km: float | None = Field(
        default=None, gt=0.0, le=1e5, examples=[5000], description="longer links carry nothing; null: no limit"
    )

    acquisition_s: float | None = Field(
        default=None,
        ge=0.0,
        le=1e5,
        examples=[20],
        description="for so long laser terminals search when a link comes back or into range; null: no time",
    )
    polar_cutoff_deg: float | None = Field(
        default=None,
        ge=10.0,
        lt=90.0,
        examples=[75],
        description="latitude beyond which a satellite has no links to other planes; null: always linked",
    )

    @property
    def polar_cutoff_rad(self) -> float | None:
        """Geocentric latitude beyond which links to other planes are off."""
        return None if self.polar_cutoff_deg is None else math.radians(self.polar_cutoff_deg)

    @property
    def rate_bps(self) -> float:
        """Rate of each link and direction."""
        return self.rate_gbps * 1e9

    @property
    def max_range_m(self) -> float:
        """Longest link, inf without a limit."""
        return math.inf if self.max_range_km is None else self.max_range_km * 1e3

    def has_closed_seam(self, pattern: str) -> bool:
        """Return whether the last plane links to the first in a `delta` or `star` pattern."""
        return self.seam == "closed" or (self.seam == "auto" and pattern == "delta")


class Station(Section):
    """One ground station, geodetic on WGS84."""

    name: str = Field(min_length=1, max_length=64, examples=["Dublin"])
    latitude_deg: float = Field(ge=-90.0, le=90.0, examples=[53.4], description="north positive")
    longitude_deg: float = Field(ge=-180.0, le=360.0, examples=[-6.2], description="east positive")
    height_m: float = Field(default=0.0, ge=-500.0, le=9000.0, examples=[0], description="above the ellipsoid")
    channels: int = Field(default=4, ge=1, le=10_000, examples=[4], description="satellites served at once")

    @property
    def latitude_rad(self) -> float:
        """Geodetic latitude."""
        return math.radians(self.latitude_deg)

    @property
    def longitude_rad(self) -> float:
        """Longitude, east positive."""
        return math.radians(self.longitude_deg)


class Ground(Section):
    """Ground stations and the computing behind them."""

    stations: tuple[Station, ...] = Field(
        default=(),
        strict=False,
        max_length=10_000,
        examples=["[{name: Dublin, latitude_deg: 53.4, longitude_deg: -6.2}]"],
        description="none: no contact with the ground",
    )
    minimum_elevation_deg: float = Field(default=25.0, ge=0.0, lt=90.0, examples=[25], description="of a contact")
    rate_gbps: float = Field(default=5.0, gt=0.0, le=1e4, examples=[5], description="of each channel and direction")
    transmit_power_w: float = Field(default=10.0, ge=0.0, le=1e5, examples=[10], description="while sending down")
    receive_power_w: float = Field(default=0.0, ge=0.0, le=1e5, examples=[0], description="while receiving")
    standby_power_w: float = Field(default=0.0, ge=0.0, le=1e5, examples=[0], description="always on, ground terminal")
    compute_s: float = Field(default=1.0, ge=0.0, le=1e6, examples=[1], description="time a task takes on the ground")
    compute_capacity: int | None = Field(
        default=None, ge=1, examples=[100], description="tasks at once on the ground; null: no limit"
    )
    network_delay_s: float = Field(
        default=0.0, ge=0.0, le=1e4, examples=[0.05], description="station to computing, each way"
    )
    downlink: MetasurfaceDownlink | None = Field(
        default=None,
        examples=["{kind: metasurface}"],
        description="what sends down in place of a radio of rate_gbps; null: that radio",
    )
    link_budget: LinkBudgetSection | None = Field(
        default=None,
        examples=["{frequency_ghz: 8.2, eirp_dbw: 12, g_over_t_db_k: 31, bandwidth_mhz: 90}"],
        description="gives the rate of the way down by distance; null: rate_gbps at every distance",
    )

    @field_validator("stations")
    @classmethod
    def _check_names(cls, stations: tuple[Station, ...]) -> tuple[Station, ...]:
        seen: set[str] = set()
        for i_station, station in enumerate(stations):
            if station.name in seen:
                problem = f"two stations are called {station.name!r}"
                raise broken_rule(problem, "give each station its own name", at=f"{i_station}.name")
            seen.add(station.name)
        return stations

    @model_validator(mode="after")
    def _check_one_transmitter(self) -> Ground:
        if self.downlink is not None and self.link_budget is not None:
            remedy = "keep one; null takes the other back"
            raise broken_rule("downlink is given as well, and has its own link budget", remedy, at="link_budget")
        return self

    @property
    def minimum_elevation_rad(self) -> float:
        """Elevation at which a contact begins and ends."""
        return math.radians(self.minimum_elevation_deg)

    @property
    def rate_bps(self) -> float:
        """Rate of each channel and direction."""
        return self.rate_gbps * 1e9
