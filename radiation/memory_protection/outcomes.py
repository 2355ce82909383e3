"""What a reader gets from a word of protected memory."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Outcome(IntEnum):
    """What a reader gets from a word, better first; numbers are part of tables and are never reused."""

    CLEAN = 0
    """What was written, and nothing is amiss."""
    CORRECTED = 1
    """What was written, after a correction."""
    DETECTED = 2
    """Wrong or not to be trusted, and the reader is told so; the data come as they are stored."""
    MISCORRECTED = 3
    """Wrong data, and the reader is told that an error was corrected."""
    SILENT = 4
    """Wrong data, and nothing is told."""


OUTCOMES: Final = tuple(Outcome)
"""Order of the outcome axis in every array of probabilities."""
