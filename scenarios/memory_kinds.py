"""Memories of a fleet that particles upset: which satellites have which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenarios.config.radiation import Radiation
from scenarios.config.scenario import Scenario
from scenarios.fleet_groups import hardware_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryKind:
    """Satellites whose memories are alike.

    Attributes
    ----------
    section : Radiation
    satellites : (n,) int64, ascending
    groups : names of their groups, in order of the first satellite of each
    """

    section: Radiation
    satellites: NDArray[np.int64]
    groups: tuple[str, ...]


def memory_kinds(scenario: Scenario, names: Sequence[str], planes: Sequence[Sequence[int]]) -> tuple[MemoryKind, ...]:
    """Return the kinds of memory in a fleet, in order of the first satellite of each; none without radiation.

    Parameters
    ----------
    scenario : Scenario
    names : sequence of str, (n_sats,)
    planes : sequence of sequences of int
        Satellites of each orbital plane, in order along the plane.
    """
    hardware = hardware_of(scenario, names, planes)
    sections = {id(make.radiation): make.radiation for make in hardware if make.radiation is not None}
    texts = {number: section.model_dump_json() for number, section in sections.items()}
    members: dict[str, list[int]] = {}
    for i_sat, make in enumerate(hardware):
        if make.radiation is not None:
            members.setdefault(texts[id(make.radiation)], []).append(i_sat)
    return tuple(
        MemoryKind(
            section=section,
            satellites=np.array(satellites, dtype=np.int64),
            groups=tuple(dict.fromkeys(hardware[i_sat].group for i_sat in satellites)),
        )
        for satellites in members.values()
        if (section := hardware[satellites[0]].radiation) is not None
    )
