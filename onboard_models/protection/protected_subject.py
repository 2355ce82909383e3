"""A network with its protection: what a fault campaign flips bits of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.hardening.exit_graph import exit_graph
from onboard_models.hardening.exits import exits_of
from onboard_models.injection import Injector
from onboard_models.memory_image import Content, MemoryImage, RegionKind
from onboard_models.model_tensors import memory_image_of, model_holding
from onboard_models.protection.exit_rule import ExitRule
from onboard_models.protection.guards import MemoryGuard, Repair
from onboard_models.protection.onboard_network import OnboardFiles, OnboardNetwork
from onboard_models.subject import Answers, answers_of_logits, no_answers

_THRESHOLDS, _BOUNDS = "exits:thresholds", "exits:bounds"


class ProtectedSubject:
    """A hardened network, the guards of its memory and the rule of its exits.

    Bits flip while the image lies in memory; then every guard mends it once, the last one that was attached first, and
    the network runs. Every exit of the network is computed, and the rule chooses; on board, where images leave early,
    the answers are the same.

    Parameters
    ----------
    name : what tables call it
    model : with exits as of `exits_of`
    guards : in order; each guards what those before it store
    rule : of the exits; without one the last exit answers unchecked
    probe : (n, ...) inputs that the injector is checked with, as of `Injector`
    """

    def __init__(
        self,
        name: str,
        model: onnx.ModelProto,
        guards: Sequence[MemoryGuard],
        rule: ExitRule | None,
        *,
        probe: NDArray[np.float32] | None = None,
    ) -> None:
        self._name, self._rule = name, rule
        self._outputs = exits_of(model).outputs
        image = memory_image_of(model)
        if rule is not None:
            image = image.extended(_rule_contents(rule))
        repairs: list[Repair] = []
        for guard in guards:
            image, repair = guard.attached(image)
            repairs.append(repair)
        self._image, self._repairs = image, repairs[::-1]
        self.model = model_holding(model, image, image.content)
        self._injector = Injector(self.model, probe=probe, fall_back=True)
        self._network = OnboardNetwork(_files(self.model, rule), rule)

    @property
    def name(self) -> str:
        """Return what tables call it."""
        return self._name

    @property
    def image(self) -> MemoryImage:
        """Return everything that lies in memory."""
        return self._image

    def mended(self, bits: NDArray[np.int64]) -> tuple[NDArray[np.uint8], bool]:
        """Return what the image holds when bits have flipped and all guards have worked, and whether one gave alarm."""
        content = self._image.flipped(self._image.flips_at(bits))
        is_alarm = False
        for repair in self._repairs:
            is_alarm |= repair.repair_(content)
        return content, is_alarm

    def answers(self, x: NDArray[np.float32], bits: NDArray[np.int64]) -> Answers:
        """Return the answers when some bits of the image have flipped before it was mended and used."""
        content, is_alarm = self.mended(bits)
        left = self._image.flips_at(_different_bits(content, self._image.content))
        outputs = self._injector.run(x, [left.of(self._injector.tensors)])
        if outputs.is_failed[0]:
            return no_answers(len(x), is_detected=is_alarm)
        logits = [outputs.outputs[name][0] for name in self._outputs]
        answers = answers_of_logits(logits[-1]) if self._rule is None else self._rule_in(content).answers(logits)
        return answers if not is_alarm else _with_alarm(answers)

    def clean_answers(self, x: NDArray[np.float32]) -> Answers:
        """Return the answers without flips, by the code that runs on board."""
        return self._network.answers(x)

    def _rule_in(self, content: NDArray[np.uint8]) -> ExitRule:
        """Return the rule with its numbers as memory holds them."""
        assert self._rule is not None
        if not self._rule.thresholds.size:
            thresholds = self._rule.thresholds
        else:
            thresholds = self._image.values(_THRESHOLDS, content).astype(np.float32)
        bounds = self._image.values(_BOUNDS, content).astype(np.float32)
        return ExitRule(thresholds=thresholds, bounds=bounds, is_strict=self._rule.is_strict)


def _rule_contents(rule: ExitRule) -> list[Content]:
    return [
        Content(name=name, layer="exits", kind=RegionKind.THRESHOLD, values=values)
        for name, values in ((_THRESHOLDS, rule.thresholds), (_BOUNDS, rule.bounds))
    ]


def _files(model: onnx.ModelProto, rule: ExitRule | None) -> OnboardFiles:
    outputs = exits_of(model).outputs
    whole = model.SerializeToString()
    if rule is None or len(outputs) == 1:
        return OnboardFiles(whole=whole, outputs=outputs[-1:])
    one, many = (exit_graph(model, rule, for_one_image=single).SerializeToString() for single in (True, False))
    return OnboardFiles(whole=whole, outputs=outputs, one=one, many=many)


def _different_bits(content: NDArray[np.uint8], golden: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the positions of bits that differ."""
    byte = np.flatnonzero(content != golden)
    row, bit = np.nonzero(np.unpackbits((content[byte] ^ golden[byte])[:, None], axis=1, bitorder="little"))
    return 8 * byte[row] + bit


def _with_alarm(answers: Answers) -> Answers:
    return Answers(
        label=answers.label,
        exit_index=answers.exit_index,
        is_finite=answers.is_finite,
        is_detected=np.ones(len(answers), np.bool_),
    )
