"""The satellites of a scenario, a Walker pattern or those of a file, and the links between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenarios.config.satellites import FileSatellites, StatesSatellites, WalkerSatellites
from scenarios.config.scenario import Scenario
from scenarios.workload import longest_deadline_s
from simulator.network.grid import Grid, Topology, in_plane, no_links, plus_grid
from simulator.network.real_satellites import neighbours_of_real_satellites
from simulator.orbits.constellations import raan_of_local_time_rad
from simulator.orbits.element_files import read_orbit_file
from simulator.orbits.exchange.state_files import check_states, read_state_file
from simulator.orbits.model import PositionModel, PropagationFailure
from simulator.orbits.position_models import position_model
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.states_model import StatesModel
from simulator.orbits.walker import WalkerShell
from simulator.timescale import Epoch, parse_epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The satellites of a scenario that can be propagated, and a record of each that cannot."""

    positions: PositionModel
    topology: Topology
    orbital_period_s: float
    unpropagatable: tuple[PropagationFailure, ...] = ()


def build_fleet(scenario: Scenario) -> Fleet:
    """Return the satellites of a scenario and the links between them."""
    epoch = parse_epoch(scenario.epoch)
    if isinstance(scenario.satellites, WalkerSatellites):
        return _walker_fleet(scenario, scenario.satellites, epoch)
    if isinstance(scenario.satellites, StatesSatellites):
        return _states_fleet(scenario, scenario.satellites, epoch)
    return _file_fleet(scenario, scenario.satellites, epoch)


def _walker_fleet(scenario: Scenario, satellites: WalkerSatellites, epoch: Epoch) -> Fleet:
    raan_rad = satellites.raan_rad
    if raan_rad is None:
        raan_rad = raan_of_local_time_rad(epoch, satellites.ascending_node_local_time_h or 0.0)
    shell = WalkerShell(
        n_planes=satellites.planes,
        n_slots=satellites.satellites_per_plane,
        phasing=satellites.phasing,
        altitude_m=satellites.altitude_m,
        inclination_rad=satellites.inclination_rad,
        raan_spread_rad=satellites.raan_spread_rad,
        raan_rad=raan_rad,
    )
    planes = np.arange(shell.n_planes * shell.n_slots).reshape(shell.n_planes, shell.n_slots).tolist()
    if scenario.links.topology == "plus_grid":
        has_closed_seam = scenario.links.has_closed_seam(satellites.pattern)
        grid = Grid(
            n_planes=satellites.planes,
            n_slots=satellites.satellites_per_plane,
            phasing=satellites.phasing,
            has_closed_seam=has_closed_seam,
        )
        topology = plus_grid(grid, has_closed_seam=has_closed_seam)
    else:
        topology = in_plane(planes) if scenario.links.topology == "in_plane" else no_links(planes)
    return Fleet(
        positions=position_model(shell, epoch), topology=topology, orbital_period_s=satellites.orbital_period_s
    )


def _file_fleet(scenario: Scenario, satellites: FileSatellites, epoch: Epoch) -> Fleet:
    records = read_orbit_file(scenario.folder / satellites.path)[: satellites.limit]
    every = Sgp4Model(records, epoch)
    period_s = _median_period_s(every)
    _, end_s = scenario.times_s(period_s)
    failures = every.failures(0.0, end_s + period_s + longest_deadline_s(scenario))
    failed = {failure.i_sat for failure in failures}
    kept = tuple(record for i_sat, record in enumerate(records) if i_sat not in failed)
    if not kept:
        raise ValueError(f"satellites.path = {satellites.path!r}: none of {len(records)} satellites can be propagated")
    positions = Sgp4Model(kept, epoch) if failed else every
    return Fleet(
        positions=positions,
        topology=_file_topology(scenario, satellites, positions),
        orbital_period_s=period_s,
        unpropagatable=failures,
    )


def _states_fleet(scenario: Scenario, satellites: StatesSatellites, epoch: Epoch) -> Fleet:
    path = scenario.folder / satellites.path
    positions = StatesModel(read_state_file(path, epoch)[: satellites.limit], epoch)
    period_s = _median_period_s(positions)
    _, end_s = scenario.times_s(period_s)
    check_states(positions, path, end_s + max(period_s, longest_deadline_s(scenario)))
    return Fleet(
        positions=positions,
        topology=_file_topology(scenario, satellites, positions),
        orbital_period_s=period_s,
    )


def _file_topology(
    scenario: Scenario, satellites: FileSatellites | StatesSatellites, positions: PositionModel
) -> Topology:
    if not satellites.group_planes:
        return no_links([[i_sat] for i_sat in range(positions.n_sats)])
    grouped = neighbours_of_real_satellites(positions.mean_orbits, max_range_m=scenario.links.max_range_m)
    if scenario.links.topology == "plus_grid":
        return grouped
    return in_plane(grouped.planes) if scenario.links.topology == "in_plane" else no_links(grouped.planes)


def _median_period_s(positions: PositionModel) -> float:
    rates = np.abs(positions.mean_orbits.argument_of_latitude_rate_rad_s)
    known = rates[np.isfinite(rates)]
    return float(2.0 * np.pi / np.median(known)) if known.size else math.nan
