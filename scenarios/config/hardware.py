"""The sections `shadow`, `power` and `processor`: sunlight, energy and computing of one satellite."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from scenarios.config.ageing import Ageing
from scenarios.config.sections import Section, broken_rule
from scenarios.config.solar_array import SolarArray
from simulator.constants import IERS_EQUATORIAL_RADIUS_M


class Shadow(Section):
    """How the shadow of the Earth is modelled."""

    body: Literal["wgs84", "sphere"] = Field(default="wgs84", description="shape of the Earth")
    sphere_radius_km: float = Field(
        default=IERS_EQUATORIAL_RADIUS_M / 1e3, ge=6300.0, le=6500.0, description="used when body is sphere"
    )
    sun: Literal["disc", "point"] = Field(default="disc", description="disc: umbra and penumbra; point: one sharp edge")
    atmosphere_height_km: float = Field(
        default=0.0, ge=0.0, le=200.0, examples=[12], description="height below which the atmosphere is opaque"
    )

    @property
    def sphere_radius_m(self) -> float:
        """Radius of the spherical Earth."""
        return self.sphere_radius_km * 1e3

    @property
    def atmosphere_height_m(self) -> float:
        """Height below which the atmosphere is opaque."""
        return self.atmosphere_height_km * 1e3


class Power(Section):
    """Array, base load and battery of each satellite."""

    solar_power_w: float = Field(
        default=200.0, ge=0.0, le=1e6, examples=[200], description="cells that face the Sun in full sunlight at 1 au"
    )
    array: SolarArray | None = Field(
        default=None,
        examples=["{attitude: nadir}"],
        description="how cells are turned to the Sun; null: they always face it",
    )
    base_power_w: float = Field(default=30.0, ge=0.0, le=1e6, examples=[30], description="load without any task")
    battery_capacity_kj: float = Field(
        default=340.0,
        gt=0.0,
        le=1e7,
        examples=[340],
        description="usable energy, at least a second of base_power_w; 1 Wh is 3.6 kJ",
    )
    initial_charge: float = Field(default=1.0, ge=0.0, le=1.0, examples=[1.0], description="fraction of the capacity")
    charge_efficiency: float = Field(default=1.0, gt=0.0, le=1.0, examples=[0.95], description="array to storage")
    discharge_efficiency: float = Field(default=1.0, gt=0.0, le=1.0, examples=[0.95], description="storage to load")
    brown_out_recovery: float = Field(
        default=0.05,
        ge=0.001,
        le=1.0,
        examples=[0.05],
        description="fraction of the capacity at which a browned-out satellite switches on again",
    )
    ageing: Ageing | None = Field(
        default=None,
        examples=["{temperature_c: 30}"],
        description="cells, for the years that batteries last; null: those of the sources of the models, at 25 C",
    )

    @property
    def aged_solar_power_w(self) -> float:
        """What ageing leaves of `solar_power_w`."""
        return self.solar_power_w * (1.0 if self.array is None else self.array.end_of_life_factor)

    @property
    def battery_capacity_j(self) -> float:
        """Usable energy of the battery."""
        return self.battery_capacity_kj * 1e3

    @property
    def initial_stored_j(self) -> float:
        """Energy stored at the start."""
        return self.initial_charge * self.battery_capacity_j

    @property
    def brown_out_recovery_j(self) -> float:
        """Stored energy at which a browned-out satellite switches on again."""
        return self.brown_out_recovery * self.battery_capacity_j


class Mode(Section):
    """One operating point of the processor."""

    name: str = Field(min_length=1, max_length=64, examples=["full"])
    power_w: float = Field(default=60.0, ge=0.0, le=1e6, examples=[60], description="extra power while busy")
    speed: float = Field(default=1.0, gt=0.0, le=1e6, examples=[1.0], description="relative to the reference processor")


class Processor(Section):
    """The computer of each satellite."""

    modes: tuple[Mode, ...] = Field(
        default=(Mode(name="full"),),
        strict=False,
        min_length=1,
        max_length=64,
        examples=["[{name: full, power_w: 60, speed: 1.0}]"],
        description="the first one is used unless the scheduler asks for another",
    )
    tasks_at_once: int = Field(
        default=1, ge=1, le=1000, examples=[1], description="tasks run side by side, each at full speed and full power"
    )
    preemptive: bool = Field(default=False, description="whether a more urgent task may interrupt a running one")

    @field_validator("modes")
    @classmethod
    def _check_names(cls, modes: tuple[Mode, ...]) -> tuple[Mode, ...]:
        names = [mode.name for mode in modes]
        for i_mode, name in enumerate(names):
            if name in names[:i_mode]:
                raise broken_rule(f"two modes are called {name!r}", "give each mode its own name", at=f"{i_mode}.name")
        return modes

    @property
    def top_speed(self) -> float:
        """Speed of the fastest mode."""
        return max(mode.speed for mode in self.modes)
