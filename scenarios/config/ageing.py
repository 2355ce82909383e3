"""The section `power.ageing`: the cells of the batteries, for the models that tell how long they last."""

from __future__ import annotations

from typing import Final

from pydantic import Field, model_validator

from scenarios.config.sections import Section, broken_rule
from simulator.ageing import AgeingModels, PowerLaw, XuModel

_XU: Final = XuModel()
_LAW: Final = PowerLaw()
_ZERO_C_IN_K: Final = 273.15


class XuCell(Section):
    """Constants of the model of Xu et al. 2018; the defaults are those of its authors, for LMO cells."""

    depth_k1: float = Field(
        default=_XU.depth_k1,
        gt=0.0,
        le=1e12,
        examples=[_XU.depth_k1],
        description="a cycle of depth d ages by 1 / (k1 d^k2 + k3)",
    )
    depth_k2: float = Field(default=_XU.depth_k2, ge=-10.0, lt=0.0, examples=[_XU.depth_k2])
    depth_k3: float = Field(default=_XU.depth_k3, ge=-1e12, le=1e12, examples=[_XU.depth_k3])
    charge_factor: float = Field(
        default=_XU.charge_factor,
        ge=0.0,
        le=20.0,
        examples=[_XU.charge_factor],
        description="ageing grows by exp(factor (mean state of charge - reference))",
    )
    reference_charge: float = Field(default=_XU.reference_charge, ge=0.0, le=1.0, examples=[_XU.reference_charge])
    temperature_factor_per_k: float = Field(
        default=_XU.temperature_factor_per_k,
        ge=0.0,
        le=1.0,
        examples=[_XU.temperature_factor_per_k],
        description="ageing grows by exp(factor (T - reference) reference / T), in kelvin",
    )
    reference_temperature_c: float = Field(default=25.0, ge=-50.0, le=100.0, examples=[25])
    calendar_per_s: float = Field(
        default=_XU.calendar_per_s,
        ge=0.0,
        le=1e-3,
        examples=[_XU.calendar_per_s],
        description="ageing of a second of mere age",
    )

    @model_validator(mode="after")
    def _check_full_cycle(self) -> XuCell:
        if self.depth_k1 + self.depth_k3 <= 0.0:
            problem = f"a full cycle would wear endlessly (depth_k1 + depth_k3 = {self.depth_k1 + self.depth_k3:g})"
            raise broken_rule(problem, "raise depth_k3 above -depth_k1", at="depth_k3")
        return self


class PowerLawCell(Section):
    """Cycles to the end of life, N(D) = cycles_at_full_depth D^-exponent; the defaults are assumed."""

    cycles_at_full_depth: float = Field(
        default=_LAW.cycles_at_full_depth,
        gt=0.0,
        le=1e9,
        examples=[_LAW.cycles_at_full_depth],
        description="published cells: 1500 to 3000",
    )
    exponent: float = Field(
        default=_LAW.exponent, gt=0.0, le=20.0, examples=[_LAW.exponent], description="published cells: 1.3 to 2.1"
    )


class Ageing(Section):
    """The cells of every battery."""

    temperature_c: float = Field(
        default=25.0,
        ge=15.0,
        le=80.0,
        examples=[25],
        description="of the cells, constant; Xu et al. 2018 hold above about 15 C",
    )
    xu: XuCell = Field(default=XuCell(), examples=["{calendar_per_s: 4.14e-10}"], description="Xu et al. 2018")
    power_law: PowerLawCell = Field(
        default=PowerLawCell(), examples=["{cycles_at_full_depth: 2250, exponent: 1.7}"], description="Miner's rule"
    )

    def models(self) -> AgeingModels:
        """Return the models with these cells."""
        cell = self.xu
        return AgeingModels(
            xu=XuModel(
                temperature_k=self.temperature_c + _ZERO_C_IN_K,
                depth_k1=cell.depth_k1,
                depth_k2=cell.depth_k2,
                depth_k3=cell.depth_k3,
                charge_factor=cell.charge_factor,
                reference_charge=cell.reference_charge,
                temperature_factor_per_k=cell.temperature_factor_per_k,
                reference_temperature_k=cell.reference_temperature_c + _ZERO_C_IN_K,
                calendar_per_s=cell.calendar_per_s,
            ),
            power_law=PowerLaw(
                cycles_at_full_depth=self.power_law.cycles_at_full_depth, exponent=self.power_law.exponent
            ),
        )
