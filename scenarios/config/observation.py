"""The section `tasks` of kind `observation`: targets, sensor, captures and what they ask for."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from scenarios.config.models import ModelShares
from scenarios.config.sections import NumberOrRange, Range, Section, broken_rule


class Target(Section):
    """One place that somebody wants images of, geodetic on WGS84."""

    name: str = Field(min_length=1, max_length=64, examples=["Quito"])
    latitude_deg: float = Field(ge=-90.0, le=90.0, examples=[-0.18], description="north positive")
    longitude_deg: float = Field(ge=-180.0, le=360.0, examples=[-78.47], description="east positive")
    priority: float = Field(
        default=0.0, ge=-1e9, le=1e9, examples=[1], description="of two captures in each other's way the higher stands"
    )
    revisit_s: float | None = Field(
        default=None, ge=0.0, le=1e9, examples=[3600], description="of this target; null: that of all"
    )


class TargetList(Section):
    """Targets written into the scenario."""

    kind: Literal["list"]
    places: tuple[Target, ...] = Field(
        strict=False,
        min_length=1,
        max_length=100_000,
        examples=["[{name: Quito, latitude_deg: -0.18, longitude_deg: -78.47}]"],
    )

    @field_validator("places")
    @classmethod
    def _check_names(cls, places: tuple[Target, ...]) -> tuple[Target, ...]:
        seen: set[str] = set()
        for i_place, place in enumerate(places):
            if place.name in seen:
                problem = f"two targets are called {place.name!r}"
                raise broken_rule(problem, "give each target its own name", at=f"{i_place}.name")
            seen.add(place.name)
        return places


class TargetFile(Section):
    """Targets of a CSV file with columns `name`, `latitude_deg`, `longitude_deg`, `priority` and `revisit_s`."""

    kind: Literal["file"]
    path: str = Field(min_length=1, examples=["targets.csv"], description="relative to the scenario file")


class TargetGrid(Section):
    """Targets at the middles of the cells of a grid of latitude and longitude."""

    kind: Literal["grid"]
    step_deg: float = Field(gt=0.0, le=90.0, examples=[5], description="side of a cell")
    latitude_deg: tuple[float, float] = Field(
        default=(-90.0, 90.0), strict=False, examples=["[-56, 56]"], description="south, north"
    )
    even_spacing: bool = Field(
        default=True, description="true: fewer cells where parallels are shorter; false: as many in every row"
    )

    @model_validator(mode="after")
    def _check(self) -> TargetGrid:
        south, north = self.latitude_deg
        if not -90.0 <= south < north <= 90.0:
            problem = f"latitudes must be south then north, -90 to 90 (got [{south:g}, {north:g}])"
            raise broken_rule(problem, "write for example latitude_deg: [-56, 56]", at="latitude_deg")
        if (n_cells := 41_253.0 / self.step_deg**2) > 1e6:
            problem = f"a step of {self.step_deg:g} deg makes {n_cells:.3g} cells on the sphere, more than a million"
            raise broken_rule(problem, "write for example step_deg: 1", at="step_deg")
        return self


Targets: TypeAlias = Annotated[TargetList | TargetFile | TargetGrid, Field(discriminator="kind")]


class Swath(Section):
    """The ground that one capture covers, and how finely."""

    length_km: float = Field(gt=0.0, le=1e4, examples=[20], description="along the track")
    width_km: float = Field(gt=0.0, le=1e4, examples=[20], description="across the track")
    ground_sample_distance_m: float = Field(gt=0.0, le=1e5, examples=[3], description="side of a pixel on the ground")
    bits_per_pixel: float = Field(default=12.0, gt=0.0, le=1e3, examples=[12], description="of each band")
    bands: int = Field(default=4, ge=1, le=10_000, examples=[4])
    compression: float = Field(default=1.0, ge=1.0, le=1e6, examples=[2], description="size before over size after")

    @property
    def data_gbit(self) -> float:
        """Data volume of a capture."""
        n_pixels = self.length_km * self.width_km * 1e6 / self.ground_sample_distance_m**2
        return n_pixels * self.bits_per_pixel * self.bands / self.compression / 1e9


class ObservationTasks(Section):
    """Captures of targets on the ground; each makes a task on the satellite that took it."""

    kind: Literal["observation"]
    targets: Targets = Field(examples=["{kind: grid, step_deg: 5, latitude_deg: [-56, 56]}"])
    sensor: Literal["optical", "radar"] = Field(
        description="optical: captures need the Sun over the target; radar: none"
    )
    minimum_sun_elevation_deg: float = Field(
        default=10.0, ge=-90.0, lt=90.0, examples=[10], description="over the target, for optical captures"
    )
    maximum_off_nadir_deg: float = Field(
        default=30.0,
        gt=0.0,
        lt=90.0,
        examples=[30],
        description="at the satellite, between the target and straight down",
    )
    minimum_off_nadir_deg: float = Field(
        default=0.0, ge=0.0, lt=90.0, examples=[20], description="a radar looks to the side; at the closest approach"
    )
    capture_s: float = Field(
        default=10.0,
        gt=0.0,
        le=1e5,
        examples=[10],
        description="for which a capture keeps the sensor, pointing included",
    )
    payload_power_w: float = Field(default=0.0, ge=0.0, le=1e5, examples=[80], description="while capturing")
    revisit_s: float = Field(
        default=0.0, ge=0.0, le=1e9, examples=[3600], description="least time between two captures of a target"
    )
    revisit_by: Literal["fleet", "satellite"] = Field(default="fleet", description="whose captures count for that")
    load: float | None = Field(
        default=None,
        gt=0.0,
        le=100.0,
        examples=[0.36],
        description="work per satellite and second: as large a share of the possible captures is taken at random",
    )
    share_taken: float | None = Field(
        default=None, ge=0.0, le=1.0, examples=[0.5], description="instead of load: that share; null: all captures"
    )
    data_gbit: NumberOrRange | None = Field(
        default=None, examples=["{low: 0.1, high: 0.3}"], description="of a capture, sent to where its task runs"
    )
    swath: Swath | None = Field(
        default=None,
        examples=["{length_km: 20, width_km: 20, ground_sample_distance_m: 3}"],
        description="instead of data_gbit: the ground that the data show",
    )
    work_s_per_gbit: float = Field(
        gt=0.0, le=1e9, examples=[150], description="runtime per data, on a processor of speed 1"
    )
    result_mbit: NumberOrRange = Field(default=Range(low=1.0, high=1.0), examples=[1], description="sent back")
    deadline_s: NumberOrRange = Field(
        default=Range(low=120.0, high=600.0),
        examples=["{low: 120, high: 600}"],
        description="counted from the end of the capture",
    )
    deliver_to: Literal["source", "ground"] = Field(default="source", description="where the result must be")
    models: ModelShares | None = Field(
        default=None,
        examples=["{detector: 0.7, segmenter: 0.3}"],
        description="model that each task asks for, with its share of the tasks; null: none",
    )

    @field_validator("data_gbit", "deadline_s")
    @classmethod
    def _check_positive(cls, span: Range | None) -> Range | None:
        if span is not None and span.low <= 0.0:
            raise broken_rule(f"must be greater than 0 (got {span.low:g})", "write for example 0.2", at="low")
        return span

    @model_validator(mode="after")
    def _check(self) -> ObservationTasks:
        low, high = self.minimum_off_nadir_deg, self.maximum_off_nadir_deg
        if low >= high:
            problem = f"the least off-nadir angle is not below the largest ({low:g} against {high:g})"
            raise broken_rule(problem, "lower it, or raise maximum_off_nadir_deg", at="minimum_off_nadir_deg")
        if self.load is not None and self.share_taken is not None:
            raise broken_rule("both load and share_taken are given", "keep one; null takes the other back", at="load")
        if self.data_gbit is None and self.swath is None:
            problem = "neither data_gbit nor swath is given"
            raise broken_rule(problem, "write for example data_gbit: 0.2", at="data_gbit")
        if self.data_gbit is not None and self.swath is not None:
            raise broken_rule("both data_gbit and swath are given", "keep one; null takes the other back", at="swath")
        return self

    @property
    def min_sun_elevation_rad(self) -> float | None:
        """Elevation of the Sun that a capture needs, None for a radar."""
        return math.radians(self.minimum_sun_elevation_deg) if self.sensor == "optical" else None

    @property
    def data_bits(self) -> tuple[float, float]:
        """Least and greatest data volume of a capture."""
        if self.data_gbit is not None:
            return self.data_gbit.scaled(1e9)
        assert self.swath is not None
        return self.swath.data_gbit * 1e9, self.swath.data_gbit * 1e9

    @property
    def result_bits(self) -> tuple[float, float]:
        """Least and greatest size of a result."""
        return self.result_mbit.scaled(1e6)

    @property
    def shortest_runtime_s(self) -> float:
        """Least runtime on a processor of speed 1."""
        return self.data_bits[0] / 1e9 * self.work_s_per_gbit

    @property
    def mean_runtime_s(self) -> float:
        """Mean runtime on a processor of speed 1."""
        return 0.5 * sum(self.data_bits) / 1e9 * self.work_s_per_gbit

    @property
    def mean_rate_hz(self) -> float:
        """Mean rate of captures per satellite; nan where geometry alone decides it."""
        return math.nan if self.load is None else self.load / self.mean_runtime_s
