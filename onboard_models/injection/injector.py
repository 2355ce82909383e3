"""Running a model under flipped bits, each trial by the fastest way that is exact for it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.injection.delta import DeltaModel
from onboard_models.injection.graph_cuts import ModelGraph
from onboard_models.injection.guard import GuardReport, InjectionGuardError, Outputs, check_injection
from onboard_models.injection.rebuilt import RebuiltModel
from onboard_models.injection.shared_memory import SharedMemoryModel
from onboard_models.injection.trial_outputs import TrialOutputs, repeated
from onboard_models.limited_run import RunLimits
from onboard_models.memory_image import MemoryImage
from onboard_models.model_tensors import memory_image_of
from onboard_models.runtime import RUN_ERRORS, Optimisation, open_session, primary_output
from onboard_models.tensor_flips import TensorFlips, flips_in

_PROBE_ROWS: Final = 2
_PROBE_SEED: Final = 1


class Mode(Enum):
    """How a flip reaches the model."""

    DELTA = "delta"
    """One faulty weight or bias: its channel is computed, and the model from there on."""
    IN_PLACE = "in-place"
    """The memory that the runtime reads is flipped, and flipped back: any number of flips."""
    REBUILT = "rebuilt"
    """The flipped model is loaded anew: anything, slowly."""


class Injector:
    """A model with one input, under flipped bits of its tensors.

    When it is made, every declared mode is checked against rebuilt sessions in every tensor (`guard_report`).

    Parameters
    ----------
    model : an ONNX model, or its bytes; check foreign ones with `onboard_models.vetting` first
    modes : what may be used besides `Mode.REBUILT`, which serves tensors that the others cannot
    probe : (n, ...) inputs for the check: images that the model was made for, since random ones, the default, may drive
        it where a flip hides; needed where the model leaves sizes open
    fall_back : whether tensors that fail the check are served by `Mode.REBUILT` from then on; otherwise they are an
        error
    optimisation, n_threads : as of `open_session`
    n_stacked : trials that share a run in `Mode.DELTA`
    limits : for trials that hit shapes, axes and indices, which run in a child process

    Attributes
    ----------
    image : MemoryImage, the model in memory: what flips are drawn from
    tensors : names of the tensors that can be flipped
    modes_of : modes by tensor, the fastest first
    guard_report : GuardReport

    Raises
    ------
    InjectionGuardError
        If a declared mode does not change the model as a rebuilt session is changed, and `fall_back` is false.
    ValueError
        If ONNX Runtime does not load the model, it has several inputs or holds nothing, or `probe` is needed.
    """

    def __init__(
        self,
        model: onnx.ModelProto | bytes,
        *,
        modes: Sequence[Mode] = (Mode.DELTA, Mode.IN_PLACE),
        probe: NDArray[np.generic] | None = None,
        fall_back: bool = False,
        optimisation: Optimisation = Optimisation.ALL,
        n_threads: int = 1,
        n_stacked: int = 2,
        limits: RunLimits | None = None,
    ) -> None:
        graph = ModelGraph(onnx.ModelProto.FromString(model) if isinstance(model, bytes) else model)
        self._graph = graph
        _check_runs(graph)
        self.image: MemoryImage = memory_image_of(graph.model)
        self.tensors = frozenset(name for name, values in graph.values.items() if values.size)
        self._rebuilt = RebuiltModel(graph, optimisation=optimisation, n_threads=n_threads, limits=limits)
        self._delta = DeltaModel(graph, optimisation=optimisation, n_threads=n_threads, n_slots=n_stacked)
        self._in_place = SharedMemoryModel(graph, optimisation=optimisation, n_threads=n_threads)
        served = {Mode.DELTA: self._delta.tensors, Mode.IN_PLACE: self._in_place.tensors}
        self._served = {mode: served[mode] for mode in (Mode.DELTA, Mode.IN_PLACE) if mode in modes}
        self._x: NDArray[np.generic] | None = None
        self._golden: Outputs = {}
        self.guard_report = self._guard(self._probe(probe), fall_back=fall_back)

    @property
    def modes_of(self) -> dict[str, tuple[Mode, ...]]:
        """Modes by tensor, the fastest first; the last always serves."""
        return {
            name: (*(mode for mode, names in self._served.items() if name in names), Mode.REBUILT)
            for name in sorted(self.tensors)
        }

    @property
    def primary_output(self) -> str:
        """The output called `logits`, else the last one."""
        return primary_output(self._graph.outputs)

    def golden(self, x: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the primary output without faults, (n, n_classes)."""
        return self.golden_outputs(x)[self.primary_output]

    def golden_outputs(self, x: NDArray[np.generic]) -> Outputs:
        """Return all outputs without faults."""
        self._prepare(x)
        return self._golden

    def logits(self, x: NDArray[np.generic], flips: TensorFlips) -> NDArray[np.generic]:
        """Return the primary output under flips, (n, n_classes); nan where the model fails."""
        logits: NDArray[np.generic] = self.run(x, [flips]).outputs[self.primary_output][0]
        return logits

    def run(self, x: NDArray[np.generic], trials: Sequence[TensorFlips]) -> TrialOutputs:
        """Return all outputs under the flips of each trial; no trial sees those of another.

        Trials are fastest many at a time: those that hit the same layer share what lies before it. What is known of an
        input is kept for the next call with the same one.

        Parameters
        ----------
        x : (n, ...) input
        trials : flips of tensors of the model; take `flips.of(injector.tensors)` of flips that hit unused memory too

        Raises
        ------
        ValueError
            If a flip is in no tensor of the model.
        """
        self._prepare(x)
        results = repeated(self._golden, len(trials))
        single = []
        for i, flips in enumerate(trials):
            fault = self._delta.faulty_value(flips) if Mode.DELTA in self._served else None
            if fault is not None and fault[0] in self._served[Mode.DELTA]:
                single.append((i, fault))
            elif len(flips):
                results.put_or_fail_(i, self._outputs(x, flips))
        self._delta.fill_(single, results)
        return results

    def _outputs(self, x: NDArray[np.generic], flips: TensorFlips) -> Outputs | None:
        names = {flips.tensors[i] for i in np.unique(flips.tensor)}
        if not names <= self.tensors:
            raise ValueError(
                f"flips hit {sorted(names - self.tensors)}, which are no tensors of the model; take "
                "flips.of(injector.tensors)"
            )
        if names <= self._served.get(Mode.IN_PLACE, frozenset()):
            return self._in_place.outputs(x, flips)
        return self._rebuilt.outputs(x, flips)

    def _prepare(self, x: NDArray[np.generic]) -> None:
        if self._x is not None and np.array_equal(x, self._x):
            return
        golden = self._rebuilt.outputs(x, flips_in("", [], []))
        if golden is None:
            raise ValueError(f"x: the model does not run on {x.dtype} of shape {x.shape}; see its input")
        self._x = x.copy()
        self._golden = golden
        self._delta.prepare(self._x)

    def _guard(self, probe: NDArray[np.generic], *, fall_back: bool) -> GuardReport:
        proved: list[str] = []
        silent: list[str] = []
        failed: dict[str, str] = {}
        known: dict[tuple[tuple[str, ...], bytes, bytes], Outputs | None] = {}

        def rebuilt(flips: TensorFlips) -> Outputs | None:
            key = (flips.tensors, flips.element.tobytes(), flips.bit.tobytes())
            if key not in known:
                known[key] = self._rebuilt.outputs(probe, flips)
            return known[key]

        for mode, names in self._served.items():
            values = {name: self._graph.values[name] for name in self._graph.values if name in names}
            injected = {Mode.IN_PLACE: self._in_place.outputs, Mode.DELTA: self._single}[mode]
            report = check_injection(values, partial(injected, probe), rebuilt, partial(self._serves, mode))
            self._served[mode] = names - report.failed.keys()
            proved += report.proved
            silent += report.silent
            failed |= {f"{name} ({mode.value})": text for name, text in report.failed.items()}
        if failed and not fall_back:
            listed = "; ".join(f"{name}: {text}" for name, text in list(failed.items())[:5])
            raise InjectionGuardError(
                f"{len(failed)} tensors differ from a rebuilt session where flipped ({listed}): this model with this "
                "ONNX Runtime needs fall_back=True, which rebuilds the session for those, or other modes"
            )
        return GuardReport(proved=tuple(dict.fromkeys(proved)), silent=tuple(dict.fromkeys(silent)), failed=failed)

    def _serves(self, mode: Mode, flips: TensorFlips) -> bool:
        return mode is not Mode.DELTA or self._delta.faulty_value(flips) is not None

    def _single(self, x: NDArray[np.generic], flips: TensorFlips) -> Outputs | None:
        """Return outputs by `Mode.DELTA`."""
        self._prepare(x)
        results = repeated(self._golden, 1)
        fault = self._delta.faulty_value(flips)
        self._delta.fill_([] if fault is None else [(0, fault)], results)
        return None if results.is_failed[0] else {name: value[0] for name, value in results.outputs.items()}

    def _probe(self, probe: NDArray[np.generic] | None) -> NDArray[np.generic]:
        if probe is not None:
            return probe
        tensor = self._graph.model.graph.input[0].type.tensor_type
        sizes = [dim.dim_value for dim in tensor.shape.dim]
        if not sizes or 0 in sizes[1:]:
            raise ValueError(
                f"probe: the input {self._graph.input!r} leaves sizes open, {sizes}; give inputs to check with"
            )
        drawn = np.random.default_rng(_PROBE_SEED).normal(size=(sizes[0] or _PROBE_ROWS, *sizes[1:]))
        return drawn.astype(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))


def _check_runs(graph: ModelGraph) -> None:
    try:
        open_session(graph.model.SerializeToString())
    except RUN_ERRORS as error:
        raise ValueError(f"model: ONNX Runtime does not load it: {error}") from error
