"""The section `ground.link_budget`: what a station receives of a satellite, and the rate that this allows."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, model_validator

from scenarios.config.sections import Section, broken_rule


class Losses(Section):
    """Losses besides that of free space, in dB; the same at every elevation."""

    pointing: float = Field(default=0.0, ge=0.0, le=100.0, examples=[1.0], description="of both antennas")
    atmospheric: float = Field(default=0.0, ge=0.0, le=100.0, examples=[0.5], description="at the lowest elevation")
    polarisation: float = Field(default=0.0, ge=0.0, le=100.0, examples=[0.2])
    implementation: float = Field(
        default=0.0, ge=0.0, le=100.0, examples=[1.5], description="of the modem, against the ideal one"
    )

    @property
    def sum_db(self) -> float:
        """All of them together."""
        return self.pointing + self.atmospheric + self.polarisation + self.implementation


class LinkBudgetSection(Section):
    """A radio whose rate on the way down depends on the distance; the way up stays at rate_gbps."""

    frequency_ghz: float = Field(gt=0.0, le=1e4, examples=[8.2])
    eirp_dbw: float | None = Field(
        default=None, ge=-100.0, le=200.0, examples=[12], description="or transmit_power_dbw and transmit_gain_dbi"
    )
    transmit_power_dbw: float | None = Field(
        default=None, ge=-100.0, le=100.0, examples=[3], description="out of the amplifier, over 1 W"
    )
    transmit_gain_dbi: float | None = Field(
        default=None, ge=-100.0, le=100.0, examples=[9], description="of the satellite's antenna"
    )
    g_over_t_db_k: float | None = Field(
        default=None,
        ge=-100.0,
        le=100.0,
        examples=[31],
        description="of a station; or receive_gain_dbi and noise_temperature_k",
    )
    receive_gain_dbi: float | None = Field(default=None, ge=-100.0, le=200.0, examples=[53], description="of a station")
    noise_temperature_k: float | None = Field(
        default=None, gt=0.0, le=1e6, examples=[160], description="of a station's antenna and receiver"
    )
    losses_db: Losses = Field(default=Losses(), examples=["{pointing: 1, atmospheric: 0.5}"])
    bandwidth_mhz: float = Field(gt=0.0, le=1e6, examples=[90], description="occupied, roll-off included")
    modem: Literal["dvb-s2", "shannon"] = Field(
        default="dvb-s2", description="dvb-s2: the modes of the standard; shannon: steps of 0.1 bit, gap_db above it"
    )
    roll_off: float = Field(
        default=0.2, ge=0.0, le=1.0, examples=[0.2], description="bandwidth over symbol rate less 1; of dvb-s2"
    )
    gap_db: float = Field(default=3.0, ge=0.0, le=50.0, examples=[3], description="of shannon: above the least signal")
    margin_db: float = Field(
        default=3.0, ge=0.0, le=100.0, examples=[3], description="kept in hand above what each mode needs"
    )
    top_rate_mbps: float | None = Field(
        default=None, gt=0.0, le=1e7, examples=[300], description="of the modem; null: that of its fastest mode"
    )

    @model_validator(mode="after")
    def _check_sides(self) -> LinkBudgetSection:
        self._check_side("eirp_dbw", "transmit_power_dbw", "transmit_gain_dbi", 12)
        self._check_side("g_over_t_db_k", "receive_gain_dbi", "noise_temperature_k", 31)
        return self

    def _check_side(self, whole: str, first: str, second: str, example: float) -> None:
        """Refuse a side of the link that is given twice or in part."""
        has_whole = getattr(self, whole) is not None
        n_parts = sum(getattr(self, name) is not None for name in (first, second))
        if has_whole and n_parts:
            at = first if getattr(self, first) is not None else second
            raise broken_rule(f"{whole} is given as well", "keep one; null takes the other back", at=at)
        if not has_whole and n_parts < 2:
            remedy = f"write for example {whole}: {example}, or both {first} and {second}"
            raise broken_rule(f"neither {whole} nor {first} with {second} is given", remedy, at=whole)

    @property
    def full_eirp_dbw(self) -> float:
        """Radiated power, however it was given."""
        if self.eirp_dbw is not None:
            return self.eirp_dbw
        assert self.transmit_power_dbw is not None and self.transmit_gain_dbi is not None, "checked"
        return self.transmit_power_dbw + self.transmit_gain_dbi

    @property
    def full_g_over_t_db_k(self) -> float:
        """Quality of a station, however it was given."""
        if self.g_over_t_db_k is not None:
            return self.g_over_t_db_k
        assert self.receive_gain_dbi is not None and self.noise_temperature_k is not None, "checked"
        return self.receive_gain_dbi - 10.0 * math.log10(self.noise_temperature_k)

    @property
    def symbol_rate_hz(self) -> float:
        """Symbols per second."""
        return 1e6 * self.bandwidth_mhz / (1.0 + (self.roll_off if self.modem == "dvb-s2" else 0.0))
