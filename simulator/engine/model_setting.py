"""Models of a world: their sizes, the caches of satellites, and where a missing model may come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ModelSources(StrEnum):
    """Where a model may come from that a satellite lacks."""

    ANY = "any"
    GROUND = "ground"
    NEIGHBOURS = "neighbours"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSetting:
    """Models that tasks may ask for, and the caches that they lie in.

    Parameters
    ----------
    size_bits : mapping of str to float
        Size of every model by its name.
    cache_bits : tuple of float, (n_sats,)
        Room for models on each satellite.
    on_board : tuple of tuples of str, (n_sats,)
        Models on each satellite at the start, the one used longest ago first.
    sources : ModelSources

    Raises
    ------
    ValueError
        If a size is not positive, a model is larger than a cache, or what is on board is no model or has no room.
    """

    size_bits: Mapping[str, float]
    cache_bits: tuple[float, ...]
    on_board: tuple[tuple[str, ...], ...]
    sources: ModelSources = ModelSources.ANY

    def __post_init__(self) -> None:
        if len(self.on_board) != len(self.cache_bits):
            raise ValueError(f"on_board has {len(self.on_board)} satellites, cache_bits {len(self.cache_bits)}")
        for name, size_bits in self.size_bits.items():
            if not 0.0 < size_bits <= min(self.cache_bits):
                smallest = min(self.cache_bits)
                raise ValueError(f"size_bits[{name!r}] = {size_bits}: must be positive and fit into {smallest}")
        for i_sat, names in enumerate(self.on_board):
            strange = [name for name in names if name not in self.size_bits]
            if strange or len(set(names)) < len(names):
                raise ValueError(f"on_board[{i_sat}] = {names}: must be known models, each once")
            if sum(self.size_bits[name] for name in names) > self.cache_bits[i_sat]:
                raise ValueError(f"on_board[{i_sat}] = {names}: has no room in {self.cache_bits[i_sat]} bits")

    @property
    def come_from_ground(self) -> bool:
        """Whether stations send models."""
        return self.sources is not ModelSources.NEIGHBOURS

    @property
    def come_over_links(self) -> bool:
        """Whether satellites send models to each other."""
        return self.sources is not ModelSources.GROUND
