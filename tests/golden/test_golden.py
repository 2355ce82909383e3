"""Small runs against their stored summaries; `python -m tests.golden` stores them anew and shows the difference."""

from __future__ import annotations

import pytest

from tests.golden.runs import CASES, stored, summary_of


def flat(summary, above=""):
    """Return the entries of a summary and of its parts by their dotted names."""
    entries = {}
    for key, value in summary.items():
        entries |= flat(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}": value}
    return entries


@pytest.mark.parametrize("case", CASES)
def test_summary_is_the_stored_one(case, tmp_path):
    new, old = flat(summary_of(case, tmp_path)), flat(stored()[case])
    assert set(new) == set(old)
    for key, value in old.items():
        if key.endswith("ledger_relative_error"):
            assert new[key] < 1e-9, key
        elif isinstance(value, float):
            # another machine type may round differently in the last bits; a changed decision moves far more
            assert new[key] == pytest.approx(value, rel=1e-9), key
        else:
            assert new[key] == value, key
