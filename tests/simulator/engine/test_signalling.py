"""What information costs: broadcasts of the state that is read, and what schedulers say of themselves."""

from __future__ import annotations

import pytest

from simulator.engine.signalling import signalling_rates
from simulator.records import Run, Scheduler, Signalling


@pytest.mark.parametrize(
    ("read", "n_fields"),
    [
        (lambda view: None, 0),
        (lambda view: view.stored_j(0), 0),  # its own
        (lambda view: view.is_up(1), 1),
        (lambda view: (view.stored_j(1), view.committed_s(2), view.stored_j(2)), 2),
        (lambda view: (view.stored_j(1), view.committed_s(1), view.is_up(1)), 3),
    ],
)
def test_every_satellite_reports_the_fields_that_are_read_of_others(tiny_world, make_task, play, read, n_fields):
    """At 0, 100, ..., 300 s; nothing is left to do after the end at 350 s."""

    def look(task, view):
        read(view)
        return Run(satellite=0)

    played = play(tiny_world(3, state_age_s=100.0, end_s=350.0), look, [make_task(1, 50.0)])
    n_reports = 4 * 3 if n_fields else 0
    expected = Signalling(n_messages=n_reports, bits=n_reports * n_fields * 64)
    assert played.simulation.dispatcher.view.state_reports() == expected


def test_state_without_age_is_ideal_and_not_counted(tiny_world, make_task, play):
    def look(task, view):
        return Run(satellite=1 if view.stored_j(1) > 0.0 else 0)

    played = play(tiny_world(3), look, [make_task(1)])
    assert played.simulation.dispatcher.view.state_reports() is None
    assert played.simulation.signalling_rates() == {
        "state_reports_per_satellite_h": None,
        "state_report_bits_per_satellite_h": None,
        "control_messages_per_satellite_h": 0.0,
        "control_bits_per_satellite_h": 0.0,
    }


class PriceList(Scheduler):
    """Tells everyone two prices every 100 s."""

    name = "price-list"
    n_lists = 0

    def start(self, view):
        return self.wake(view)

    def wake(self, view):
        self.n_lists += 1
        return view.now_s + 100.0

    def decide(self, task, view):
        return Run(satellite=0)

    def signalling(self):
        return Signalling(n_messages=self.n_lists, bits=self.n_lists * 2 * 64)


def test_what_a_scheduler_tells_is_counted_per_satellite_and_hour(tiny_world, make_task, play):
    rates = play(tiny_world(3, end_s=350.0), PriceList(), [make_task(1)]).simulation.signalling_rates()
    satellite_h = 3 * 350.0 / 3600.0
    assert rates["control_messages_per_satellite_h"] == pytest.approx(4 / satellite_h, rel=1e-12)
    assert rates["control_bits_per_satellite_h"] == pytest.approx(4 * 128 / satellite_h, rel=1e-12)


def test_rates_are_per_satellite_and_hour():
    """One report and a half per satellite and half an hour; a plan per satellite in that time."""
    rates = signalling_rates(Signalling(n_messages=15, bits=150), Signalling(n_messages=10, bits=640), 10, 1800.0)
    assert list(rates.values()) == [3.0, 30.0, 2.0, 128.0]


@pytest.mark.parametrize("counts", [{"n_messages": -1}, {"bits": -1}])
def test_counts_are_not_negative(counts):
    with pytest.raises(ValueError, match=f"{next(iter(counts))} = -1"):
        Signalling(**counts)
