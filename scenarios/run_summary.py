"""What a run tells beyond its tables: the entries of its summary, and whether its books balance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenarios.config import Scenario
from scenarios.config.satellites import FileSatellites, StatesSatellites, WalkerSatellites
from scenarios.config.workload import PoissonTasks
from scenarios.fleet_groups import hardware_of
from scenarios.group_summary import group_summary
from scenarios.model_summary import model_summary
from scenarios.power_setup import build_faulty_arrays
from scenarios.run_warnings import run_warnings
from scenarios.storage_summary import storage_summary
from simulator.engine.simulation import Simulation
from simulator.engine.world import World
from simulator.outages import OutageKind
from simulator.results import RunFolder


def engine_entries(scenario: Scenario, world: World, n_left_out: int, simulation: Simulation) -> dict[str, object]:
    """Return what the scenario and the engine know at the end of a run."""
    tasks, warnings = scenario.tasks, run_warnings(scenario, world)
    return {
        **({"warnings": warnings} if warnings else {}),
        "constellation": _constellation(scenario.satellites),
        "n_sats": world.positions.n_sats,
        "n_sats_left_out": n_left_out,
        "epoch": scenario.epoch,
        "warm_up_s": world.warm_up_s,
        "end_s": world.end_s,
        "load": tasks.offered_load if isinstance(tasks, PoissonTasks) else None,
        "n_arrived_whole_run": simulation.dispatcher.n_arrived,
        **simulation.signalling_rates(),
        **_metasurface(simulation),
        **({} if scenario.power.ageing is None else {"ageing": scenario.power.ageing.model_dump()}),
        **({} if scenario.adversity is None else {"adversity": _adversity(scenario, world, simulation)}),
    }


def table_entries(scenario: Scenario, world: World, folder: RunFolder) -> dict[str, object]:
    """Return what the finished tables of features tell, each under the name of its section."""
    return _storage(world, folder) | _models(world, folder) | _groups(scenario, world, folder)


def check_books(summary: Mapping[str, Any]) -> None:
    """Refuse a run whose books do not balance: it would be a fault of the engine, not a result.

    The bound is 1e-9 of all energy, and of all data, that came in, about a million times the rounding of a day's run.
    """
    if not summary["task_balance_closes"]:
        raise RuntimeError(f"tasks arrived and tasks ended differ: {summary['n_arrived_whole_run']} arrived")
    if not summary["energy_ledger_relative_error"] <= 1e-9:
        raise RuntimeError(f"energy ledger is off by {summary['energy_ledger_relative_error']} of what came in")
    if "storage" in summary and not summary["storage"]["ledger_relative_error"] <= 1e-9:
        raise RuntimeError(f"data ledger is off by {summary['storage']['ledger_relative_error']} of what came in")
    if "models" in summary:
        _check_models(summary["models"])


def _adversity(scenario: Scenario, world: World, simulation: Simulation) -> dict[str, float]:
    """Return what went wrong: failures before the end of the run, transfers also while it drains."""
    rerouting = simulation.dispatcher.transport.rerouting
    return {
        "n_faulty_arrays": len(build_faulty_arrays(scenario, world.positions.n_sats)),
        "n_link_failures": simulation.outages.n_begun[OutageKind.LINK],
        "n_transfers_rerouted": rerouting.n_rerouted,
        "n_transfers_cut": rerouting.n_cut,
        "n_transfers_held": rerouting.n_held,
        "forecast_error_s": world.forecast_error_s,
        **{
            f"n_{kind.value}_outages": simulation.outages.n_begun[kind]
            for kind in (OutageKind.SATELLITE, OutageKind.STATION, OutageKind.ARRAY)
            if world.outages is not None and kind in world.outages.kinds
        },
    }


def _metasurface(simulation: Simulation) -> dict[str, object]:
    """Return what the stacks of all satellites did, empty without any."""
    beams = simulation.dispatcher.transport.ground.beams
    if beams is None:
        return {}
    uses = [use for _, use in sorted(beams.uses.items()) if use.n_transfers]
    bits, busy_s = (math.fsum(values) for values in ([use.bits for use in uses], [use.busy_s for use in uses]))
    downlink = {
        "n_contacts": len(uses),
        "n_transfers": sum(use.n_transfers for use in uses),
        "bits": bits,
        "mean_rate_bps": bits / busy_s if busy_s else math.nan,
        "n_updates": sum(use.n_updates for use in uses),
        "energy_j": math.fsum(use.energy_j for use in uses),
    }
    return {"downlink": downlink}


def _storage(world: World, folder: RunFolder) -> dict[str, object]:
    """Return what memories and downlinks did, empty where memories have no limit."""
    if world.storage is None:
        return {}
    return {"storage": storage_summary(folder.path, world.warm_up_s, world.end_s)}


def _models(world: World, folder: RunFolder) -> dict[str, object]:
    """Return what models and their caches cost, empty where every satellite has every model."""
    return {} if world.models is None else {"models": model_summary(folder.path)}


def _groups(scenario: Scenario, world: World, folder: RunFolder) -> dict[str, object]:
    """Return what each group of a mixed fleet did, empty where all satellites are alike."""
    if scenario.fleet is None:
        return {}
    hardware = hardware_of(scenario, world.positions.names, world.topology.planes)
    return {"groups": group_summary(folder.path, [make.group for make in hardware])}


def _constellation(satellites: WalkerSatellites | FileSatellites | StatesSatellites) -> str:
    """Return a label for figures, such as `72 x 22 delta, 550 km, 53 deg`."""
    if isinstance(satellites, (FileSatellites, StatesSatellites)):
        return Path(satellites.path).name
    size = f"{satellites.planes} x {satellites.satellites_per_plane} {satellites.pattern}"
    return f"{size}, {satellites.altitude_km:g} km, {satellites.inclination_deg:g} deg"


def _check_models(models: Mapping[str, Any]) -> None:
    """Refuse a run in which models appear or vanish; sums over a fleet round like those of a satellite."""
    if not models["ledger_relative_error"] <= 1e-9:
        raise RuntimeError(f"model ledger is off by {models['ledger_relative_error']} of what came in")
    sent_bits, received_bits = models["sent_bits"], models["from_neighbours_bits"]
    if not abs(sent_bits - received_bits) <= 1e-9 * received_bits:
        raise RuntimeError(f"models sent over links and received differ: {sent_bits} and {received_bits} bits")
