"""Link budgets and memories of a scenario as the simulator takes them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scenarios.config.link_budget import LinkBudgetSection
from scenarios.config.storage import Storage
from simulator.engine.storage import Overflow, StorageSetting
from simulator.network.link_budget import DVB_S2_STEPS, LinkBudget, RateSteps, shannon_steps

_TOP_SHANNON_BITS = 8.0
"""Bits per symbol of the fastest modem without a table of its own: 256 points."""


def link_budget_of(section: LinkBudgetSection) -> LinkBudget:
    """Return the budget of a section."""
    return LinkBudget(
        carrier_hz=1e9 * section.frequency_ghz,
        eirp_dbw=section.full_eirp_dbw,
        g_over_t_db_k=section.full_g_over_t_db_k,
        losses_db=section.losses_db.sum_db,
        symbol_rate_hz=section.symbol_rate_hz,
    )


def rate_steps_of(section: LinkBudgetSection | None) -> RateSteps | None:
    """Return the rate by distance of a section, None without one."""
    if section is None:
        return None
    is_shannon = section.modem == "shannon"
    return link_budget_of(section).rate_steps(
        shannon_steps(section.gap_db, _TOP_SHANNON_BITS) if is_shannon else DVB_S2_STEPS,
        margin_db=section.margin_db,
        top_rate_bps=math.inf if section.top_rate_mbps is None else 1e6 * section.top_rate_mbps,
    )


def storage_of(section: Storage | None, own_bits: Sequence[float | None]) -> StorageSetting | None:
    """Return the memories of a fleet, None without a section; `own_bits` are sizes of what has its own, else None."""
    if section is None:
        return None
    return StorageSetting(
        capacity_bits=tuple(section.capacity_bits if bits is None else bits for bits in own_bits),
        overflow=Overflow(section.overflow),
        raw_to_ground_share=section.raw_to_ground_share,
    )
