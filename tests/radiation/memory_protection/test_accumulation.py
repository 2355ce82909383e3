"""States of words beside a memory that is simulated bit by bit."""

from __future__ import annotations

import time

import numpy as np
import pytest

from radiation.memory_protection import (
    SECDED,
    Ending,
    Layout,
    MemoryProtection,
    Outcome,
    Parity,
    Sweep,
    TripleModularRedundancy,
    Unprotected,
    residual_of,
)
from radiation.memory_protection.secded import parity_check_columns
from radiation.upsets.upset_list import Effect

SCRUB = Sweep(period_s=7.0, phase_s=1.3, duration_s=5.0)
RELOAD = Sweep(period_s=31.0, phase_s=-4.0, duration_s=2.0)
PROTECTIONS = {
    "none": MemoryProtection(code=Unprotected()),
    "none-reload": MemoryProtection(code=Unprotected(word_bits=16), reload=RELOAD),
    "parity-reload": MemoryProtection(code=Parity(word_bits=32), reload=RELOAD),
    "parity-scrub": MemoryProtection(code=Parity(), scrubbing=SCRUB, reloads_detected=True),
    "secded": MemoryProtection(code=SECDED()),
    "secded-scrub": MemoryProtection(code=SECDED(), scrubbing=SCRUB),
    "secded-scrub-reload": MemoryProtection(code=SECDED(), scrubbing=SCRUB, reload=RELOAD),
    "secded-scrub-detected": MemoryProtection(code=SECDED(), scrubbing=SCRUB, reloads_detected=True),
    "tmr": MemoryProtection(code=TripleModularRedundancy()),
    "tmr-scrub": MemoryProtection(code=TripleModularRedundancy(word_bits=8), scrubbing=SCRUB),
    "tmr-scrub-reload": MemoryProtection(code=TripleModularRedundancy(), scrubbing=SCRUB, reload=RELOAD),
}
DATA_BYTES = 64
END_S = 100.0


class BitMemory:
    """Memory as a list of bits with real data in it; encoded, read, scrubbed and reloaded one bit at a time."""

    def __init__(self, code, rng):
        self.code, self.width = code, code.word_bits
        self.n_words = DATA_BYTES * 8 // self.width
        self.written = rng.integers(2, size=(self.n_words, self.width)).tolist()
        self.stored = [0] * (Layout(code=code, data_bytes=DATA_BYTES).stored_bytes * 8)
        for word in range(self.n_words):
            self.reload(word)

    def check(self, data):
        if isinstance(self.code, Parity):
            return [sum(data) % 2]
        if isinstance(self.code, SECDED):
            columns = parity_check_columns()
            return [
                sum(bit for bit, column in zip(data, columns, strict=False) if column >> i & 1) % 2 for i in range(8)
            ]
        return []

    def places(self, word, part):
        n_data = DATA_BYTES * 8
        if part < self.code.n_copies:
            return [part * n_data + word * self.width + bit for bit in range(self.width)]
        n_check = self.code.check_bits
        return [self.code.n_copies * n_data + word * n_check + bit for bit in range(n_check)]

    def fetch(self, word, part):
        return [self.stored[place] for place in self.places(word, part)]

    def store(self, word, part, bits):
        for place, bit in zip(self.places(word, part), bits, strict=True):
            self.stored[place] = bit

    def write(self, word, data):
        for copy in range(self.code.n_copies):
            self.store(word, copy, data)
        if self.code.check_bits:
            self.store(word, self.code.n_copies, self.check(data))

    def reload(self, word):
        self.write(word, self.written[word])

    def decode(self, word):
        """Return data, whether the decoder corrected anything, whether it found more than it can correct."""
        copies = [self.fetch(word, copy) for copy in range(self.code.n_copies)]
        if isinstance(self.code, TripleModularRedundancy):
            voted = [int(sum(bits) >= 2) for bits in zip(*copies, strict=True)]
            return voted, any(copy != voted for copy in copies), False
        (data,) = copies
        if isinstance(self.code, Unprotected):
            return data, False, False
        stored_check = self.fetch(word, 1)
        differs = [a ^ b for a, b in zip(self.check(data), stored_check, strict=True)]
        if not any(differs):
            return data, False, False
        if isinstance(self.code, Parity):
            return data, False, True
        column = sum(bit << i for i, bit in enumerate(differs))
        if column not in parity_check_columns():
            return data, False, True
        wrong = parity_check_columns().index(column)
        if wrong < 64:
            data = [bit ^ (i == wrong) for i, bit in enumerate(data)]
        return data, True, False

    def scrub(self, word, reloads_detected):
        data, is_corrected, is_detected = self.decode(word)
        if is_corrected:
            self.write(word, data)
        elif is_detected and reloads_detected:
            self.reload(word)

    def read(self, word):
        """Return the outcome and the wrong bits."""
        data, is_corrected, is_detected = self.decode(word)
        wrong = sum((a ^ b) << i for i, (a, b) in enumerate(zip(data, self.written[word], strict=True)))
        if is_detected:
            return Outcome.DETECTED, wrong
        if wrong:
            return (Outcome.MISCORRECTED if is_corrected else Outcome.SILENT), wrong
        return (Outcome.CORRECTED if is_corrected else Outcome.CLEAN), 0


