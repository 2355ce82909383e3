"""Models that satellites lack: fetched from whatever is soonest, waited for by tasks, and kept in caches.

A fetch begins when a task is given to a satellite that lacks its model. It takes a channel of a station, or the links
from a satellite that has the model, like any other transfer. Caches need no power and outlive resets of computers.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from enum import StrEnum
from math import inf, nan

from simulator.engine.clock import Clock
from simulator.engine.fleet import Fleet
from simulator.engine.jobs import Job
from simulator.engine.model_accounts import FetchOutcome, ModelAccount, ModelRow, fetch_row, model_row
from simulator.engine.model_cache import ModelCache
from simulator.engine.model_setting import ModelSetting
from simulator.engine.transport import Transport
from simulator.engine.world import Recorder, World

_LOOK_AGAIN_S = 60.0
"""How often a fetch from nowhere is tried again where links have a range, so that routes come without notice."""


class FetchState(StrEnum):
    """What a fetch is doing, or what keeps it from being sent."""

    SENT = "on its way"
    NO_SOURCE = "no copy within reach"
    NO_ROOM = "no room in the cache"
    NO_POWER = "its satellite is off"


class ModelFetch:
    """One model on its way to one satellite, or about to be; `source` is the satellite that sends it, -1 a station.

    `waiting` are the jobs whose inputs are there and that wait for nothing else, in the order in which they came.
    """

    __slots__ = (
        "asked_s",
        "expected_s",
        "holder",
        "is_over",
        "model",
        "n_cut",
        "n_hops",
        "satellite",
        "size_bits",
        "source",
        "state",
        "station",
        "waiting",
    )

    def __init__(self, satellite: int, model: str, size_bits: float, asked_s: float) -> None:
        self.satellite = satellite
        self.model = model
        self.size_bits = size_bits
        self.asked_s = asked_s
        self.expected_s = nan
        self.holder = self.source = self.station = -1
        self.n_hops = self.n_cut = 0
        self.is_over = False
        self.state = FetchState.NO_SOURCE
        self.waiting: dict[int, Job] = {}


class ModelFetches:
    """The caches of all satellites, and the fetches that fill them.

    `on_ready` is told of each job that waited for nothing but its model when that has come.

    A fetch is booked from where the model would be at soonest, stations and satellites with a copy compared by the
    bookings that are there now; of equals the satellite with the lowest number, and a station last. Room is made then.
    A fetch that is cut, or finds no source, room or power, is tried again whenever any of these may have changed.
    Where no station sends models, the last copy in the fleet is never evicted.
    """

    def __init__(
        self,
        world: World,
        setting: ModelSetting,
        surroundings: tuple[Clock, Fleet],
        transport: Transport,
        recorder: Recorder,
        on_ready: Callable[[Job], None],
    ) -> None:
        self._clock, self._fleet = surroundings
        self._setting = setting
        self._transport = transport
        self._recorder = recorder
        self._on_ready = on_ready
        self._has_ground = setting.come_from_ground and bool(world.stations)
        self._do_links_vary = world.max_range_m < inf
        self._neighbours = world.topology.neighbours
        self._top_link_rate_bps = world.top_link_rate_bps
        self.caches = [ModelCache(capacity_bits) for capacity_bits in setting.cache_bits]
        self.accounts = [ModelAccount() for _ in self.caches]
        self._holders: dict[str, dict[int, None]] = {model: {} for model in setting.size_bits}
        self._last_copies: dict[str, int] = {}
        self._fetches: dict[tuple[int, str], ModelFetch] = {}
        self._unsent: dict[tuple[int, str], ModelFetch] = {}
        self._will_look_again = False
        for satellite, models in enumerate(setting.on_board):
            for model in models:
                size_bits = setting.size_bits[model]
                self.caches[satellite].keep_room(model, size_bits)
                self.accounts[satellite].preloaded_bits += size_bits
                self._store(satellite, model)

    # what jobs need

    def need(self, job: Job) -> None:
        """Keep the model of a job on the satellite that it is given to, and fetch it if it is not there."""
        model = job.task.model
        if model is None:
            return
        cache, account = self.caches[job.satellite], self.accounts[job.satellite]
        job.needs_model = True
        cache.pin(model)
        if model in cache:
            cache.use(model)
            account.n_hits += 1
            return
        account.n_misses += 1
        key = (job.satellite, model)
        if key not in self._fetches:
            fetch = ModelFetch(job.satellite, model, self._setting.size_bits[model], self._clock.now)
            self._fetches[key] = self._unsent[key] = fetch
            account.n_fetches += 1
            self._send(fetch)

    def is_ready(self, job: Job) -> bool:
        """Whether the model of a job is where its input has come to; else the job waits, and `on_ready` follows."""
        model = job.task.model
        if model is None or model in self.caches[job.satellite]:
            return True
        self._fetches[job.satellite, model].waiting[id(job)] = job
        job.model_since_s = self._clock.now
        return False

    def release(self, job: Job) -> None:
        """Need the model of a job no more; a fetch for it alone is given up, unless it is being sent."""
        model = job.task.model
        if model is None or not job.needs_model:
            return
        job.needs_model = False
        key = (job.satellite, model)
        fetch, cache = self._fetches.get(key), self.caches[job.satellite]
        cache.unpin(model)
        if fetch is not None and fetch.waiting.pop(id(job), None) is not None:
            self._end_wait(job)
        if cache.is_pinned(model):
            return
        if key in self._unsent:
            self._end(self._unsent[key], FetchOutcome.GIVEN_UP)
        self._try_soon((job.satellite,))

    def waiting_on(self, satellite: int) -> list[Job]:
        """Return the jobs that wait on a satellite for their models alone."""
        fetches = [fetch for fetch in self._fetches.values() if fetch.satellite == satellite]
        return [job for fetch in fetches for job in fetch.waiting.values()]

    def _end_wait(self, job: Job) -> None:
        waited_s = self._clock.now - job.model_since_s
        job.model_wait_s += waited_s
        job.model_since_s = nan
        self.accounts[job.satellite].waited_s += waited_s
        if job.parent is not None:
            job.parent.model_wait_s = max(job.parent.model_wait_s, job.model_wait_s)

    # what schedulers may know

    def has(self, satellite: int, model: str) -> bool:
        """Whether all of a model is on a satellite."""
        return model in self.caches[satellite]

    def delivery_s(self, satellite: int, model: str) -> float:
        """Return when a model would be on a satellite that needs it now; inf where nothing could bring it."""
        now_s = self._clock.now
        if model in self.caches[satellite]:
            return now_s
        if model not in self._holders or not self._fleet.is_up[satellite]:
            return inf
        fetch = self._fetches.get((satellite, model))
        if fetch is not None and fetch.state is FetchState.SENT:
            return max(fetch.expected_s, now_s)
        return self._soonest(satellite, model)[0]

    # fetching

    def look_again(self, _: object = None) -> None:
        """Try again to send what could not be sent: a link, a satellite, a station or contacts may have come."""
        for fetch in list(self._unsent.values()):
            self._send(fetch)

    def _try_soon(self, satellites: tuple[int, ...], model: str | None = None) -> None:
        """Try again what satellites, or all that lack a model, could not be sent, when what happens now is over."""
        for fetch in self._unsent.values():
            if fetch.satellite in satellites or fetch.model == model:
                self._clock.at(self._clock.now, self._try, fetch)

    def _try(self, fetch: ModelFetch) -> None:
        if self._unsent.get((fetch.satellite, fetch.model)) is fetch:
            self._send(fetch)

    def _send(self, fetch: ModelFetch) -> None:
        """Book a fetch from the soonest source, if there is one, and power and room for it."""
        satellite, model, size_bits = fetch.satellite, fetch.model, fetch.size_bits
        if not self._fleet.is_up[satellite]:
            fetch.state = FetchState.NO_POWER
            return
        if not self.caches[satellite].could_keep_room(size_bits):
            fetch.state = FetchState.NO_ROOM
            return
        fetch.expected_s, fetch.source = self._soonest(satellite, model)
        if fetch.expected_s == inf:
            fetch.state = FetchState.NO_SOURCE
            self._watch_routes()
            return
        fetch.state = FetchState.SENT
        del self._unsent[satellite, model]
        for evicted in self.caches[satellite].keep_room(model, size_bits):
            self._forget_copy(satellite, evicted)
        fetch.holder = fetch.source
        if fetch.source < 0:
            send_up = self._transport.ground.send_up
            send_up(fetch, satellite, size_bits, self._arrived, self._cut, has_other_ways=True)
            return
        self.caches[fetch.source].pin(model)
        self.caches[fetch.source].use(model)
        has_route = self._transport.send(fetch, satellite, size_bits, self._arrived, self._cut)
        assert has_route, "the route was there a moment ago"

    def _watch_routes(self) -> None:
        """Look again in a while where routes come without notice."""
        if self._do_links_vary and not self._will_look_again:
            self._will_look_again = True
            self._clock.at(self._clock.now + _LOOK_AGAIN_S, self._look_at_routes)

    def _look_at_routes(self, _: object) -> None:
        self._will_look_again = False
        self.look_again()

    def _soonest(self, satellite: int, model: str) -> tuple[float, int]:
        """Return when a model sent now would arrive, and from which satellite, -1 from a station; inf from nowhere."""
        size_bits = self._setting.size_bits[model]
        best_s, best = inf, -1
        if self._setting.come_over_links:
            best_s, best = self._soonest_copy(satellite, self._holders[model], size_bits)
        if self._has_ground:
            up_s = self._transport.ground.predict_up_s(satellite, self._clock.now, size_bits, best_s)
            if up_s < best_s:
                best_s, best = up_s, -1
        return best_s, best

    def _soonest_copy(self, satellite: int, holders: Container[int], size_bits: float) -> tuple[float, int]:
        """Look for copies further and further away, until so many hops alone would take longer than from the best."""
        best, hop_s = (inf, -1), size_bits / self._top_link_rate_bps
        ring, seen, least_s = [satellite], {satellite}, self._clock.now
        while ring and (least_s := least_s + hop_s) < best[0]:
            around = dict.fromkeys(other for member in ring for other in self._neighbours(member))
            ring = [other for other in around if other not in seen]
            seen.update(ring)
            for other in ring:
                if other in holders:
                    best = min(best, (self._transport.predict_s(other, satellite, size_bits), other))
        return best if best[0] < inf else (inf, -1)

    def _arrived(self, fetch: ModelFetch) -> None:
        satellite, model, account = fetch.satellite, fetch.model, self.accounts[fetch.satellite]
        if fetch.source < 0:
            account.from_stations_bits += fetch.size_bits
        else:
            account.from_neighbours_bits += fetch.size_bits
            self.accounts[fetch.source].sent_bits += fetch.size_bits
            self.caches[fetch.source].unpin(model)
        self._store(satellite, model)
        self._end(fetch, FetchOutcome.ARRIVED)
        for job in list(fetch.waiting.values()):
            self._end_wait(job)
            self._on_ready(job)
        self._try_soon((satellite, fetch.source), model)

    def _cut(self, fetch: ModelFetch, _: str) -> None:
        """Try again what a satellite that is off or a closed station has cut, unless nobody needs it any more."""
        cache = self.caches[fetch.satellite]
        cache.give_room_back(fetch.model)
        if fetch.source >= 0:
            self.caches[fetch.source].unpin(fetch.model)
        fetch.n_cut += 1
        self.accounts[fetch.satellite].n_cut += 1
        fetch.state = FetchState.NO_SOURCE
        self._unsent[fetch.satellite, fetch.model] = fetch
        if not cache.is_pinned(fetch.model):
            self._end(fetch, FetchOutcome.GIVEN_UP)
        self._try_soon((fetch.satellite, fetch.source))

    def _end(self, fetch: ModelFetch, outcome: FetchOutcome) -> None:
        key = (fetch.satellite, fetch.model)
        del self._fetches[key]
        self._unsent.pop(key, None)
        self._recorder.model_fetch(fetch_row(fetch, outcome, self._clock.now))

    # copies

    def _store(self, satellite: int, model: str) -> None:
        self.caches[satellite].store(model)
        self._holders[model][satellite] = None
        self._keep_last_copy(model)

    def _forget_copy(self, satellite: int, model: str) -> None:
        del self._holders[model][satellite]
        self._keep_last_copy(model)

    def _keep_last_copy(self, model: str) -> None:
        """Pin the only copy of a model where nothing could bring another, and no copy where there are several."""
        if self._has_ground:
            return
        kept = self._last_copies.pop(model, None)
        if kept is not None:
            self.caches[kept].unpin(model)
        if len(self._holders[model]) == 1:
            (last,) = self._holders[model]
            self._last_copies[model] = last
            self.caches[last].pin(model)

    # end of the run

    def close(self) -> dict[int, str]:
        """End the run: return why tasks still wait, by their numbers."""
        reasons = {}
        for fetch in self._fetches.values():
            for job in fetch.waiting.values():
                self._end_wait(job)
                reasons[job.task.task_id] = f"waits for its model: {fetch.state}"
            outcome = FetchOutcome.UNDER_WAY if fetch.state is FetchState.SENT else FetchOutcome.WAITING
            self._recorder.model_fetch(fetch_row(fetch, outcome, nan))
        return reasons

    def rows(self) -> list[ModelRow]:
        """Return the rows of the `models` table."""
        pairs: Iterable[tuple[ModelCache, ModelAccount]] = zip(self.caches, self.accounts, strict=True)
        return [model_row(i_sat, cache, account) for i_sat, (cache, account) in enumerate(pairs)]
