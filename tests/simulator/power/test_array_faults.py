from __future__ import annotations

import numpy as np
import pytest

from simulator.power.array_faults import faulty_arrays


@pytest.mark.parametrize(
    ("n_sats", "share", "n"), [(66, 0.1, 7), (10, 0.25, 2), (10, 0.0, 0), (10, 1.0, 10), (1, 0.4, 0)]
)
def test_the_share_is_met_to_a_whole_satellite(n_sats, share, n):
    faulty = faulty_arrays(n_sats, share, 3)
    assert len(faulty) == n
    assert list(faulty) == sorted(set(faulty))


def test_a_larger_share_adds_satellites_and_another_seed_draws_others():
    few, many = set(faulty_arrays(500, 0.1, 3)), set(faulty_arrays(500, 0.3, 3))
    assert few < many
    assert few != set(faulty_arrays(500, 0.1, 4))


def test_every_satellite_is_as_likely_as_any_other():
    """400 seeds: each of 20 satellites is faulty in 0.25 of them, within 5 standard errors of a binomial share."""
    n_faulty = np.zeros(20)
    for seed in range(400):
        n_faulty[list(faulty_arrays(20, 0.25, seed))] += 1
    assert np.all(np.abs(n_faulty / 400 - 0.25) < 5.0 * np.sqrt(0.25 * 0.75 / 400))


def test_a_share_is_from_0_to_1():
    with pytest.raises(ValueError, match=r"share = 1\.5: must be from 0 to 1"):
        faulty_arrays(3, 1.5, 1)
