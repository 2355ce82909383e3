"""What a model gives under faults, trial by trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOutputs:
    """Outputs of a model under the flips of each trial.

    Attributes
    ----------
    outputs : by name of the output, (n_trials, n, ...); nan where the model failed
    is_failed : (n_trials,) bool, where the model could not be loaded or run: a flipped shape, for instance
    """

    outputs: dict[str, NDArray[np.generic]]
    is_failed: NDArray[np.bool_]

    def put_(self, trial: int, outputs: Mapping[str, NDArray[np.generic]]) -> None:
        """Fill in the outputs of one trial; one of another shape than without flips is a failure."""
        for name, value in outputs.items():
            if value.shape != self.outputs[name].shape[1:]:
                self.fail_(trial)
                return
            self.outputs[name][trial] = value

    def put_or_fail_(self, trial: int, outputs: Mapping[str, NDArray[np.generic]] | None) -> None:
        """Fill in the outputs of one trial; None is a failure."""
        if outputs is None:
            self.fail_(trial)
        else:
            self.put_(trial, outputs)

    def fail_(self, trial: int) -> None:
        """Note that the model failed in a trial."""
        self.is_failed[trial] = True
        for value in self.outputs.values():
            value[trial] = np.nan if value.dtype.kind == "f" else 0


def repeated(golden: Mapping[str, NDArray[np.generic]], n_trials: int) -> TrialOutputs:
    """Return outputs of trials in all of which the model gives what it gives without flips."""
    outputs = {name: np.repeat(value[None], n_trials, axis=0) for name, value in golden.items()}
    return TrialOutputs(outputs=outputs, is_failed=np.zeros(n_trials, dtype=np.bool_))
