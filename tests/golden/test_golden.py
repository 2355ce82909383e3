"""Runs against their stored summaries; `python -m tests.golden` stores them anew and shows the difference.

Small runs; and, slowly, every scenario of the library as shipped (`python -m tests.golden --library`).
"""

from __future__ import annotations

import pytest

from tests.golden.runs import CASES, LIBRARY, STORED, STORED_LIBRARY, stored, summary_of


def flat(summary, above=""):
    """Return the entries of a summary and of its parts by their dotted names."""
    entries = {}
    for key, value in summary.items():
        entries |= flat(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}": value}
    return entries


def assert_same(new, old):
    new, old = flat(new), flat(old)
    assert set(new) == set(old)
    for key, value in old.items():
        if key.endswith("ledger_relative_error"):
            assert new[key] < 1e-9, key
        elif isinstance(value, float):
            # another machine type may round differently in the last bits; a changed decision moves far more
            assert new[key] == pytest.approx(value, rel=1e-9), key
        else:
            assert new[key] == value, key


@pytest.mark.parametrize("case", CASES)
def test_summary_is_the_stored_one(case, tmp_path):
    assert_same(summary_of(CASES[case], tmp_path), stored(STORED)[case])


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", LIBRARY)
def test_a_library_scenario_runs_as_shipped(name, tmp_path):
    assert_same(summary_of(LIBRARY[name], tmp_path), stored(STORED_LIBRARY)[name])
