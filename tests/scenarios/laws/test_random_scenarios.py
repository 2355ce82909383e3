"""Whatever a scenario asks for, the books close, causes come before effects, and a link carries one thing at a time."""

from __future__ import annotations

from itertools import pairwise
from math import isnan

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenarios.law_checks import check_factory
from scenarios.laws import LawWorld, observe
from schedulers import SCHEDULERS
from simulator.engine.transport import Transport
from simulator.network.bookings import Hop, LinkCalendar, RouteBooking
from simulator.network.channels import ChannelBooking, ChannelCalendar
from simulator.outages import OutageKind
from simulator.records import (
    Decision,
    Drop,
    Fate,
    Forward,
    Hold,
    Place,
    Revision,
    Run,
    Scheduler,
    Split,
    Task,
    ToGround,
    View,
)

ROUNDING_S = 1e-6
"""Times below 1e4 s, added up a few times in float64 (1e-12 s each), with a wide margin."""

HANGING = (
    "{device: {based_on: carmen-2-rednet, functional_interrupts: {rate_per_device_day: 300},"
    " logic_errors: {rate_per_device_day: 3000}}, memory_mib: 64, reset_s: 100,"
    " protection: {code: secded, scrubbing: {period_s: 60}, access_pj_per_bit: 1e5, bandwidth_gbps: 0.1}}"
)

PANELS = '{attitude: body_fixed, panels: [{normal: "-z", cells: 2}, {normal: "+x"}, {normal: [-1, 2, 0]}]}'


@st.composite
def workloads(draw):
    """Poisson arrivals of some load, or captures of a grid that is dense or loose."""
    if draw(st.booleans()):
        return {"tasks.load": draw(st.floats(0.05, 1.5))}
    keys = {
        "sensor": draw(st.sampled_from(["optical", "radar"])),
        "targets": f"{{kind: grid, step_deg: {draw(st.sampled_from([3, 10]))}}}",
        "maximum_off_nadir_deg": draw(st.sampled_from([20, 60])),
        "capture_s": draw(st.sampled_from([5, 50])),
        "payload_power_w": draw(st.sampled_from([0, 300])),
        "revisit_s": draw(st.sampled_from([0, 1000])),
        "share_taken": draw(st.floats(0.1, 1.0)),
        "data_gbit": "{low: 0.1, high: 0.3}",
        "work_s_per_gbit": draw(st.sampled_from([15, 150])),
    }
    return {"tasks": f"{{kind: observation, {', '.join(f'{key}: {value}' for key, value in keys.items())}}}"}


