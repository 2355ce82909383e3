"""Everything that decides where and when a task runs; `SCHEDULERS` maps names to factories."""

from __future__ import annotations

from collections.abc import Callable

from schedulers.baselines import (
    BentPipeScheduler,
    NearestSunlitScheduler,
    OecCoteScheduler,
    OecLocalScheduler,
    RandomSunlitScheduler,
)
from schedulers.greedy_peer import GreedyPeerScheduler
from schedulers.mhspo import MhspoScheduler
from schedulers.phoenix import (
    PhoenixBScheduler,
    PhoenixNoDeferralScheduler,
    PhoenixNoGroundScheduler,
    PhoenixNoOrbitsScheduler,
    PhoenixScheduler,
)
from schedulers.pipeline import OecPipelineScheduler
from schedulers.planned_flow import PlannedFlowScheduler
from simulator.records import Scheduler

__all__ = ["SCHEDULERS", "Scheduler"]

SCHEDULERS: dict[str, Callable[..., Scheduler]] = {
    factory.name: factory
    for factory in (
        OecLocalScheduler,
        OecCoteScheduler,
        BentPipeScheduler,
        NearestSunlitScheduler,
        RandomSunlitScheduler,
        PhoenixScheduler,
        PhoenixBScheduler,
        PhoenixNoOrbitsScheduler,
        PhoenixNoDeferralScheduler,
        PhoenixNoGroundScheduler,
        OecPipelineScheduler,
        MhspoScheduler,
        GreedyPeerScheduler,
        PlannedFlowScheduler,
    )
}
"""Name in a scenario -> factory taking the scheduler's options as keyword arguments."""
