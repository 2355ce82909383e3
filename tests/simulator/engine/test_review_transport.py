"""What a review found: contacts that are too short, who sent an input down, and work in the time that it takes."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.contacts.stations import GroundStation
from simulator.orbits.model import Frame
from simulator.records import DeliverTo, Fate, Place, Run, ToGround
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-03-20T14:46:00Z")


@pytest.mark.parametrize("decision", [Run(satellite=0), ToGround()])
def test_what_fits_into_no_known_contact_waits(tiny_world, make_task, play, decision):
    """Some 10 minutes of contact cannot take 2000 s of data: no crash, the task is in flight at the end."""
    under_m = tiny_world(1).positions.at(np.array([0]), np.array([1500.0]), Frame.EARTH_FIXED)[0]
    latitude_rad = float(np.arcsin(under_m[2] / np.linalg.norm(under_m)))
    station = GroundStation(
        name="on the way", latitude_rad=latitude_rad, longitude_rad=float(np.arctan2(under_m[1], under_m[0]))
    )
    world = tiny_world(1, stations=[station])
    task = make_task(1, input_bits=2e9, result_bits=2e9, deliver_to=DeliverTo.GROUND, deadline_s=12_000.0)
    contacts = []

    def answer(task, view):
        contacts.extend(view.contacts(0, 0.0, view.horizon_s))
        return decision

    row = play(world, answer, [task]).row(1)
    assert contacts
    assert row.fate is Fate.IN_FLIGHT


def test_the_satellite_that_sent_the_input_down_is_recorded(tiny_world, below, make_task, play):
    world = tiny_world(2, links=[(0, 1)], is_geostationary=True, stations=[below(EPOCH)])
    row = play(world, {1: [ToGround(via=1)]}, [make_task(1, input_bits=1e6)]).row(1)
    assert (row.place, row.source, row.satellite, row.station) == (Place.GROUND, 0, 1, 0)


def test_committed_work_is_in_seconds_of_the_first_mode(tiny_world, make_task, play):
    """At twice the speed 40 s of work take 20 s: after 5 s there are 15 s left, and 10 s more of the next task."""
    seen = []

    def look(task, view):
        seen.append((view.now_s, view.committed_s(0)))
        return Run(satellite=0)

    tasks = [make_task(1, 0.0, 40.0), make_task(2, 5.0, 20.0), make_task(3, 10.0, 20.0)]
    play(tiny_world(1, modes=((60.0, 2.0),)), look, tasks)
    assert seen == [(0.0, 0.0), (5.0, 15.0), (10.0, 20.0)]
