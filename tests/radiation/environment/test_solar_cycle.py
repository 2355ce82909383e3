"""Phase of the solar cycle, its modulation, dates as decimal years, and environments that make sense."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiation.environment import Environment, decimal_year
from radiation.environment.solar_cycle import modulation, solar_phase


@pytest.mark.parametrize("year", [1964.8, 1986.7, 2008.9, 2019.9, 2030.9, 2052.9])
def test_minima_are_quiet(year):
    assert solar_phase(year) == pytest.approx(0.0, abs=1e-9)
    assert modulation(solar_phase(year)) == pytest.approx(10.0)


@pytest.mark.parametrize("year", [1958.2, 1989.9, 2001.9, 2014.3, 2024.8, 2035.8, 2046.8])
def test_maxima_are_active(year):
    assert solar_phase(year) == pytest.approx(1.0, abs=1e-9)
    assert modulation(solar_phase(year)) == pytest.approx(110.0)


@given(st.floats(1900.0, 2150.0))
def test_phase_is_a_share_and_continuous(year):
    here, later = solar_phase([year, year + 0.01])
    assert 0.0 <= here <= 1.0
    # Half a cosine over 3.2 years at the steepest: pi / 2 / 3.2 per year.
    assert abs(later - here) <= 0.01 * np.pi / 2.0 / 3.2 + 1e-9


def test_decimal_years():
    assert decimal_year(datetime(2026, 1, 1, tzinfo=UTC)) == 2026.0
    assert decimal_year(datetime(2026, 7, 2, 12, tzinfo=UTC)) == pytest.approx(2026.5, abs=1e-9)
    assert decimal_year(datetime(2028, 7, 2, tzinfo=UTC)) == pytest.approx(2028.5, abs=1e-9)
    with pytest.raises(ValueError, match="time zone"):
        decimal_year(datetime(2026, 1, 1))


def test_environment_says_where_its_sun_comes_from():
    assert "of the date 2026.20" in Environment(epoch_year=2026.2).describe()
    told = Environment(epoch_year=2026.2, solar_phase=0.0).describe()
    assert "solar phase 0.00 (as given" in told
    assert "W = 10 (of that phase)" in told
    assert "W = 55 (as given)" in Environment(epoch_year=2026.2, modulation=55.0).describe()


def test_time_passes():
    environment = Environment(epoch_year=2019.9)
    half_way_s = 0.5 * 4.9 * 365.25 * 86_400.0
    assert environment.solar_phase_at([0.0, half_way_s]) == pytest.approx([0.0, 0.5], abs=1e-6)
    assert environment.modulation_at([0.0, half_way_s]) == pytest.approx([10.0, 60.0], abs=1e-4)


@pytest.mark.parametrize(
    ("field", "value"), [("epoch_year", 1950.0), ("epoch_year", 2101.0), ("solar_phase", 1.1), ("modulation", 201.0)]
)
def test_nonsense_is_named(field, value):
    with pytest.raises(ValueError, match=f"{field} = "):
        Environment(**({"epoch_year": 2026.0} | {field: value}))
