from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.roots import bracketed_roots, positive_spans, refined_maxima

PERIOD_S = 5_700.0


@given(
    threshold=st.floats(-0.7, 0.999),
    guess_error_s=st.floats(-300.0, 300.0),
    slope_factor=st.floats(0.1, 10.0),
)
@example(threshold=0.0, guess_error_s=1e-5, slope_factor=6.0)
def test_root_of_a_cosine(threshold: float, guess_error_s: float, slope_factor: float) -> None:
    rate = 2.0 * np.pi / PERIOD_S
    truth = np.arccos(threshold) / rate
    root = bracketed_roots(
        lambda which, t: np.cos(rate * t) - threshold,
        np.array([0.0]),
        np.array([PERIOD_S / 2]),
        np.array([np.clip(truth + guess_error_s, 0.0, PERIOD_S / 2)]),
        np.array([-rate * np.sin(rate * truth) * slope_factor]),
    )
    # tolerance 1e-6 s, its estimate low by up to 2.3 where the event fills most of a turn; rounding near the top
    allowed = 4e-6 + 1e-15 / (rate * np.sin(rate * truth))
    assert abs(root[0] - truth) < allowed


def test_nan_on_the_way_gives_nan_and_spares_the_others() -> None:
    def function(which: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.where(which == 0, np.nan, 10.0 - t)

    zero = np.zeros(2)
    roots = bracketed_roots(function, zero, zero + 100.0, zero + 5.0, zero - 0.5)
    assert np.isnan(roots[0])
    assert abs(roots[1] - 10.0) < 1e-9  # a straight line is solved by the first secant


def test_a_useless_slope_and_a_steep_step_still_end() -> None:
    function = lambda which, t: np.tanh((37.25 - t) / 5.0)  # noqa: E731
    root = bracketed_roots(function, np.zeros(1), np.full(1, 4_000.0), np.full(1, 900.0), np.zeros(1))
    assert abs(root[0] - 37.25) < 2e-6  # twice the tolerance of 1e-6 s


def test_a_bisection_is_never_taken_for_convergence() -> None:
    """A guess so far off that the search is near the root just when a bisection is due."""
    rate = 2.0 * np.pi / PERIOD_S
    truth = np.arccos(0.3) / rate
    guesses = np.linspace(10.0, PERIOD_S / 2 - 10.0, 200)
    for slope_factor in (0.02, 0.1, 0.5, 3.0, 20.0):
        roots = bracketed_roots(
            lambda which, t: np.cos(rate * t) - 0.3,
            np.zeros(guesses.size),
            np.full(guesses.size, PERIOD_S / 2),
            guesses,
            np.full(guesses.size, -rate * np.sin(rate * truth) * slope_factor),
        )
        assert np.abs(roots - truth).max() < 2e-6  # twice the tolerance


def test_refined_maximum() -> None:
    centres = np.array([10.0, -60.0, 0.0])
    time, value = refined_maxima(lambda which, t: 5.0 - (t - centres[which]) ** 2, np.zeros(3), np.full(3, 100.0))
    np.testing.assert_allclose(time, centres, atol=1e-9)  # a parabola is its own model
    np.testing.assert_allclose(value, 5.0, atol=1e-12)


def test_spans_between_the_samples_are_found() -> None:
    # excursions 3 s long, once a minute at 31 s, on a raster of 10 s that never hits one
    function = lambda which, t: np.cos(2.0 * np.pi * (t - 31.0) / 60.0) - np.cos(2.0 * np.pi * 1.5 / 60.0)  # noqa: E731
    spans = positive_spans(function, np.arange(0.0, 300.0, 10.0) + 5.0)
    expected = 31.0 + 60.0 * np.arange(5)
    np.testing.assert_allclose(spans[0], expected - 1.5, rtol=0, atol=2e-6)  # twice the tolerance
    np.testing.assert_allclose(spans[1], expected + 1.5, rtol=0, atol=2e-6)


def test_spans_open_at_both_ends() -> None:
    spans = positive_spans(lambda which, t: np.sin(t - 1.0) ** 2 - 0.5, np.arange(0.0, 6.0, 0.05))
    assert spans[0, 0] == 0.0
    assert spans[1, -1] == np.arange(0.0, 6.0, 0.05)[-1]
