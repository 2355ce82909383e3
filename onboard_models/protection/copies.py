"""Two more copies of memory, and a vote per bit: triple modular redundancy, of all or of the small parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard_models.memory_image import MemoryImage, Region, RegionKind
from onboard_models.protection.guards import ALL, SMALL, guarded_regions, table, view, words, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Memory in three copies; the vote puts right what is wrong in one.

    Attributes
    ----------
    kinds : what is copied
    only : names of regions, all of these kinds if None
    """

    name: str = "tmr"
    kinds: frozenset[RegionKind] = ALL
    only: frozenset[str] | None = None

    def attached(self, image: MemoryImage) -> tuple[MemoryImage, CopiesRepair]:
        """Return the image with two more copies, and the vote."""
        place = words_of(guarded_regions(image, self.kinds, self.only))
        stored = words(image.content)[place]
        names = [f"{self.name}:copy{i}" for i in (2, 3)]
        extended = image.extended([table(name, stored) for name in names])
        copies = tuple(extended.region(name) for name in names) if len(place) else ()
        return extended, CopiesRepair(place=place, copies=copies)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CopiesRepair:
    """The vote over three copies, which are all made equal to its outcome."""

    place: NDArray[np.int64]
    copies: tuple[Region, ...]

    def repair_(self, content: NDArray[np.uint8]) -> bool:
        """Vote bit by bit; a vote never knows that it is wrong."""
        if not self.copies:
            return False
        first = words(content)[self.place]
        second, third = (view(content, region).view("<u8") for region in self.copies)
        voted = (first & second) | (second & third) | (first & third)
        words(content)[self.place] = voted
        second[:] = voted
        third[:] = voted
        return False


TRIPLE = Copies()
TRIPLE_SMALL = Copies(name="triplicate-metadata", kinds=SMALL)
