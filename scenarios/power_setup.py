"""The power of every satellite of a scenario: battery and loads, what its cells give, how its array is turned."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.config.observation import ObservationTasks
from scenarios.config.scenario import Scenario
from scenarios.config.solar_array import SolarArray as SolarArraySection
from scenarios.fleet_groups import Make
from simulator.network.grid import Topology
from simulator.power.array_faults import faulty_arrays
from simulator.power.battery import BatteryParameters
from simulator.power.solar_array import Attitude, Panel, SolarArray


def build_faulty_arrays(scenario: Scenario, n_sats: int) -> tuple[int, ...]:
    """Return the satellites whose arrays are degraded in a scenario, in ascending order."""
    fault = scenario.adversity.array_fault if scenario.adversity is not None else None
    return () if fault is None else faulty_arrays(n_sats, fault.share, scenario.seed)


def batteries_of(
    scenario: Scenario, hardware: Sequence[Make], topology: Topology, beam_power_w: float
) -> tuple[BatteryParameters, ...]:
    """Return battery and loads of every satellite; the upkeep of memories always draws, the beam while it sends."""
    return tuple(
        _battery(scenario, make, len(topology.neighbours(i_sat)), beam_power_w) for i_sat, make in enumerate(hardware)
    )


def solar_power_of(scenario: Scenario, hardware: Sequence[Make]) -> tuple[float, ...]:
    """Return what the cells of every array give when they face the Sun."""
    solar_power_w = [make.power.aged_solar_power_w for make in hardware]
    if scenario.adversity is not None and scenario.adversity.array_fault is not None:
        for i_sat in build_faulty_arrays(scenario, len(solar_power_w)):
            solar_power_w[i_sat] *= scenario.adversity.array_fault.output
    return tuple(solar_power_w)


def arrays_of(hardware: Sequence[Make]) -> tuple[SolarArray, ...]:
    """Return how the array of every satellite is turned to the Sun, nothing if all face it."""
    sections = [make.power.array for make in hardware]
    if all(section is None for section in sections):
        return ()
    return tuple(_array(section) for section in sections)


def _battery(scenario: Scenario, make: Make, n_links: int, beam_power_w: float) -> BatteryParameters:
    """Return a satellite's battery and loads; its terminals are one per link and one to the ground."""
    power, processor, isl, ground = make.power, make.processor, make.isl, make.ground
    n_ground = 1 if scenario.ground.stations else 0
    base_w = power.base_power_w + n_links * make.isl_standby_w + n_ground * make.ground_standby_w + make.upkeep.power_w
    pulse_w = n_links * (isl.transmit_power_w + isl.receive_power_w)
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


def _array(array: SolarArraySection | None) -> SolarArray:
    """Return one array; cells without a section face the Sun."""
    if array is None:
        return SolarArray(attitude=Attitude.SUN_TRACKING)
    n_cells = sum(panel.cells for panel in array.panels)
    panels = tuple(Panel(normal=panel.unit_normal, share=panel.cells / n_cells) for panel in array.panels)
    return SolarArray(attitude=Attitude(array.attitude), panels=panels)
