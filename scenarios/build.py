"""From a scenario to a world: the only place where keys of a scenario file meet the simulator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from scenarios.config.hardware import Processor, Shadow
from scenarios.config.network import Ground
from scenarios.config.observation import ObservationTasks
from scenarios.config.satellites import FileSatellites, StatesSatellites, WalkerSatellites
from scenarios.config.scenario import Scenario
from scenarios.config.solar_array import SolarArray as SolarArraySection
from scenarios.config.workload import EarthBox, HotSpotsPattern, PoissonTasks, TraceTasks
from scenarios.config.workload import GroundPattern as GroundPatternSection
from scenarios.downlink_setup import rate_steps_of, storage_of
from scenarios.fleet_groups import Hardware, hardware_of
from scenarios.observation import build_captures
from scenarios.onboard_memory import Upkeep
from scenarios.outage_plans import outage_plan
from scenarios.radiation_setup import upkeep_of
from simulator.contacts.stations import GroundStation
from simulator.engine.ground_beams import BeamSetting
from simulator.engine.payload import Payload
from simulator.engine.world import GroundComputing, LinkParameters, World
from simulator.network.grid import Grid, Topology, in_plane, no_links, plus_grid
from simulator.network.real_satellites import neighbours_of_real_satellites
from simulator.network.routes import RouteMetric
from simulator.orbits.constellations import raan_of_local_time_rad
from simulator.orbits.element_files import read_orbit_file
from simulator.orbits.exchange.state_files import check_states, read_state_file
from simulator.orbits.model import PositionModel, PropagationFailure
from simulator.orbits.position_models import position_model
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.states_model import StatesModel
from simulator.orbits.walker import WalkerShell
from simulator.power.array_faults import faulty_arrays
from simulator.power.battery import BatteryParameters
from simulator.power.solar_array import Attitude, Panel, SolarArray
from simulator.records import DeliverTo, ProcessorMode, Task
from simulator.sunlight.shadow import ShadowModel
from simulator.tasks.arrivals import PoissonArrivals
from simulator.tasks.ground_pattern import AreaWeight, GroundPattern
from simulator.tasks.surges import Surge, SurgingArrivals
from simulator.tasks.trace import read_trace
from simulator.tasks.workload import Workload, hot_spot_weights
from simulator.timescale import Epoch, parse_epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The satellites of a scenario that can be propagated, and a record of each that cannot."""

    positions: PositionModel
    topology: Topology
    orbital_period_s: float
    unpropagatable: tuple[PropagationFailure, ...] = ()


def build_world(scenario: Scenario) -> tuple[World, tuple[PropagationFailure, ...]]:
    """Return the world of a scenario and the satellites left out of it.

    Raises
    ------
    ValueError
        If the orbit file holds no satellite that can be propagated, or the warm-up is not shorter than the run.
    OrbitFileError
        If the orbit file is broken, or its states do not cover the run.
    """
    fleet = build_fleet(scenario)
    n_sats = fleet.positions.n_sats
    warm_up_s, end_s = scenario.times_s(fleet.orbital_period_s)
    ground = scenario.ground
    adversity = scenario.adversity
    upkeep = Upkeep() if scenario.radiation is None else upkeep_of(scenario.radiation, scenario.folder)
    beam = _beam(scenario, fleet.positions)
    beam_power_w = 0.0 if beam is None else beam.peak_power_w
    hardware = hardware_of(scenario, fleet.positions.names, fleet.topology.planes)
    world = World(
        positions=fleet.positions,
        shadow=shadow_model(scenario.shadow),
        topology=fleet.topology,
        routing=RouteMetric(scenario.links.routing),
        max_range_m=scenario.links.max_range_m,
        stations=ground_stations(ground),
        min_elevation_rad=ground.minimum_elevation_rad,
        batteries=tuple(
            _battery(scenario, hardware, i_sat, len(fleet.topology.neighbours(i_sat)), upkeep.power_w, beam_power_w)
            for i_sat in range(n_sats)
        ),
        solar_power_w=_solar_power_w(scenario, hardware),
        arrays=_arrays(hardware),
        recovery_share=scenario.power.brown_out_recovery,
        modes=_modes(scenario.processor, upkeep.bandwidth_share),
        is_preemptive=scenario.processor.preemptive,
        tasks_at_once=scenario.processor.tasks_at_once,
        isl=LinkParameters(
            rate_bps=scenario.links.rate_bps,
            transmit_power_w=scenario.links.transmit_power_w,
            receive_power_w=scenario.links.receive_power_w,
        ),
        downlink=LinkParameters(
            rate_bps=ground.rate_bps,
            transmit_power_w=ground.transmit_power_w,
            receive_power_w=ground.receive_power_w,
        ),
        ground=GroundComputing(
            compute_s=ground.compute_s, n_servers=ground.compute_capacity, network_delay_s=ground.network_delay_s
        ),
        orbital_period_s=fleet.orbital_period_s,
        window_s=fleet.orbital_period_s,
        horizon_s=max(fleet.orbital_period_s, _longest_deadline_s(scenario)),
        warm_up_s=warm_up_s,
        end_s=end_s,
        state_age_s=scenario.state_age_s,
        traced=_traced(n_sats, scenario.record.battery_traces),
        outages=outage_plan(scenario, fleet.topology),
        polar_cutoff_rad=scenario.links.polar_cutoff_rad,
        acquisition_s=scenario.links.acquisition_s or 0.0,
        forecast_error_s=0.0 if adversity is None else adversity.forecast_error_s,
        ageing=None if scenario.power.ageing is None else scenario.power.ageing.models(),
        beam=beam,
        downlink_steps=rate_steps_of(ground.link_budget),
        storage=storage_of(scenario.storage, hardware.storage_bits),
        payload=_payload(scenario),
        own_isl=() if scenario.fleet is None else hardware.isl,
        own_modes=()
        if scenario.fleet is None
        else tuple(_modes(processor, upkeep.bandwidth_share) for processor in hardware.processor),
    )
    return world, fleet.unpropagatable


