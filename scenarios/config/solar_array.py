"""The section `power.array`: how a satellite turns its solar cells to the Sun."""

from __future__ import annotations

from math import hypot
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from scenarios.config.sections import Section, broken_rule

_AXES: Final = {
    sign + axis: tuple(side if axis == other else 0.0 for other in "xyz")
    for axis in "xyz"
    for sign, side in (("+", 1.0), ("-", -1.0))
}


def _vector_of_name(value: Any) -> Any:
    """Return the unit vector that an axis such as `+y` names."""
    if isinstance(value, str):
        if value not in _AXES:
            raise broken_rule(f"no axis (got {value!r})", f"write one of {', '.join(_AXES)}, or [x, y, z]")
        return _AXES[value]
    return tuple(value) if isinstance(value, list) else value


_NORMAL_SCHEMA = {
    "anyOf": [
        {"enum": list(_AXES)},
        {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
    ]
}

Normal = Annotated[tuple[float, float, float], BeforeValidator(_vector_of_name), WithJsonSchema(_NORMAL_SCHEMA)]
"""A direction in body axes, of any length but zero, also written as an axis such as `-z`."""


class Panel(Section):
    """A flat panel fixed to the body."""

    normal: Normal = Field(
        examples=['"+y"', "[0, -1, -1]"],
        description="where it faces: x along the velocity, y against the orbit normal, z to nadir",
    )
    cells: float = Field(
        default=1.0, gt=0.0, le=1e6, examples=[7], description="number of cells, or area: its part of solar_power_w"
    )

    @field_validator("normal")
    @classmethod
    def _check_length(cls, normal: tuple[float, float, float]) -> tuple[float, float, float]:
        if hypot(*normal) == 0.0:
            raise broken_rule("has no direction", "write for example [0, 0, -1], which is zenith")
        return normal

    @property
    def unit_normal(self) -> tuple[float, float, float]:
        """Normal of length 1."""
        x, y, z = self.normal
        length = hypot(x, y, z)
        return x / length, y / length, z / length


class SolarArray(Section):
    """What the satellite and its array do about the direction of the Sun."""

    attitude: Literal["sun_tracking", "yaw_steering", "nadir", "body_fixed"] = Field(
        default="sun_tracking",
        description="sun_tracking and yaw_steering: cells face the Sun; nadir: a drive about the orbit normal alone; "
        "body_fixed: panels on a nadir-pointing body",
    )
    panels: tuple[Panel, ...] = Field(
        default=(),
        strict=False,
        max_length=64,
        examples=['[{normal: "+y"}, {normal: "-z", cells: 2}]'],
        description="of a body-fixed array; solar_power_w is what all their cells gave if they faced the Sun",
    )
    end_of_life_factor: float = Field(
        default=1.0, gt=0.0, le=1.0, examples=[0.85], description="what ageing leaves of solar_power_w"
    )

    @model_validator(mode="after")
    def _check_panels(self) -> SolarArray:
        if self.attitude == "body_fixed" and not self.panels:
            raise broken_rule(
                "a body-fixed array needs panels", 'write for example panels: [{normal: "+y"}]', at="panels"
            )
        if self.attitude != "body_fixed" and self.panels:
            remedy = "write attitude: body_fixed, or remove the panels"
            raise broken_rule(f"panels are driven when attitude is {self.attitude}", remedy, at="panels")
        return self
