"""What all sections of a scenario share: strictness, ranges, and rules that name a remedy."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A group of keys: no unknown keys, no silent conversion, no infinite numbers, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Range(Section):
    """A uniform distribution from `low` to `high`, in the unit that the key of the range names."""

    low: float = Field(ge=0.0, le=1e9, examples=[1])
    high: float = Field(ge=0.0, le=1e9, examples=[1])

    @model_validator(mode="after")
    def _check_order(self) -> Range:
        if self.low > self.high:
            problem = f"low is above high ({self.low:g} > {self.high:g})"
            raise broken_rule(problem, "swap the two", at="high")
        return self

    @property
    def mean(self) -> float:
        """Middle of the range."""
        return 0.5 * (self.low + self.high)

    def scaled(self, factor: float) -> tuple[float, float]:
        """Return low and high times a factor, for a change of unit."""
        return self.low * factor, self.high * factor


def _range_of_number(value: Any) -> Any:
    """Return a plain number as the range from it to itself."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"low": value, "high": value}
    return value


_NUMBER = {"type": "number", "minimum": 0, "maximum": 1e9}
_RANGE_SCHEMA = {
    "anyOf": [
        _NUMBER,
        {
            "type": "object",
            "properties": {"low": _NUMBER, "high": _NUMBER},
            "required": ["low", "high"],
            "additionalProperties": False,
        },
    ]
}

NumberOrRange = Annotated[Range, BeforeValidator(_range_of_number), WithJsonSchema(_RANGE_SCHEMA)]
"""A range, also written as a plain number."""


def broken_rule(problem: str, remedy: str, *, at: str = "") -> PydanticCustomError:
    """Return the error of a rule of our own; `at` is the key below the failing section, dots between keys."""
    return PydanticCustomError("rule", "{problem}", {"problem": problem, "remedy": remedy, "at": at})