def build_fleet(scenario: Scenario) -> Fleet:
    """Return the satellites of a scenario and the links between them."""
    epoch = parse_epoch(scenario.epoch)
    if isinstance(scenario.satellites, WalkerSatellites):
        return _walker_fleet(scenario, scenario.satellites, epoch)
    if isinstance(scenario.satellites, StatesSatellites):
        return _states_fleet(scenario, scenario.satellites, epoch)
    return _file_fleet(scenario, scenario.satellites, epoch)


def build_tasks(scenario: Scenario, world: World) -> Iterator[Task]:
    """Return the tasks of a scenario in order of arrival, drawn or read as they are asked for.

    Raises
    ------
    TraceError
        If the trace is broken; all of it is checked before the first task.
    ValueError
        If the targets of captures are broken, or make less than the load.
    """
    tasks = scenario.tasks
    if isinstance(tasks, ObservationTasks):
        return (capture.task for capture in build_captures(scenario, tasks, world))
    deliver_to = DeliverTo(tasks.deliver_to)
    if isinstance(tasks, PoissonTasks):
        return iter(_poisson_arrivals(scenario, tasks, world, deliver_to))
    path = scenario.folder / tasks.path
    return _until(read_trace(path, world.positions.names, deliver_to=deliver_to), world.end_s)


def build_faulty_arrays(scenario: Scenario, n_sats: int) -> tuple[int, ...]:
    """Return the satellites whose arrays are degraded in a scenario, in ascending order."""
    fault = scenario.adversity.array_fault if scenario.adversity is not None else None
    return () if fault is None else faulty_arrays(n_sats, fault.share, scenario.seed)


def shadow_model(shadow: Shadow) -> ShadowModel:
    """Return the shadow model of a scenario."""
    return ShadowModel(
        body=shadow.body,
        radius_m=shadow.sphere_radius_m,
        sun=shadow.sun,
        atmosphere_height_m=shadow.atmosphere_height_m,
    )


def ground_stations(ground: Ground) -> tuple[GroundStation, ...]:
    """Return the stations of a scenario."""
    return tuple(
        GroundStation(
            name=station.name,
            latitude_rad=station.latitude_rad,
            longitude_rad=station.longitude_rad,
            height_m=station.height_m,
            n_channels=station.channels,
        )
        for station in ground.stations
    )


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
    failures = every.failures(0.0, end_s + period_s + _longest_deadline_s(scenario))
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
    check_states(positions, path, end_s + max(period_s, _longest_deadline_s(scenario)))
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
    return float(2.0 * np.pi / np.median(rates[np.isfinite(rates)]))


def _modes(processor: Processor, bandwidth_share: float) -> tuple[ProcessorMode, ...]:
    """Return the modes of the processor, slower by the bandwidth that sweeps over memory take from its tasks."""
    left = 1.0 - bandwidth_share
    return tuple(
        ProcessorMode(name=mode.name, power_w=mode.power_w, speed=mode.speed * left) for mode in processor.modes
    )


def _battery(
    scenario: Scenario, hardware: Hardware, i_sat: int, n_links: int, upkeep_power_w: float, beam_power_w: float
) -> BatteryParameters:
    """Return a satellite's battery and loads; its terminals are one per link and one to the ground."""
    ground, isl = scenario.ground, hardware.isl[i_sat]
    power, processor = hardware.power[i_sat], hardware.processor[i_sat]
    n_ground = 1 if ground.stations else 0
    base_w = (
        power.base_power_w
        + n_links * hardware.isl_standby_w[i_sat]
        + n_ground * ground.standby_power_w
        + upkeep_power_w
    )
    pulse_w = n_links * (isl.transmit_w + isl.receive_w)
    pulse_w += n_ground * (ground.transmit_power_w + ground.receive_power_w + beam_power_w)
    pulse_w += scenario.tasks.payload_power_w if isinstance(scenario.tasks, ObservationTasks) else 0.0
    compute_w = processor.tasks_at_once * max(mode.power_w for mode in processor.modes)
    return BatteryParameters(
        capacity_j=power.battery_capacity_j,
        initial_j=power.initial_stored_j,
        base_power_w=base_w,
        peak_load_w=base_w + compute_w + pulse_w,
        peak_pulse_w=pulse_w,
        charge_efficiency=power.charge_efficiency,
        discharge_efficiency=power.discharge_efficiency,
    )


