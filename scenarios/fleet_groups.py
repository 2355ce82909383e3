"""Groups of a mixed fleet: which satellite belongs to which, and what each is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scenarios.config.fleet import OTHERS, Group
from scenarios.config.group_hardware import GroundRadio, GroupRadiation, Terminals
from scenarios.config.hardware import Power, Processor
from scenarios.config.link_budget import LinkBudgetSection
from scenarios.config.models import GroupModels
from scenarios.config.problems import UnfitScenarioError
from scenarios.config.radiation import Radiation
from scenarios.config.scenario import Scenario
from scenarios.downlink_setup import rate_steps_of
from scenarios.onboard_memory import Upkeep
from scenarios.radiation_setup import upkeep_of
from simulator.engine.world import LinkParameters
from simulator.network.grid import Topology, topology_of
from simulator.network.link_budget import RateSteps

Reach = Literal["in_plane", "none"] | None
"""Links that terminals take part in: those inside the plane, none, or all that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """What the satellites of a group are made of.

    Attributes
    ----------
    group : str, its name; `others` for the satellites that no group takes
    power, processor : sections
    isl, ground : rate and powers of a terminal of inter-satellite links, and of the radio to the ground
    isl_standby_w, ground_standby_w : float, what each draws at all times
    isl_reach : links that it takes part in
    downlink_steps : rate of the way down by distance; None without a link budget
    radiation : the memory that particles upset; None where none do
    upkeep : what looking after that memory costs
    storage_bits : float, size of the memory for data; None for that of the section `storage`
    models : cache of models and what lies in it at the start; None for those of the section `models`
    """

    group: str
    power: Power
    processor: Processor
    isl: LinkParameters
    isl_standby_w: float
    isl_reach: Reach
    ground: LinkParameters
    ground_standby_w: float
    downlink_steps: RateSteps | None
    radiation: Radiation | None
    upkeep: Upkeep
    storage_bits: float | None
    models: GroupModels | None = None


def hardware_of(scenario: Scenario, names: Sequence[str], planes: Sequence[Sequence[int]]) -> tuple[Make, ...]:
    """Return what every satellite of a scenario is made of, (n_sats,); one object per group.

    Parameters
    ----------
    scenario : Scenario
    names : sequence of str, (n_sats,)
    planes : sequence of sequences of int
        Satellites of each orbital plane, in order along the plane.

    Raises
    ------
    UnfitScenarioError
        If a group names a satellite that is not there, or takes none.
    """
    others = make_of_all(scenario)
    make_of: list[Make | None] = [None] * len(names)
    known: dict[str, tuple[Radiation, Upkeep]] = {}
    number_of = {name: i_sat for i_sat, name in enumerate(names)}
    for i_group, group in enumerate(() if scenario.fleet is None else scenario.fleet.groups):
        chosen = _chosen(group, f"fleet.groups[{i_group}]", number_of, planes)
        taken = [i_sat for i_sat in chosen if make_of[i_sat] is None]
        if not taken:
            raise UnfitScenarioError(
                f"fleet.groups[{i_group}], {group.name!r}: no satellite is left for it; "
                "write it before the groups that take its satellites, or choose others"
            )
        make = _with_memory(_make(scenario, group, others), scenario, group.radiation, known)
        for i_sat in taken:
            make_of[i_sat] = make
    return tuple(make or others for make in make_of)


def make_of_all(scenario: Scenario) -> Make:
    """Return what the satellites that no group takes are made of."""
    links, ground, radiation = scenario.links, scenario.ground, scenario.radiation
    return Make(
        group=OTHERS,
        power=scenario.power,
        processor=scenario.processor,
        isl=LinkParameters(
            rate_bps=links.rate_bps,
            transmit_power_w=links.transmit_power_w,
            receive_power_w=links.receive_power_w,
        ),
        isl_standby_w=links.standby_power_w,
        isl_reach=None,
        ground=LinkParameters(
            rate_bps=ground.rate_bps,
            transmit_power_w=ground.transmit_power_w,
            receive_power_w=ground.receive_power_w,
        ),
        ground_standby_w=ground.standby_power_w,
        downlink_steps=rate_steps_of(ground.link_budget),
        radiation=radiation,
        upkeep=Upkeep() if radiation is None else upkeep_of(radiation, scenario.folder),
        storage_bits=None,
    )


