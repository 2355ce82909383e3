"""Link budgets against three published ones, coding steps against the standard's own arithmetic and Shannon's limit."""

from __future__ import annotations

from math import inf, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.network.link_budget import DVB_S2_STEPS, CodingStep, LinkBudget, RateSteps, shannon_steps

BITS_BEFORE_BCH = {
    "1/4": 16008, "1/3": 21408, "2/5": 25728, "1/2": 32208, "3/5": 38688, "2/3": 43040, "3/4": 48408, "4/5": 51648,
    "5/6": 53840, "8/9": 57472, "9/10": 58192,
}  # fmt: skip
"""K_bch of normal frames, ETSI EN 302 307-1 V1.4.1, table 5a."""

X_BAND = LinkBudget(carrier_hz=8.2e9, eirp_dbw=12.0, g_over_t_db_k=31.0, losses_db=3.0, symbol_rate_hz=75e6)


def test_geostationary_downlink_of_the_weather_service():
    """EMWIN-N of the US National Weather Service (nws.noaa.gov/emwin/emwin-n-link-budget.htm), way down."""
    budget = LinkBudget(
        carrier_hz=1692.70e6, eirp_dbw=44.8 - 30.0, g_over_t_db_k=-0.3, losses_db=0.4 + 0.2, symbol_rate_hz=9600.0
    )
    # it prints one decimal and takes 228.6 dB for Boltzmann's constant
    assert budget.free_space_loss_db(41_127e3) == pytest.approx(189.3, abs=0.1)
    assert budget.c_over_n0_db_hz(41_127e3) == pytest.approx(53.2, abs=0.1)
    assert 10.0 * np.log10(budget.symbol_rate_hz) == pytest.approx(39.8, abs=0.1)


def test_low_orbit_downlink_of_the_literature():
    """Table 1 of a study of a low satellite's 3.4 Mbit/s (EURASIP J. Wireless Comm. Netw. 2020,

    doi 10.1186/s13638-020-01674-9): 2200 MHz, 38.3 dBm, 162.2 dB of free space, 10 dB depointing, a 5 m dish of
    38.2 dBi at 130 K; 81.8 dB Hz, 16.5 dB per bit, 3.5 dB of margin over 7 dB after 6 dB in the demodulator.
    """
    budget = LinkBudget(
        carrier_hz=2200e6,
        eirp_dbw=38.3 - 30.0,
        g_over_t_db_k=38.2 - 10.0 * np.log10(130.0),
        losses_db=10.0,
        symbol_rate_hz=3.4e6,
    )
    # the loss is printed, the distance is not; 1396 km is 27 degrees above the horizon for a satellite at 720 km
    range_m = 1396e3
    assert budget.free_space_loss_db(range_m) == pytest.approx(162.2, abs=0.1)
    assert budget.c_over_n0_db_hz(range_m) == pytest.approx(81.8, abs=0.1)
    assert budget.es_over_n0_db(range_m) == pytest.approx(16.5, abs=0.1)
    steps = [CodingStep(7.0 + 6.0, 1.0)]
    margin_db = 20.0 * np.log10(budget.rate_steps(steps).reach_m[0] / range_m)
    assert margin_db == pytest.approx(3.5, abs=0.1)


# EIRP; range; polarisation loss; gain and noise temperature of the dish; bits a second; modulation loss; then what is
# printed: loss of free space, received power over noise density, margin
MARCO_COLUMNS = [
    (30.1, 15e9, 1.40, 68.3, 30.5, 62.5, 1.63, 254.4, 26.0, 5.8),
    (43.3, 74.8e9, 0.31, 68.3, 30.5, 62.5, 1.63, 268.4, 26.3, 6.1),
    (61.7, 160e9, 0.11, 68.3, 30.5, 1000.0, 0.44, 275.0, 38.2, 7.3),
    (61.7, 160e9, 0.11, 74.3, 24.8, 8000.0, 0.23, 275.0, 45.2, 5.4),
]


