"""Whose battery or array a search for a size varies: that of all satellites, or that of one group of a mixed fleet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from scenarios.config import Scenario
from scenarios.config.fleet import OTHERS
from scenarios.fleet_groups import hardware_of
from simulator.engine.world import World

Varied = Literal["battery", "array"]

FIELDS: Final[dict[Varied, str]] = {"battery": "battery_capacity_kj", "array": "solar_power_w"}


def varied_key(load: Callable[..., Scenario], vary: Varied, group: str | None) -> tuple[str, float]:
    """Return the key of a scenario that a search varies, and its value.

    Parameters
    ----------
    load : callable
        Returns the scenario with further overrides.
    vary : what is sized
    group : a group of the fleet, `others`, or None for all satellites

    Raises
    ------
    ValueError
        If there is no such group, or none is named and some groups have sizes of their own.
    """
    scenario, name = load(), FIELDS[vary]
    names = [] if scenario.fleet is None else [one.name for one in scenario.fleet.groups]
    if group is not None and group not in (*names, OTHERS):
        told = f"write one of {', '.join(names)} or {OTHERS}" if names else "the scenario has no fleet: leave it out"
        raise ValueError(f"--group {group}: no such group; {told}")
    key, value = f"power.{name}", float(getattr(scenario.power, name))
    if group in names and scenario.fleet is not None:
        power = scenario.fleet.groups[names.index(group)].power
        return f"fleet.groups[{names.index(group)}].{key}", float(getattr(power, name))
    if group is None and (own := _of_their_own(scenario, load(f"{key}={2.0 * value + 1.0!r}"), name)):
        verb = "has a size of its own" if len(own) == 1 else "have sizes of their own"
        raise ValueError(f"{', '.join(own)} {verb}, which {key} does not change: name one by --group, or {OTHERS}")
    return key, value


def is_sized(scenario: Scenario, world: World, group: str | None) -> NDArray[np.bool_]:
    """Return which satellites a search looks at, (n_sats,).

    Raises
    ------
    ValueError
        If the group has no satellites.
    """
    if group is None:
        return np.ones(world.positions.n_sats, dtype=np.bool_)
    hardware = hardware_of(scenario, world.positions.names, world.topology.planes)
    mine = np.array([make.group == group for make in hardware])
    if not mine.any():
        raise ValueError(f"--group {group}: no satellite is in it; name another")
    return mine


def _of_their_own(scenario: Scenario, other: Scenario, name: str) -> list[str]:
    """Return the groups that have the same size in two scenarios whose section power has not."""
    if scenario.fleet is None or other.fleet is None:
        return []
    pairs = zip(scenario.fleet.groups, other.fleet.groups, strict=True)
    return [one.name for one, two in pairs if getattr(one.power, name) == getattr(two.power, name)]
