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
from scenarios.custom_class import load_class, source_files
from scenarios.memory_kinds import MemoryKind, memory_kinds
from scenarios.observation import CaptureLog, build_captures
from scenarios.power_setup import build_faulty_arrays
from scenarios.radiation_upsets import FleetUpsets, UpsetPart, draw_upsets, summary_of
from scenarios.recording import RunRecorder
from scenarios.run_summary import check_books, engine_entries, table_entries
from scenarios.upset_table import joined_columns, upset_columns
from scenarios.workload import build_tasks, models_drawn
from schedulers import SCHEDULERS
from simulator.engine.simulation import Simulation
from simulator.engine.world import World
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
        recorder.event(0.0, i_sat, "array_fault", _array_output(world, i_sat))
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
        extra=engine_entries(scenario, world, len(unpropagatable), simulation)
        | _observation(log, simulation)
        | _radiation(scenario, upsets, simulation, folder)
        | judged
        | table_entries(scenario, world, folder),
    )
    check_books(summary)
    folder.write_summary(summary)


def _array_output(world: World, i_sat: int) -> str:
    """Return what an array gives in full sunlight, or would give if it could be turned to the Sun."""
    power_w = world.solar_power_w[i_sat]
    if not world.arrays or world.arrays[i_sat].faces_the_sun:
        return f"array gives {power_w:g} W in full sunlight"
    return f"cells would give {power_w:g} W if all of them faced the Sun"


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