def _beam(scenario: Scenario, positions: PositionModel) -> BeamSetting | None:
    """Return the metasurface of a scenario that has one; methods are imported only then."""
    ground = scenario.ground
    if ground.downlink is None:
        return None
    from scenarios.beam.downlink import beam_setting

    where = (positions.mean_orbits, ground.minimum_elevation_rad)
    return beam_setting(ground.downlink, scenario.folder, *where, scenario.seed)


def _solar_power_w(scenario: Scenario, hardware: Hardware) -> tuple[float, ...]:
    """Return what the cells of every array give when they face the Sun."""
    solar_power_w = [power.aged_solar_power_w for power in hardware.power]
    if scenario.adversity is not None and scenario.adversity.array_fault is not None:
        for i_sat in build_faulty_arrays(scenario, len(solar_power_w)):
            solar_power_w[i_sat] *= scenario.adversity.array_fault.output
    return tuple(solar_power_w)


def _arrays(hardware: Hardware) -> tuple[SolarArray, ...]:
    """Return how the array of every satellite is turned to the Sun, nothing if all face it."""
    sections = [power.array for power in hardware.power]
    if all(section is None for section in sections):
        return ()
    return tuple(_array(section) for section in sections)


def _array(array: SolarArraySection | None) -> SolarArray:
    """Return one array; cells without a section face the Sun."""
    if array is None:
        return SolarArray(attitude=Attitude.SUN_TRACKING)
    n_cells = sum(panel.cells for panel in array.panels)
    panels = tuple(Panel(normal=panel.unit_normal, share=panel.cells / n_cells) for panel in array.panels)
    return SolarArray(attitude=Attitude(array.attitude), panels=panels)


def _payload(scenario: Scenario) -> Payload | None:
    """Return the sensors of a scenario whose tasks are captures."""
    tasks = scenario.tasks
    if not isinstance(tasks, ObservationTasks):
        return None
    return Payload(capture_s=tasks.capture_s, power_w=tasks.payload_power_w)


def _longest_deadline_s(scenario: Scenario) -> float:
    return 0.0 if isinstance(scenario.tasks, TraceTasks) else scenario.tasks.deadline_s.high


def _traced(n_sats: int, n_traces: int) -> tuple[int, ...]:
    """Return the satellites whose batteries are traced, evenly spread."""
    n_traces = min(n_traces, n_sats)
    return tuple(i_trace * n_sats // n_traces for i_trace in range(n_traces))


def _poisson_arrivals(scenario: Scenario, tasks: PoissonTasks, world: World, deliver_to: DeliverTo) -> Iterable[Task]:
    n_sats, pattern = world.positions.n_sats, tasks.pattern
    rate_hz = np.full(n_sats, tasks.mean_rate_hz)
    if isinstance(pattern, HotSpotsPattern):
        rate_hz *= hot_spot_weights(n_sats, pattern.shape, scenario.seed)
    workload = Workload(
        rate_hz=rate_hz,
        work_s=(tasks.runtime_s.low, tasks.runtime_s.high),
        input_bits=tasks.input_bits,
        result_bits=tasks.result_bits,
        deadline_s=(tasks.deadline_s.low, tasks.deadline_s.high),
        deliver_to=deliver_to,
    )
    ground = _ground_pattern(pattern, world.positions) if isinstance(pattern, GroundPatternSection) else None
    arrivals = PoissonArrivals(workload, seed=scenario.seed, end_s=world.end_s, pattern=ground)
    surges = _surges(scenario)
    return SurgingArrivals(arrivals, surges, world.positions) if surges else arrivals


def _surges(scenario: Scenario) -> list[Surge]:
    """Return the surges of a scenario."""
    sections = () if scenario.adversity is None else scenario.adversity.demand_surges or ()
    return [
        Surge(
            from_s=section.from_s,
            until_s=section.until_s,
            factor=section.factor,
            area=None if section.box is None else _area(section.box, 1.0),
        )
        for section in sections
    ]


def _area(box: EarthBox, weight: float) -> AreaWeight:
    south, north, west, east = box.bounds_rad()
    return AreaWeight(latitude_rad=(south, north), longitude_rad=(west, east), weight=weight)


def _ground_pattern(pattern: GroundPatternSection, positions: PositionModel) -> GroundPattern:
    areas = [_area(box, box.weight) for box in pattern.boxes]
    return GroundPattern(positions, areas, pattern.background)


def _until(tasks: Iterator[Task], end_s: float) -> Iterator[Task]:
    """Yield tasks that arrive before the end of the run."""
    for task in tasks:
        if task.arrival_s >= end_s:
            return
        yield task