@st.composite
def overrides(draw):
    planes = draw(st.integers(1, 4))
    power_w = st.floats(0.0, 200.0)
    share = st.floats(0.5, 1.0)
    values = {
        "seed": draw(st.integers(0, 1000)),
        "epoch": draw(st.sampled_from(["2026-03-20T00:00:00Z", "2026-06-21T00:00:00Z"])),
        "satellites.planes": planes,
        "satellites.phasing": draw(st.integers(0, planes - 1)),
        "satellites.satellites_per_plane": draw(st.integers(3, 6)),
        "satellites.inclination_deg": draw(st.sampled_from([53.0, 97.6])),
        "duration.seconds": draw(st.sampled_from([600.0, 1500.0, 4000.0])),
        "power.solar_power_w": draw(power_w),
        "power.base_power_w": draw(power_w),
        "power.battery_capacity_kj": draw(st.floats(1.0, 400.0)),
        "power.initial_charge": draw(st.floats(0.0, 1.0)),
        "power.charge_efficiency": draw(share),
        "power.discharge_efficiency": draw(share),
        "power.array": draw(st.sampled_from([None, "{attitude: nadir, end_of_life_factor: 0.9}", PANELS])),
        "power.brown_out_recovery": draw(st.floats(0.01, 1.0)),
        "links.rate_gbps": draw(st.sampled_from([0.05, 0.2, 5.0])),
        "links.routing": draw(st.sampled_from(["hops", "delay"])),
        "links.topology": draw(st.sampled_from(["plus_grid", "in_plane", "none"])),
        "links.seam": draw(st.sampled_from(["auto", "open"])),
        "links.max_range_km": draw(st.sampled_from([None, 6000.0])),
        "links.transmit_power_w": draw(power_w),
        "links.receive_power_w": draw(st.sampled_from([0.0, 15.0])),
        "links.standby_power_w": draw(st.sampled_from([0.0, 2.0])),
        "ground.rate_gbps": draw(st.sampled_from([0.05, 5.0])),
        "ground.receive_power_w": draw(st.sampled_from([0.0, 15.0])),
        "ground.compute_capacity": draw(st.sampled_from([None, 1])),
        "processor.modes": draw(
            st.sampled_from(["[{name: one}]", "[{name: one, power_w: 40}, {name: two, speed: 0.4}]"])
        ),
        "processor.preemptive": draw(st.booleans()),
        "state_age_s": draw(st.sampled_from([0.0, 30.0])),
        "adversity": draw(
            st.sampled_from(
                [
                    None,
                    "{array_fault: {share: 0.5, output: 0.1}, forecast_error_s: 90}",
                    "{link_outages: {mean_time_between_s: 100, mean_outage_s: 20}, forecast_error_s: -90}",
                    "{link_outages: {mean_time_between_s: 20, mean_outage_s: 200}}",
                ]
            )
        ),
        "radiation": draw(st.sampled_from([None, HANGING])),
        **draw(workloads()),
        "tasks.deliver_to": draw(st.sampled_from(["source", "ground"])),
    }
    texts = {None: "null", True: "true", False: "false"}
    return tuple(
        f"{key}={value if not isinstance(value, bool | None) else texts[value]}" for key, value in values.items()
    )


class ChaosScheduler(Scheduler):
    """Says anything that is legal, by chance: every kind of decision, everywhere, re-timing what it has met before."""

    name = "chaos"

    def __init__(self) -> None:
        self.met: dict[int, list[int]] = {}

    def decide(self, task: Task, view: View) -> Decision:
        """Throw a die."""
        rng, die = view.rng, int(view.rng.integers(12))
        neighbours = view.neighbours(view.here)
        if die == 0:
            return Drop(reason="no luck")
        if die == 1:
            return Hold(until_s=view.now_s + float(rng.exponential(60.0)))
        if die <= 3 and neighbours:
            return Forward(neighbour=int(rng.choice(neighbours)))
        if die == 4:
            return self._to_ground(view)
        if die == 5:
            share = float(rng.uniform(0.1, 0.9))
            return Split(parts=((share, self._run(task, view)), (1.0 - share, self._to_ground(view))))
        if die == 6:
            return Split(parts=tuple((0.25, self._run(task, view)) for _ in range(4)))
        return self._run(task, view)

    def _to_ground(self, view: View) -> ToGround:
        via = int(view.rng.integers(view.n_sats)) if view.rng.integers(2) else None
        return ToGround(via=via, not_before_s=view.now_s + float(view.rng.exponential(100.0)))

    def _run(self, task: Task, view: View) -> Run:
        rng = view.rng
        satellite = int(rng.integers(view.n_sats))
        met = self.met.setdefault(satellite, [])
        revisions = tuple(
            Revision(
                task_id=task_id, not_before_s=view.now_s + float(rng.normal(0.0, 50.0)), priority=float(rng.normal())
            )
            for task_id in met[-3:]
        )
        met.append(task.task_id)
        return Run(
            satellite=satellite,
            not_before_s=view.now_s + float(rng.normal(0.0, 50.0)),
            priority=float(rng.normal()),
            mode=int(rng.integers(len(view.modes_of(satellite)))),
            revisions=revisions,
        )


FACTORIES = {**SCHEDULERS, "chaos": ChaosScheduler, "more chaos": ChaosScheduler}


def test_chaos_obeys_the_laws_too():
    """The laws ask for honesty, not for sense; and the engine bears whatever is legal."""
    assert [f"{report.name}: {report.detail}" for report in check_factory(ChaosScheduler) if not report.passed] == []


