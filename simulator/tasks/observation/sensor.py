"""What a satellite's camera or radar can capture, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """A sensor that is pointed at one target at a time.

    The off-nadir angle is that at the satellite between the Earth's centre and the target. `min_sun_elevation_rad` is
    the Sun's geometric elevation that the target needs, None for a radar, which brings its own light. `capture_s` is
    how long the sensor is busy with one capture, pointing included; captures of one satellite do not overlap.

    Raises
    ------
    ValueError
        If an angle or a length is outside its range.
    """

    max_off_nadir_rad: float
    min_off_nadir_rad: float = 0.0
    min_sun_elevation_rad: float | None = None
    capture_s: float

    def __post_init__(self) -> None:
        low, high = self.min_off_nadir_rad, self.max_off_nadir_rad
        if not 0.0 <= low < high < np.pi / 2:
            raise ValueError(f"off-nadir angles from {low} to {high} rad: 0 <= lowest < highest < pi/2")
        sun = self.min_sun_elevation_rad
        if sun is not None and not -np.pi / 2 <= sun < np.pi / 2:
            raise ValueError(f"min_sun_elevation_rad = {sun}: from -pi/2 to below pi/2")
        if not 0.0 < self.capture_s < np.inf:
            raise ValueError(f"capture_s = {self.capture_s}: must be positive and finite")

    @property
    def needs_daylight(self) -> bool:
        """Whether the Sun decides."""
        return self.min_sun_elevation_rad is not None
