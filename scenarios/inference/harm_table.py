"""Which share of answers a flipped bit spoils, by layer and by what the bit means: from a campaign of single bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from onboard_models.campaign.strata import strata_of
from onboard_models.memory_image import MemoryImage
from simulator.random_streams import Stream, random_stream

COLUMNS: Final = ("layer", "content", "bit_class", "bit", "n_images", "silent", "detected", "crashed")
"""Columns of `single_bits` that a table is made of."""
Stratum = tuple[str, str, str]
"""Layer, content and class of a bit."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HarmTable:
    """Shares of answers that single flipped bits made detected, silently corrupt or lost.

    Attributes
    ----------
    shares : by stratum, (n_trials, 3): one row per bit that was flipped in a campaign
    place : by stratum, (n_trials,): where these bits are in their numbers, 0 the lowest
    """

    shares: Mapping[Stratum, NDArray[np.float64]]
    place: Mapping[Stratum, NDArray[np.int64]]

    @property
    def n_trials(self) -> int:
        """Bits that the campaign flipped."""
        return sum(len(rows) for rows in self.shares.values())


def harm_table(single_bits: pa.Table) -> HarmTable:
    """Return the table of a campaign's rows of one protection, with the `COLUMNS` at least."""
    n_images = single_bits["n_images"].to_numpy()
    shares = np.stack([single_bits[name].to_numpy() / n_images for name in ("detected", "silent", "crashed")], axis=1)
    words = [single_bits[name].cast(pa.string()).to_pylist() for name in ("layer", "content", "bit_class")]
    rows: dict[Stratum, list[int]] = {}
    for i, stratum in enumerate(zip(*words, strict=True)):
        rows.setdefault(stratum, []).append(i)
    place = single_bits["bit"].to_numpy()
    return HarmTable(
        shares={stratum: shares[chosen] for stratum, chosen in rows.items()},
        place={stratum: place[chosen] for stratum, chosen in rows.items()},
    )


class TableJudge:
    """Results drawn from what a campaign found of other bits of the same layer and class.

    Each bit of the network is given one bit of the campaign, at random but always the same one, from the same place in
    its number where the campaign has any; it harms the share of answers that this one harmed. So a harmful bit harms
    many answers of a satellite, and most harm none. Several flips together do what the worst of them does alone: weak
    ones change the same few images, those that were nearly something else, and behind a strong one nothing is left to
    spoil (`docs/verdicts/answers_from_a_table.py`; independent flips would harm up to three times as many tasks).

    Parameters
    ----------
    table : HarmTable
    image : of the network and its protection
    seed : of the run

    Raises
    ------
    ValueError
        If bits of the image are in no stratum of the table.
    """

    def __init__(self, table: HarmTable, image: MemoryImage, seed: int) -> None:
        self._table, self._image, self._seed = table, image, seed
        self._known: dict[int, NDArray[np.float64]] = {}
        self._stratum_of = {
            (region.name, bit): (stratum.layer, stratum.content, stratum.bit_class.value)
            for stratum in strata_of(image)
            for region, bits in stratum.parts
            for bit in bits
        }
        missing = sorted(set(self._stratum_of.values()) - table.shares.keys())
        if missing:
            raise ValueError(
                f"table: the campaign has no bits of {' '.join(missing[0])}, nor of {len(missing) - 1} other groups of "
                "this network's bits; run one of this network with this protection"
            )

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
        image : (n,) not used: all images are one
        luck : (n,) uniform in [0, 1)
        """
        del image
        at_least = np.array([self._at_least(bits) for bits in weights])[asked]
        n_reached: NDArray[np.intp] = np.count_nonzero(luck[:, None] < at_least, axis=1)
        return n_reached.astype(np.int8)  # as `Result` is numbered

    def _at_least(self, bits: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the probabilities that an answer is at least as bad as `Result.LOST`, `CORRUPT` and `DETECTED`."""
        shares = np.array([self._shares(bit) for bit in bits.tolist()]).reshape(-1, 3)
        # who is lost gives no alarm, and who gives an alarm is not silently corrupt
        lost, stopped, other = shares[:, [2, 0, 1]].cumsum(axis=1).max(axis=0, initial=0.0)
        return np.array([lost, lost + other - stopped, other])

    def _shares(self, bit: int) -> NDArray[np.float64]:
        if bit not in self._known:
            self._known[bit] = self._drawn(bit)
        return self._known[bit]

    def _drawn(self, bit: int) -> NDArray[np.float64]:
        flip = self._image.flips_at(np.array([bit], np.int64))
        place = int(flip.bit[0])
        stratum = self._stratum_of.get((flip.tensors[int(flip.tensor[0])], place))
        if stratum is None:  # a gap, which nothing reads
            return np.zeros(3)
        rows = self._table.shares[stratum]
        is_alike = self._table.place[stratum] == place
        rows = rows[is_alike] if is_alike.any() else rows
        drawn: NDArray[np.float64] = rows[
            random_stream(self._seed, Stream.INFERENCE_BITS, satellite=bit).integers(len(rows))
        ]
        return drawn
