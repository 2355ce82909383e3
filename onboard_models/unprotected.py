"""A network as its file says, with nothing around it: what protections are compared with."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.injection import Injector, Mode
from onboard_models.memory_image import MemoryImage
from onboard_models.runtime import Optimisation, open_session, run_in_batches
from onboard_models.subject import Answers, answers_of_logits, no_answers


class Unprotected:
    """A subject without protection; of several outputs the one called `logits`, or the last, answers.

    Parameters
    ----------
    model : an ONNX model, or its bytes; check foreign ones with `onboard_models.vetting` first
    probe : (n, ...) inputs that the injector is checked with, as of `Injector`

    Raises
    ------
    ValueError
        If the model has several inputs, holds nothing, or `probe` is needed.
    """

    name = "none"

    def __init__(self, model: onnx.ModelProto | bytes, *, probe: NDArray[np.float32] | None = None) -> None:
        content = model if isinstance(model, bytes) else model.SerializeToString()
        self._injector = Injector(content, modes=(Mode.DELTA, Mode.IN_PLACE), probe=probe, fall_back=True, n_stacked=1)
        self._session = open_session(content, optimisation=Optimisation.ALL)

    @property
    def image(self) -> MemoryImage:
        """Return everything that lies in memory."""
        return self._injector.image

    def answers(self, x: NDArray[np.float32], bits: NDArray[np.int64]) -> Answers:
        """Return the answers while some bits of the image are flipped."""
        flips = self.image.flips_at(bits).of(self._injector.tensors)
        outputs = self._injector.run(x, [flips])
        if outputs.is_failed[0]:
            return no_answers(len(x))
        return answers_of_logits(outputs.outputs[self._injector.primary_output][0])

    def clean_answers(self, x: NDArray[np.float32]) -> Answers:
        """Return the answers without flips."""
        return answers_of_logits(run_in_batches(self._session, x)[self._injector.primary_output])
