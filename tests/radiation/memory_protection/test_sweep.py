from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiation.memory_protection import SECDED, Layout, Sweep, TripleModularRedundancy, reload_cost, scrub_cost


@given(
    period_s=st.floats(1e-3, 1e6),
    phase=st.floats(-3.0, 3.0),
    duration=st.floats(0.0, 1.0),
    t_s=st.floats(0.0, 1e7),
    word=st.integers(0, 999),
)
def test_the_next_visit_is_a_visit_ahead_and_the_first_one(period_s, phase, duration, t_s, word):
    sweep = Sweep(period_s=period_s, phase_s=phase * period_s, duration_s=duration * period_s)
    visit_s = sweep.next_visit_s(np.array([t_s]), np.array([word]), 1000)[0]
    rounding_s = 1e-9 * (t_s + 10 * period_s)
    assert t_s < visit_s <= t_s + period_s + rounding_s
    sweeps = (visit_s - sweep.phase_s - sweep.duration_s * word / 1000) / period_s
    assert abs(sweeps - round(sweeps)) * period_s <= rounding_s


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"period_s": 0.0}, "period_s is 0.0"),
        ({"period_s": np.inf}, "period_s is inf"),
        ({"period_s": 10.0, "duration_s": 11.0}, "duration_s is 11.0"),
        ({"period_s": 10.0, "phase_s": np.nan}, "phase_s is nan"),
    ],
)
def test_sweeps_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Sweep(**arguments)


def test_a_scrub_reads_everything_and_writes_what_it_changed():
    layout = Layout(code=SECDED(), data_bytes=64 * 2**20)
    cost = scrub_cost(layout, corrected_words=3, reloaded_words=2)
    assert cost.read_bits == 64 * 2**20 * 9
    assert cost.written_bits == 5 * 72
    assert cost.golden_read_bits == 2 * 64
    assert cost.time_s(1e9) == (cost.read_bits + 5 * 72) / 1e9
    assert cost.energy_j(1e-12, 2e-12, 1e-11) == pytest.approx(cost.read_bits * 1e-12 + 720e-12 + 128e-11, rel=1e-12)
    with pytest.raises(ValueError, match="bandwidth_bps is 0"):
        cost.time_s(0.0)


def test_a_reload_writes_every_copy():
    cost = reload_cost(Layout(code=TripleModularRedundancy(), data_bytes=1000))
    assert (cost.read_bits, cost.written_bits, cost.golden_read_bits) == (0.0, 24_000.0, 8_000.0)
