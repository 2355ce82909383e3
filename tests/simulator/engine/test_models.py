"""Models fetched over contacts and links in worlds small enough to work out by hand."""

from __future__ import annotations

from math import inf

import erfa
import numpy as np
import pytest

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.contacts.stations import GroundStation
from simulator.engine.computer_faults import ComputerFaults
from simulator.engine.model_setting import ModelSetting, ModelSources
from simulator.engine.simulation import Simulation
from simulator.engine.task_ends import LOST_IN_RESET
from simulator.orbits.model import Frame
from simulator.outages import Outage, OutageKind, OutagePlan
from simulator.records import Fate, Run, Split
from tests.simulator.engine.conftest import LINK_LIGHT_S, RATE_BPS, Play, Script

EXACT_S = 1e-9
SIZE = {"a": 4e6, "b": 8e6, "c": 6e6}


def models(on_board, cache_bits=10e6, sources=ModelSources.ANY):
    return ModelSetting(
        size_bits=SIZE, cache_bits=(cache_bits,) * len(on_board), on_board=tuple(on_board), sources=sources
    )


def here(task, view):
    return Run(satellite=task.source)


@pytest.fixture
def asking(make_task):
    """A task that asks for a model."""

    def build(task_id, arrival_s=0.0, work_s=5.0, model="a", **changes):
        return make_task(task_id, arrival_s, work_s, model=model, **changes)

    return build


def test_a_copy_comes_over_every_hop_for_its_size_and_light(tiny_world, asking, play):
    """From the far end of three satellites: 4 s of sending and the light of 10 degrees, twice."""
    played = play(tiny_world(3, models=models([(), (), ("a",)])), here, [asking(0, 10.0)])
    row = played.row(0)
    arrival_s = 10.0 + 2 * (4.0 + LINK_LIGHT_S)
    assert row.start_s == pytest.approx(arrival_s, abs=EXACT_S)
    assert row.model_wait_s == pytest.approx(arrival_s - 10.0, abs=EXACT_S)
    assert (row.fate, row.n_hops) == (Fate.ON_TIME, 0)
    (fetch,) = played.fetches
    assert (fetch.satellite, fetch.from_satellite, fetch.n_hops, fetch.outcome) == (0, 2, 2, "arrived")
    assert (fetch.asked_s, fetch.ended_s) == (10.0, row.start_s)
    assert [played.cache(i).sent_bits for i in range(3)] == [0.0, 0.0, 4e6]
    assert [played.cache(i).from_neighbours_bits for i in range(3)] == [4e6, 0.0, 0.0]


def test_both_ends_of_every_hop_pay_for_a_copy(tiny_world, asking, play):
    world = tiny_world(3, models=models([(), (), ("a",)]), transmit_power_w=10.0, receive_power_w=3.0)
    played = play(world, here, [asking(0)])
    batteries = played.simulation.fleet.batteries
    assert [battery.transmit_j for battery in batteries] == pytest.approx([0.0, 40.0, 40.0])
    assert [battery.receive_j for battery in batteries] == pytest.approx([12.0, 12.0, 0.0])


@pytest.fixture
def passing(tiny_world, kepler_fleet):
    """Satellites on a polar circle, and a station that the first of them passes at 1500 s."""
    fleet = kepler_fleet(6_928_137.0, 90.0, 90.0, [0.0])
    under_m = fleet.at(np.array([0]), np.array([1500.0]), Frame.EARTH_FIXED)[0]
    longitude_rad, latitude_rad = np.arctan2(under_m[1], under_m[0]), np.arcsin(under_m[2] / np.linalg.norm(under_m))
    station = GroundStation(name="on the way", latitude_rad=float(latitude_rad), longitude_rad=float(longitude_rad))

    def build(n_sats=1, **changes):
        return tiny_world(n_sats, stations=[station], end_s=3000.0, **changes)

    return build