class Ledger:
    """Bookings that stand, kept beside the calendars' own books."""

    def __init__(self, patch):
        self.spans: dict[tuple, list[tuple[float, float]]] = {}
        self._spy(patch, LinkCalendar, "book_route", self._booked_route)
        self._spy(patch, ChannelCalendar, "book", self._booked_channel)
        cancel_route, cancel_channel = LinkCalendar.cancel, ChannelCalendar.cancel
        cut_short = LinkCalendar.cut_short

        def cancel_links(calendar, booking: RouteBooking, from_s: float) -> int:
            for a, b, start_s, end_s in booking.hops:
                if start_s >= from_s:
                    self.spans["link", a, b].remove((start_s, end_s))
            return cancel_route(calendar, booking, from_s)

        def cancel_ground(calendar, booking: ChannelBooking) -> None:
            for key in self._channel_keys(booking):
                self.spans[key].remove((booking.start_s, booking.end_s))
            cancel_channel(calendar, booking)

        def cut_link(calendar, hop: Hop, t_s: float) -> None:
            a, b, start_s, end_s = hop
            self.spans["link", a, b].remove((start_s, end_s))
            self.spans["link", a, b].append((start_s, t_s))
            cut_short(calendar, hop, t_s)

        patch.setattr(LinkCalendar, "cancel", cancel_links)
        patch.setattr(LinkCalendar, "cut_short", cut_link)
        patch.setattr(ChannelCalendar, "cancel", cancel_ground)

    @staticmethod
    def _spy(patch, owner, name, note):
        original = getattr(owner, name)

        def noted(*arguments, **named):
            answer = original(*arguments, **named)
            note(answer)
            return answer

        patch.setattr(owner, name, noted)

    def _booked_route(self, booking: RouteBooking) -> None:
        for a, b, start_s, end_s in booking.hops:
            self.spans.setdefault(("link", a, b), []).append((start_s, end_s))

    def _booked_channel(self, booking: ChannelBooking) -> None:
        for key in self._channel_keys(booking):
            self.spans.setdefault(key, []).append((booking.start_s, booking.end_s))

    @staticmethod
    def _channel_keys(booking):
        return ("channel", booking.station, booking.channel), ("terminal", booking.satellite)


