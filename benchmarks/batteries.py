"""Batteries of a shell over a day in the engine's SimPy loop, beside batteries that tick."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import numpy as np
import simpy

from benchmarks.result import DAY_S, Result, interleaved_medians_s
from scenarios.build import build_world
from scenarios.config import load_scenario
from simulator.engine.clock import Clock
from simulator.engine.fleet import Fleet
from simulator.engine.world import World
from simulator.sunlight import Illumination, solve_illumination

TICK_S = 1.0
TICKED_S = 30.0
OVERRIDES = (
    "epoch=2026-03-15T00:00:00Z",
    "power.battery_capacity_kj=60",  # 30 W through a shadow of 2,140 s: emptied by nearly every one, then filled again
    "scheduler=oec-local",
)


def small_battery_world() -> World:
    """Return the headline's shell with batteries so small that they run empty and full every orbit."""
    world, _ = build_world(load_scenario("headline-72x22", OVERRIDES))
    return world


def live_a_day(world: World, illumination: Illumination) -> Fleet:
    """Let all batteries live through a day of illumination; brown-outs and recoveries are its alarms."""
    clock = Clock()
    fleet = Fleet(clock, world, _nothing, _nothing)
    fleet.extend_supply(illumination)
    fleet.start_watching()
    clock.run(until=DAY_S)
    fleet.settle_all()
    return fleet


def _nothing(_: int) -> None:
    """Stand in for the rest of the engine."""


def tick_in_simpy(world: World, illumination: Illumination) -> float:
    """Let every battery be a SimPy process that wakes every second, for a short span, and return the charge left."""
    environment = simpy.Environment()
    charge_j = [battery.initial_j for battery in world.batteries]

    def live(i_sat: int) -> Iterator[simpy.Event]:
        parameters = world.batteries[i_sat]
        time_s, fraction = illumination.knots(i_sat)
        capacity_j, full_w, base_w = parameters.capacity_j, world.solar_power_w[i_sat], parameters.base_power_w
        while True:
            yield environment.timeout(TICK_S)
            harvested_w = full_w * float(np.interp(environment.now, time_s, fraction))
            charge_j[i_sat] = min(capacity_j, max(0.0, charge_j[i_sat] + (harvested_w - base_w) * TICK_S))

    for i_sat in range(len(charge_j)):
        environment.process(live(i_sat))
    environment.run(until=TICKED_S + 0.5 * TICK_S)
    return sum(charge_j)


def tick_in_numpy(world: World, illumination: Illumination) -> float:
    """Step the vector of all batteries every second through a day, in light known on a grid of a minute."""
    minutes_s = np.arange(0.0, DAY_S + 60.0, 60.0)
    share = np.stack([np.interp(minutes_s, *illumination.knots(i)) for i in range(len(world.batteries))])
    capacity_j = np.array([battery.capacity_j for battery in world.batteries])
    charge_j = np.array([battery.initial_j for battery in world.batteries])
    gain_j = share * np.array(world.solar_power_w)[:, None] * TICK_S
    gain_j -= np.array([battery.base_power_w for battery in world.batteries])[:, None] * TICK_S
    for tick in range(int(DAY_S / TICK_S)):
        charge_j += gain_j[:, int(tick * TICK_S) // 60]
        np.clip(charge_j, 0.0, capacity_j, out=charge_j)
    return float(charge_j.sum())


def measure(n_rounds: int) -> list[Result]:
    """Measure a day in closed form and in ticks."""
    world = small_battery_world()
    illumination = solve_illumination(world.positions, 0.0, DAY_S, world.shadow)
    n_brown_outs = sum(count.n for count in live_a_day(world, illumination).brown_outs)
    spent_s = interleaved_medians_s(
        {
            "exact": lambda: live_a_day(world, illumination),
            "process": lambda: tick_in_simpy(world, illumination),
            "vector": lambda: tick_in_numpy(world, illumination),
        },
        n_rounds,
    )
    what = "SimPy batteries, 1,584 satellites, 1 day"
    return [
        Result(
            what=what,
            measured=spent_s["exact"],
            unit="s",
            target=0.6,
            peer="a SimPy process per battery ticking 1 s (scaled from 30 s)",
            peer_measured=spent_s["process"] * DAY_S / TICKED_S,
            note=f"{n_brown_outs:,} alarms at empty and as many at recovery",
        ),
        Result(
            what="  beside one vector of batteries",
            measured=spent_s["exact"],
            unit="s",
            target=0.6,
            peer="numpy ticking 1 s (no events, light to a minute)",
            peer_measured=spent_s["vector"],
            note=f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0:.0f} MiB",
        ),
    ]
