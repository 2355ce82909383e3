"""Rules of a scenario that several sections have a part in, and that files beside it have to keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pydantic import ValidationInfo

from scenarios.config.adversity import Adversity, LinkOutage, StationOutage
from scenarios.config.fleet import Fleet
from scenarios.config.hardware import Power, Processor
from scenarios.config.link_budget import LinkBudgetSection
from scenarios.config.network import Ground, Links
from scenarios.config.observation import ObservationTasks, TargetFile
from scenarios.config.radiation import Radiation
from scenarios.config.satellites import FileSatellites, StatesSatellites, WalkerSatellites
from scenarios.config.sections import broken_rule
from scenarios.config.span import Span
from scenarios.config.storage import Storage
from scenarios.config.workload import PoissonTasks, Tasks, TraceTasks

_LEAST_BASE_LOAD_S: Final = 1.0


def check_outages(adversity: Adversity, info: ValidationInfo) -> None:
    """Refuse a schedule that is not there, stations and satellites that are not, and surges of other tasks."""
    if adversity.schedule is not None:
        check_exists(adversity.schedule, info.context, at="schedule")
    ground, satellites, tasks = (info.data.get(name) for name in ("ground", "satellites", "tasks"))
    names = [station.name for station in ground.stations] if isinstance(ground, Ground) else []
    for i_outage, outage in enumerate(adversity.outages or ()):
        if isinstance(outage, StationOutage) and isinstance(ground, Ground) and outage.station not in names:
            remedy = f"write one of {', '.join(names)}" if names else "add stations under ground"
            raise broken_rule(f"no such station (got {outage.station!r})", remedy, at=f"outages.{i_outage}.station")
        if isinstance(outage, StationOutage) or not isinstance(satellites, WalkerSatellites):
            continue
        key = "between" if isinstance(outage, LinkOutage) else "satellite"
        highest = max(outage.between) if isinstance(outage, LinkOutage) else outage.satellite
        if highest >= satellites.n_sats:
            remedy = f"write an index from 0 to {satellites.n_sats - 1}"
            raise broken_rule(f"no such satellite (got {highest})", remedy, at=f"outages.{i_outage}.{key}")
    if adversity.demand_surges and tasks is not None and not isinstance(tasks, PoissonTasks):
        remedy = "remove demand_surges, or write tasks: {kind: poisson, load: 0.36}"
        raise broken_rule("surges are of tasks that arise at random", remedy, at="demand_surges")


def check_planes_are_known(links: Links, satellites: object) -> None:
    """Refuse links along and between planes of satellites that come from a file without them."""
    has_no_planes = isinstance(satellites, (FileSatellites, StatesSatellites)) and not satellites.group_planes
    if has_no_planes and links.topology != "none":
        remedy = "write topology: none, or group_planes: true under satellites"
        raise broken_rule("links need satellites grouped into planes", remedy, at="topology")


def check_storage(storage: Storage | None, info: ValidationInfo) -> None:
    """Refuse sizes of memories where none has a limit, and raw data for the ground where it has no station."""
    ground, fleet = info.data.get("ground"), info.data.get("fleet")
    groups = fleet.groups if isinstance(fleet, Fleet) else ()
    if storage is None and any(group.storage_capacity_gbit is not None for group in groups):
        remedy = "add for example storage: {capacity_gbit: 512}, or remove storage_capacity_gbit from the groups"
        raise broken_rule("groups of the fleet have memories of a size, but memories have no limit", remedy)
    if storage is not None and storage.raw_to_ground_share and isinstance(ground, Ground) and not ground.stations:
        remedy = "add stations under ground, or write raw_to_ground_share: 0"
        raise broken_rule("raw data must reach the ground, but there is no station", remedy, at="raw_to_ground_share")


def check_tasks(tasks: Tasks, info: ValidationInfo) -> None:
    """Refuse files that are not there, deadlines too short, and results for the ground where it has no station."""
    ground, processor, fleet = (info.data.get(name) for name in ("ground", "processor", "fleet"))
    if isinstance(tasks, TraceTasks):
        check_exists(tasks.path, info.context)
    elif isinstance(processor, Processor):
        _check_deadline(tasks, max(processor.top_speed, fleet.top_speed if isinstance(fleet, Fleet) else 0.0))
    if isinstance(tasks, ObservationTasks) and isinstance(tasks.targets, TargetFile):
        check_exists(tasks.targets.path, info.context, at="targets.path")
    if tasks.deliver_to == "ground" and isinstance(ground, Ground) and not ground.stations:
        remedy = "add stations under ground, or write deliver_to: source"
        raise broken_rule("results must reach the ground, but there is no station", remedy, at="deliver_to")


def check_battery(power: Power, *, at: str = "battery_capacity_kj") -> None:
    """Refuse a battery that the base load alone empties within a second.

    No satellite flies one, and it would switch off and on again by the millisecond wherever the array gives less than
    the load.
    """
    least_j = power.base_power_w * _LEAST_BASE_LOAD_S
    if power.battery_capacity_j < least_j:
        problem = (
            f"lasts {power.base_power_w:g} W of base_power_w for less than a second (got {power.battery_capacity_kj:g})"
        )
        remedy = f"write {least_j / 1e3:g} or more (1 Wh is 3.6 kJ), or a smaller base_power_w"
        raise broken_rule(problem, remedy, at=at)


def check_link_closes(link_budget: LinkBudgetSection, altitude_m: float) -> None:
    """Refuse a link that does not close even to a satellite overhead, with 50 km for flattening and high stations."""
    from scenarios.downlink_setup import rate_steps_of

    steps = rate_steps_of(link_budget)
    if steps is not None and steps.reach_m[-1] < altitude_m - 50e3:
        problem = f"the link closes up to {steps.reach_m[-1] / 1e3:.0f} km, satellites fly at {altitude_m / 1e3:.0f} km"
        raise broken_rule(problem, "raise eirp_dbw or g_over_t_db_k, or lower bandwidth_mhz", at="link_budget")


def check_exists(path: str, context: Any, *, at: str = "path") -> None:
    """Refuse a path that leads to no file."""
    folder = context.get("folder", Path()) if isinstance(context, dict) else Path()
    if not (folder / path).is_file():
        raise broken_rule(f"no such file (got {path!r})", "write the path relative to the scenario file", at=at)


def folder_of(info: ValidationInfo) -> Path:
    """Return the folder of the scenario file."""
    folder: Path = info.context.get("folder", Path()) if isinstance(info.context, dict) else Path()
    return folder


def check_weights_lie_in_memory(radiation: Radiation | None, folder: Path) -> None:
    """Refuse a network where nothing flips."""
    if radiation is None:
        remedy = "add a section radiation, for example radiation: {device: carmen-2-rednet}"
        raise broken_rule("its weights lie in memory that radiation upsets, and there is none", remedy)
    from scenarios.radiation_setup import memory_of

    device = memory_of(radiation, folder).device
    if device.memory is None:
        remedy = "choose a memory device for radiation.device"
        raise broken_rule(f"its weights need memory, and device {device.name!r} has none", remedy)


def check_surroundings(radiation: Radiation, folder: Path, epoch: str | None, altitude_m: float | None) -> None:
    """Refuse dates that no model of the environment reaches, and orbits outside its tables if the device needs them."""
    from radiation.environment import check_orbit_altitude
    from scenarios.radiation_setup import environment_of, memory_of, needs_environment
    from simulator.timescale import parse_epoch

    remedy = "choose another epoch"
    try:
        if epoch is not None:
            environment_of(radiation, parse_epoch(epoch))
        if altitude_m is not None and needs_environment(memory_of(radiation, folder)):
            remedy = "choose another orbit, or a device of constant rates, which goes anywhere"
            check_orbit_altitude(altitude_m)
    except ValueError as error:
        raise broken_rule(f"outside the tables of radiation ({error})", remedy) from error


def check_warm_up_is_shorter(warm_up: Span, duration: Span, satellites: object) -> None:
    """Refuse a warm-up as long as the duration, where the two can be compared without reading an orbit file."""
    same_unit = (warm_up.orbits is None) == (duration.orbits is None)
    if not isinstance(satellites, WalkerSatellites) and not same_unit:
        return
    period_s = satellites.orbital_period_s if isinstance(satellites, WalkerSatellites) else 1.0
    warm_up_s, duration_s = warm_up.to_s(period_s), duration.to_s(period_s)
    if warm_up_s >= duration_s:
        problem = f"the warm-up is not shorter than the duration ({warm_up_s:g} s against {duration_s:g} s)"
        raise broken_rule(problem, "lengthen duration or shorten warm_up (default {orbits: 1})")


def _check_deadline(tasks: PoissonTasks | ObservationTasks, top_speed: float) -> None:
    """Refuse deadlines that no task could meet on board."""
    fastest_s = tasks.shortest_runtime_s / top_speed
    if tasks.deadline_s.high < fastest_s:
        longest_s = tasks.deadline_s.high
        problem = f"the longest deadline, {longest_s:g} s, is below the shortest run, {fastest_s:g} s"
        runtime = "runtime_s" if isinstance(tasks, PoissonTasks) else "work_s_per_gbit"
        raise broken_rule(problem, f"lengthen deadline_s (counted from arrival) or shorten {runtime}", at="deadline_s")