def explored(n_examples):
    """Settings for so many scenarios, the same ones every time."""
    return settings(
        max_examples=n_examples,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@explored(25)
@given(overrides(), st.sampled_from(sorted(FACTORIES)))
def test_any_scenario_keeps_the_laws(monkeypatch, changes, name):
    keeps_the_laws(monkeypatch, changes, name)


@st.composite
def fleets(draw):
    """Small satellites, one with an array of its own, and the rest; terminals, radios and memories may differ too."""
    terminals = {
        "transmit_power_w": draw(st.sampled_from([None, 3.0])),
        "rate_gbps": draw(st.sampled_from([None, 0.05, 1.0])),
        "topology": draw(st.sampled_from([None, "in_plane", "none"])),
    }
    radio = {
        "rate_gbps": draw(st.sampled_from([None, 0.02, 1.0])),
        "receive_power_w": draw(st.sampled_from([None, 4.0])),
    }
    own = [f"name: small, slots: [0, 2], satellite_class: cubesat, terminals: {written(terminals)}"]
    own += ["name: one, slots: [1], power: {array: {attitude: nadir}}, processor: {modes: [{name: slow, speed: 0.3}]}"]
    own[1] += f", ground_radio: {written(radio)}"
    own[0] += draw(st.sampled_from(["", f", radiation: {written({'device': CALM, 'protection': '{code: none}'})}"]))
    has_memory = "radiation" in own[0]
    return (f"fleet={{groups: [{{{own[0]}}}, {{{own[1]}}}]}}", *((f"radiation={HANGING}",) if has_memory else ()))


def written(keys):
    """Return a section as YAML."""
    return "{" + ", ".join(f"{key}: {'null' if value is None else value}" for key, value in keys.items()) + "}"


CALM = "{based_on: carmen-2-rednet, logic_errors: {rate_per_device_day: 1000}}"


@explored(8)
@given(overrides(), fleets(), st.sampled_from(sorted(FACTORIES)))
def test_mixed_fleets_keep_the_laws(monkeypatch, changes, fleet, name):
    keeps_the_laws(monkeypatch, (*changes, *fleet), name)


@pytest.mark.slow
@explored(200)
@given(overrides(), st.sampled_from(sorted(FACTORIES)))
def test_many_scenarios_keep_the_laws(monkeypatch, changes, name):
    keeps_the_laws(monkeypatch, changes, name)


@pytest.mark.slow
@explored(100)
@given(overrides(), fleets(), st.sampled_from(sorted(FACTORIES)))
def test_many_mixed_fleets_keep_the_laws(monkeypatch, changes, fleet, name):
    keeps_the_laws(monkeypatch, (*changes, *fleet), name)


def keeps_the_laws(monkeypatch, changes, name):
    law_world = LawWorld(name="a random world", overrides=(*changes, "warm_up.seconds=60"))
    with monkeypatch.context() as patch:
        ledger = Ledger(patch)
        holder = []
        patch.setattr(Transport, "forget_before", lambda self, t_s: holder.append(self))
        run = observe(FACTORIES[name], name, *law_world.build())
    assert run.failure == ""
    _books_close(run)
    split = {call.task_id for call in run.calls if isinstance(call.decision, Split)}
    for row in run.rows:
        _causes_come_first(run, row, is_whole=row[0] not in split)
    for spans in ledger.spans.values():
        spans.sort()
        assert all(end_s <= start_s + ROUNDING_S for (_, end_s), (start_s, _) in pairwise(spans))
    _failed_links_carry_nothing(run, ledger)
    links = holder[0].links
    for busy_s, n in zip(links.busy_s, links.n_transfers, strict=True):
        assert -ROUNDING_S <= busy_s
        assert (n == 0) == (abs(busy_s) < ROUNDING_S)


def _failed_links_carry_nothing(run, ledger):
    if run.world.outages is None:
        return
    by_link = {}
    for outage in run.outages:
        if outage.kind is OutageKind.LINK:
            by_link.setdefault((outage.first, outage.second), []).append((outage.from_s, outage.until_s))
    for a, b in run.world.topology.links.tolist():
        sent = [
            span for ends in ((a, b), (b, a)) for span in ledger.spans.get(("link", *ends), ()) if span[0] < span[1]
        ]
        for down_s, up_s in by_link.get((a, b), ()):
            assert all(end_s <= down_s or start_s >= up_s for start_s, end_s in sent)


def _books_close(run):
    assert sorted(row[0] for row in run.rows) == [task.task_id for task in run.tasks]
    for row in run.energy:
        # bound of the engine's own check, a million times the rounding
        assert row[13] < 1e-9
        assert all(value >= -ROUNDING_S for value in row[3:12]), row
        assert 0.0 <= row[16] <= 1.0 + 1e-9, "depth of discharge"
        assert row[19] <= run.world.end_s - run.world.warm_up_s + ROUNDING_S, "busy_s"
        assert row[17] <= run.world.end_s - run.world.warm_up_s + ROUNDING_S, "sunlit_s"
        assert row[15] <= row[14] + ROUNDING_S, "discharge caused by tasks is a part of all"


def _causes_come_first(run, row, *, is_whole):
    arrival_s, input_bits, fate, place = row[4], row[6], row[11], row[12]
    start_s, finish_s, delivered_s = row[14:17]
    assert isinstance(fate, Fate)
    assert isnan(delivered_s) == (fate not in (Fate.ON_TIME, Fate.LATE))
    if isnan(delivered_s):
        return
    rate_bps = run.world.top_downlink_rate_bps if place is Place.GROUND else run.world.top_link_rate_bps
    is_moved = is_whole and place not in (Place.SOURCE_BATTERY, Place.SOURCE_SUNLIT)
    moved_s = input_bits / rate_bps if is_moved else 0.0
    assert start_s >= arrival_s + moved_s - ROUNDING_S
    assert finish_s >= start_s
    assert delivered_s >= finish_s
    assert (fate is Fate.ON_TIME) == (delivered_s <= row[5])
