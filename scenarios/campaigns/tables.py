"""Trials as rows of tables."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from onboard_models.campaign import OUTCOMES, TrialOutcomes
from onboard_models.campaign.strata import SingleBitTrials
from onboard_models.memory_image import MemoryImage

_WORD: Final = pa.dictionary(pa.int32(), pa.string())


def _schema(description: str, *columns: tuple[str, pa.DataType, str]) -> pa.Schema:
    fields = [pa.field(name, kind, metadata={"description": text}) for name, kind, text in columns]
    return pa.schema(fields, metadata={"description": description})


_COUNTS: Final = (
    ("n_flips", pa.int64(), "bits of the image that were flipped"),
    ("n_images", pa.int64(), "inferences, the same images in every trial"),
    ("clean_correct", pa.int64(), "answers that are right without flips"),
    ("correct", pa.int64(), "answers that are right, with or without an alarm"),
    ("silent", pa.int64(), "answers that are others than without flips, without an alarm"),
    ("critical", pa.int64(), "those of `silent` that were right without flips"),
    ("detected", pa.int64(), "inferences with an alarm, or without an answer"),
    ("non_finite", pa.int64(), "answers whose logits hold an infinity or what is no number"),
    ("crashed", pa.int64(), "inferences for which the network could not be loaded or run, or not in time"),
    ("drop_points", pa.float64(), "percentage points of accuracy lost against the same network without flips"),
)

TRIALS: Final = _schema(
    "One row per trial, in order of condition, protection and trial.",
    ("condition", _WORD, "what flips bits, such as `100 flips`"),
    ("protection", _WORD, "as named to the command"),
    ("i_trial", pa.int64(), "number of the trial; with the seed it fixes the flips"),
    *_COUNTS,
)

SINGLE_BITS: Final = _schema(
    "One row per bit that was flipped alone, in order of protection and stratum.",
    ("condition", _WORD, "`single bits`"),
    ("protection", _WORD, "as named to the command"),
    ("i_trial", pa.int64(), "number of the trial; with the seed it fixes the bit"),
    *_COUNTS,
    ("layer", _WORD, "layer of the network, or operator, that the tensor belongs to"),
    (
        "content",
        _WORD,
        "`parameters` (weights and biases), `scale`, `zero_point`, `threshold`, `checksum` or `metadata`",
    ),
    ("bit_class", _WORD, "`sign`, `exponent`, `mantissa`, or `magnitude` (an integer's bits but its sign)"),
    ("tensor", _WORD, "region of the image"),
    ("element", pa.int64(), "flat index in it, in row-major order"),
    ("bit", pa.int64(), "bit of the element, 0 the lowest"),
    ("stratum_bits", pa.int64(), "bits of the layer, content and class, of which some were drawn"),
)


def trial_rows(condition: str, protection: str, outcomes: TrialOutcomes) -> pa.Table:
    """Return rows of `TRIALS`."""
    return _table(TRIALS, _common(condition, protection, outcomes))


def single_bit_rows(
    condition: str, protection: str, outcomes: TrialOutcomes, trials: SingleBitTrials, image: MemoryImage
) -> pa.Table:
    """Return rows of `SINGLE_BITS`."""
    flips = image.flips_at(trials.position[outcomes.i_trial])
    strata = [trials.strata[i] for i in trials.stratum[outcomes.i_trial].tolist()]
    columns = _common(condition, protection, outcomes) | {
        "layer": [stratum.layer for stratum in strata],
        "content": [stratum.content for stratum in strata],
        "bit_class": [stratum.bit_class.value for stratum in strata],
        "tensor": [flips.tensors[i] for i in flips.tensor.tolist()],
        "element": flips.element,
        "bit": flips.bit.astype(np.int64),
        "stratum_bits": [stratum.n_bits for stratum in strata],
    }
    return _table(SINGLE_BITS, columns)


def shares(table: pa.Table, outcome: str) -> NDArray[np.float64]:
    """Return the share of inferences with an outcome, trial by trial."""
    return np.asarray(table[outcome].to_numpy() / table["n_images"].to_numpy(), dtype=np.float64)


def _common(condition: str, protection: str, outcomes: TrialOutcomes) -> dict[str, Any]:
    n = len(outcomes)
    return {
        "condition": [condition] * n,
        "protection": [protection] * n,
        **{name: getattr(outcomes, name) for name in ("i_trial", "n_flips", "n_images", "clean_correct", *OUTCOMES)},
        "drop_points": outcomes.drop_points,
    }


def _table(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    arrays = [
        pa.array(columns[field.name], pa.string()).dictionary_encode()
        if pa.types.is_dictionary(field.type)
        else pa.array(columns[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
