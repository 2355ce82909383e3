"""Groups of a mixed fleet: which satellite belongs to which, and what each is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scenarios.config.fleet import OTHERS, Group
from scenarios.config.hardware import Power, Processor
from scenarios.config.network import Links
from scenarios.config.scenario import Scenario
from simulator.engine.world import TerminalPowers


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """Power and processor of every satellite, and the group that it belongs to.

    Attributes
    ----------
    power, processor : (n_sats,)
    isl : (n_sats,), what a terminal of inter-satellite links draws
    isl_standby_w : (n_sats,), what it draws at all times
    storage_bits : (n_sats,), size of the memory; None where memories have no limit
    group : (n_sats,), name of the group; `others` where no group takes a satellite
    """

    power: tuple[Power, ...]
    processor: tuple[Processor, ...]
    isl: tuple[TerminalPowers, ...]
    isl_standby_w: tuple[float, ...]
    storage_bits: tuple[float, ...] | None
    group: tuple[str, ...]


def hardware_of(scenario: Scenario, names: Sequence[str], planes: Sequence[Sequence[int]]) -> Hardware:
    """Return what every satellite of a scenario is made of.

    Parameters
    ----------
    scenario : Scenario
    names : sequence of str, (n_sats,)
    planes : sequence of sequences of int
        Satellites of each orbital plane, in order along the plane.

    Raises
    ------
    ValueError
        If a group names a satellite that is not there, or takes none.
    """
    n_sats = len(names)
    group_of: list[Group | None] = [None] * n_sats
    for i_group, group in enumerate(() if scenario.fleet is None else scenario.fleet.groups):
        taken = [i_sat for i_sat in _chosen(group, i_group, names, planes) if group_of[i_sat] is None]
        if not taken:
            raise ValueError(
                f"fleet.groups[{i_group}], {group.name!r}: no satellite is left for it; "
                "write it before the groups that take its satellites, or choose others"
            )
        for i_sat in taken:
            group_of[i_sat] = group
    return Hardware(
        power=tuple(scenario.power if group is None else group.power or scenario.power for group in group_of),
        processor=tuple(
            scenario.processor if group is None else group.processor or scenario.processor for group in group_of
        ),
        isl=tuple(
            TerminalPowers(
                transmit_w=_terminal_w(scenario.links, group, "transmit_power_w"),
                receive_w=_terminal_w(scenario.links, group, "receive_power_w"),
            )
            for group in group_of
        ),
        isl_standby_w=tuple(_terminal_w(scenario.links, group, "standby_power_w") for group in group_of),
        storage_bits=_storage_bits(scenario, group_of),
        group=tuple(OTHERS if group is None else group.name for group in group_of),
    )


def _terminal_w(links: Links, group: Group | None, key: str) -> float:
    """Return a power of a terminal: that of the group, else that of the scenario."""
    own = None if group is None or group.terminals is None else getattr(group.terminals, key)
    return float(getattr(links, key) if own is None else own)


def _storage_bits(scenario: Scenario, group_of: Sequence[Group | None]) -> tuple[float, ...] | None:
    if scenario.storage is None:
        return None
    everywhere = scenario.storage.capacity_bits
    own_gbit = [None if group is None else group.storage_capacity_gbit for group in group_of]
    return tuple(everywhere if gbit is None else gbit * 1e9 for gbit in own_gbit)


def _chosen(group: Group, i_group: int, names: Sequence[str], planes: Sequence[Sequence[int]]) -> list[int]:
    """Return the satellites that a group asks for, those of earlier groups included."""
    if group.names is not None:
        number_of = {name: i_sat for i_sat, name in enumerate(names)}
        missing = [name for name in group.names if name not in number_of]
        if missing:
            raise ValueError(
                f"fleet.groups[{i_group}].names: no satellite is called {missing[0]!r}; "
                f"write names such as {names[0]!r}"
            )
        return [number_of[name] for name in group.names]
    if group.satellites is not None:
        _check(max(group.satellites), len(names), f"fleet.groups[{i_group}].satellites")
        return list(group.satellites)
    _check(max(group.planes or (0,)), len(planes), f"fleet.groups[{i_group}].planes")
    _check(max(group.slots or (0,)), max(map(len, planes)), f"fleet.groups[{i_group}].slots")
    return [
        plane[slot]
        for plane in ([planes[i_plane] for i_plane in group.planes] if group.planes is not None else planes)
        for slot in (group.slots if group.slots is not None else range(len(plane)))
        if slot < len(plane)
    ]


def _check(highest: int, n: int, key: str) -> None:
    if highest >= n:
        raise ValueError(f"{key}: there is no {highest}; write numbers up to {n - 1}")