@pytest.mark.parametrize("column", MARCO_COLUMNS)
def test_x_band_downlink_of_two_cubesats(column):
    """MarCO in 2018, table 5-4 of Kobayashi, Shihabi and Taylor 2021 (JPL DESCANSO series, article 18).

    8414 MHz; 0.15 dB of atmosphere, 0.1 dB of pointing and of wind each at the dish; a turbo code that needs -0.1 dB
    per bit, 0.63 dB lost in the receiver. Most of it is printed with one decimal.
    """
    eirp_dbm, range_m, polarisation_db, dish_dbi, noise_k, rate_bps, modulation_db = column[:7]
    free_space_db, c_over_n0_db_hz, margin_db = column[7:]
    budget = LinkBudget(
        carrier_hz=8414e6,
        eirp_dbw=eirp_dbm - 30.0,
        g_over_t_db_k=dish_dbi - 10.0 * np.log10(noise_k),
        losses_db=0.15 + polarisation_db + 0.1 + 0.1,
        symbol_rate_hz=rate_bps,
    )
    assert budget.free_space_loss_db(range_m) == pytest.approx(free_space_db, abs=0.1)
    assert budget.c_over_n0_db_hz(range_m) == pytest.approx(c_over_n0_db_hz, abs=0.1)
    steps = [CodingStep(-0.1 + 0.63 + modulation_db, 1.0)]
    reach_m = budget.rate_steps(steps).reach_m[0]
    assert 20.0 * np.log10(reach_m / range_m) == pytest.approx(margin_db, abs=0.1)


def test_efficiencies_follow_from_the_frames_of_the_standard():
    """A frame of 64,800 coded bits is S slots of 90 symbols and a header of 90; 80 of its bits are a header too."""
    rates = list(BITS_BEFORE_BCH)
    modes = [(2, rates), (3, rates[4:7] + rates[8:]), (4, rates[5:]), (5, rates[6:])]
    expected = [
        (BITS_BEFORE_BCH[rate] - 80) / (90 * (64_800 / bits / 90 + 1)) for bits, of_mode in modes for rate in of_mode
    ]
    # printed with six decimals
    assert [step.bits_per_symbol for step in DVB_S2_STEPS] == pytest.approx(expected, abs=5.1e-7)


def test_no_step_beats_shannon_and_none_is_far_from_it():
    """Codes lose about 1 dB; a constellation near its full rate (8PSK 9/10) up to 3 dB more, as its capacity ends."""
    for step in DVB_S2_STEPS:
        least_db = 10.0 * np.log10(2.0**step.bits_per_symbol - 1.0)
        assert 1.0 < step.es_n0_db - least_db < 4.0


@given(es_n0_db=st.floats(-5.0, 25.0), gap_db=st.floats(0.0, 6.0))
def test_shannon_steps_are_just_below_the_capacity(es_n0_db, gap_db):
    steps = shannon_steps(gap_db, 8.0)
    capacity = log2(1.0 + 10.0 ** ((es_n0_db - gap_db) / 10.0))
    best = max((step.bits_per_symbol for step in steps if step.es_n0_db <= es_n0_db), default=0.0)
    assert best <= capacity + 1e-9
    assert capacity >= 8.0 or capacity - best < 0.1 + 1e-9


def test_each_rate_holds_up_to_the_distance_at_which_its_signal_is_just_met():
    steps = X_BAND.rate_steps(DVB_S2_STEPS, margin_db=2.0)
    assert len(steps.rate_bps) < len(DVB_S2_STEPS), "some steps need more signal for less"
    for step in DVB_S2_STEPS:
        reach_m = X_BAND.reach_m(step.es_n0_db + 2.0)
        assert X_BAND.es_over_n0_db(reach_m) == pytest.approx(step.es_n0_db + 2.0, abs=1e-9)
        near_bps, far_bps = steps.rates_bps(np.array([reach_m * (1.0 - 1e-9), reach_m * (1.0 + 1e-9)]))
        assert near_bps >= step.bits_per_symbol * 75e6
        assert far_bps < near_bps or step.bits_per_symbol * 75e6 < near_bps


@given(range_m=st.floats(3e5, 3e7))
def test_the_rate_is_that_of_the_best_step_allowed(range_m):
    es_n0_db = X_BAND.es_over_n0_db(range_m)
    allowed = [step.bits_per_symbol for step in DVB_S2_STEPS if step.es_n0_db + 2.0 <= es_n0_db]
    expected_bps = min(75e6 * max(allowed, default=0.0), 200e6)
    steps = X_BAND.rate_steps(DVB_S2_STEPS, margin_db=2.0, top_rate_bps=200e6)
    assert steps.rates_bps(np.array([range_m]))[0] == expected_bps


def test_steps_that_do_not_fall_are_refused():
    with pytest.raises(ValueError, match="reaches must rise, rates fall"):
        RateSteps(reach_m=(1.0, 2.0), rate_bps=(1.0, 2.0))
    with pytest.raises(ValueError, match="reaches must rise"):
        X_BAND.rate_steps([])
    assert X_BAND.rate_steps(DVB_S2_STEPS, top_rate_bps=inf).top_rate_bps == pytest.approx(4.453027 * 75e6)
