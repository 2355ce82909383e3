"""What sweeps cost: bits moved, hence time and energy."""

from __future__ import annotations

from dataclasses import dataclass

from radiation.memory_protection.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCost:
    """Bits that one sweep moves between memory and whoever sweeps.

    Attributes
    ----------
    read_bits, written_bits : float, of the memory
    golden_read_bits : float, of the golden copy
    """

    read_bits: float
    written_bits: float
    golden_read_bits: float = 0.0

    def time_s(self, bandwidth_bps: float) -> float:
        """Return how long the sweep keeps memory busy at this bandwidth, in bit/s; the golden copy may be slower."""
        if not bandwidth_bps > 0.0:
            raise ValueError(f"bandwidth_bps is {bandwidth_bps}; it must be positive")
        return (self.read_bits + self.written_bits) / bandwidth_bps

    def energy_j(self, read_j_per_bit: float, write_j_per_bit: float, golden_read_j_per_bit: float = 0.0) -> float:
        """Return the energy of the sweep from energies per bit."""
        return (
            self.read_bits * read_j_per_bit
            + self.written_bits * write_j_per_bit
            + self.golden_read_bits * golden_read_j_per_bit
        )


def scrub_cost(layout: Layout, *, corrected_words: float = 0.0, reloaded_words: float = 0.0) -> SweepCost:
    """Return the cost of one scrub: all bits are read, words that were corrected or reloaded are written back."""
    return SweepCost(
        read_bits=float(layout.n_words * layout.code.stored_bits),
        written_bits=(corrected_words + reloaded_words) * layout.code.stored_bits,
        golden_read_bits=reloaded_words * layout.code.word_bits,
    )


def reload_cost(layout: Layout) -> SweepCost:
    """Return the cost of one reload: the golden copy is read, all stored bits are written."""
    return SweepCost(
        read_bits=0.0,
        written_bits=float(layout.n_words * layout.code.stored_bits),
        golden_read_bits=float(layout.n_words * layout.code.word_bits),
    )
