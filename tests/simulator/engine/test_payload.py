"""Power of captures in the ledger, and captures that a satellite without power does not make."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.engine.payload import Payload
from simulator.outages import Outage, OutageKind, OutagePlan
from simulator.records import Fate, Run

CAPTURE_S, POWER_W = 10.0, 50.0
PAYLOAD_COLUMN = -1
LEDGER = 1e-12


def _with_payload(world, *, capture_s=CAPTURE_S, power_w=POWER_W):
    batteries = tuple(
        replace(one, peak_load_w=one.peak_load_w + power_w, peak_pulse_w=one.peak_pulse_w + power_w)
        for one in world.batteries
    )
    return replace(world, batteries=batteries, payload=Payload(capture_s=capture_s, power_w=power_w))


def _on_source(task, view):
    return Run(satellite=task.source)


@pytest.mark.parametrize("solar_power_w", [0.0, 40.0, 200.0])
def test_each_capture_draws_its_power_until_its_task_arises(tiny_world, make_task, play, solar_power_w):
    world = _with_payload(tiny_world(2, base_power_w=5.0, solar_power_w=solar_power_w, traced=(1,)))
    arrivals = [(4.0, 0), (100.0, 0), (101.0, 1), (110.0, 0)]  # the first began before the run, the last touches
    tasks = [make_task(i, t_s, 1.0, source=source) for i, (t_s, source) in enumerate(arrivals)]
    played = play(world, _on_source, tasks)
    assert [row[PAYLOAD_COLUMN] for row in played.energy] == pytest.approx([50.0 * 24.0, 50.0 * 10.0], rel=1e-12)
    assert [row[6] for row in played.energy] == pytest.approx([180.0, 60.0], rel=1e-9)  # 60 W for a second a task
    assert max(played.ledger_errors()) < LEDGER
    assert [played.row(i).fate for i in range(4)] == [Fate.ON_TIME] * 4
    if solar_power_w == 0.0:
        stored = dict(played.traces[1])
        assert stored[101.0] == pytest.approx(1e6 - 5.0 * 101.0 - 500.0, abs=1e-6)


def test_a_capture_can_empty_a_battery(tiny_world, make_task, play):
    world = _with_payload(tiny_world(capacity_j=1000.0), capture_s=30.0)
    played = play(world, _on_source, [make_task(0, 130.0)])
    assert played.events == [(pytest.approx(120.0, abs=1e-6), 0, "brown_out")]  # 1000 J at 50 W from 100 s on
    assert (played.row(0).fate, played.row(0).reason) == (Fate.LOST, "arose on a satellite without power")
    assert played.energy[0][PAYLOAD_COLUMN] == pytest.approx(1000.0, rel=1e-9)


def test_a_satellite_that_was_off_for_a_part_of_a_capture_has_none(tiny_world, make_task, play):
    """Two captures at once empty 3 kJ after 6.1 s; 150 J are back within four seconds, before both would end."""
    world = tiny_world(capacity_j=3000.0, base_power_w=30.0, solar_power_w=40.0)
    arrivals_s = (20.0, 20.0, 27.0, 600.0)  # the third begins without power, the last with a full battery
    tasks = [make_task(i, t_s, 1e-3) for i, t_s in enumerate(arrivals_s)]
    played = play(_with_payload(world, power_w=250.0), _on_source, tasks)
    (down_s, up_s) = (t_s for t_s, _, _ in played.events)
    assert down_s == pytest.approx(10.0 + 3000.0 / 490.0, rel=1e-3)  # the Sun is 0.4 % nearer than 1 au
    assert down_s < 17.0 < up_s < 20.0
    reasons = [played.row(i).reason for i in range(4)]
    assert reasons == ["its satellite had no power during the capture"] * 3 + [""]
    assert [played.row(i).fate for i in range(4)] == [Fate.LOST] * 3 + [Fate.ON_TIME]
    assert played.energy[0][PAYLOAD_COLUMN] == pytest.approx(500.0 * (down_s - 10.0) + 2500.0, rel=1e-9)
    assert max(played.ledger_errors()) < LEDGER


def test_a_capture_in_safe_mode_is_told_apart_from_one_without_power(tiny_world, make_task, play):
    """Safe mode from 95 s to 105 s: a task arises in it, a capture begins in it, the last begins as it ends."""
    safe = OutagePlan(scheduled=(Outage(OutageKind.SATELLITE, 0, -1, 95.0, 105.0),))
    world = replace(_with_payload(tiny_world(base_power_w=5.0)), outages=safe)
    tasks = [make_task(i, t_s, 1e-3) for i, t_s in enumerate((100.0, 110.0, 115.0))]
    played = play(world, _on_source, tasks)
    reasons = [played.row(i).reason for i in range(3)]
    assert reasons == ["arose on a satellite in safe mode", "its satellite was in safe mode during the capture", ""]


def test_refuses_what_no_sensor_is():
    with pytest.raises(ValueError, match="power_w = -1"):
        Payload(capture_s=1.0, power_w=-1.0)
