"""A length of time in a scenario."""

from __future__ import annotations

from pydantic import Field, model_validator

from scenarios.config.sections import Section, broken_rule


class Span(Section):
    """A length of time in one of three units."""

    orbits: float | None = Field(default=None, ge=0.0, le=1e5, examples=[4], description="orbital periods")
    seconds: float | None = Field(default=None, ge=0.0, le=1e9, examples=[3600])
    days: float | None = Field(default=None, ge=0.0, le=1e4, examples=[1])

    @model_validator(mode="after")
    def _check_one(self) -> Span:
        given = [name for name in ("orbits", "seconds", "days") if getattr(self, name) is not None]
        if len(given) != 1:
            problem = f"needs exactly one of orbits, seconds, days (got {' and '.join(given) or 'none'})"
            raise broken_rule(problem, "write for example {orbits: 4}; null takes a key back")
        return self

    def to_s(self, orbital_period_s: float) -> float:
        """Return the length in seconds."""
        if self.orbits is not None:
            return self.orbits * orbital_period_s
        return self.seconds if self.seconds is not None else (self.days or 0.0) * 86_400.0
