"""The cache of models against a list that is searched by brute force, over random requests."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.model_cache import ModelCache

SIZES = {"a": 3.0, "b": 4.0, "c": 5.0, "d": 1.0, "e": 7.0}
requests = st.lists(
    st.tuples(st.sampled_from(["pin", "unpin", "use", "use", "fetch", "arrive", "fail"]), st.sampled_from("abcde")),
    max_size=60,
)
began = st.sampled_from([[], ["a"], ["d", "a"], ["b", "d", "a"]])


class Ledger:
    """What a cache should hold, as plain lists: (model, time of its last use), models to come, pins one by one."""

    def __init__(self, capacity):
        self.capacity, self.stored, self.coming, self.pins, self.now = capacity, {}, [], [], 0
        self.evicted = 0.0

    def room_without(self, victims):
        kept = [SIZES[model] for model in self.stored if model not in victims]
        return self.capacity - sum(kept) - sum(SIZES[model] for model in self.coming)

    def victims_for(self, model):
        """The shortest run of unpinned models, oldest use first, without which there is room; None if there is none."""
        loose = sorted((used, other) for other, used in self.stored.items() if other not in self.pins)
        for n in range(len(loose) + 1):
            victims = [other for _, other in loose[:n]]
            if self.room_without(victims) >= SIZES[model]:
                return victims
        return None


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from([8.0, 12.0, 20.0]), began, requests)
def test_a_cache_does_what_a_list_does(capacity, first, steps):
    cache, ledger = ModelCache(capacity), Ledger(capacity)
    brought = [(what, model) for model in first for what in ("fetch", "arrive")]
    for what, model in [*brought, *steps]:
        ledger.now += 1
        if what == "pin":
            cache.pin(model)
            ledger.pins.append(model)
        elif what == "unpin" and model in ledger.pins:
            cache.unpin(model)
            ledger.pins.remove(model)
        elif what == "use":
            cache.use(model)
            if model in ledger.stored:
                ledger.stored[model] = ledger.now
        elif what == "fetch" and model not in ledger.stored and model not in ledger.coming:
            victims = ledger.victims_for(model)
            assert cache.could_keep_room(SIZES[model]) == (victims is not None)
            if victims is None:
                with pytest.raises(ValueError, match="no room"):
                    cache.keep_room(model, SIZES[model])
                continue
            assert cache.keep_room(model, SIZES[model]) == victims
            ledger.evicted += sum(SIZES[other] for other in victims)
            ledger.stored = {other: used for other, used in ledger.stored.items() if other not in victims}
            ledger.coming.append(model)
        elif what == "arrive" and model in ledger.coming:
            cache.store(model)
            ledger.coming.remove(model)
            ledger.stored[model] = ledger.now
        elif what == "fail" and model in ledger.coming:
            cache.give_room_back(model)
            ledger.coming.remove(model)
        assert list(cache.models) == sorted(ledger.stored, key=ledger.stored.get)
        assert [model for model in SIZES if model in cache] == [model for model in SIZES if model in ledger.stored]
        assert [cache.is_pinned(model) for model in SIZES] == [model in ledger.pins for model in SIZES]
        assert cache.stored_bits == sum(SIZES[model] for model in ledger.stored)
        assert cache.evicted_bits == ledger.evicted
        assert cache.stored_bits + sum(SIZES[model] for model in ledger.coming) <= capacity


def test_a_cache_without_room_is_refused():
    with pytest.raises(ValueError, match=r"capacity_bits = 0\.0: must be positive"):
        ModelCache(0.0)
