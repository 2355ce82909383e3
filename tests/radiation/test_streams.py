import numpy as np
import pytest

from radiation.populations import POPULATIONS, Population
from radiation.streams import FLEET, UPSETS_STREAM, Purpose, upset_stream
from simulator import random_streams


def first(**changes: int) -> float:
    key = {"satellite": 3, "population": Population.HEAVY_IONS, "purpose": Purpose.CELL_TIMES, "replication": 0}
    return float(upset_stream(11, **(key | changes)).random())


def test_the_simulator_reserves_the_same_number_and_the_same_name_for_the_fleet():
    assert random_streams.Stream.UPSETS == UPSETS_STREAM
    assert random_streams.FLEET == FLEET


def test_every_part_of_the_key_makes_another_stream():
    draws = [first(population=p, purpose=q) for p in POPULATIONS for q in Purpose]
    draws += [first(satellite=4), first(satellite=FLEET), first(replication=1)]
    assert len(set(draws)) == len(draws)


def test_the_key_alone_decides_the_numbers():
    key = (0, UPSETS_STREAM, 3, Population.HEAVY_IONS, Purpose.CELL_TIMES)
    by_hand = np.random.Generator(np.random.PCG64(np.random.SeedSequence(11, spawn_key=key)))
    assert first() == first() == by_hand.random()


@pytest.mark.parametrize("name", ["satellite", "replication"])
def test_refuses_negative_parts_of_the_key(name):
    with pytest.raises(ValueError, match=f"{name} = -1: give a non-negative integer"):
        first(**{name: -1})
