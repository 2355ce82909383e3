"""The section `power.array`: what is read, and what is refused with a remedy."""

from __future__ import annotations

import math

import pytest

from scenarios.build import build_world
from scenarios.config import ScenarioError, dump_scenario, load_scenario, scenario_from_text
from simulator.power.solar_array import Attitude


def with_array(array: str, *more: str):
    return load_scenario("headline-6x11", (f"power.array={array}", *more))


def test_panels_are_read_by_axis_and_by_vector():
    scenario = with_array('{attitude: body_fixed, panels: [{normal: "-y"}, {normal: [0, 3, -4], cells: 3}]}')
    world, _ = build_world(scenario)
    array = world.arrays[0]
    assert len(world.arrays) == world.positions.n_sats
    assert array.attitude is Attitude.BODY_FIXED
    assert [panel.share for panel in array.panels] == [0.25, 0.75]
    assert array.panels[0].normal == (0.0, -1.0, 0.0)
    assert array.panels[1].normal == pytest.approx((0.0, 0.6, -0.8), abs=1e-15)


def test_a_dumped_scenario_reads_back():
    scenario = with_array('{attitude: body_fixed, panels: [{normal: "+x"}]}')
    assert scenario_from_text(dump_scenario(scenario)).power.array == scenario.power.array


def test_end_of_life_takes_its_part_before_faults_do():
    fault = "adversity={array_fault: {share: 1.0, output: 0.5}}"
    world, _ = build_world(with_array("{end_of_life_factor: 0.8}", fault))
    assert world.solar_power_w[0] == pytest.approx(200.0 * 0.8 * 0.5, rel=1e-15)
    assert world.arrays[0].faces_the_sun


def test_without_the_section_a_world_has_no_arrays():
    world, _ = build_world(load_scenario("headline-6x11"))
    assert world.arrays == ()
    assert world.solar_power_w[0] == 200.0


@pytest.mark.parametrize(
    ("array", "what", "remedy"),
    [
        ("{attitude: body_fixed}", "needs panels", "write for example"),
        ('{attitude: nadir, panels: [{normal: "+x"}]}', "panels are driven", "body_fixed"),
        ('{attitude: body_fixed, panels: [{normal: "up"}]}', "no axis (got 'up')", "write one of +x"),
        ("{attitude: body_fixed, panels: [{normal: [0, 0, 0]}]}", "has no direction", "zenith"),
        ("{end_of_life_factor: 1.2}", "1.2", "1"),
    ],
)
def test_what_makes_no_sense_is_refused(array, what, remedy):
    with pytest.raises(ScenarioError) as caught:
        with_array(array)
    text = str(caught.value)
    assert what in text
    assert remedy in text


def test_a_shorter_end_of_life_is_less_power_and_nothing_else():
    fresh, aged = (build_world(with_array(f"{{attitude: nadir, end_of_life_factor: {f}}}"))[0] for f in (1.0, 0.7))
    assert math.isclose(aged.solar_power_w[0], 0.7 * fresh.solar_power_w[0], rel_tol=1e-15)
    assert aged.arrays == fresh.arrays
