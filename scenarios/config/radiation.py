"""The section `radiation`: particles that upset the computers of a fleet, their protection and what it costs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from scenarios.config.device_source import device_of
from scenarios.config.sections import Section, broken_rule

_KEY: Final = re.compile(r"(memory_mib|protection)(\.[a-z_]+)*")
"""What an error of a device's memory begins with where it is about another key than the device."""


def _checked_device(source: Any, info: ValidationInfo) -> Any:
    """Refuse what describes no device."""
    if not isinstance(source, (str, Mapping)):
        remedy = "write for example device: carmen-2-rednet, a YAML file, or the keys of a device"
        raise broken_rule(f"must be a name, a file or a section (got {str(source)[:60]!r})", remedy)
    folder = info.context.get("folder", Path()) if isinstance(info.context, dict) else Path()
    try:
        device_of(source, folder)
    except (ValueError, OSError, OverflowError) as error:
        place, _, told = str(error).partition(": ")
        what, _, remedy = (told or place).rpartition("; ")
        raise broken_rule(f"{place}: {what}" if what else f"not a device ({place})", remedy) from error
    return source


DeviceSource = Annotated[
    Any,
    BeforeValidator(_checked_device),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": True}]}),
]
"""A device by the name of a part, by a file or by its keys."""


class KingSpectrum(Section):
    """The event of August 1972 (King 1974), scaled."""

    kind: Literal["king-1972"]
    scale: float = Field(default=1.0, gt=0.0, le=1e3, examples=[1], description="1: the event as it was")


class ExponentialSpectrum(Section):
    """Fluence above a rigidity R: total exp(-R / scale)."""

    kind: Literal["exponential"]
    total_per_cm2: float = Field(gt=0.0, le=1e15, examples=[1e10], description="protons of all energies")
    scale_gv: float = Field(gt=0.0, le=10.0, examples=[0.1], description="0.05 to 0.15 GV are usual")


Spectrum: TypeAlias = Annotated[KingSpectrum | ExponentialSpectrum, Field(discriminator="kind")]


class SolarEvent(Section):
    """One solar particle event: its protons come at a rate that rises in a line and decays exponentially."""

    start_s: float = Field(ge=-1e9, le=1e9, examples=[3600], description="first protons, after the epoch")
    rise_s: float = Field(default=7200.0, gt=0.0, le=1e7, examples=[7200], description="to the peak")
    decay_s: float = Field(default=86_400.0, gt=0.0, le=1e7, examples=[86400], description="e-folding time after it")
    cutoff_factor: float = Field(
        default=1.0, gt=0.0, le=1.0, examples=[0.8], description="the storm lowers the geomagnetic cutoff to so much"
    )
    spectrum: Spectrum = Field(examples=["{kind: king-1972, scale: 1}"], description="of the whole event")


class MemorySweep(Section):
    """A walk over all words of memory, again and again."""

    period_s: float = Field(gt=0.0, le=1e9, examples=[600], description="from the start of a sweep to the next")
    duration_s: float | None = Field(
        default=None, gt=0.0, le=1e9, examples=[600], description="of a sweep; null: spread over the whole period"
    )

    @model_validator(mode="after")
    def _check_duration(self) -> MemorySweep:
        if self.duration_s is not None and self.duration_s > self.period_s:
            problem = f"a sweep of {self.duration_s:g} s does not end before the next, {self.period_s:g} s later"
            raise broken_rule(problem, "give at most period_s", at="duration_s")
        return self