def test_a_model_comes_up_when_a_contact_begins(passing, asking, play):
    """Rise + size / rate + light from where the satellite is then."""
    contacts = []

    def look(task, view):
        contacts.extend(view.contacts(0, 0.0, 3000.0))
        return here(task, view)

    world = passing(models=models([()]), receive_power_w=3.0)
    played = play(world, look, [asking(0, deadline_s=3000.0)])
    sent_s = contacts[0].rise_s + SIZE["a"] / RATE_BPS
    (station,) = world.stations
    at_m = world.positions.at(np.array([0]), np.array([sent_s]), Frame.EARTH_FIXED)[0]
    station_m = erfa.gd2gc(erfa.WGS84, station.longitude_rad, station.latitude_rad, 0.0)
    light_s = float(np.linalg.norm(at_m - station_m)) / SPEED_OF_LIGHT_M_S
    assert played.row(0).start_s == pytest.approx(sent_s + light_s, abs=EXACT_S)
    assert played.cache(0).from_stations_bits == SIZE["a"]
    assert played.transport.ground.channels.bits == [SIZE["a"]]
    assert played.simulation.fleet.batteries[0].receive_j == pytest.approx(3.0 * 4.0)
    assert played.fetches[0].from_satellite == -1


def test_whatever_is_sooner_sends_it(passing, asking, play):
    """The neighbour, also in the pass, where the station is further away; but the station where links are slower."""
    world = passing(2, models=models([(), ("a",)]))
    played = play(world, here, [asking(0, deadline_s=3000.0), asking(1, 10.0, deadline_s=3000.0)])
    assert [fetch.from_satellite for fetch in played.fetches] == [1]
    played = play(world, here, [asking(0, 1500.0, deadline_s=3000.0)])
    assert [fetch.from_satellite for fetch in played.fetches] == [1]
    world = passing(2, models=models([(), ("a",)]), downlink_bps=100 * RATE_BPS)
    played = play(world, here, [asking(0, 1500.0, deadline_s=3000.0)])
    assert [fetch.from_satellite for fetch in played.fetches] == [-1]
    for sources, sender in ((ModelSources.GROUND, -1), (ModelSources.NEIGHBOURS, 1)):
        world = passing(2, models=models([(), ("a",)], sources=sources))
        played = play(world, here, [asking(0, 1490.0, deadline_s=3000.0)])
        assert [fetch.from_satellite for fetch in played.fetches] == [sender]


def test_tasks_that_wait_for_one_model_share_one_fetch(tiny_world, asking, play):
    played = play(tiny_world(2, models=models([(), ("a",)])), here, [asking(i, i * 1.0) for i in range(3)])
    arrival_s = 4.0 + LINK_LIGHT_S
    assert len(played.fetches) == 1
    assert [played.row(i).model_wait_s for i in range(3)] == pytest.approx(
        [arrival_s - i for i in range(3)], abs=EXACT_S
    )
    assert [played.row(i).start_s for i in range(3)] == pytest.approx(
        [arrival_s + 5.0 * i for i in range(3)], abs=EXACT_S
    )
    account = played.cache(0)
    assert (account.n_hits, account.n_misses, account.n_fetches) == (0, 3, 1)
    assert account.waited_s == pytest.approx(3 * arrival_s - 3.0, abs=EXACT_S)


def test_a_fetch_begins_when_the_task_is_given_not_when_its_input_is_there(tiny_world, asking, play):
    """The input takes 8 s from one end, the model 4 s from the other: nothing waits for the model."""
    world = tiny_world(3, models=models([(), (), ("a",)]))
    played = play(world, lambda task, view: Run(satellite=1), [asking(0, input_bits=8e6)])
    assert played.row(0).start_s == pytest.approx(8.0 + LINK_LIGHT_S, abs=EXACT_S)
    assert played.row(0).model_wait_s == 0.0


def test_the_model_used_longest_ago_makes_room(tiny_world, asking, play):
    """14 Mbit for a, b and c of 4, 8 and 6: b comes in the place of a, which comes back in the place of c."""
    asked = [asking(0, 0.0, model="c"), asking(1, 100.0, model="b"), asking(2, 200.0, model="a")]
    world = tiny_world(
        2,
        models=ModelSetting(size_bits=SIZE, cache_bits=(14e6, 18e6), on_board=(("a", "c"), ("a", "b", "c"))),
    )
    played = play(world, here, asked)
    assert [(fetch.model, fetch.outcome) for fetch in played.fetches] == [("b", "arrived"), ("a", "arrived")]
    caches = played.simulation.dispatcher.models.caches
    assert caches[0].models == ("b", "a")
    assert played.cache(0).evicted_bits == SIZE["a"] + SIZE["c"]
    assert played.cache(0).n_hits == 1


