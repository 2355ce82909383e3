"""What a group of a mixed fleet may have of its own: terminals of links, radio to the ground, memory that flips."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from scenarios.config.link_budget import LinkBudgetSection
from scenarios.config.radiation import DeviceSource, Protection, Radiation
from scenarios.config.sections import Section


class Terminals(Section):
    """Terminals of inter-satellite links. A link runs at the rate of the slower of its two."""

    topology: Literal["in_plane", "none"] | None = Field(
        default=None,
        examples=["none"],
        description="in_plane: no links to other planes; none: no links at all; null: all that links makes",
    )
    rate_gbps: float | None = Field(
        default=None, gt=0.0, le=1e4, examples=[1], description="of each link and direction; null: as under links"
    )
    transmit_power_w: float | None = Field(
        default=None, ge=0.0, le=1e5, examples=[5], description="while sending; null: as under links"
    )
    receive_power_w: float | None = Field(
        default=None, ge=0.0, le=1e5, examples=[2], description="while receiving; null: as under links"
    )
    standby_power_w: float | None = Field(
        default=None, ge=0.0, le=1e5, examples=[1], description="always on, each; null: as under links"
    )


class GroundRadio(Section):
    """The radio to the ground; stations, their mask and the rest of a link budget are those of the whole fleet."""

    rate_gbps: float | None = Field(
        default=None, gt=0.0, le=1e4, examples=[0.2], description="of each direction; null: as under ground"
    )
    transmit_power_w: float | None = Field(
        default=None, ge=0.0, le=1e5, examples=[5], description="while sending down; null: as under ground"
    )
    receive_power_w: float | None = Field(
        default=None, ge=0.0, le=1e5, examples=[2], description="while receiving; null: as under ground"
    )
    standby_power_w: float | None = Field(
        default=None, ge=0.0, le=1e5, examples=[1], description="always on; null: as under ground"
    )
    eirp_dbw: float | None = Field(
        default=None,
        ge=-100.0,
        le=200.0,
        examples=[6],
        description="radiated power; needs ground.link_budget; null: as there",
    )

    def budget_of(self, section: LinkBudgetSection) -> LinkBudgetSection:
        """Return the link budget of a group's radio, from that of the fleet."""
        if self.eirp_dbw is None:
            return section
        whole = {"eirp_dbw": self.eirp_dbw, "transmit_power_dbw": None, "transmit_gain_dbi": None}
        return section.model_copy(update=whole)


class GroupRadiation(Section):
    """The memory that particles upset, and how it is shielded and looked after; needs the section radiation."""

    device: DeviceSource | None = Field(
        default=None,
        examples=["ddr4-8gb-micron"],
        description="a part by name, a YAML file, or the keys of a device; null: as under radiation",
    )
    memory_mib: float | None = Field(
        default=None, gt=0.0, le=1e8, examples=[64], description="data in memory; null: as under radiation"
    )
    shielding_g_cm2: float | None = Field(
        default=None, ge=0.0, le=100.0, examples=[0.2], description="aluminium all around; null: as under radiation"
    )
    protection: Protection | None = Field(
        default=None, examples=["{code: secded, scrubbing: {period_s: 600}}"], description="null: as under radiation"
    )

    def over(self, section: Radiation, folder: Path) -> Radiation:
        """Return the section of a group; `folder` is that of the scenario file.

        Raises
        ------
        ValidationError
            If device, size and protection do not go together.
        """
        own = {key: getattr(self, key) for key in type(self).model_fields if getattr(self, key) is not None}
        whole = {key: getattr(section, key) for key in type(section).model_fields}
        return Radiation.model_validate({**whole, **own}, context={"folder": folder})