def visits(sweep, n_words):
    if sweep is None:
        return []
    return [
        (start + sweep.duration_s * word / n_words, word)
        for start in sweep.phase_s + sweep.period_s * np.arange(-5, 40)
        for word in range(n_words)
        if 0.0 < start + sweep.duration_s * word / n_words < END_S
    ]


def random_upsets(upset_list, layout, n_events, rng):
    """Make upsets of one to five bits, near each other so that words are hit again and again."""
    n_bits = layout.stored_bytes * 8
    flips = []
    for _ in range(n_events):
        start = rng.integers(n_bits)
        bits = np.unique((start + rng.integers(0, 80, size=rng.integers(1, 6))) % n_bits)
        masks = {}
        for bit in bits.tolist():
            masks[bit // 64] = masks.get(bit // 64, 0) | 1 << bit % 64
        flips.append(sorted(masks.items()))
    return upset_list(np.sort(rng.uniform(0.0, END_S, n_events)), flips)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", PROTECTIONS)
def test_states_equal_those_of_a_memory_simulated_bit_by_bit(upset_list, name, seed):
    protection = PROTECTIONS[name]
    rng = np.random.default_rng(seed)
    layout = Layout(code=protection.code, data_bytes=DATA_BYTES)
    upsets = random_upsets(upset_list, layout, [20, 60, 200][seed], rng)
    left = residual_of(upsets, protection, data_bytes=DATA_BYTES, memory_word_bits=64, end_s=END_S)
    memory = BitMemory(protection.code, rng)
    steps = [(t, memory.reload, (word,)) for t, word in visits(protection.reload, memory.n_words)]
    steps += [
        (t, memory.scrub, (word, protection.reloads_detected))
        for t, word in visits(protection.scrubbing, memory.n_words)
    ]

    def flip(event):
        for row in range(upsets.first_flip[event], upsets.first_flip[event + 1]):
            for bit in range(64):
                if int(upsets.mask[row]) >> bit & 1:
                    memory.stored[int(upsets.word[row]) * 64 + bit] ^= 1

    steps += [(t, flip, (event,)) for event, t in enumerate(upsets.t_s.tolist())]
    seen = set()

    def look(t):
        rows = left.at(t)
        told = {int(left.word[row]): (left.outcome[row], int(left.wrong_mask[row])) for row in rows}
        assert len(told) == len(rows)
        for word in range(memory.n_words):
            outcome, wrong = memory.read(word)
            assert told.get(word, (Outcome.CLEAN, 0)) == (outcome, wrong)
            seen.add(outcome)

    steps += [(t, look, (t,)) for t in rng.uniform(0.0, END_S, 100)]
    for _, act, arguments in sorted(steps, key=lambda step: step[0]):
        act(*arguments)
    assert len(seen) > 1


@pytest.mark.parametrize("name", PROTECTIONS)
def test_rows_tell_one_story_per_word(upset_list, name):
    protection = PROTECTIONS[name]
    rng = np.random.default_rng(9)
    upsets = random_upsets(upset_list, Layout(code=protection.code, data_bytes=DATA_BYTES), 150, rng)
    left = residual_of(upsets, protection, data_bytes=DATA_BYTES, memory_word_bits=64, end_s=END_S)
    assert (left.start_s < left.end_s).all()
    assert (left.end_s <= END_S).all()
    assert (left.outcome != Outcome.CLEAN).all()
    same_word = left.word[1:] == left.word[:-1]
    assert (left.word[1:] >= left.word[:-1]).all()
    assert (left.start_s[1:] >= left.end_s[:-1])[same_word].all()
    goes_on = same_word & (left.start_s[1:] == left.end_s[:-1])
    assert (np.diff(left.episode) == ~goes_on).all()
    assert ((left.ended_by == Ending.HORIZON) == (left.end_s == END_S)).all()
    counts = left.counts()
    assert counts.corrected + counts.detected + counts.miscorrected + counts.silent == left.episode[-1] + 1
    assert left.word_seconds().sum() == pytest.approx((left.end_s - left.start_s).sum(), rel=1e-12)
    assert left.word_seconds()[Outcome.CLEAN] == 0.0


def test_two_upsets_between_scrubs_meet_and_two_in_different_periods_do_not(upset_list):
    protection = MemoryProtection(code=SECDED(), scrubbing=Sweep(period_s=10.0))

    def residual(second_s):
        upsets = upset_list(np.array([3.0, second_s]), [[(2, 1)], [(2, 2)]])
        return residual_of(upsets, protection, data_bytes=64, memory_word_bits=64, end_s=50.0)

    together, apart = residual(9.0), residual(11.0)
    assert together.outcome.tolist() == [Outcome.CORRECTED, Outcome.DETECTED]
    assert together.start_s.tolist() == [3.0, 9.0]
    assert together.end_s.tolist() == [9.0, 50.0]
    assert together.wrong_mask.tolist() == [0, 3]
    assert together.counts().detected == together.counts().accumulated == 1
    assert apart.end_s.tolist() == [10.0, 20.0]
    assert apart.ended_by.tolist() == [Ending.SCRUB, Ending.SCRUB]
    assert (apart.counts().corrected, apart.counts().accumulated) == (2, 0)


def test_each_word_is_scrubbed_at_its_own_time(upset_list):
    protection = MemoryProtection(code=SECDED(), scrubbing=Sweep(period_s=100.0, phase_s=2.0, duration_s=16.0))
    upsets = upset_list(np.ones(8), [[(word, 1)] for word in range(8)])
    left = residual_of(upsets, protection, data_bytes=64, memory_word_bits=64, end_s=200.0)
    assert left.end_s.tolist() == [2.0 + 2.0 * word for word in range(8)]


def test_one_particle_that_flips_two_bits_of_a_word_is_not_accumulation(upset_list):
    upsets = upset_list(np.array([1.0]), [[(0, 3)]])
    left = residual_of(upsets, MemoryProtection(code=SECDED()), data_bytes=64, memory_word_bits=64, end_s=2.0)
    assert (left.counts().detected, left.counts().accumulated) == (1, 0)


def test_satellites_do_not_share_memory(upset_list):
    upsets = upset_list(np.array([1.0, 2.0]), [[(0, 1)], [(0, 2)]], satellite=np.array([7, 3], dtype=np.int32))
    left = residual_of(upsets, MemoryProtection(code=SECDED()), data_bytes=64, memory_word_bits=64, end_s=3.0)
    assert left.satellite.tolist() == [3, 7]
    assert left.outcome.tolist() == [Outcome.CORRECTED, Outcome.CORRECTED]
    assert left.event.tolist() == [1, 0]


@pytest.mark.parametrize("name", PROTECTIONS)
def test_no_protection_of_memory_sees_logic_errors_and_functional_interrupts(upset_list, name):
    effects = np.array(
        [Effect.LOGIC_ERROR, Effect.CELLS, Effect.FUNCTIONAL_INTERRUPT, Effect.LOGIC_ERROR], dtype=np.int8
    )
    upsets = upset_list(np.array([1.0, 2.0, 3.0, 200.0]), [[], [(0, 1)], [], []], effect=effects)
    left = residual_of(upsets, PROTECTIONS[name], data_bytes=DATA_BYTES, memory_word_bits=64, end_s=END_S)
    assert left.passed_through.tolist() == [0, 2]
    assert left.counts().passed_through == 2
    assert left.event.tolist() == [1]


def test_rows_of_a_dram_count_as_memory(upset_list):
    upsets = upset_list(
        np.array([1.0]), [[(w, 2**64 - 1) for w in range(8)]], effect=np.array([Effect.ROW], dtype=np.int8)
    )
    left = residual_of(upsets, MemoryProtection(code=Unprotected()), data_bytes=64, memory_word_bits=64, end_s=2.0)
    assert left.word.tolist() == list(range(8))
    assert (left.wrong_mask == 2**64 - 1).all()


def test_nothing_happens_without_upsets(upset_list):
    left = residual_of(
        upset_list(np.zeros(0), []), PROTECTIONS["tmr-scrub-reload"], data_bytes=64, memory_word_bits=64, end_s=1.0
    )
    assert len(left.word) == 0
    assert left.counts().corrected == left.counts().silent == 0


def test_a_day_of_the_whole_shell_takes_a_moment(single_bits):
    # 1,584 satellites of 64 MiB at 5e-8 upsets per bit and day; measured 0.03 s, the bound is for a busy machine
    rng = np.random.default_rng(1)
    data_bytes = 64 * 2**20
    protection = MemoryProtection(code=SECDED(), scrubbing=Sweep(period_s=600.0, duration_s=600.0))
    n_bits = 1584 * Layout(code=SECDED(), data_bytes=data_bytes).stored_bytes * 8
    upsets = single_bits(n_bits, 5e-8, 86_400.0, rng)
    n_words = n_bits // 64 // 1584
    whole = type(upsets)(
        **{name: getattr(upsets, name) for name in upsets.__slots__ if name not in ("word", "satellite")},
        satellite=(upsets.word // n_words).astype(np.int32),
        word=upsets.word % n_words,
    )
    start_s = time.process_time()
    left = residual_of(whole, protection, data_bytes=data_bytes, memory_word_bits=64, end_s=86_400.0)
    assert time.process_time() - start_s < 1.0
    assert len(left.word) >= 0.99 * len(whole.t_s)
    # two of the 48,000 upsets in one word within one period: 3e-7 are expected
    assert left.counts().corrected == left.episode[-1] + 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"code": Unprotected(), "scrubbing": SCRUB}, "scrubbing is given without a code"),
        ({"code": Parity(), "scrubbing": SCRUB}, "set reloads_detected"),
        ({"code": SECDED(), "reloads_detected": True}, "without scrubbing"),
    ],
)
def test_combinations_that_do_nothing_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        MemoryProtection(**arguments)


