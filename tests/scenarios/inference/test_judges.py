"""The network that runs and the table of a campaign: results by hand, and agreement of the two."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from onboard_models.campaign import run_trials
from onboard_models.campaign.strata import SingleBits, SingleBitTrials, strata_of, stratified_share
from onboard_models.datasets.labelled_images import LabelledImages
from onboard_models.subject import Answers, no_answers
from onboard_models.unprotected import Unprotected
from scenarios.campaigns.tables import single_bit_rows
from scenarios.inference.harm_table import HarmTable, TableJudge, harm_table
from scenarios.inference.network_judge import NetworkJudge
from scenarios.inference.results import Result, results_of
from scenarios.inference.task_draws import TaskDraws
from tests.onboard_models.small_graphs import images, plain_cnn

STANDARD_ERRORS = 5.0
N_IMAGES, N_PER_TASK, N_TASKS = 32, 4, 6
ERROR_MARGIN = 0.07  # 196 bits of each large stratum


def answers(labels: list[int], *, detected: tuple[int, ...] = ()) -> Answers:
    n = len(labels)
    return Answers(
        label=np.array(labels),
        exit_index=np.zeros(n, np.int8),
        is_finite=np.ones(n, np.bool_),
        is_detected=np.isin(np.arange(n), detected),
    )


def test_results_are_held_against_the_answers_without_flips() -> None:
    reference = answers([0, 1, 2, 3])
    found = results_of(answers([0, 2, 1, -1], detected=(2,)), reference)
    assert found.tolist() == [Result.CORRECT, Result.CORRUPT, Result.DETECTED, Result.DETECTED]
    assert results_of(no_answers(4), reference).tolist() == [Result.LOST] * 4
    assert results_of(reference, reference).tolist() == [Result.CORRECT] * 4


def test_draws_depend_on_the_task_alone() -> None:
    draws = TaskDraws(7, n_images=N_IMAGES, n_per_task=N_PER_TASK)
    tasks = np.array([9000, 3, 4095, 4096, 3])
    together = draws.images(tasks)
    assert together.shape == (5, N_PER_TASK)
    assert np.array_equal(together, np.concatenate([draws.images(tasks[i : i + 1]) for i in range(5)]))
    assert np.array_equal(together[1], together[4])
    assert not np.array_equal(together, TaskDraws(8, n_images=N_IMAGES, n_per_task=N_PER_TASK).images(tasks))
    luck = draws.luck(np.repeat(tasks, 2), np.tile([1, 3], 5))
    alone = draws.luck(tasks[2:3], np.array([3]))
    assert luck[5] == alone[0]
    assert np.unique(luck).size == 8


@pytest.fixture(scope="module")
def network() -> Unprotected:
    return Unprotected(plain_cnn(), probe=images(2, 12))


@pytest.fixture(scope="module")
def labelled() -> LabelledImages:
    x = images(N_IMAGES, 12)
    names = tuple(map(str, range(5)))
    return LabelledImages(x=x, y=np.arange(N_IMAGES) % 5, class_names=names, preprocessing="none")


@pytest.fixture(scope="module")
def trials(network: Unprotected) -> SingleBitTrials:
    return SingleBits(error_margin=ERROR_MARGIN, seed=5).on(network.image)


@pytest.fixture(scope="module")
def rows(network: Unprotected, labelled: LabelledImages, trials: SingleBitTrials) -> pa.Table:
    outcomes = run_trials(network, labelled, trials, range(trials.n_trials))
    return single_bit_rows("single bits", "none", outcomes, trials, network.image)


@pytest.fixture(scope="module")
def table(rows: pa.Table) -> HarmTable:
    return harm_table(rows)


def test_the_network_judges_as_it_answers(network: Unprotected, labelled: LabelledImages) -> None:
    """Blocks, batches and distinct weights against one answer after the other."""
    rng = np.random.default_rng(2)
    weights = [np.sort(rng.choice(network.image.n_bits, n, replace=False)) for n in (1, 3, 30, 300)]
    asked, image = rng.integers(4, size=200), rng.integers(N_IMAGES, size=200)
    judge = NetworkJudge(network, labelled.x, 7)
    found = judge.results(weights, asked, image, np.zeros(200))
    none = np.zeros(0, np.int64)
    for result, i_weights, i_image in zip(found.tolist(), asked.tolist(), image.tolist(), strict=True):
        x = labelled.x[i_image : i_image + 1]
        assert result == results_of(network.answers(x, weights[i_weights]), network.answers(x, none))[0]
    assert set(found.tolist()) == {Result.CORRECT, Result.CORRUPT}


def test_probabilities_of_a_table_are_those_of_hand(network: Unprotected) -> None:
    """Detected, silent, lost: 0.2, 0.3, 0.1 in one layer and 0.5, 0, 0 in others; together 0.1 lost, 0.5 with alarm."""
    strata = [(s.layer, s.content, s.bit_class.value) for s in strata_of(network.image)]
    shares = {s: np.array([[0.2, 0.3, 0.1] if s[0] == "conv0" else [0.5, 0.0, 0.0]]) for s in strata}
    table = HarmTable(shares=shares, place={stratum: np.zeros(1, np.int64) for stratum in strata})
    judge = TableJudge(table, network.image, seed=1)
    one, other = (8 * network.image.region(name).first_byte for name in ("conv0.weight", "head.weight"))
    luck = np.array([0.09, 0.11, 0.19, 0.21, 0.39, 0.41, 0.49, 0.51, 0.59, 0.61])
    for bits, expected in (
        ([one], [3, 2, 2, 2, 2, 1, 1, 1, 1, 0]),
        ([other], [1, 1, 1, 1, 1, 1, 1, 0, 0, 0]),
        ([one, other], [3, 2, 2, 1, 1, 1, 1, 1, 1, 0]),
        ([], [0] * 10),
    ):
        nothing = np.zeros(10, np.int64)
        assert judge.results([np.array(bits, np.int64)], nothing, nothing, luck).tolist() == expected


def test_a_bit_is_given_one_of_the_same_place_where_there_is_any(network: Unprotected) -> None:
    """Bits 24 and 30 of exponents were flipped: 30 always harms, 24 never, and others take either."""
    strata = [(s.layer, s.content, s.bit_class.value) for s in strata_of(network.image)]
    table = HarmTable(
        shares={stratum: np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) for stratum in strata},
        place={stratum: np.array([24, 30]) for stratum in strata},
    )
    judge = TableJudge(table, network.image, seed=1)
    region = network.image.region("conv1.weight")
    for place, shares in ((24, {0}), (30, {2}), (27, {0, 2})):
        weights = [np.array([8 * (region.first_byte + 4 * i) + place]) for i in range(30)]
        found = judge.results(weights, np.arange(30), np.zeros(30, np.int64), np.full(30, 0.5))
        assert set(found.tolist()) == shares


def test_a_table_without_a_group_of_bits_is_refused(network: Unprotected, table: HarmTable) -> None:
    fewer = HarmTable(shares=dict(list(table.shares.items())[1:]), place=table.place)
    with pytest.raises(ValueError, match=r"table: the campaign has no bits of conv0 parameters .*; run one"):
        TableJudge(fewer, network.image, seed=1)


def corrupt_tasks(judge: NetworkJudge | TableJudge, flipped: list[NDArray[np.int64]], seed: int) -> NDArray[np.float64]:
    """Return the share of corrupt tasks of each of many satellites, whose weights are flipped as told."""
    draws = TaskDraws(seed, n_images=N_IMAGES, n_per_task=N_PER_TASK)
    tasks = np.arange(len(flipped) * N_TASKS)
    image = draws.images(tasks).ravel()
    task, i_answer = np.repeat(tasks, N_PER_TASK), np.tile(np.arange(N_PER_TASK), tasks.size)
    results = judge.results(flipped, task // N_TASKS, image, draws.luck(task, i_answer))
    worst = results.reshape(len(flipped), N_TASKS, N_PER_TASK).max(axis=2)
    return np.asarray((worst == Result.CORRUPT).mean(axis=1), dtype=np.float64)


@pytest.mark.parametrize("n_flips", [1, 3])
def test_the_two_modes_agree(
    network: Unprotected, labelled: LabelledImages, table: HarmTable, rows: pa.Table, n_flips: int
) -> None:
    """Means over satellites of the share of corrupt tasks, each satellite with other flips, drawn over all bits.

    Errors: the spread of the differences over satellites, and that of a table of some bits of each stratum: a task asks
    for four images, so a bit that spoils a share p of images spoils 1 - (1 - p)^4 of tasks; n flips have n times that
    error at most.
    """
    rng = np.random.default_rng(11)
    flipped = [np.sort(rng.choice(network.image.n_bits, n_flips, replace=False)) for _ in range(1500)]
    ran = corrupt_tasks(NetworkJudge(network, labelled.x, N_IMAGES), flipped, seed=1)
    drawn = corrupt_tasks(TableJudge(table, network.image, seed=1), flipped, seed=1)
    spread = float((ran - drawn).std(ddof=1)) / len(flipped) ** 0.5
    strata = strata_of(network.image)
    harm = [1.0 - (1.0 - table.shares[s.layer, s.content, s.bit_class.value][:, 1]) ** N_PER_TASK for s in strata]
    share = stratified_share(harm, [s.n_bits for s in strata], network.image.n_bits)
    of_table = n_flips * share.half_width / 1.96
    assert ran.mean() > 20.0 / len(flipped)  # enough harm to tell the two apart
    assert abs(ran.mean() - drawn.mean()) < STANDARD_ERRORS * float(np.hypot(spread, of_table))


def test_many_flips_together_do_what_the_worst_of_them_does(network: Unprotected, labelled: LabelledImages) -> None:
    """30 flips of one exponent bit of one layer, every bit of which was flipped alone: the table has no error.

    Each changes 7 % of answers. They change the same ones: independent flips would harm 99.7 % of tasks, not 83 %.
    """
    region, place, n_flips, n_satellites = network.image.region("conv1.weight"), 25, 30, 300
    position = 8 * (region.first_byte + 4 * np.arange(region.n_bytes // 4)) + place
    clean = network.answers(labelled.x, np.zeros(0, np.int64)).label
    changed = [(network.answers(labelled.x, np.array([bit])).label != clean).mean() for bit in position]
    shares = np.stack([np.zeros(position.size), changed, np.zeros(position.size)], axis=1)
    strata = [(s.layer, s.content, s.bit_class.value) for s in strata_of(network.image)]
    census = HarmTable(shares=dict.fromkeys(strata, shares), place=dict.fromkeys(strata, np.full(position.size, place)))
    rng = np.random.default_rng(11)
    flipped = [np.sort(rng.choice(position, n_flips, replace=False)) for _ in range(n_satellites)]
    ran = corrupt_tasks(NetworkJudge(network, labelled.x, N_IMAGES), flipped, seed=1)
    drawn = corrupt_tasks(TableJudge(census, network.image, seed=1), flipped, seed=1)
    independent = 1.0 - (1.0 - np.mean(changed)) ** (n_flips * N_PER_TASK)
    tolerance = STANDARD_ERRORS * float((ran - drawn).std(ddof=1)) / n_satellites**0.5
    assert abs(ran.mean() - drawn.mean()) < tolerance
    assert independent - ran.mean() > 1.5 * tolerance, "enough to tell the two apart"


def test_harm_stays_with_the_bit(network: Unprotected, table: HarmTable) -> None:
    """A harmful bit spoils tasks again and again: variance between satellites is far above that of single answers."""
    rng = np.random.default_rng(12)
    flipped = [rng.choice(network.image.n_bits, 1) for _ in range(1500)]
    shares = corrupt_tasks(TableJudge(table, network.image, seed=1), flipped, seed=1)
    independent = shares.mean() * (1.0 - shares.mean()) / N_TASKS
    assert shares.var() > 2.0 * independent
