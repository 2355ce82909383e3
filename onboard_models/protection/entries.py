"""The protections that Sunwise knows: RedNet, its rivals, and our best combination."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import onnx

from onboard_models.hardening.activations import LOG, activation_ranges, activations_of
from onboard_models.hardening.bounded_activations import Bound, every, with_bounds
from onboard_models.hardening.threshold_search import with_searched_thresholds
from onboard_models.memory_image import RegionKind
from onboard_models.protection.budget import SmallestFirst
from onboard_models.protection.codes import CheckBytes
from onboard_models.protection.copies import Copies
from onboard_models.protection.embedded_code import EmbeddedSecded
from onboard_models.protection.guards import SMALL, MemoryGuard
from onboard_models.protection.protection import N_RANGES, Calibration, ExitPolicy, Protection, TrainedModels
from onboard_models.protection.ranges import RangeCheck


class NoProtection(Protection):
    """The network as its file says."""

    clean_loss_points = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedActivations(Protection):
    """Every activation with the same kind of bound; the threshold of each is what it reaches on calibration images.

    Attributes
    ----------
    bound : kind
    needs_logarithm : take the network that was trained with ln(1 + x), and refuse if there is none
    """

    bound: Bound
    needs_logarithm: bool = False
    clean_loss_points: float = 0.5

    def chosen(self, models: TrainedModels) -> bytes | None:
        """Return the network with the logarithm if it is needed."""
        if not self.needs_logarithm:
            return None
        if "rednet" not in models.variants:
            raise ValueError(
                f"logclip-{self.bound.value} needs a network trained with ln(1 + x), and this one has no such variant; "
                "take logclip-logtail, which needs no training"
            )
        return models.variants["rednet"]

    def hardened(self, model: onnx.ModelProto, calibration: Calibration) -> onnx.ModelProto:
        """Return the network with bounds."""
        return with_bounds(model, every(model, self.bound), activation_ranges(model, calibration.x[:N_RANGES]))


class FTClipAct(Protection):
    """Clip-to-zero with thresholds that are searched under faults (Hoang et al., DATE 2020)."""

    clean_loss_points = 1.0

    def hardened(self, model: onnx.ModelProto, calibration: Calibration) -> onnx.ModelProto:
        """Return the network with searched thresholds."""
        x = calibration.x[:N_RANGES]
        return with_searched_thresholds(model, x, calibration.y[:N_RANGES], seed=calibration.fault_seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded(Protection):
    """Guards of memory alone."""

    guard: Callable[[frozenset[str] | None], MemoryGuard]
    clean_loss_points: float = 0.0

    def guards(self, only: frozenset[str] | None) -> Sequence[MemoryGuard]:
        """Return the guard."""
        return (self.guard(only),)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyExits(Protection):
    """Early exits alone: rectifiers without bounds; a baseline of speed rather than a protection."""

    policy: ExitPolicy = field(default_factory=ExitPolicy)
    clean_loss_points: float = 1.5

    def chosen(self, models: TrainedModels) -> bytes | None:
        """Return the network with early exits.

        Raises
        ------
        ValueError
            If there is none: exits have to be trained.
        """
        if "exits" not in models.variants:
            raise ValueError("exits needs a network with trained early exits, and this one has none; leave exits out")
        return models.variants["exits"]

    def exits(self) -> ExitPolicy:
        """Return how exits are tuned."""
        return self.policy


class RedNet(Protection):
    """Our reconstruction of RedNet (arXiv 2407.11853): LogClip behind every convolution, early exits, checked answers.

    Differences from the paper, as far as it is public:

    1. The formula is ours: ln(1 + x) where the network was trained with it, and zero above a threshold.
    2. Thresholds are the largest clean values, without training.
    3. Images leave at a share (softmax) per class, tuned on validation images to lose 0.8 points at most, two standard
       errors included; exits that do not pay for their time are left out.
    4. The budget for protection by layers is 0.4 % of the image, spent on check bytes of the (72,64) code for the
       smallest tensors: thresholds, biases, the first convolution and the linear layers, which nothing bounds.
    5. Answers with logits that are no numbers, or beyond 1.5 times the largest clean ones, are not believed.
    6. A network without a variant trained with the logarithm keeps its rectifiers up to their 99 % quantile and takes
       the logarithm above it (`Bound.LOGTAIL`); one without trained exits has its last one alone; one in integers is
       bounded by its integers.
    """

    clean_loss_points = 1.5

    def chosen(self, models: TrainedModels) -> bytes | None:
        """Return the network trained with the logarithm, or else that with exits, or else the plain one."""
        return models.variants.get("rednet", models.variants.get("exits"))

    def hardened(self, model: onnx.ModelProto, calibration: Calibration) -> onnx.ModelProto:
        """Return the network with LogClip."""
        ranges = activation_ranges(model, calibration.x[:N_RANGES])
        kinds = {site.rectified: site.kind for site in activations_of(model)}
        bounds = {name: Bound.ZERO if kind == LOG else Bound.LOGTAIL for name, kind in kinds.items()}
        return with_bounds(model, bounds, ranges)

    def guards(self, only: frozenset[str] | None) -> Sequence[MemoryGuard]:
        """Return the guard of small tensors."""
        return (SmallestFirst(only=only),)

    def exits(self) -> ExitPolicy:
        """Return how exits are tuned."""
        return ExitPolicy()


class Ours(Protection):
    """Our best combination: every part of it costs next to nothing at run time.

    Weights and biases carry the check bits of a (72,64) code in the lowest bits of their mantissas, so that single
    flips are undone at load and scrub without memory of its own; words with two are set to zero, and a range check
    takes what was corrected wrongly. Thresholds, scales, zero points, shapes and tables are held three times; biases
    that are integers have check bytes of their own. Images leave early, and logits beyond their bounds raise an alarm.

    Activations are not bounded, on purpose: what flips between two scrubs then shows as logits beyond all bounds, where
    clamped activations turn it into a plausible wrong answer.
    """

    clean_loss_points = 1.0

    def chosen(self, models: TrainedModels) -> bytes | None:
        """Return the network with early exits, or else the plain one."""
        return models.variants.get("exits")

    def guards(self, only: frozenset[str] | None) -> Sequence[MemoryGuard]:
        """Return the guards; the last is the first to mend, and holds the tables of the others too."""
        return (
            RangeCheck(only=only),
            EmbeddedSecded(only=only),
            CheckBytes(name="secded-integers", kinds=frozenset({RegionKind.BIAS}), dtype_kinds="iu", only=only),
            Copies(name="triplicate-metadata", kinds=SMALL - {RegionKind.BIAS}),
        )

    def exits(self) -> ExitPolicy:
        """Return how exits are tuned."""
        return ExitPolicy()
