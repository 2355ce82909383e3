"""One battery of laws over every protection, on the shipped plain network."""

from functools import cache

import numpy as np
import pytest

from onboard_models.campaign import mean_interval, run_trials
from onboard_models.campaign.plans import FlipNumber, UniformFlips
from onboard_models.catalogue import find_model
from onboard_models.memory_image import RegionKind
from onboard_models.protection.composition import protected
from onboard_models.protection.protection import Calibration
from onboard_models.protection.registry import PROTECTIONS, find_protection

N_TEST = 1500
N_FAULTY = 60
MODEL = find_model("cnn")


@cache
def calibration():
    images = MODEL.images("validation", 1500)
    return Calibration(x=images.x, y=images.y)


@cache
def test_images():
    return MODEL.images("test", N_TEST)


test_images.__test__ = False


@cache
def subject_of(name):
    return protected(MODEL, name, calibration())


def fields(answers):
    return (answers.label, answers.exit_index, answers.is_finite, answers.is_detected, np.array(answers.crashed))


def assert_same(one, other):
    for a, b in zip(fields(one), fields(other), strict=True):
        assert np.array_equal(a, b)


def some_bits(subject, n, seed=0):
    return np.random.default_rng(seed).choice(subject.image.n_bits, n, replace=False)


every_protection = pytest.mark.parametrize("name", PROTECTIONS)


@every_protection
def test_clean_accuracy_stays_within_the_loss_that_is_stated(name):
    images = test_images()
    plain = subject_of("none").clean_answers(images.x).label == images.y
    own = subject_of(name).clean_answers(images.x).label == images.y
    loss = plain.astype(float) - own
    # two standard errors of the paired difference
    allowed = find_protection(name).clean_loss_points / 100 + 2 * loss.std() / np.sqrt(N_TEST)
    assert loss.mean() <= allowed


@every_protection
def test_answers_without_flips_are_those_of_the_code_on_board(name):
    subject, x = subject_of(name), test_images().x[:300]
    simulated = subject.answers(x, np.zeros(0, np.int64))
    assert_same(simulated, subject.clean_answers(x))
    singles = [subject.clean_answers(x[i : i + 1]) for i in range(20)]
    assert [int(answers.label[0]) for answers in singles] == simulated.label[:20].tolist()
    assert [int(answers.exit_index[0]) for answers in singles] == simulated.exit_index[:20].tolist()


@every_protection
def test_the_same_flips_give_the_same_answers_and_leave_nothing_behind(name):
    subject, x = subject_of(name), test_images().x[:N_FAULTY]
    before, held = subject.answers(x, np.zeros(0, np.int64)), subject.image.content.copy()
    first = subject.answers(x, some_bits(subject, 300))
    subject.answers(x, some_bits(subject, 300, seed=1))
    assert_same(subject.answers(x, some_bits(subject, 300)), first)
    assert_same(subject.answers(x, np.zeros(0, np.int64)), before)
    assert np.array_equal(subject.image.content, held)


@every_protection
def test_what_a_protection_stores_can_be_hit(name):
    """Flips in every region that the plain image lacks are survived, or end as a record, never as an exception."""
    subject, x = subject_of(name), test_images().x[:N_FAULTY]
    plain = set(subject_of("none").image.names)
    own = [region for region in subject.image.regions if region.name not in plain]
    for i, region in enumerate(region for region in own if region.kind is not RegionKind.UNUSED):
        rng = np.random.default_rng(i)
        hit = rng.choice(region.n_bits, min(region.n_bits, 12), replace=False) + 8 * region.first_byte
        answers = subject.answers(x, hit)
        assert len(answers) == len(x)
        assert answers.crashed or ((answers.label >= 0) & (answers.label < 5)).all()


@every_protection
def test_a_storm_of_flips_ends_as_a_record(name):
    subject, x = subject_of(name), test_images().x[:N_FAULTY]
    answers = subject.answers(x, some_bits(subject, 20_000))
    assert len(answers) == len(x)


@every_protection
def test_the_image_is_no_smaller_and_flips_between_tensors_do_nothing(name):
    subject, x = subject_of(name), test_images().x[:N_FAULTY]
    assert subject.image.n_bytes >= subject_of("none").image.n_bytes
    gaps = [region for region in subject.image.regions if region.kind is RegionKind.UNUSED]
    bits = np.concatenate([8 * region.first_byte + np.arange(0, region.n_bits, 5) for region in gaps])
    hit, clean = subject.answers(x, bits), subject.answers(x, np.zeros(0, np.int64))
    # an alarm is right where a code guards whole words
    assert np.array_equal(hit.label, clean.label)
    assert np.array_equal(hit.exit_index, clean.exit_index)


def drops(name, n_trials=40, n_images=100):
    """Return points lost in trials of 100 flips of the plain image, and as many per bit of a larger one."""
    subject = subject_of(name)
    number = FlipNumber(n_flips=100, reference_bits=subject_of("none").image.n_bits)
    trials = UniformFlips(number=number, n_trials=n_trials, seed=3).on(subject.image)
    return run_trials(subject, MODEL.images("test", n_images), trials, range(n_trials)).drop_points


def test_without_protection_a_hundred_flips_cost_twenty_points():
    assert mean_interval(drops("none")).low > 20.0


@pytest.mark.parametrize("name", ["ours", "tmr", "secded", "embedded-secded", "checksum-reload"])
def test_what_corrects_words_loses_nothing_to_speak_of(name):
    """One trial in thirteen has two flips in a word: those set one or two weights to zero, or pass."""
    lost = drops(name)
    assert lost.max() <= 5.0
    assert lost.mean() <= 0.5


def test_rednet_loses_half_a_point():
    lost = drops("rednet", n_trials=20, n_images=400)
    assert lost.mean() <= 0.5 + 2.0 * lost.std(ddof=1) / np.sqrt(lost.size)
    assert lost.max() <= 10.0


def test_no_image_that_is_tested_was_seen_by_what_is_tuned():
    seen = {image.tobytes() for image in calibration().x}
    assert len(seen) == len(calibration().x)
    assert not seen & {image.tobytes() for image in test_images().x}