def test_a_model_in_use_is_not_evicted(tiny_world, asking, play):
    """The second model finds room when the task that runs with the first has ended, after 50 s."""
    both = ("a", "b")
    world = tiny_world(2, models=ModelSetting(size_bits=SIZE, cache_bits=(10e6, 18e6), on_board=(("a",), both)))
    played = play(world, here, [asking(0, work_s=50.0), asking(1, 1.0, model="b")])
    assert played.row(1).start_s == pytest.approx(50.0 + 8.0 + LINK_LIGHT_S, abs=EXACT_S)
    assert played.row(0).finish_s == 50.0


def test_a_model_being_sent_is_not_evicted(tiny_world, asking, play):
    """The sender needs room for b from 2 s on, and gets it when its copy of a has arrived elsewhere, after 4 s."""
    world = tiny_world(3, models=ModelSetting(size_bits=SIZE, cache_bits=(10e6,) * 3, on_board=((), ("a",), ("b",))))
    played = play(world, here, [asking(0), asking(1, 2.0, model="b", source=1)])
    assert played.row(0).start_s == pytest.approx(4.0 + LINK_LIGHT_S, abs=EXACT_S)
    assert played.row(1).start_s == pytest.approx(4.0 + 8.0 + 2 * LINK_LIGHT_S, abs=EXACT_S)
    assert [cache.models for cache in played.simulation.dispatcher.models.caches] == [("a",), ("b",), ("b",)]


def test_the_last_copy_is_kept_where_nothing_could_bring_another(tiny_world, asking, play):
    world = tiny_world(2, models=ModelSetting(size_bits=SIZE, cache_bits=(10e6,) * 2, on_board=(("a",), ("b",))))
    played = play(world, here, [asking(0, model="b", deadline_s=300.0)])
    row = played.row(0)
    assert (row.fate, row.reason) == (Fate.IN_FLIGHT, "waits for its model: no room in the cache")
    assert row.model_wait_s == played.cache(0).waited_s > 0.0
    assert [fetch.outcome for fetch in played.fetches] == ["waiting"]


def test_a_task_whose_model_is_nowhere_waits_and_says_so(tiny_world, asking, play):
    played = play(tiny_world(2, models=models([("a",), ()])), here, [asking(0, model="c", deadline_s=300.0)])
    assert played.row(0).reason == "waits for its model: no copy within reach"


def test_without_a_model_a_task_needs_none(tiny_world, asking, play):
    played = play(tiny_world(1, models=models([()])), here, [asking(0, model=None)])
    assert (played.row(0).start_s, played.row(0).model_wait_s, played.fetches) == (0.0, 0.0, [])


def out_of_order(kind, first, *spans_s, second=-1):
    return OutagePlan(scheduled=tuple(Outage(kind, first, second, *span_s) for span_s in spans_s))


@pytest.mark.parametrize("satellite", [0, 1])
def test_a_fetch_that_is_cut_begins_anew(tiny_world, asking, play, satellite):
    """Either end goes into safe mode in the middle: all of it is sent again when both are there again."""
    outages = out_of_order(OutageKind.SATELLITE, satellite, (2.0, 20.0))
    setting = ModelSetting(size_bits={"a": 4e6}, cache_bits=(4e6, 4e6), on_board=((), ("a",)))  # just the room for it
    played = play(tiny_world(2, models=setting, outages=outages), here, [asking(0)])
    assert played.row(0).start_s == pytest.approx(20.0 + 4.0 + LINK_LIGHT_S, abs=EXACT_S)
    assert (played.fetches[0].n_cut, played.cache(0).n_cut, played.cache(0).n_fetches) == (1, 1, 1)
    assert (played.cache(1).sent_bits, played.cache(0).from_neighbours_bits) == (4e6, 4e6)


