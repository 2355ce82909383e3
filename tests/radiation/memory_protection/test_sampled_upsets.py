"""From rates along orbits to what is left behind a protection: sampled, beside closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from radiation.devices import constant_rate_device, memory_array, truncated_geometric
from radiation.memory_protection import (
    SECDED,
    Layout,
    MemoryProtection,
    Outcome,
    Sweep,
    TripleModularRedundancy,
    residual_of,
)
from radiation.memory_protection.expectations import failure_probability
from radiation.upsets import DeviceRates, same_word_probability, sample_upsets, track_without_orbit

DATA_BYTES = 2**18
DAY_S = 86_400.0
N_SATS = 8


def left_over(protection, rate_per_bit_s, multiplicity=None, interleaving=4):
    layout = Layout(code=protection.code, data_bytes=DATA_BYTES)
    memory = memory_array(n_bits=layout.stored_bytes * 8, word_bits=64, interleaving=interleaving)
    law = {} if multiplicity is None else {"multiplicity": multiplicity}
    rates = DeviceRates(constant_rate_device(rate_per_bit_s, memory, **law), environment=None)
    track = track_without_orbit(np.arange(N_SATS), start_s=0.0, end_s=DAY_S)
    upsets = sample_upsets(rates.device, track, rates.along(track), root_seed=4)
    left = residual_of(upsets, protection, data_bytes=DATA_BYTES, memory_word_bits=64, end_s=DAY_S)
    return upsets, memory, left


@pytest.mark.parametrize("code", [SECDED(), TripleModularRedundancy()], ids=lambda code: code.name)
def test_accumulation_between_reloads_is_that_of_the_rate(code):
    period_s = DAY_S / 4
    protection = MemoryProtection(code=code, reload=Sweep(period_s=period_s))
    rate_per_bit_s = 1.5e-3 / period_s
    _, _, left = left_over(protection, rate_per_bit_s)
    failed = left.failures()
    when = left.start_s[failed] // period_s
    n_failed = len(np.unique(np.stack([left.satellite[failed], left.word[failed], when]), axis=1).T)
    probability = failure_probability(code, rate_per_bit_s * period_s)
    mean = N_SATS * 4 * left.n_words * probability
    assert mean > 100
    assert abs(n_failed - mean) <= 5.0 * np.sqrt(mean)


def test_single_particles_defeat_secded_as_often_as_the_geometry_says():
    # without interleaving; upsets so few and scrubs so many that hardly two particles meet
    law = truncated_geometric(multi_cell_share=0.3, growth=0.25, largest=8)
    protection = MemoryProtection(code=SECDED(), scrubbing=Sweep(period_s=60.0, duration_s=60.0), reloads_detected=True)
    upsets, memory, left = left_over(protection, 2e-3 / DAY_S, law, interleaving=1)
    defeated = np.unique(left.event[left.failures()[~left.has_accumulated[left.failures()]]])
    mean = upsets.n_events * same_word_probability(memory, law)
    assert mean > 500
    # in the check bits, a ninth of memory, every eighth pair of neighbours lies astride two words of the code: that is
    # 1.4 % less in the mean, below one standard error
    assert abs(len(defeated) - mean) <= 5.0 * np.sqrt(mean)


def test_interleaving_wider_than_any_cluster_leaves_nothing_to_a_single_particle():
    law = truncated_geometric(multi_cell_share=0.3, growth=0.25, largest=8)
    _, _, left = left_over(MemoryProtection(code=SECDED()), 1e-3 / DAY_S, law, interleaving=8)
    assert len(left.outcome) > 10_000
    assert (left.outcome[~left.has_accumulated] == Outcome.CORRECTED).all()
