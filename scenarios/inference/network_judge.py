"""Results by running the network itself under the bits that flipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.subject import Subject
from scenarios.inference.results import Result, results_of

_NO_BITS: Final = np.zeros(0, np.int64)


class NetworkJudge:
    """The network, run once for all distinct weights on each block of images that one of them is asked about.

    Parameters
    ----------
    subject : the network and its protection
    x : (n_images, ...) images
    n_rows : images at once; what a subject keeps of its input then serves all weights
    """

    def __init__(self, subject: Subject, x: NDArray[np.float32], n_rows: int) -> None:
        self._subject, self._x, self._n_rows = subject, x, n_rows

    def results(
        self,
        weights: Sequence[NDArray[np.int64]],
        asked: NDArray[np.int64],
        image: NDArray[np.int64],
        luck: NDArray[np.float64],
    ) -> NDArray[np.int8]:
        """Return the result of each answer.

        Parameters
        ----------
        weights : flipped bits, different sets of them
        asked : (n,) which of them each answer is given with
        image : (n,) of each answer
        luck : (n,) not used: nothing is left to chance
        """
        del luck
        table = np.full((len(weights), len(self._x)), Result.CORRECT, np.int8)
        needed = np.zeros((len(weights), -(-len(self._x) // self._n_rows)), np.bool_)
        needed[asked, image // self._n_rows] = True
        for i_block in np.flatnonzero(needed.any(axis=0)).tolist():
            rows = slice(i_block * self._n_rows, (i_block + 1) * self._n_rows)
            x = self._x[rows]
            reference = self._subject.answers(x, _NO_BITS)
            for i in np.flatnonzero(needed[:, i_block]).tolist():
                table[i, rows] = results_of(self._subject.answers(x, weights[i]), reference)
        return table[asked, image]