class Protection(Section):
    """How memory is stored and looked after, and what that costs."""

    code: Literal["none", "parity", "secded", "tmr"] = Field(
        default="none", description="secded: Hsiao's (72,64); tmr: three copies and a vote per bit; words of 64 bits"
    )
    scrubbing: MemorySweep | None = Field(
        default=None, examples=["{period_s: 600}"], description="read, correct and write back; null: never"
    )
    reloads_detected: bool = Field(
        default=False, description="whether scrubbing writes a word anew from the golden copy if it cannot correct it"
    )
    reload: MemorySweep | None = Field(
        default=None, examples=["{period_s: 86400}"], description="write every word anew from the golden copy"
    )
    bandwidth_gbps: float = Field(
        default=200.0, gt=0.0, le=1e6, examples=[200], description="of the memory; sweeps take their share from tasks"
    )
    access_pj_per_bit: float = Field(
        default=5.0, ge=0.0, le=1e6, examples=[5], description="energy to read or write a bit of memory"
    )

    @model_validator(mode="after")
    def _check_parts(self) -> Protection:
        if self.scrubbing is not None and self.code == "none":
            raise broken_rule(
                "scrubbing finds nothing without a code", "write code: secded, or reload instead", at="scrubbing"
            )
        if self.scrubbing is not None and self.code == "parity" and not self.reloads_detected:
            problem, remedy = "scrubbing corrects nothing with parity alone", "add reloads_detected: true"
            raise broken_rule(problem, remedy, at="scrubbing")
        if self.scrubbing is None and self.reloads_detected:
            problem, remedy = "nothing is detected without scrubbing", "add scrubbing: {period_s: 600}"
            raise broken_rule(problem, remedy, at="reloads_detected")
        return self

    @property
    def bandwidth_bps(self) -> float:
        """Bandwidth of the memory."""
        return self.bandwidth_gbps * 1e9

    @property
    def access_j_per_bit(self) -> float:
        """Energy to read or write a bit."""
        return self.access_pj_per_bit * 1e-12


class Radiation(Section):
    """What particles do to the computer of each satellite; the same for every scheduler."""

    device: DeviceSource = Field(
        examples=["carmen-2-rednet"],
        description="a part by name (`sunwise devices`), a YAML file, or the keys of a device",
    )
    memory_mib: float | None = Field(
        default=None,
        gt=0.0,
        le=1e8,
        examples=[64],
        description="data in memory, redundancy not counted; null: the device's size",
    )
    shielding_g_cm2: float = Field(
        default=0.686, ge=0.0, le=100.0, examples=[0.686], description="aluminium all around; 0.686 is 100 mil"
    )
    solar_phase: float | None = Field(
        default=None, ge=0.0, le=1.0, examples=[0], description="0 minimum, 1 maximum; null: of the date"
    )
    modulation: float | None = Field(
        default=None, ge=0.0, le=200.0, examples=[50], description="W of Matthiae et al. 2013; null: of the solar phase"
    )
    solar_events: tuple[SolarEvent, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        examples=["[{start_s: 3600, spectrum: {kind: king-1972}}]"],
        description="solar particle events; none by default",
    )
    systematic: bool = Field(
        default=False, description="whether the error of the models is drawn, a log-normal factor per population"
    )
    step_s: float = Field(
        default=10.0, ge=1.0, le=60.0, examples=[10], description="between places along the orbit; 60 s cost 0.1 %"
    )
    reset_s: float = Field(
        default=60.0,
        ge=0.0,
        le=1e6,
        examples=[60],
        description="for which a functional interrupt keeps the computer off",
    )
    protection: Protection = Field(default=Protection())

    @model_validator(mode="after")
    def _check_memory(self, info: ValidationInfo) -> Radiation:
        from scenarios.radiation_setup import upkeep_of

        folder = info.context.get("folder", Path()) if isinstance(info.context, dict) else Path()
        try:
            upkeep_of(self, folder)
        except (ValueError, OverflowError) as error:
            key, colon, told = str(error).partition(": ")
            is_key = bool(colon) and _KEY.fullmatch(key) is not None
            what, _, remedy = (told if is_key else str(error)).rpartition("; ")
            raise broken_rule(what or remedy, remedy if what else "", at=key if is_key else "device") from error
        return self

    @property
    def data_bytes(self) -> int | None:
        """Data in memory, whole words of 64 bits; None for the size of the device."""
        from scenarios.onboard_memory import MIB_BYTES

        return None if self.memory_mib is None else max(8, round(self.memory_mib * MIB_BYTES / 8) * 8)

    @property
    def shielding_kg_m2(self) -> float:
        """Shielding, aluminium all around."""
        return 10.0 * self.shielding_g_cm2
