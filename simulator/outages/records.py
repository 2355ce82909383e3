"""One outage of one thing."""

from __future__ import annotations

from enum import StrEnum
from math import nan
from typing import NamedTuple


class OutageKind(StrEnum):
    """What is out of order."""

    LINK = "link"
    """An inter-satellite link; a transfer over it is cut, and its data are sent on another way."""
    SATELLITE = "satellite"
    """A satellite in safe mode: computer and all terminals are off, the base load stays on."""
    STATION = "station"
    """A ground station: no contact with it; a transfer is cut, and its data wait for another contact."""
    ARRAY = "array"
    """A solar array that gives a fraction of its output."""


class Outage(NamedTuple):
    """One outage, over [from_s, until_s).

    `first` is the index of the satellite or station, of a link the lower satellite, whose other end is `second` (else
    -1). `output` is what is left of an array (else nan). `until_s` may be infinite.
    """

    kind: OutageKind
    first: int
    second: int
    from_s: float
    until_s: float
    output: float = nan
