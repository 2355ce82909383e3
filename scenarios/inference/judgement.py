"""The result of every task of a run, decided when the run is over: the engine knows no networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from onboard_models.memory_image import MemoryImage
from radiation.upsets import UpsetList
from scenarios.config import Place, Problem, Scenario, ScenarioError
from scenarios.config.inference import Inference
from scenarios.inference.harm_table import TableJudge
from scenarios.inference.loading import LoadedNetwork, loaded_network, table_of
from scenarios.inference.network_judge import NetworkJudge
from scenarios.inference.results import RESULTS, Result, results_of
from scenarios.inference.task_draws import TaskDraws
from scenarios.inference.weights import CLEAN, WeightHistories, WeightHistory, WeightPlace
from scenarios.memory_kinds import MemoryKind
from scenarios.onboard_memory import OnboardMemory
from scenarios.radiation_setup import memory_of
from simulator.records import Fate
from simulator.records import Place as RunPlace
from simulator.results import RunFolder
from simulator.results.event_tables import COMPUTER_STARTS

_NEEDED: Final = ("task_id", "satellite", "fate", "place", "start_s", "finish_s", "n_logic_errors", "counted")
_CHUNK_TASKS: Final = 16_384
_AFTER_THE_LAST_S: Final = 1.0


class Judge(Protocol):
    """Decides what becomes of answers that are given with flipped weights."""

    def results(
        self,
        weights: Sequence[NDArray[np.int64]],
        asked: NDArray[np.int64],
        image: NDArray[np.int64],
        luck: NDArray[np.float64],
    ) -> NDArray[np.int8]:
        """Return the `Result` of each answer (n,): with which weights, to which image, at what luck in [0, 1)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tasks:
    """Tasks whose result was delivered, and of them those that ran on board."""

    is_delivered: NDArray[np.bool_]
    is_on_board: NDArray[np.bool_]
    columns: dict[str, NDArray[Any]]


