"""Runs of a scenario: found in the runs folder, or done and kept there."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.build import build_world
from scenarios.config import Place, Problem, Scenario, ScenarioError, dump_scenario
from scenarios.config.observation import ObservationTasks
from scenarios.config.satellites import FileSatellites, StatesSatellites, WalkerSatellites
from scenarios.config.workload import PoissonTasks
from scenarios.custom_class import load_class, source_files
from scenarios.fleet_groups import hardware_of
from scenarios.group_summary import group_summary
from scenarios.memory_kinds import MemoryKind, memory_kinds
from scenarios.model_summary import model_summary
from scenarios.observation import CaptureLog, build_captures
from scenarios.power_setup import build_faulty_arrays
from scenarios.radiation_upsets import FleetUpsets, UpsetPart, draw_upsets, summary_of
from scenarios.recording import RunRecorder
from scenarios.storage_summary import storage_summary
from scenarios.upset_table import joined_columns, upset_columns
from scenarios.workload import build_tasks, models_drawn
from schedulers import SCHEDULERS
from simulator.engine.simulation import Simulation
from simulator.engine.world import World
from simulator.outages import OutageKind
from simulator.random_streams import Stream, random_stream
from simulator.records import Scheduler
from simulator.results import Provenance, RunFolder, code_version, file_sha256, open_run, run_key, summarise

if TYPE_CHECKING:
    from scenarios.inference.judgement import Inferences

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished run: its folder, its summary, and whether it was found rather than done."""

    folder: Path
    summary: Mapping[str, Any]
    reused: bool


def run(scenario: Scenario, *, runs_folder: Path = Path("runs"), progress: Progress | None = None) -> RunResult:
    """Run a scenario, or return its finished run if the runs folder holds it.

    Parameters
    ----------
    scenario : Scenario
    runs_folder : Path
        Each run is a folder in it, named by a hash of all that its result depends on.
    progress : callable, optional
        Called with the share of simulated time that is done.

    Raises
    ------
    ValueError
        If a file of the scenario is broken, or the scheduler decides what is no decision or leaves Python.
    OSError
        If the runs folder cannot be written.
    """
    try:
        return _find_or_do(scenario, runs_folder, progress)
    except SystemExit as leaving:
        if type(leaving) is not SystemExit:  # a caller's own way to end its process
            raise
        what = f"scheduler {scenario.scheduler} left Python (SystemExit: {leaving}); a scheduler must return or raise"
        raise ValueError(what).with_traceback(leaving.__traceback__) from leaving


def _find_or_do(scenario: Scenario, runs_folder: Path, progress: Progress | None) -> RunResult:
    text = dump_scenario(scenario)
    factory = _scheduler_factory(scenario.scheduler)
    hashes = {f"{i_file} {path.name}": file_sha256(path) for i_file, path in enumerate(scenario.input_files)}
    if ":" in scenario.scheduler:
        hashes |= {f"{scenario.scheduler} {name}": file_sha256(path) for name, path in source_files(factory).items()}
    if scenario.inference is not None:
        hashes |= _protection_hashes(scenario.inference.protection)
    folder = open_run(runs_folder, run_key(text, hashes, code_version()))
    with folder:
        reused = folder.is_finished
        if not reused:
            _execute(scenario, _make(scenario, factory), folder, progress)
            folder.write_scenario(text)
            provenance = Provenance(
                scenario_name=scenario.name,
                scheduler=scenario.scheduler,
                seed=scenario.seed,
                input_file_hashes=hashes,
                overrides=scenario.overrides,
            )
            folder.finish(provenance)
        elif progress is not None:
            progress(1.0)
    summary = json.loads((folder.path / "summary.json").read_text())
    return RunResult(folder=folder.path, summary=summary, reused=reused)


def _protection_hashes(protection: str) -> dict[str, str]:
    """Return the hashes of the files of a person's own that a protection of networks is made of."""
    from scenarios.campaigns.subjects import protection_files

    return {f"{protection} {name}": file_sha256(path) for name, path in protection_files(protection).items()}


def compare(
    scenario: Scenario,
    schedulers: Sequence[str],
    *,
    runs_folder: Path = Path("runs"),
    progress: Progress | None = None,
) -> list[RunResult]:
    """Run a scenario under several schedulers, each on the same arrivals; finished runs are reused."""
    results = []
    for i_run, name in enumerate(schedulers):

        def share(done: float, i_run: int = i_run) -> None:
            if progress is not None:
                progress((i_run + done) / len(schedulers))

        results.append(run(scenario.with_scheduler(name), runs_folder=runs_folder, progress=share))
    return results


def _scheduler_factory(name: str) -> Callable[..., Scheduler]:
    factory: Callable[..., Scheduler] = load_class(name) if ":" in name else SCHEDULERS[name]
    return factory


def _make(scenario: Scenario, factory: Callable[..., Scheduler]) -> Scheduler:
    place = Place(source=f"scenario {scenario.name}")
    try:
        scheduler = factory(**scenario.scheduler_options)
    except (TypeError, ValueError) as error:
        what, remedy = f"{scenario.scheduler} refuses them ({error})", "give the arguments that its __init__ takes"
        raise ScenarioError([Problem(place=place, path=("scheduler_options",), what=what, remedy=remedy)]) from error
    if not isinstance(scheduler, Scheduler):
        what = f"{scenario.scheduler} gives a {type(scheduler).__name__}, no Scheduler"
        remedy = "write class MyScheduler(Scheduler), with Scheduler from scenarios"
        raise ScenarioError([Problem(place=place, path=("scheduler",), what=what, remedy=remedy)])
    scheduler.name = scheduler.name or scenario.scheduler
    return scheduler


