"""What a fault campaign examines: a network with its protection, from the memory it lies in to its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from onboard_models.memory_image import MemoryImage

NO_ANSWER: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came out for each input.

    Attributes
    ----------
    label : (n,) int64, the class; `NO_ANSWER` where none was given
    exit_index : (n,) int8, the output that answered, 0 for the first exit; `NO_ANSWER` where none did
    is_finite : (n,) bool, whether all logits of the output that answered are finite
    is_detected : (n,) bool, whether the protection raised an alarm, for this answer or for the whole load
    crashed : whether the model could not be loaded or run, or not in time; then there are no answers

    Raises
    ------
    ValueError
        If the arrays differ in length.
    """

    label: NDArray[np.int64]
    exit_index: NDArray[np.int8]
    is_finite: NDArray[np.bool_]
    is_detected: NDArray[np.bool_]
    crashed: bool = False

    def __post_init__(self) -> None:
        shapes = {array.shape for array in (self.label, self.exit_index, self.is_finite, self.is_detected)}
        if shapes != {(self.label.size,)}:
            raise ValueError(f"answers have arrays of shapes {sorted(shapes)}: give four flat arrays of one length")

    def __len__(self) -> int:
        return int(self.label.size)


class Subject(Protocol):
    """A network in memory, protected or not.

    Attributes
    ----------
    name : what tables call it
    image : everything that lies in memory, what a protection stores included; bit error rates are over `image.n_bits`
    """

    @property
    def name(self) -> str:
        """Return what tables call it."""

    @property
    def image(self) -> MemoryImage:
        """Return everything that lies in memory."""

    def answers(self, x: NDArray[np.float32], bits: NDArray[np.int64]) -> Answers:
        """Return the answers while some bits of the image are flipped; nothing is changed afterwards.

        Parameters
        ----------
        x : (n, ...) inputs of the network
        bits : (n_flips,) int64, different positions in the image, 8 times the byte plus the bit of the byte
        """

    def clean_answers(self, x: NDArray[np.float32]) -> Answers:
        """Return the answers without flips, by the code that would run on board: its time is the subject's cost."""


def answers_of_logits(logits: NDArray[Any]) -> Answers:
    """Return the answers of a network with one output that nothing checks.

    Parameters
    ----------
    logits : (n, n_classes); the first of the largest wins, and what is no number counts as the largest
    """
    n = len(logits)
    return Answers(
        label=logits.argmax(axis=1),
        exit_index=np.zeros(n, np.int8),
        is_finite=np.isfinite(logits).all(axis=1),
        is_detected=np.zeros(n, np.bool_),
    )


def no_answers(n: int, *, is_detected: bool = False) -> Answers:
    """Return the answers of a network that could not be loaded or run."""
    return Answers(
        label=np.full(n, NO_ANSWER, np.int64),
        exit_index=np.full(n, NO_ANSWER, np.int8),
        is_finite=np.zeros(n, np.bool_),
        is_detected=np.full(n, is_detected),
        crashed=True,
    )
