"""A protection of memory: a code, scrubbing and reloads from a golden copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from radiation.memory_protection.codes import Code, Parity, Pattern, TripleModularRedundancy, Unprotected
from radiation.memory_protection.outcomes import Outcome
from radiation.memory_protection.secded import SECDED
from radiation.memory_protection.sweep import Sweep

CODES: Final[Mapping[str, type[Code]]] = {
    code.name: code for code in (Unprotected, Parity, SECDED, TripleModularRedundancy)
}
"""Codes by the names that users give; each can be made without arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryProtection:
    """How memory is stored and looked after.

    Attributes
    ----------
    code : Code
    scrubbing : Sweep or None
        Each word is read, corrected as far as the code can, and written back if anything was corrected.
    reload : Sweep or None
        Each word, its copies and check bits are written again from a golden copy that radiation does not touch.
    reloads_detected : bool
        A word that a scrub finds uncorrectable is written again from the golden copy at once.

    Raises
    ------
    ValueError
        If parts are put together that do nothing: scrubbing without a code, or parity with scrubbing that may not
        reload what it detects.
    """

    code: Code
    scrubbing: Sweep | None = None
    reload: Sweep | None = None
    reloads_detected: bool = False

    def __post_init__(self) -> None:
        if self.scrubbing is None and self.reloads_detected:
            raise ValueError("reloads_detected is True without scrubbing; give scrubbing, which is what detects")
        if self.scrubbing is not None and isinstance(self.code, Unprotected):
            raise ValueError("scrubbing is given without a code, so it finds nothing; give a code or reload instead")
        if self.scrubbing is not None and isinstance(self.code, Parity) and not self.reloads_detected:
            raise ValueError("scrubbing with parity corrects nothing by itself; set reloads_detected")

    def after_scrub(self, pattern: Pattern) -> Pattern:
        """Return what is left of patterns (n, n_parts) when their words have been scrubbed."""
        left = self.code.rewritten(pattern)
        if self.reloads_detected:
            is_detected = self.code.read(pattern)[0] == Outcome.DETECTED
            left = np.where(is_detected[:, None], np.uint64(0), left)
        return left
