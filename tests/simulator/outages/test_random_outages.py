"""Random outages against the theory of alternating renewal processes."""

from __future__ import annotations

from itertools import islice, takewhile

import numpy as np
import pytest

from simulator.outages import OutageKind, RandomOutages

WORKS_S, BROKEN_S = 900.0, 100.0


def outages_until(end_s, a=0, b=1, seed=1):
    drawn = takewhile(lambda outage: outage.from_s < end_s, links(seed).of(a, b))
    return np.array([(outage.from_s, outage.until_s) for outage in drawn])


def links(seed=1):
    return RandomOutages(kind=OutageKind.LINK, mean_time_between_s=WORKS_S, mean_outage_s=BROKEN_S, root_seed=seed)


def test_the_share_of_outage_time_and_the_number_of_failures_are_those_of_theory():
    """In T, share MTTR / (MTBF + MTTR) with variance 2 A U tau / T, tau = MTBF MTTR / (MTBF + MTTR) (Barlow and
    Proschan 1965), and T / (MTBF + MTTR) failures with variance T (MTBF^2 + MTTR^2) / (MTBF + MTTR)^3 (Cox 1962)."""
    n_links, end_s, cycle_s = 50, 2e6, WORKS_S + BROKEN_S
    shares, counts = [], []
    for link in range(n_links):
        outages = outages_until(end_s, link, link + 1)
        shares.append(np.sum(np.minimum(outages[:, 1], end_s) - outages[:, 0]) / end_s)
        counts.append(len(outages))
    unavailable, correlation_s = BROKEN_S / cycle_s, WORKS_S * BROKEN_S / cycle_s
    share_error = np.sqrt(2.0 * unavailable * (1.0 - unavailable) * correlation_s / (n_links * end_s))
    assert np.mean(shares) == pytest.approx(0.1, abs=5.0 * share_error)  # five standard errors
    count_error = np.sqrt(end_s * (WORKS_S**2 + BROKEN_S**2) / cycle_s**3 / n_links)
    assert np.mean(counts) == pytest.approx(end_s / cycle_s, abs=5.0 * count_error)


def test_times_are_exponential():
    """Mean and standard deviation of an exponential are equal; 5 standard errors of 1e4 draws (Var s^2 = 8 m^4 / n)."""
    outages = outages_until(1e7)
    works_s = outages[1:, 0] - outages[:-1, 1]
    broken_s = outages[:, 1] - outages[:, 0]
    for times_s, mean_s in ((works_s, WORKS_S), (broken_s, BROKEN_S)):
        n = len(times_s)
        assert np.mean(times_s) == pytest.approx(mean_s, rel=5.0 / np.sqrt(n))
        assert np.var(times_s) == pytest.approx(mean_s**2, rel=5.0 * np.sqrt(8.0 / n))


def test_a_link_draws_alone():
    """Links have outages of their own, the same ones for a seed, whoever else draws."""
    first, second = links().of(0, 1), links().of(0, 2)
    mixed = [(next(first)[3:5], next(second)[3:5]) for _ in range(100)]
    alone = [outage[3:5] for outage in islice(links().of(0, 1), 100)]
    assert [span for span, _ in mixed] == alone
    assert not set(alone) & {span for _, span in mixed}
    assert not set(alone) & set(map(tuple, outages_until(1e5, seed=2)))


def test_kinds_draw_alone():
    """A satellite, its array, a station of the same number and a link of it share no draw."""
    times = {"mean_time_between_s": WORKS_S, "mean_outage_s": BROKEN_S, "root_seed": 1}
    first_s = {next(RandomOutages(kind=kind, **times).of(0, 1)).from_s for kind in OutageKind}
    assert len(first_s) == len(OutageKind)


@pytest.mark.parametrize("name", ["mean_time_between_s", "mean_outage_s"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_times_must_be_positive_and_finite(name, value):
    times = {"mean_time_between_s": 1.0, "mean_outage_s": 1.0} | {name: value}
    with pytest.raises(ValueError, match=f"{name} = "):
        RandomOutages(kind=OutageKind.ARRAY, **times, root_seed=1)