def _execute(scenario: Scenario, scheduler: Scheduler, folder: RunFolder, progress: Progress | None) -> None:
    """Simulate and leave tables and summary in the run's folder."""
    world, unpropagatable = build_world(scenario)
    kinds = memory_kinds(scenario, world.positions.names, world.topology.planes)
    inferences = _prepare_inferences(scenario, kinds, folder)
    upsets = _upsets(scenario, world, kinds, folder, inferences)
    if upsets is not None:
        world = replace(world, computer_faults=upsets.faults)
    log = _capture_log(scenario, world, folder)
    tasks = build_tasks(scenario, world) if log is None else models_drawn(scenario, log.tasks())
    recorder = RunRecorder(folder, world)
    for failure in unpropagatable:
        recorder.event(failure.t_s, -1, "unpropagatable", f"{failure.name}: {failure.reason}; left out")
    for i_sat in build_faulty_arrays(scenario, world.positions.n_sats):
        recorder.event(0.0, i_sat, "array_fault", f"array gives {world.solar_power_w[i_sat]:g} W in full sunlight")
    rng = random_stream(scenario.seed, Stream.SCHEDULER)
    simulation = Simulation(world, scheduler, tasks, recorder, rng)
    energy = simulation.run(progress)
    dispatcher = simulation.dispatcher
    recorder.finish(energy, dispatcher.transport, dispatcher.data.storage, dispatcher.models)
    judged = {} if inferences is None else {"inference": inferences.mark_tasks(folder)}
    summary = summarise(
        folder.path / "tasks.parquet",
        folder.path / "energy.parquet",
        scheduler=scenario.scheduler,
        seed=scenario.seed,
        scenario_name=scenario.name,
        extra=_extra(scenario, world, len(unpropagatable), simulation)
        | _observation(log, simulation)
        | _radiation(scenario, upsets, simulation, folder)
        | judged
        | _storage(world, folder)
        | _models(world, folder)
        | _groups(scenario, world, folder),
    )
    _check_balance(summary)
    folder.write_summary(summary)


def _extra(scenario: Scenario, world: World, n_left_out: int, simulation: Simulation) -> dict[str, object]:
    tasks = scenario.tasks
    return {
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


def _capture_log(scenario: Scenario, world: World, folder: RunFolder) -> CaptureLog | None:
    """Return what keeps the captures of a scenario that has some."""
    tasks = scenario.tasks
    if not isinstance(tasks, ObservationTasks):
        return None
    return CaptureLog(build_captures(scenario, tasks, world), folder, world)


def _observation(log: CaptureLog | None, simulation: Simulation) -> dict[str, object]:
    if log is None:
        return {}
    log.finish()
    payload_j = math.fsum(battery.payload_j for battery in simulation.fleet.batteries)
    return {"load": log.offered_load, "observation": log.summary(payload_j)}


def _prepare_inferences(scenario: Scenario, kinds: Sequence[MemoryKind], folder: RunFolder) -> Inferences | None:
    """Load the network of a scenario that has one; what runs networks is imported only then."""
    if scenario.inference is None:
        return None
    from scenarios.inference.judgement import prepare_inferences

    return prepare_inferences(scenario, kinds, folder.path.parent)


def _upsets(
    scenario: Scenario,
    world: World,
    kinds: Sequence[MemoryKind],
    folder: RunFolder,
    inferences: Inferences | None,
) -> FleetUpsets | None:
    """Draw the upsets of a run and write their table."""
    if not kinds:
        return None
    names = world.positions.names
    with folder.table("upsets") as table:

        def take(parts: Sequence[UpsetPart]) -> None:
            columns = [upset_columns(part.upsets, part.residual, names, start_s=0.0) for part in parts]
            table.append_columns(joined_columns(columns))
            if inferences is not None:
                for part in parts:
                    inferences.take(part.i_kind, part.upsets)

        return draw_upsets(kinds, scenario, world.positions, world.end_s, take)


def _radiation(
    scenario: Scenario, upsets: FleetUpsets | None, simulation: Simulation, folder: RunFolder
) -> dict[str, object]:
    if scenario.radiation is None or upsets is None:
        return {}
    return {"radiation": summary_of(scenario.radiation, upsets, scenario.seed, simulation.n_resets, folder.path)}


def _constellation(satellites: WalkerSatellites | FileSatellites | StatesSatellites) -> str:
    """Return a label for figures, such as `72 x 22 delta, 550 km, 53 deg`."""
    if isinstance(satellites, (FileSatellites, StatesSatellites)):
        return Path(satellites.path).name
    size = f"{satellites.planes} x {satellites.satellites_per_plane} {satellites.pattern}"
    return f"{size}, {satellites.altitude_km:g} km, {satellites.inclination_deg:g} deg"


def _check_balance(summary: Mapping[str, Any]) -> None:
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


def _check_models(models: Mapping[str, Any]) -> None:
    """Refuse a run in which models appear or vanish; sums over a fleet round like those of a satellite."""
    if not models["ledger_relative_error"] <= 1e-9:
        raise RuntimeError(f"model ledger is off by {models['ledger_relative_error']} of what came in")
    sent_bits, received_bits = models["sent_bits"], models["from_neighbours_bits"]
    if not abs(sent_bits - received_bits) <= 1e-9 * received_bits:
        raise RuntimeError(f"models sent over links and received differ: {sent_bits} and {received_bits} bits")
