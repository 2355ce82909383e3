"""Wrong bits of a network over time, against a memory that is simulated word by word."""

from __future__ import annotations

import numpy as np
import pytest

from radiation.devices import constant_rate_device, memory_array
from radiation.memory_protection import SECDED, MemoryProtection, Sweep
from radiation.memory_protection.codes import Unprotected
from radiation.populations import Population
from radiation.upsets import Effect, UpsetList
from scenarios.inference.weights import CLEAN, WeightHistory, WeightPlace
from scenarios.onboard_memory import onboard_memory

MIB = 2**20


def upsets_of(events: list[tuple[float, int, int, int]]) -> UpsetList:
    """Return events (t_s, satellite, word, mask), one word each."""
    t_s, satellite, word, mask = zip(*sorted(events), strict=True)
    n = len(events)
    unknown = np.full(n, np.nan)
    return UpsetList(
        t_s=np.array(t_s, np.float64),
        satellite=np.array(satellite, np.int32),
        population=np.full(n, Population.UNSPECIFIED, np.int8),
        effect=np.full(n, Effect.CELLS, np.int8),
        latitude_rad=unknown,
        longitude_rad=unknown,
        altitude_m=unknown,
        first_flip=np.arange(n + 1),
        word=np.array(word, np.int64),
        mask=np.array(mask, np.uint64),
    )


def place_of(
    protection: MemoryProtection, *, word_bits: int = 64, first_byte: int = 0, n_bits: int = 640
) -> WeightPlace:
    memory = memory_array(n_bits=8 * MIB, word_bits=word_bits, interleaving=4)
    device = constant_rate_device(1e-8, memory)
    return WeightPlace(memory=onboard_memory(device, MIB, protection), first_byte=first_byte, n_bits=n_bits)


def history_of(
    place: WeightPlace,
    events: list[tuple[float, int, int, int]],
    *,
    reload_s: float | None = None,
    started_s: dict[int, list[float]] | None = None,
) -> WeightHistory:
    starts = {i_sat: np.array(times_s) for i_sat, times_s in (started_s or {}).items()}
    hits = [place.hits_of(upsets_of(events))]
    return WeightHistory(place, hits, reload_s=reload_s, started_s=starts, end_s=1e9)


def bits_at(history: WeightHistory, satellite: int, t_s: float) -> list[int]:
    span = int(history.spans_at(np.array([satellite]), np.array([t_s]))[0])
    return [] if span == CLEAN else history.weights_in(span).bits.tolist()


PLAIN = MemoryProtection(code=Unprotected())


def test_bits_flip_flip_back_and_are_loaded_anew() -> None:
    events = [(10.0, 0, 1, 0b1), (20.0, 0, 1, 0b11), (30.0, 0, 2, 1 << 63), (110.0, 0, 0, 0b100)]
    history = history_of(place_of(PLAIN), events, reload_s=100.0)
    told = {5.0: [], 10.0: [64], 19.0: [64], 20.0: [65], 30.0: [65, 191], 99.9: [65, 191], 100.0: [], 110.0: [2]}
    assert {t_s: bits_at(history, 0, t_s) for t_s in told} == told
    assert bits_at(history, 0, 200.0) == []
    assert bits_at(history, 1, 50.0) == []


def test_computers_that_start_load_their_weights() -> None:
    events = [(10.0, 0, 0, 1), (10.0, 1, 0, 1), (60.0, 0, 0, 2)]
    history = history_of(place_of(PLAIN), events, started_s={0: [40.0, 70.0]})
    assert [bits_at(history, 0, t_s) for t_s in (39.0, 40.0, 60.0, 70.0)] == [[0], [], [1], []]
    assert bits_at(history, 1, 1e6) == [0]


