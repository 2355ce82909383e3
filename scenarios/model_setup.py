"""Models and caches of a scenario as the simulator takes them."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.config.models import GroupModels, Models
from simulator.engine.model_setting import ModelSetting, ModelSources

_BITS_PER_MBIT = 1e6


def models_of(section: Models | None, own: Sequence[GroupModels | None]) -> ModelSetting | None:
    """Return the models of a fleet, None without a section.

    Parameters
    ----------
    section : Models, optional
    own : sequence of GroupModels or None, (n_sats,)
        What each satellite has by its group.
    """
    if section is None:
        return None
    cache_mbit = [None if group is None else group.cache_mbit for group in own]
    on_board = [None if group is None else group.on_board for group in own]
    return ModelSetting(
        size_bits={model.name: model.size_mbit * _BITS_PER_MBIT for model in section.catalogue},
        cache_bits=tuple((section.cache_mbit if size is None else size) * _BITS_PER_MBIT for size in cache_mbit),
        on_board=tuple(section.on_board if names is None else names for names in on_board),
        sources=ModelSources(section.sources),
    )
