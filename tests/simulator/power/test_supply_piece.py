"""One piece of a supply that swings: integrals against quadrature, crossings against a fine raster."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from simulator.power.supply_piece import SupplyPiece

RATE_RAD_S = 2.0 * np.pi / 5739.0
SIXTEENTH_S = 5739.0 / 16.0
START_S = 86_400.0

watts = st.floats(-30.0, 30.0)
drifts = st.floats(-1e-5, 1e-5)  # W/s: a node that precesses 5 deg a day turns 20 W by that


@st.composite
def pieces(draw: st.DrawFn) -> SupplyPiece:
    return SupplyPiece(
        start_s=START_S,
        end_s=START_S + SIXTEENTH_S,
        level_w=draw(st.floats(0.0, 30.0)),
        slope_w_s=draw(drifts),
        wave_w=complex(draw(watts), draw(watts)),
        wave_slope_w_s=complex(draw(drifts), draw(drifts)),
        rate_rad_s=RATE_RAD_S,
    )


def written_out(piece: SupplyPiece, x: float | np.ndarray) -> float | np.ndarray:
    """Power as its definition reads, in sines and cosines."""
    cosine = piece.wave_w.real + piece.wave_slope_w_s.real * x
    sine = piece.wave_w.imag + piece.wave_slope_w_s.imag * x
    angle = piece.rate_rad_s * x
    return piece.level_w + piece.slope_w_s * x + cosine * np.cos(angle) + sine * np.sin(angle)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(piece=pieces(), a=st.floats(0.0, 1.0), b=st.floats(0.0, 1.0))
def test_energy_and_lag_are_the_integrals(piece, a, b):
    x0, x1 = sorted((a * SIXTEENTH_S, b * SIXTEENTH_S))
    energy_j, _ = quad(lambda x: written_out(piece, x), x0, x1, epsabs=1e-10, epsrel=1e-12)
    # integral over time of the energy gained so far, by turning the order of integration round
    gained_j_s, _ = quad(lambda x: (x1 - x) * written_out(piece, x), x0, x1, epsabs=1e-8, epsrel=1e-12)
    from_s, to_s = START_S + x0, START_S + x1
    # antiderivatives of 30 W / rate = 3e4 J and 30 W / rate^2 = 3e7 J s, each with a rounding of 1e-15
    assert piece.energy_j(from_s, to_s) == pytest.approx(energy_j, rel=1e-10, abs=1e-8)
    assert piece.lag_j_s(from_s, to_s) == pytest.approx(gained_j_s - 0.5 * energy_j * (x1 - x0), abs=1e-4)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(piece=pieces(), levels=st.lists(st.floats(-5.0, 40.0), min_size=1, max_size=3))
def test_crossings_are_where_a_raster_sees_them(piece, levels):
    x = np.linspace(0.0, SIXTEENTH_S, 4001)
    power_w = written_out(piece, x)
    cuts_s = piece.crossings(piece.start_s, piece.end_s, tuple(levels))
    assert cuts_s == sorted(cuts_s)
    assert (cuts_s[0], cuts_s[-1]) == (piece.start_s, piece.end_s)
    for level_w in levels:
        above_w = power_w - level_w
        n_seen = int(np.count_nonzero(above_w[:-1] * above_w[1:] < 0.0))
        near = [t_s for t_s in cuts_s[1:-1] if abs(piece.power_w(t_s) - level_w) < 1e-9]
        assert len(near) >= n_seen  # one that only touches between two raster points may be found besides


def test_a_piece_that_turns_inside_is_cut_on_both_sides_of_the_top():
    x_top = 0.4 * SIXTEENTH_S
    wave = 20.0 * np.exp(1j * RATE_RAD_S * x_top)
    piece = SupplyPiece(0.0, SIXTEENTH_S, 3.0, 0.0, complex(wave), 0j, RATE_RAD_S)
    level_w = 3.0 + 20.0 * np.cos(RATE_RAD_S * 50.0)
    # brentq stops within 1e-9 s
    assert piece.crossings(0.0, SIXTEENTH_S, (level_w,))[1:-1] == pytest.approx([x_top - 50.0, x_top + 50.0], abs=1e-7)
    assert piece.monotone_sections(0.0, SIXTEENTH_S)[1] == pytest.approx(x_top, abs=1e-7)
    assert piece._replace(high_w=level_w).crossings(0.0, SIXTEENTH_S, (level_w,)) == [0.0, SIXTEENTH_S]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(piece=pieces(), load_w=st.floats(60.0, 90.0), share=st.floats(0.01, 0.99))
def test_time_of_net_energy_undoes_the_integral(piece, load_w, share):
    end_s = START_S + share * SIXTEENTH_S
    net_j = piece.energy_j(START_S, end_s) - load_w * (end_s - START_S)  # a load above any supply: one sign
    found_s = piece.time_of_net_energy(START_S, piece.end_s, load_w, net_j)
    assert found_s == pytest.approx(end_s, abs=1e-7)
