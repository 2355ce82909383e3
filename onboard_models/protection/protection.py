"""What a protection is: a trained variant, a rewritten graph, guards of memory, checked exits; each is optional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.protection.guards import MemoryGuard

N_RANGES: Final = 1000
"""Images that ranges of activations are taken from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Clean images and fault seeds that tests do not see.

    Attributes
    ----------
    x : (n, ...) float32, images of the validation split
    y : (n,) int64, right answers
    fault_seed : of faults that thresholds are searched with
    """

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    fault_seed: int = 1_000_003

    def __post_init__(self) -> None:
        if not len(self.x) == len(self.y) > 0:
            raise ValueError(f"x has {len(self.x)} images and y {len(self.y)} answers: give as many, at least one")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitPolicy:
    """How exits are tuned.

    Attributes
    ----------
    clean_loss : share of right answers on calibration images that early exits may cost against the plain network, two
        standard errors included
    is_strict : as of `ExitRule`
    """

    clean_loss: float = 0.008
    is_strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModels:
    """A network and what else was trained from it.

    Attributes
    ----------
    plain : ONNX bytes
    variants : ONNX bytes by kind, "exits" (rectifiers, early exits) and "rednet" (ln(1 + x), early exits)
    """

    plain: bytes
    variants: Mapping[str, bytes] = field(default_factory=dict)


class Protection:
    """Base class of all protections: it does nothing. A subclass overrides what it does; several are composed in order.

    Attributes
    ----------
    clean_loss_points : how much clean accuracy it may cost, in percentage points; tests hold it to that
    """

    clean_loss_points: float = 0.5

    def chosen(self, models: TrainedModels) -> bytes | None:
        """Return the network that is wanted in place of the plain one, None if any will do."""
        del models
        return None

    def hardened(self, model: onnx.ModelProto, calibration: Calibration) -> onnx.ModelProto:
        """Return the network with a rewritten graph."""
        del calibration
        return model

    def guards(self, only: frozenset[str] | None) -> Sequence[MemoryGuard]:
        """Return guards of memory, of some tensors alone if names are given."""
        del only
        return ()

    def exits(self) -> ExitPolicy | None:
        """Return how exits are tuned, None if the last one answers unchecked."""
        return None