@pytest.mark.parametrize("word_bits", [32, 64])
def test_the_image_lies_where_it_is_said(word_bits: int) -> None:
    """Memory of words of 32 bits holds two of them in 64 bits, with a code and without one."""
    for protection in (PLAIN, MemoryProtection(code=Unprotected(), reload=Sweep(period_s=1e6, duration_s=1e6))):
        place = place_of(protection, word_bits=word_bits, first_byte=100, n_bits=64)
        events = [(float(bit), 0, bit // word_bits, 1 << (bit % word_bits)) for bit in range(700, 1000)]
        history = history_of(place, events)
        assert bits_at(history, 0, 1000.0) == list(range(64))  # bits 800 to 863 of memory
        assert bits_at(history, 0, 810.5) == list(range(11))


def test_memory_ends_where_it_ends() -> None:
    assert place_of(PLAIN, word_bits=32).n_free_bytes == MIB
    assert place_of(MemoryProtection(code=SECDED()), first_byte=MIB - 8).n_free_bytes == 8


def test_secded_corrects_single_flips_until_a_second_comes() -> None:
    protection = MemoryProtection(code=SECDED(), scrubbing=Sweep(period_s=100.0), reloads_detected=True)
    place = place_of(protection)
    history = history_of(place, [(10.0, 0, 1, 1), (50.0, 0, 1, 2), (120.0, 0, 1, 4), (210.0, 0, 1, 8)])
    spans = history.spans_at(np.zeros(4, np.int64), np.array([20.0, 60.0, 130.0, 220.0]))
    weights = [history.weights_in(i) for i in spans.tolist()]
    assert [found.is_alarmed for found in weights] == [False, True, False, False]
    assert [found.bits.tolist() for found in (weights[0], weights[2], weights[3])] == [[], [], []]


def test_loading_forgets_the_first_of_two_flips() -> None:
    history = history_of(
        place_of(MemoryProtection(code=SECDED())), [(10.0, 0, 1, 1), (50.0, 0, 1, 2)], started_s={0: [30.0]}
    )
    span = int(history.spans_at(np.zeros(1, np.int64), np.array([60.0]))[0])
    assert not history.weights_in(span).is_alarmed


def test_random_histories_are_those_of_a_simulated_memory() -> None:
    """Without a code: a set of wrong bits per satellite, toggled by upsets and emptied by loadings, one by one."""
    rng = np.random.default_rng(3)
    events = [
        (float(t_s), int(rng.integers(3)), int(rng.integers(12)), int(rng.integers(1, 16)))
        for t_s in rng.uniform(0.0, 1000.0, 400)
    ]
    started_s = {i_sat: np.sort(rng.uniform(0.0, 1000.0, 5)).tolist() for i_sat in (0, 2)}
    history = history_of(place_of(PLAIN), events, reload_s=130.0, started_s=started_s)
    loadings = [(130.0 * k, i_sat) for k in range(1, 8) for i_sat in range(3)]
    loadings += [(t_s, i_sat) for i_sat, times_s in started_s.items() for t_s in times_s]
    asked = [(t_s, int(rng.integers(3))) for t_s in rng.uniform(0.0, 1000.0, 500).tolist()]
    happened = sorted(
        [(t_s, 1, i_sat, word, mask) for t_s, i_sat, word, mask in events]
        + [(t_s, 0, i_sat, 0, 0) for t_s, i_sat in loadings]
        + [(t_s, 2, i_sat, 0, 0) for t_s, i_sat in asked]
    )
    wrong: list[set[int]] = [set(), set(), set()]
    n_wrong = 0
    for t_s, kind, i_sat, word, mask in happened:
        if kind == 0:
            wrong[i_sat] = set()
        elif kind == 1:
            wrong[i_sat] ^= {64 * word + bit for bit in range(64) if mask >> bit & 1 and 64 * word + bit < 640}
        else:
            assert bits_at(history, i_sat, t_s) == sorted(wrong[i_sat])
            n_wrong += bool(wrong[i_sat])
    assert n_wrong > 400
