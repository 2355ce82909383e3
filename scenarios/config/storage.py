"""The section `storage`: the memory of each satellite, and raw data that must reach the ground."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scenarios.config.sections import Section


class Storage(Section):
    """A memory of finite size for inputs, results and raw data; what goes down waits there in order of urgency."""

    capacity_gbit: float = Field(gt=0.0, le=1e9, examples=[512], description="room in it; 1 GB is 8 Gbit")
    overflow: Literal["drop_new", "drop_lowest_priority"] = Field(
        default="drop_new", description="what is dropped where there is no room: what comes, or the least urgent"
    )
    raw_to_ground_share: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        examples=[0.1],
        description="of every input, a copy that goes down too, behind results",
    )

    @property
    def capacity_bits(self) -> float:
        """Room in the memory."""
        return self.capacity_gbit * 1e9
