import numpy as np
import pytest

from scenarios.campaigns.costs import measured_speed


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


class Timed:
    """Takes a time per call and one per image."""

    def __init__(self, clock, call_s, image_s):
        self.clock, self.call_s, self.image_s = clock, call_s, image_s
        self.batches = []

    def clean_answers(self, x):
        self.batches.append(len(x))
        self.clock.now_s += self.call_s + self.image_s * float(x.sum())


X = np.ones((100, 1, 1, 1), np.float32)


@pytest.mark.parametrize("batch, expected", [(1, (1.0 + 2.0) / (2.0 + 1.0)), (16, (1.0 + 32.0) / (2.0 + 16.0))])
def test_the_ratio_is_that_of_the_times(batch, expected):
    clock = Clock()
    reference, subject = Timed(clock, 1.0, 2.0), Timed(clock, 2.0, 1.0)
    speed = measured_speed(subject, reference, X, batch=batch, budget_s=0.0, clock=clock)
    assert speed.speedup == speed.speedup_low == speed.speedup_high == pytest.approx(expected)
    assert speed.time_s == pytest.approx((2.0 + batch) / batch)
    assert speed.reference_s == pytest.approx((1.0 + 2.0 * batch) / batch)
    assert set(subject.batches) == set(reference.batches) == {batch}
    assert len(subject.batches) == len(reference.batches)


def test_both_see_the_same_images_whose_times_differ():
    clock = Clock()
    x = np.arange(100, dtype=np.float32).reshape(-1, 1, 1, 1)
    speed = measured_speed(Timed(clock, 0.0, 1.0), Timed(clock, 0.0, 3.0), x, batch=1, budget_s=0.0, clock=clock)
    assert speed.speedup == pytest.approx(3.0)


def test_a_network_is_as_fast_as_itself():
    times = iter(np.random.default_rng(1).random(10_000).cumsum())
    subject = Timed(Clock(), 1.0, 1.0)
    speed = measured_speed(subject, subject, X, batch=1, budget_s=0.0, clock=lambda: next(times))
    assert (speed.speedup_low, speed.speedup, speed.speedup_high) == (1.0, 1.0, 1.0)


def test_rounds_end_with_the_budget():
    clock = Clock()
    few = measured_speed(Timed(clock, 1.0, 0.0), Timed(clock, 1.0, 0.0), X, batch=16, budget_s=0.0, clock=clock)
    many = measured_speed(Timed(clock, 1.0, 0.0), Timed(clock, 1.0, 0.0), X, batch=16, budget_s=80.0, clock=clock)
    assert few.n_rounds == 7
    assert many.n_rounds == 10  # of 4 calls of each network, a second each


def test_fewer_images_than_a_block_serve_too():
    clock = Clock()
    subject = Timed(clock, 1.0, 0.0)
    measured_speed(subject, Timed(clock, 1.0, 0.0), X[:3], batch=16, budget_s=0.0, clock=clock)
    assert set(subject.batches) == {16}
