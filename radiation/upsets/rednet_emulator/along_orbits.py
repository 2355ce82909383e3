"""Upsets along orbits, with the clusters of the RedNet emulator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from radiation.populations import Population
from radiation.streams import Purpose, upset_stream
from radiation.upsets.clusters import Flips
from radiation.upsets.rednet_emulator.emulator import RedNetEmulator
from radiation.upsets.rednet_emulator.event_sizes import rednet_multiplicity
from radiation.upsets.upset_list import Effect, UpsetList


def with_rednet_clusters(
    upsets: UpsetList, emulator: RedNetEmulator, *, word_bits: int, root_seed: int, replication: int = 0
) -> UpsetList:
    """Return the same events, those of cells with other sizes and places: as the emulator makes them.

    The times stay; a device whose multiplicity is `rednet_multiplicity()` has as many events as the emulator would
    make of the same rate per bit. All other effects keep their flips. Unlike times, clusters of a longer run are not
    those of a shorter one: they are drawn again until they lie in the region.

    Parameters
    ----------
    upsets : UpsetList
        Of memories alike, each of `emulator.image.n_bytes`.
    emulator : RedNetEmulator
    word_bits : int
        Width of the words of `upsets`: 8, 16, 32 or 64.
    root_seed, replication : int
        Name the random streams, with the satellites and populations of the events.
    """
    is_cells = upsets.effect == Effect.CELLS
    event_of_flip = upsets.event_of_flip()
    kept = ~is_cells[event_of_flip]
    parts = [Flips(event=event_of_flip[kept], word=upsets.word[kept], mask=upsets.mask[kept])]
    law = rednet_multiplicity()
    cells = np.flatnonzero(is_cells)
    key = np.stack([upsets.satellite[cells], upsets.population[cells]], axis=1)
    streams, stream_of_event = np.unique(key, axis=0, return_inverse=True)
    by_stream = np.split(np.argsort(stream_of_event, kind="stable"), np.cumsum(np.bincount(stream_of_event)))
    for (satellite, population), members in zip(streams.tolist(), by_stream, strict=False):
        rng = upset_stream(
            root_seed,
            satellite=satellite,
            population=Population(population),
            purpose=Purpose.REDNET_CLUSTERS,
            replication=replication,
        )
        flips = emulator.flips(law.draw(rng, len(members)), rng, word_bits=word_bits)
        parts.append(Flips(event=cells[members][flips.event], word=flips.word, mask=flips.mask))
    event = np.concatenate([part.event for part in parts])
    order = np.argsort(event, kind="stable")
    return replace(
        upsets,
        first_flip=np.searchsorted(event[order], np.arange(upsets.n_events + 1)),
        word=np.concatenate([part.word for part in parts])[order],
        mask=np.concatenate([part.mask for part in parts])[order],
    )
