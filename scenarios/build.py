"""From a scenario to a world: the only place where keys of a scenario file meet the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scenarios.config.hardware import Processor, Shadow
from scenarios.config.network import Ground
from scenarios.config.observation import ObservationTasks
from scenarios.config.scenario import Scenario
from scenarios.constellation import build_fleet
from scenarios.downlink_setup import storage_of
from scenarios.fleet_groups import Make, hardware_of, linked, make_of_all
from scenarios.model_setup import models_of
from scenarios.outage_plans import outage_plan
from scenarios.power_setup import arrays_of, batteries_of, solar_power_of
from scenarios.workload import longest_deadline_s
from simulator.contacts.stations import GroundStation
from simulator.engine.ground_beams import BeamSetting
from simulator.engine.payload import Payload
from simulator.engine.world import GroundComputing, World
from simulator.network.routes import RouteMetric
from simulator.orbits.model import PositionModel, PropagationFailure
from simulator.records import ProcessorMode
from simulator.sunlight.shadow import ShadowModel


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
    beam = _beam(scenario, fleet.positions)
    everywhere = make_of_all(scenario)
    hardware = hardware_of(scenario, fleet.positions.names, fleet.topology.planes)
    topology = linked(fleet.topology, hardware)
    world = World(
        positions=fleet.positions,
        shadow=shadow_model(scenario.shadow),
        topology=topology,
        routing=RouteMetric(scenario.links.routing),
        max_range_m=scenario.links.max_range_m,
        stations=ground_stations(ground),
        min_elevation_rad=ground.minimum_elevation_rad,
        batteries=batteries_of(scenario, hardware, topology, 0.0 if beam is None else beam.peak_power_w),
        solar_power_w=solar_power_of(scenario, hardware),
        arrays=arrays_of(hardware),
        recovery_share=scenario.power.brown_out_recovery,
        modes=_modes(everywhere.processor, everywhere.upkeep.bandwidth_share),
        is_preemptive=scenario.processor.preemptive,
        tasks_at_once=scenario.processor.tasks_at_once,
        isl=everywhere.isl,
        downlink=everywhere.ground,
        ground=GroundComputing(
            compute_s=ground.compute_s, n_servers=ground.compute_capacity, network_delay_s=ground.network_delay_s
        ),
        orbital_period_s=fleet.orbital_period_s,
        window_s=fleet.orbital_period_s,
        horizon_s=max(fleet.orbital_period_s, longest_deadline_s(scenario)),
        warm_up_s=warm_up_s,
        end_s=end_s,
        state_age_s=scenario.state_age_s,
        traced=_traced(n_sats, scenario.record.battery_traces),
        outages=outage_plan(scenario, topology),
        polar_cutoff_rad=scenario.links.polar_cutoff_rad,
        acquisition_s=scenario.links.acquisition_s or 0.0,
        forecast_error_s=0.0 if adversity is None else adversity.forecast_error_s,
        ageing=None if scenario.power.ageing is None else scenario.power.ageing.models(),
        beam=beam,
        downlink_steps=everywhere.downlink_steps,
        storage=storage_of(scenario.storage, [make.storage_bits for make in hardware]),
        payload=_payload(scenario),
        models=models_of(scenario.models, [make.models for make in hardware]),
    )
    return world if scenario.fleet is None else _with_own(world, hardware), fleet.unpropagatable


def _with_own(world: World, hardware: Sequence[Make]) -> World:
    """Return the world of a mixed fleet, in which every satellite has its own modes, terminals and radio."""
    return replace(
        world,
        own_modes=tuple(_modes(make.processor, make.upkeep.bandwidth_share) for make in hardware),
        own_isl=tuple(make.isl for make in hardware),
        own_downlink=tuple(make.ground for make in hardware),
        own_downlink_steps=tuple(make.downlink_steps for make in hardware if make.downlink_steps is not None),
    )


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


def _modes(processor: Processor, bandwidth_share: float) -> tuple[ProcessorMode, ...]:
    """Return the modes of the processor, slower by the bandwidth that sweeps over memory take from its tasks."""
    left = 1.0 - bandwidth_share
    return tuple(
        ProcessorMode(name=mode.name, power_w=mode.power_w, speed=mode.speed * left) for mode in processor.modes
    )


def _beam(scenario: Scenario, positions: PositionModel) -> BeamSetting | None:
    """Return the metasurface of a scenario that has one; methods are imported only then."""
    ground = scenario.ground
    if ground.downlink is None:
        return None
    from scenarios.beam.downlink import beam_setting

    where = (positions.mean_orbits, ground.minimum_elevation_rad)
    return beam_setting(ground.downlink, scenario.folder, *where, scenario.seed)


def _payload(scenario: Scenario) -> Payload | None:
    """Return the sensors of a scenario whose tasks are captures."""
    tasks = scenario.tasks
    if not isinstance(tasks, ObservationTasks):
        return None
    return Payload(capture_s=tasks.capture_s, power_w=tasks.payload_power_w)


def _traced(n_sats: int, n_traces: int) -> tuple[int, ...]:
    """Return the satellites whose batteries are traced, evenly spread."""
    n_traces = min(n_traces, n_sats)
    return tuple(i_trace * n_sats // n_traces for i_trace in range(n_traces))
