from __future__ import annotations

import numpy as np

from simulator.orbits.trigonometry import polynomial_into_, sine_cosine_into_


def test_sine_and_cosine_of_turns_agree_with_numpy():
    turns = np.concatenate((np.linspace(-3.0, 3.0, 10_001), np.random.default_rng(1).uniform(-300.0, 300.0, 10_000)))
    reduced = turns - np.rint(turns)
    sine, cosine, scratch = np.empty((3, turns.size))
    sine_cosine_into_(turns.copy(), sine, cosine, scratch)
    # two doublings amplify a rounding error of 1.1e-16 at most fourfold, a few roundings each
    assert np.abs(sine - np.sin(2 * np.pi * reduced)).max() < 2e-15
    assert np.abs(cosine - np.cos(2 * np.pi * reduced)).max() < 2e-15


def test_polynomial_has_its_lowest_power_first():
    x, out = np.array([2.0, 3.0]), np.empty(2)
    polynomial_into_((5.0, 7.0, 11.0), x, out)
    assert out.tolist() == [5 + 14 + 44, 5 + 21 + 99]