def test_what_comes_after_the_end_is_left_out(upset_list):
    effects = np.array([Effect.CELLS, Effect.CELLS, Effect.LOGIC_ERROR], dtype=np.int8)
    upsets = upset_list(np.array([1.0, 5.0, 6.0]), [[(0, 1)], [(0, 2)], []], effect=effects)
    left = residual_of(upsets, MemoryProtection(code=SECDED()), data_bytes=64, memory_word_bits=64, end_s=4.0)
    assert left.event.tolist() == [0]
    assert left.end_s.tolist() == [4.0]
    assert left.ended_by.tolist() == [Ending.HORIZON]
    assert left.passed_through.tolist() == []


def test_an_episode_counts_as_accumulated_by_how_it_first_became_that_bad(upset_list):
    three = next(
        bit for bit in range(2, 64) if SECDED().read(np.array([[0b11 | 1 << bit, 0]], np.uint64))[0] == Outcome.DETECTED
    )

    def counts(*masks):
        upsets = upset_list(np.arange(1.0, len(masks) + 1), [[(0, mask)] for mask in masks])
        left = residual_of(upsets, MemoryProtection(code=SECDED()), data_bytes=64, memory_word_bits=64, end_s=10.0)
        assert left.counts().detected == 1
        return left.has_accumulated.tolist(), left.counts().accumulated

    assert counts(1, 2, 1 << three) == ([False, True, True], 1)
    assert counts(3, 1 << three) == ([False, True], 0)
