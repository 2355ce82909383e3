"""Energies and spans of a supply of several pieces, against quadrature, a fine raster and by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from simulator.power.supply_outlook import SupplyOutlook
from simulator.power.supply_piece import SupplyPiece, straight_pieces

RATE_RAD_S = 2.0 * np.pi / 5739.0
START_S, LENGTH_S, N = 1000.0, 358.0, 8

watts = st.floats(-20.0, 20.0)


@st.composite
def supplies(draw: st.DrawFn) -> list[SupplyPiece]:
    """Draw half an orbit of pieces, each with a swing of its own."""
    return [
        SupplyPiece(
            start_s=START_S + k * LENGTH_S,
            end_s=START_S + (k + 1) * LENGTH_S,
            level_w=draw(st.floats(0.0, 30.0)),
            wave_w=complex(draw(watts), draw(watts)),
            rate_rad_s=RATE_RAD_S,
        )
        for k in range(N)
    ]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(pieces=supplies(), a=st.floats(-0.2, 1.2), b=st.floats(-0.2, 1.2))
def test_energy_is_the_integral_of_what_is_known(pieces, a, b) -> None:
    from_s, to_s = (START_S + share * N * LENGTH_S for share in (a, b))
    parts = [(max(p.start_s, from_s), min(p.end_s, to_s), p) for p in pieces]
    expected_j = sum(quad(p.power_w, lo, hi, epsabs=1e-9)[0] for lo, hi, p in parts if lo < hi)
    # sums of 8 x 2e4 J with a rounding of 1e-16 each, and antiderivatives of 2e4 J
    assert SupplyOutlook(pieces).energy_j(from_s, to_s) == pytest.approx(max(expected_j, 0.0), abs=1e-7)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(pieces=supplies(), power_w=st.floats(-5.0, 45.0))
def test_spans_are_where_power_is_high(pieces, power_w) -> None:
    spans = SupplyOutlook(pieces).spans_above(power_w, START_S + 100.0, START_S + 2500.0)
    edges_s = [edge_s for span in spans for edge_s in span]
    assert edges_s == sorted(edges_s)
    assert all(a_s < b_s for a_s, b_s in spans)
    assert all(b_s < a_s for (_, b_s), (a_s, _) in pairwise(spans))
    assert all(START_S + 100.0 <= edge_s <= START_S + 2500.0 for edge_s in edges_s)
    for t_s in np.arange(START_S + 100.5, START_S + 2500.0, 7.0):
        power = next(p for p in pieces if p.start_s <= t_s < p.end_s).power_w(t_s)
        if abs(power - power_w) > 1e-6:  # farther from a crossing than its root is wrong
            assert any(a_s <= t_s < b_s for a_s, b_s in spans) == (power > power_w)


def test_a_trapezoid_with_a_step_by_hand() -> None:
    outlook = SupplyOutlook(straight_pieces([0.0, 10.0, 20.0, 20.0, 30.0], [0.0, 100.0, 100.0, 50.0, 50.0]))
    assert outlook.energy_j(0.0, 30.0) == 2000.0
    assert outlook.energy_j(5.0, 25.0) == 375.0 + 1000.0 + 250.0
    assert outlook.energy_j(-50.0, 500.0) == 2000.0
    assert outlook.energy_j(30.0, 40.0) == outlook.energy_j(-5.0, 0.0) == outlook.energy_j(9.0, 9.0) == 0.0
    assert outlook.spans_above(80.0, 0.0, 30.0) == [(pytest.approx(8.0, abs=1e-8), 20.0)]
    assert outlook.spans_above(50.0, 6.0, 28.0) == [(6.0, 28.0)]
    assert outlook.spans_above(100.0, 0.0, 30.0) == [(10.0, 20.0)]
    assert outlook.spans_above(101.0, 0.0, 30.0) == []
    assert SupplyOutlook([]).energy_j(0.0, 10.0) == 0.0