def test_a_fetch_goes_round_a_failed_link_or_waits_for_it(tiny_world, asking, play):
    outages = out_of_order(OutageKind.LINK, 0, (2.0, 20.0), second=1)
    played = play(tiny_world(2, models=models([(), ("a",)]), outages=outages), here, [asking(0)])
    assert played.row(0).start_s == pytest.approx(20.0 + 4.0 + LINK_LIGHT_S, abs=EXACT_S)
    assert played.fetches[0].n_cut == 0  # the transport keeps what it sends until a route is there again
    outages = out_of_order(OutageKind.LINK, 0, (0.0, 20.0), second=1)
    played = play(tiny_world(2, models=models([(), ("a",)]), outages=outages), here, [asking(0, 1.0)])
    assert played.row(0).start_s == pytest.approx(20.0 + 4.0 + LINK_LIGHT_S, abs=EXACT_S)


def test_another_copy_serves_when_the_first_is_lost(tiny_world, asking, play):
    """Copies on either side: the left one, of the lower number, fails after 2 s, the right one sends all of it."""
    outages = out_of_order(OutageKind.SATELLITE, 0, (2.0, 400.0))
    world = tiny_world(3, models=models([("a",), (), ("a",)]), outages=outages)
    played = play(world, here, [asking(0, source=1)])
    assert played.row(0).start_s == pytest.approx(2.0 + 4.0 + LINK_LIGHT_S, abs=EXACT_S)
    assert [played.cache(i).sent_bits for i in range(3)] == [0.0, 0.0, 4e6]


def test_a_closed_station_delays_a_model(passing, asking, play):
    """The station closes after a second of sending, and all of it comes when it opens."""
    contacts = []

    def look(task, view):
        contacts.extend(view.contacts(0, 0.0, 3000.0))
        return here(task, view)

    play(passing(models=models([()])), look, [asking(0, deadline_s=3000.0)])
    rise_s = contacts[0].rise_s
    outages = out_of_order(OutageKind.STATION, 0, (rise_s + 1.0, rise_s + 30.0))
    played = play(passing(models=models([()]), outages=outages), here, [asking(0, deadline_s=3000.0)])
    assert played.row(0).start_s == pytest.approx(rise_s + 30.0 + 4.0, abs=0.02)
    assert played.cache(0).from_stations_bits == SIZE["a"]
    assert played.fetches[0].n_cut == 1


def test_a_station_that_closes_for_good_leaves_it_to_the_neighbour(passing, asking, play):
    """The station is faster and begins; when it closes the neighbour sends all of it, over the slower link."""
    outages = out_of_order(OutageKind.STATION, 0, (1500.02, inf))
    world = passing(2, models=models([(), ("a",)]), downlink_bps=100 * RATE_BPS, outages=outages)
    played = play(world, here, [asking(0, 1500.0, deadline_s=3000.0)])
    assert played.row(0).start_s == pytest.approx(1500.02 + 4.0 + LINK_LIGHT_S, abs=EXACT_S)
    (fetch,) = played.fetches
    assert (fetch.from_satellite, fetch.n_cut) == (1, 1)
    # what came up before the station closed was sent in vain, and is on no satellite's books
    assert played.transport.ground.channels.bits == pytest.approx([0.02 * 100 * RATE_BPS])
    assert played.cache(0).from_stations_bits == 0.0


def test_a_reset_loses_what_waits_for_a_model_and_not_the_model(tiny_world, asking, play):
    none = np.empty(0)
    at = {
        "interrupt_s": np.array([2.0]),
        "interrupted": np.array([0]),
        "logic_error_s": none,
        "erring": none.astype(int),
    }
    world = tiny_world(2, models=models([(), ("a",)]), computer_faults=ComputerFaults(reset_s=10.0, **at))
    played = play(world, here, [asking(0), asking(1, 100.0)])
    assert (played.row(0).fate, played.row(0).reason) == (Fate.LOST, LOST_IN_RESET)
    assert played.row(1).start_s == 100.0


def test_every_part_of_a_task_needs_the_model(tiny_world, asking, play):
    """Both halves wait, one for one hop and one for two; the task shows the longer wait."""
    world = tiny_world(3, models=models([(), (), ("a",)]))
    split = Split(parts=((0.5, Run(satellite=1)), (0.5, Run(satellite=0))))
    played = play(world, lambda task, view: split, [asking(0, work_s=20.0)])
    assert len(played.fetches) == 2
    waits_s = [played.cache(0).waited_s, played.cache(1).waited_s]
    assert min(waits_s) > 0.0
    assert played.row(0).model_wait_s == max(waits_s)
    assert played.row(0).fate is Fate.ON_TIME