def linked(topology: Topology, hardware: Sequence[Make]) -> Topology:
    """Return the topology with those links alone that both ends take part in."""
    if all(make.isl_reach is None for make in hardware):
        return topology
    kept = [
        (a, b)
        for a, b in topology.links.tolist()
        if _joins(
            hardware[a].isl_reach, hardware[b].isl_reach, is_in_plane=topology.plane_of[a] == topology.plane_of[b]
        )
    ]
    return topology_of(kept, topology.planes, topology.grid if len(kept) == topology.n_links else None)


def _joins(one: Reach, other: Reach, *, is_in_plane: bool) -> bool:
    return "none" not in (one, other) and (is_in_plane or one is other is None)


def _make(scenario: Scenario, group: Group, others: Make) -> Make:
    """Return what the satellites of a group are made of: its own, else what the others have."""
    whole = replace(
        others,
        group=group.name,
        power=group.power or others.power,
        processor=group.processor or others.processor,
        storage_bits=None if group.storage_capacity_gbit is None else group.storage_capacity_gbit * 1e9,
        models=group.models,
    )
    if group.terminals is not None:
        whole = _with_terminals(whole, group.terminals)
    if group.ground_radio is not None:
        whole = _with_radio(whole, group.ground_radio, scenario.ground.link_budget)
    return whole


def _with_memory(
    make: Make, scenario: Scenario, own: GroupRadiation | None, known: dict[str, tuple[Radiation, Upkeep]]
) -> Make:
    """Return a group with the memory that it sets; one that is `known` from another group is not made again."""
    if own is None or scenario.radiation is None:
        return make
    text = own.model_dump_json()
    if text not in known:
        radiation = own.over(scenario.radiation, scenario.folder)
        known[text] = radiation, upkeep_of(radiation, scenario.folder)
    radiation, upkeep = known[text]
    return replace(make, radiation=radiation, upkeep=upkeep)


def _with_terminals(make: Make, own: Terminals) -> Make:
    return replace(
        make,
        isl=_own_link(make.isl, own),
        isl_standby_w=make.isl_standby_w if own.standby_power_w is None else own.standby_power_w,
        isl_reach=own.topology,
    )


def _with_radio(make: Make, own: GroundRadio, link_budget: LinkBudgetSection | None) -> Make:
    return replace(
        make,
        ground=_own_link(make.ground, own),
        ground_standby_w=make.ground_standby_w if own.standby_power_w is None else own.standby_power_w,
        downlink_steps=make.downlink_steps if link_budget is None else rate_steps_of(own.budget_of(link_budget)),
    )


def _own_link(link: LinkParameters, own: Terminals | GroundRadio) -> LinkParameters:
    """Return rate and powers with what a group sets."""
    transmit_power_w, receive_power_w = own.transmit_power_w, own.receive_power_w
    return LinkParameters(
        rate_bps=link.rate_bps if own.rate_gbps is None else own.rate_gbps * 1e9,
        transmit_power_w=link.transmit_power_w if transmit_power_w is None else transmit_power_w,
        receive_power_w=link.receive_power_w if receive_power_w is None else receive_power_w,
    )


def _chosen(group: Group, key: str, number_of: dict[str, int], planes: Sequence[Sequence[int]]) -> list[int]:
    """Return the satellites that a group asks for, those of earlier groups included."""
    if group.names is not None:
        missing = [name for name in group.names if name not in number_of]
        if missing:
            raise UnfitScenarioError(
                f"{key}.names: no satellite is called {missing[0]!r}; write names such as {next(iter(number_of))!r}"
            )
        return [number_of[name] for name in group.names]
    if group.satellites is not None:
        _check(max(group.satellites), len(number_of), f"{key}.satellites")
        return list(group.satellites)
    _check(max(group.planes or (0,)), len(planes), f"{key}.planes")
    _check(max(group.slots or (0,)), max(map(len, planes)), f"{key}.slots")
    return [
        plane[slot]
        for plane in ([planes[i_plane] for i_plane in group.planes] if group.planes is not None else planes)
        for slot in (group.slots if group.slots is not None else range(len(plane)))
        if slot < len(plane)
    ]


def _check(highest: int, n: int, key: str) -> None:
    if highest >= n:
        raise UnfitScenarioError(f"{key}: there is no {highest}; write numbers up to {n - 1}")
