"""Satellites that are sorted out because no station sees them in time must be refused by a whole plan too."""

from __future__ import annotations

from scenarios import load_scenario, run
from schedulers.planning import FleetPlans


def test_what_meets_no_station_in_time_fits_into_no_plan(monkeypatch, tmp_path):
    answers = []
    has_no_contact = FleetPlans.has_no_contact

    def checked(plans, task, satellite, view):
        answers.append(has_no_contact(plans, task, satellite, view))
        if answers[-1]:
            with monkeypatch.context() as patch:
                patch.setattr(FleetPlans, "has_no_contact", lambda *_: False)
                assert plans.fit(task, satellite, view, needs_sunlight=False) is None
        return answers[-1]

    monkeypatch.setattr(FleetPlans, "has_no_contact", checked)
    changes = ("tasks.deliver_to=ground", "duration.orbits=0.12", "warm_up.orbits=0.05", "scheduler=phoenix-no-ground")
    run(load_scenario("headline-6x11", changes), runs_folder=tmp_path)
    # tasks are due within 600 s, in which a tenth of an orbit passes: most satellites meet no station, some do
    assert sum(answers) > 1000
    assert len(answers) - sum(answers) > 100