class Inferences:
    """The network of a run: it is told the upsets before the run, and marks tasks after it."""

    def __init__(
        self,
        section: Inference,
        loaded: LoadedNetwork,
        judge: Judge,
        n_trials: int | None,
        places: Sequence[WeightPlace],
        seed: int,
    ) -> None:
        self._section, self._loaded, self._judge, self._n_trials = section, loaded, judge, n_trials
        self._places, self._seed = places, seed
        self._hits: list[list[UpsetList]] = [[] for _ in places]

    def take(self, i_kind: int, upsets: UpsetList) -> None:
        """Keep what the upsets of some satellites of one kind of memory do to the network."""
        self._hits[i_kind].append(self._places[i_kind].hits_of(upsets))

    def mark_tasks(self, folder: RunFolder) -> dict[str, Any]:
        """Add the column `result` to the finished table of tasks, and return what the summary says of it."""
        table = pq.read_table(folder.path / "tasks.parquet", columns=list(_NEEDED))
        tasks = _tasks_of(table)
        clean = self._loaded.clean_answers()
        draws = TaskDraws(self._seed, n_images=len(clean), n_per_task=self._section.images_per_task)
        history = self._history(folder, tasks)
        results, is_flipped = self._results(tasks, history, draws, results_of(clean, clean))
        _write_results(folder, results, tasks.is_delivered)
        counted = tasks.columns["counted"] & tasks.is_delivered
        counts = np.bincount(results[counted], minlength=len(RESULTS)).tolist()
        n_all = sum(counts)
        return {
            "model": self._section.model,
            "protection": self._section.protection,
            "mode": self._section.mode,
            "n_table_trials": self._n_trials,
            "image_bytes": self._loaded.subject.image.n_bytes,
            "n_images": len(clean),
            "images_per_task": self._section.images_per_task,
            "clean_accuracy": float(np.mean(clean.label == self._loaded.network.images.y)),
            "n_tasks_with_result": n_all,
            "n_tasks_on_flipped_weights": int(np.count_nonzero(is_flipped & counted)),
            **{f"n_{name}": n for name, n in zip(RESULTS, counts, strict=True)},
            **{f"share_{name}": n / n_all if n_all else np.nan for name, n in zip(RESULTS, counts, strict=True)},
        }

    def _history(self, folder: RunFolder, tasks: _Tasks) -> WeightHistories:
        finish_s = tasks.columns["finish_s"][tasks.is_on_board]
        started_s = _computer_starts(folder.path / "events.parquet")
        end_s = float(finish_s.max(initial=0.0)) + _AFTER_THE_LAST_S
        return WeightHistories(
            [
                WeightHistory(place, hits, reload_s=self._section.reload_s, started_s=started_s, end_s=end_s)
                for place, hits in zip(self._places, self._hits, strict=True)
            ]
        )

    def _results(
        self, tasks: _Tasks, history: WeightHistories, draws: TaskDraws, clean: NDArray[np.int8]
    ) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """Return the result of each task, and whether any of its answers came from flipped weights."""
        n_tasks = tasks.is_delivered.size
        results = np.full(n_tasks, Result.CORRECT, np.int8)
        parts = []
        for first in range(0, n_tasks, _CHUNK_TASKS):
            row = first + np.flatnonzero(tasks.is_on_board[first : first + _CHUNK_TASKS])
            image = draws.images(tasks.columns["task_id"][row])
            results[row] = clean[image].max(axis=1, initial=Result.CORRECT)
            parts.append(self._flipped_answers(tasks, row, image, history))
        row, image, span, i_answer = (np.concatenate(part) for part in zip(*parts, strict=True)) if parts else _NONE
        luck = draws.luck(tasks.columns["task_id"][row], i_answer)
        found, is_flipped_answer = self._judged(history, span, image, luck)
        np.maximum.at(results, row, found)
        is_hit = tasks.is_on_board & (tasks.columns["n_logic_errors"] > 0)
        results[is_hit] = np.maximum(results[is_hit], Result.CORRUPT)
        is_flipped = np.zeros(n_tasks, np.bool_)
        is_flipped[row[is_flipped_answer]] = True
        return results, is_flipped

    def _flipped_answers(
        self, tasks: _Tasks, row: NDArray[np.int64], image: NDArray[np.int64], history: WeightHistories
    ) -> tuple[NDArray[np.int64], ...]:
        """Return task, image, span and number in its task of each answer in a span that began with a flip."""
        n_per_task = self._section.images_per_task
        start_s, finish_s = tasks.columns["start_s"][row, None], tasks.columns["finish_s"][row, None]
        at_s = start_s + (np.arange(n_per_task) + 0.5) / n_per_task * (finish_s - start_s)
        span = history.spans_at(np.repeat(tasks.columns["satellite"][row], n_per_task), at_s.ravel())
        chosen = np.flatnonzero(span != CLEAN)
        return row[chosen // n_per_task], image.ravel()[chosen], span[chosen], chosen % n_per_task

    def _judged(
        self, history: WeightHistories, span: NDArray[np.int64], image: NDArray[np.int64], luck: NDArray[np.float64]
    ) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """Return results of answers by span, and whether their weights were flipped; equal weights are asked once."""
        spans, of_span = np.unique(span, return_inverse=True)
        found = [history.weights_in(i) for i in spans.tolist()]
        distinct: dict[bytes, int] = {}
        number = np.array([distinct.setdefault(weights.bits.tobytes(), len(distinct)) for weights in found], np.int64)
        weights = [np.frombuffer(key, np.int64) for key in distinct]
        is_alarmed = np.array([weights.is_alarmed for weights in found], np.bool_)[of_span]
        is_flipped = np.array([weights.bits.size > 0 for weights in found], np.bool_)[of_span] | is_alarmed
        asked = np.flatnonzero(is_flipped & ~is_alarmed)
        results = np.where(is_alarmed, Result.DETECTED, Result.CORRECT).astype(np.int8)
        if asked.size:
            results[asked] = self._judge.results(weights, number[of_span[asked]], image[asked], luck[asked])
        return results, is_flipped


_NONE: Final = tuple(np.zeros(0, np.int64) for _ in range(4))


def prepare_inferences(scenario: Scenario, kinds: Sequence[MemoryKind], runs_folder: Path) -> Inferences | None:
    """Return the network of a scenario, in the memories of its satellites and with its table; None if it has none.

    Raises
    ------
    ScenarioError
        If parts of the section do not go together; the message names the key.
    """
    section = scenario.inference
    if section is None:
        return None
    try:
        loaded = loaded_network(section, scenario.folder)
        image = loaded.subject.image
        places = [_place(section, image, memory_of(kind.section, scenario.folder)) for kind in kinds]
        if section.mode == "onnx":
            judge: Judge = NetworkJudge(loaded.subject, loaded.network.images.x, loaded.n_rows)
            return Inferences(section, loaded, judge, None, places, scenario.seed)
        table = table_of(section, loaded, scenario.folder, runs_folder)
        judge = TableJudge(table, image, scenario.seed)
        return Inferences(section, loaded, judge, table.n_trials, places, scenario.seed)
    except ValueError as error:
        if type(error) is not ValueError:  # a refused file, which names itself
            raise
        raise _scenario_error(scenario, str(error)) from error


def _place(section: Inference, image: MemoryImage, memory: OnboardMemory) -> WeightPlace:
    """Return where the network lies in a memory, if it fits."""
    place = WeightPlace(memory=memory, first_byte=section.first_byte, n_bits=image.n_bits)
    if place.n_free_bytes < image.n_bytes:
        raise ValueError(
            f"first_byte: {image.n_bytes} bytes of network from byte {section.first_byte} on do not fit, memory of "
            f"{memory.device.name} ends {place.n_free_bytes} bytes behind it; lower it, or raise radiation.memory_mib"
        )
    return place


def _scenario_error(scenario: Scenario, text: str) -> ScenarioError:
    key, _, told = text.partition(": ")
    is_key = key in Inference.model_fields
    what, _, remedy = (told if is_key else text).rpartition("; ")
    path = ("inference", key) if is_key else ("inference",)
    place = Place(source=f"scenario {scenario.name}")
    return ScenarioError([Problem(place=place, path=path, what=what or remedy, remedy=remedy if what else "")])


def _tasks_of(table: pa.Table) -> _Tasks:
    columns = {name: table[name].to_numpy() for name in _NEEDED if name not in ("fate", "place")}
    fate, place = (table[name].cast(pa.string()) for name in ("fate", "place"))
    delivered = pa.array([Fate.ON_TIME.value, Fate.LATE.value])
    on_board = pa.array([place.value for place in RunPlace if place is not RunPlace.GROUND])
    is_delivered = pc.is_in(fate, value_set=delivered).to_numpy()
    is_on_board = is_delivered & pc.is_in(place, value_set=on_board).to_numpy()
    return _Tasks(is_delivered=is_delivered, is_on_board=is_on_board, columns=columns)


def _computer_starts(path: Path) -> dict[int, NDArray[np.float64]]:
    """Return when the computer of each satellite started: after a reset, or with power again."""
    events = pq.read_table(path, columns=["t_s", "satellite", "kind"])
    events = events.filter(pc.is_in(events["kind"].cast(pa.string()), value_set=pa.array(COMPUTER_STARTS)))
    t_s, satellite = events["t_s"].to_numpy(), events["satellite"].to_numpy()
    return {int(i_sat): np.sort(t_s[satellite == i_sat]) for i_sat in np.unique(satellite)}


def _write_results(folder: RunFolder, results: NDArray[np.int8], is_delivered: NDArray[np.bool_]) -> None:
    """Write the table of tasks anew with one more column, a row group at a time."""
    words = np.array([*RESULTS, None], dtype=object)
    number = np.where(is_delivered, results, len(RESULTS))
    first = 0
    with pq.ParquetFile(folder.path / "tasks.parquet") as file:
        sections = ["radiation", "inference"]
        sections += ["models"] if "model_wait_s" in file.schema_arrow.names else []
        with folder.table("tasks", sections) as table:
            for i_group in range(file.num_row_groups):
                rows = file.read_row_group(i_group)
                chosen = slice(first, first + rows.num_rows)
                table.append_columns([*(_plain(old) for old in rows.columns), words[number[chosen]].tolist()])
                first += rows.num_rows


def _plain(column: pa.ChunkedArray) -> Any:
    """Return a column as the writer takes it."""
    is_number = pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
    return column.to_numpy() if is_number else column.to_pylist()