def test_the_view_foresees_when_a_model_will_be_there(tiny_world, asking, play):
    """Where it is, where it is on its way, where it could come, and where nothing could bring it."""
    seen = []

    def look(task, view):
        if task.task_id == 1:
            seen.extend(view.model_delivery_s(i, "a") for i in range(3))
            seen.append(view.model_delivery_s(0, "c"))
            seen.extend((view.has_model(0, "a"), view.has_model(2, "a"), view.has_model(0, None)))
        return here(task, view)

    played = play(tiny_world(3, models=models([(), (), ("a",)])), look, [asking(0), asking(1, 1.0)])
    one_hop_s = 4.0 + LINK_LIGHT_S
    # the link next to the copy is taken until 4 s by what is on its way to satellite 0
    assert seen[:3] == pytest.approx([2 * one_hop_s, 4.0 + one_hop_s, 1.0], abs=EXACT_S)
    assert seen[3:] == [inf, False, True, True]
    assert played.row(0).start_s == seen[0]


def test_what_the_view_foresees_comes_true_behind_other_transfers(tiny_world, asking, play):
    """A task of 6 Mbit takes the link before the model does."""
    seen = []

    def look(task, view):
        if task.task_id == 0:
            return Run(satellite=0)
        seen.append(view.model_delivery_s(0, "a"))
        return here(task, view)

    world = tiny_world(3, models=models([(), (), ("a",)]))
    tasks = [asking(0, model=None, source=1, input_bits=6e6, work_s=0.1), asking(1, 1.0)]
    played = play(world, look, tasks)
    assert seen == [played.row(1).start_s] == pytest.approx([6.0 + 4.0 + LINK_LIGHT_S], abs=EXACT_S)


@pytest.mark.parametrize("seed", range(5))
def test_the_soonest_copy_is_that_of_all(tiny_world, asking, seed):
    """A ring of twelve with chords, random copies, and links that tasks have filled: against every copy there is."""
    rng = np.random.default_rng(seed)
    chords = [(0, 5), (2, 9), (3, 7)]
    links = [(i, i + 1) for i in range(11)] + [(0, 11), *chords]
    boards = [("a",) if rng.random() < 0.3 else () for _ in range(12)]
    compared = []

    def look(task, view):
        models, transport = simulation.dispatcher.models, simulation.dispatcher.transport
        for i_sat in range(12):
            if boards[i_sat] or task.task_id < 20:
                continue
            copies = [transport.predict_s(other, i_sat, SIZE["a"]) for other in range(12) if boards[other]]
            compared.append(models.delivery_s(i_sat, "a") - min(copies, default=inf))
        return Run(satellite=int(rng.integers(12)))

    world = tiny_world(12, links=links, models=models(boards))
    tasks = [asking(i, 0.1 * i, model=None, source=i % 12, input_bits=3e6 * rng.random()) for i in range(25)]
    played = Play(None)
    simulation = played.simulation = Simulation(world, Script(look), iter(tasks), played, rng)
    simulation.run()
    assert set(compared) == {0.0}


def test_models_everywhere_change_nothing(tiny_world, asking, play):
    """As without models: the same rows but for the last column, which is 0 throughout."""
    tasks = [asking(i, 3.0 * i, model="abc"[i % 3], source=i % 2, input_bits=1e6) for i in range(9)]
    rows = []
    for setting in (None, models([("a", "b", "c")] * 2, cache_bits=18e6)):
        played = play(tiny_world(2, models=setting), lambda task, view: Run(satellite=0), tasks)
        rows.append(played.task_rows)
    assert [row[-1] for row in rows[1]] == [0.0] * 9
    assert [row[:-1] for row in rows[1]] == rows[0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"size_bits": {"a": 20e6}}, "must be positive and fit into"),
        ({"on_board": (("d",),)}, "must be known models, each once"),
        ({"on_board": (("a", "b"),)}, "has no room"),
        ({"on_board": ((), ())}, "on_board has 2 satellites, cache_bits 1"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(changes, told):
    values = {"size_bits": SIZE, "cache_bits": (10e6,), "on_board": ((),)} | changes
    with pytest.raises(ValueError, match=told):
        ModelSetting(**values)
