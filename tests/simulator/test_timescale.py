"""The epoch against erfa and against what people mistype."""

from __future__ import annotations

from datetime import date

import erfa
import numpy as np
import pytest

from simulator.timescale import parse_epoch, tt_minus_utc_s


@pytest.mark.parametrize("text", ["1972-01-01T00:00:00Z", "2000-02-29T12:30:15.25Z", "2026-06-21T00:00:00Z"])
def test_julian_dates_are_erfas(text):
    epoch = parse_epoch(text)
    year, month, day = (int(part) for part in text[:10].split("-"))
    midnight, modified = erfa.cal2jd(np.array([year]), np.array([month]), np.array([day]))
    assert epoch.utc_day == midnight[0] + modified[0]
    assert parse_epoch(epoch.utc_text(0.0)).utc_day_fraction == pytest.approx(epoch.utc_day_fraction, abs=1e-9)


def test_terrestrial_time_runs_ahead_by_leap_seconds():
    assert parse_epoch("2026-01-01T00:00:00Z").tt_minus_utc_s == pytest.approx(37.0 + 32.184)
    assert parse_epoch("2016-12-31T23:59:59Z").tt_minus_utc_s == pytest.approx(36.0 + 32.184)


def test_text_carries_over_midnight():
    assert parse_epoch("2027-12-31T23:59:59Z").utc_text(1.5) == "2028-01-01T00:00:00.500Z"


@pytest.mark.parametrize(
    "text",
    ["2026-02-30T00:00:00Z", "2026-06-21", "2026-06-21T00:00:00", "2026-13-01T00:00:00Z", "2026-06-21T24:00:00Z", "x"],
)
def test_what_is_no_epoch_is_refused_by_name(text):
    with pytest.raises(ValueError, match="epoch = "):
        parse_epoch(text)


def test_labels_have_as_many_digits_as_asked_for() -> None:
    epoch = parse_epoch("2026-06-21T23:59:59.5Z")
    assert epoch.utc_text(0.25, 6) == "2026-06-21T23:59:59.750000Z"
    assert epoch.utc_text(0.4999996, 6) == "2026-06-22T00:00:00.000000Z"
    assert epoch.utc_text(0.4999994, 6) == "2026-06-21T23:59:59.999999Z"
    assert epoch.utc_text(0.4999994) == "2026-06-22T00:00:00.000Z"


def test_terrestrial_time_is_ahead_of_utc_by_leap_seconds() -> None:
    """32.184 s and 36, then 37 leap seconds (IERS Bulletin C 52)."""
    ahead_s = [tt_minus_utc_s(day) for day in (date(2016, 12, 31), date(2017, 1, 1))]
    assert ahead_s == pytest.approx([68.184, 69.184], abs=1e-12)
