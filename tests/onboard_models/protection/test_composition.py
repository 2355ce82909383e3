"""Putting protections together, by name and from elsewhere, on small networks with random weights."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from onboard_models.memory_image import RegionKind
from onboard_models.protection.budget import COST_PER_BYTE, SmallestFirst, protection_plan
from onboard_models.protection.composition import protected, trained_models
from onboard_models.protection.protection import Calibration, TrainedModels
from onboard_models.protection.registry import PROTECTIONS, find_protection
from tests.onboard_models.hardening.test_exit_graph import SIZE, three_exits
from tests.onboard_models.small_graphs import images, plain_cnn

EXAMPLE = "tests.onboard_models.protection.example_protection:NoHugeWeights"


def calibration(n=60, *, size=12, n_classes=5):
    return Calibration(x=images(n, size), y=np.arange(n) % n_classes)


def plain_bytes():
    return plain_cnn().SerializeToString()


def exponent_bit(subject, name):
    """Return the position of the highest exponent bit of the first element of a tensor."""
    return 8 * subject.image.region(name).first_byte + 30


def test_a_class_from_elsewhere_protects():
    subject = protected(plain_bytes(), EXAMPLE, calibration())
    unprotected = protected(plain_bytes(), "none", calibration())
    x, hit = images(40, 12), exponent_bit(subject, "conv1.weight") + 32 * np.arange(10)
    clean = subject.clean_answers(x)
    assert np.array_equal(clean.label, unprotected.clean_answers(x).label)
    assert subject.image.n_bytes == unprotected.image.n_bytes
    assert not np.array_equal(unprotected.answers(x, hit).label, clean.label)
    # ten weights of a thousand are gone, which is less than their being as large as galaxies
    assert np.mean(subject.answers(x, hit).label == clean.label) > 0.5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rangr", "did you mean 'ranger'"),
        ("nowhere.at_all:Class", "cannot be made"),
        ("onboard_models.protection.registry:Missing", "cannot be made"),
        ("collections:OrderedDict", "no subclass"),
    ],
)
def test_names_that_lead_nowhere_are_told(name, text):
    with pytest.raises(ValueError, match=text):
        find_protection(name)


def test_exits_are_refused_where_none_were_trained():
    with pytest.raises(ValueError, match="trained early exits"):
        protected(plain_bytes(), "exits", calibration())


def test_a_logarithm_is_refused_where_none_was_trained():
    with pytest.raises(ValueError, match="logclip-logtail"):
        protected(plain_bytes(), "logclip-zero", calibration())


def test_protections_that_want_different_networks_are_refused():
    models = TrainedModels(plain=plain_bytes(), variants={"exits": b"one", "rednet": b"other"})
    with pytest.raises(ValueError, match="different networks"):
        protected(models, "exits+logclip-zero", calibration())


def test_rednet_of_a_network_without_variants_takes_the_logarithm_of_the_tail():
    subject = protected(plain_bytes(), "rednet", calibration())
    assert {node.op_type for node in subject.model.graph.node} >= {"Log", "Where", "LessOrEqual"}
    assert np.array_equal(subject.clean_answers(images(5, 12)).exit_index, np.zeros(5))


def test_ours_and_rednet_take_the_exits_that_a_network_brings():
    model = three_exits().SerializeToString()
    assert trained_models(model).variants == {"exits": model}
    cal = calibration(size=SIZE, n_classes=4)
    x = images(50, SIZE)
    for name in ("ours", "rednet", "exits"):
        subject = protected(model, name, cal)
        simulated = subject.answers(x, np.zeros(0, np.int64))
        assert np.array_equal(simulated.label, subject.clean_answers(x).label)
        assert np.array_equal(simulated.exit_index, subject.clean_answers(x).exit_index)


def test_composed_guards_store_both_and_the_later_one_covers_the_earlier():
    subject = protected(plain_bytes(), "range-check+triplicate-metadata", calibration())
    assert subject.name == "range-check+triplicate-metadata"
    x = images(30, 12)
    table = subject.image.region("range-check:float32")
    # whatever happens to the table of ranges is outvoted by its two copies
    hit = np.arange(8 * table.first_byte, 8 * (table.first_byte + table.n_bytes))
    assert np.array_equal(subject.answers(x, hit).label, subject.clean_answers(x).label)
    mended, _ = subject.mended(hit)
    assert np.array_equal(mended, subject.image.content)


def test_only_named_tensors_are_guarded():
    only = frozenset({"head.weight"})
    subject = protected(plain_bytes(), "secded", calibration(), only=only)
    everything = protected(plain_bytes(), "secded", calibration())
    assert subject.image.n_bytes < everything.image.n_bytes
    for name, is_mended in (("head.weight", True), ("conv1.weight", False)):
        mended, _ = subject.mended(np.array([exponent_bit(subject, name)]))
        assert np.array_equal(mended, subject.image.content) == is_mended


def test_the_plan_takes_small_parts_then_harm_per_byte():
    image = protected(plain_bytes(), "none", calibration()).image
    harm = {"conv0.weight": 1.0, "conv1.weight": 2.0, "conv2.weight": 3.0, "head.weight": 4.0}
    small = sum(r.n_bytes for r in image.regions if r.kind is RegionKind.BIAS)
    sizes = {name: image.region(name).n_bytes for name in harm}
    by_ratio = sorted(harm, key=lambda name: -harm[name] / sizes[name])
    budget = 2.0 * (small + sizes[by_ratio[0]] + sizes[by_ratio[1]])
    plan = protection_plan(image, harm, guard="tmr", budget_bytes=budget)
    assert set(plan.names) == {"conv0.bias", "conv1.bias", "conv2.bias", "head.bias", *by_ratio[:2]}
    assert plan.cost_bytes == pytest.approx(budget)
    assert plan.share_covered == pytest.approx(sum(harm[name] for name in by_ratio[:2]) / 10.0)
    assert protection_plan(image, harm, guard="tmr", budget_bytes=0).names == ()
    with pytest.raises(ValueError, match="guard"):
        protection_plan(image, harm, guard="prayer", budget_bytes=1)


def test_without_a_measure_of_harm_the_smallest_tensors_are_guarded():
    plain = protected(plain_bytes(), "none", calibration()).image
    image, repair = SmallestFirst(budget_share=0.02).attached(plain)
    guarded = {
        name
        for name in ("conv0.weight", "conv1.weight", "conv2.weight", "head.weight", "conv0.bias", "head.bias")
        if _is_mended(image, repair, name)
    }
    # 2 % of 15 kB are check bytes for 2.4 kB: biases and the smaller tensors, not the two large convolutions
    assert guarded == {"conv0.bias", "head.bias", "head.weight", "conv0.weight"}


def _is_mended(image, repair, name):
    content = image.content.copy()
    content[image.region(name).first_byte] ^= 1
    repair.repair_(content)
    return np.array_equal(content, image.content)


@pytest.mark.parametrize("guard", COST_PER_BYTE)
def test_the_plan_counts_what_guards_store(guard):
    subject, plain = (protected(plain_bytes(), name, calibration()) for name in (guard, "none"))
    held = sum(r.n_bytes for r in plain.image.regions if r.kind is not RegionKind.UNUSED)
    stored = sum(r.n_bytes for r in subject.image.regions if r.name.startswith(f"{guard}:"))
    # words are guarded whole, so half a word may be added per tensor; one block or byte may be begun
    assert stored == pytest.approx(
        COST_PER_BYTE[guard] * held, abs=8 + COST_PER_BYTE[guard] * 4 * len(plain.image.names)
    )


def written_plan(folder, plan, n_networks=1):
    path = folder / "plan.json"
    network = {"model": "small", "plans": [{"guard": "secded", **asdict(plan)}]}
    path.write_text(json.dumps({"networks": [network] * n_networks}))
    return path


def test_a_guard_follows_a_plan_of_a_file(tmp_path):
    image = protected(plain_bytes(), "none", calibration()).image
    plan = protection_plan(image, {"head.weight": 1.0, "conv1.weight": 0.01}, guard="secded", budget_bytes=100)
    assert "head.weight" in plan.names and "conv1.weight" not in plan.names
    path = written_plan(tmp_path, plan)
    subject = protected(plain_bytes(), f"clip-to-zero+secded@{path}", calibration())
    for name, is_mended in (("head.weight", True), ("conv1.weight", False)):
        mended, _ = subject.mended(np.array([exponent_bit(subject, name)]))
        assert np.array_equal(mended, subject.image.content) == is_mended
    alone = protected(plain_bytes(), f"secded@{path}", calibration())
    assert (
        alone.image.n_bytes
        == protected(plain_bytes(), "secded", calibration(), only=frozenset(plan.names)).image.n_bytes
    )


def test_plans_that_do_not_fit_are_refused(tmp_path):
    image = protected(plain_bytes(), "none", calibration()).image
    plan = protection_plan(image, {}, guard="secded", budget_bytes=100)
    with pytest.raises(ValueError, match=r"has no plan for 'tmr'; give one of secded"):
        find_protection(f"tmr@{written_plan(tmp_path, plan)}")
    with pytest.raises(ValueError, match=r"has plans for 2 networks; give sunwise importance one MODEL"):
        find_protection(f"secded@{written_plan(tmp_path, plan, n_networks=2)}")
    with pytest.raises(ValueError, match=r"the plan names 'elsewhere', which this network does not have"):
        path = written_plan(tmp_path, replace(plan, names=("elsewhere",)))
        protected(plain_bytes(), f"secded@{path}", calibration())
    for text in ("no json", "{}", '{"networks": [{}]}', "[]"):
        (tmp_path / "plan.json").write_text(text)
        with pytest.raises(ValueError, match=r"no plan .*; write one with sunwise importance MODEL --json"):
            find_protection(f"secded@{tmp_path / 'plan.json'}")
    with pytest.raises(ValueError, match=r"did you mean 'secded'"):
        find_protection(f"secdet@{tmp_path / 'plan.json'}")


def test_answers_of_the_board_raise_the_alarm_that_the_rule_raises():
    """A network whose head is damaged in flash answers beyond its bounds: the early graph must notice."""
    model = three_exits()
    subject = protected(model.SerializeToString(), "exits", calibration(size=SIZE, n_classes=4))
    x = 1e6 * images(20, SIZE)
    simulated, flown = subject.answers(x, np.zeros(0, np.int64)), subject.clean_answers(x)
    assert simulated.is_detected.any()
    assert np.array_equal(simulated.is_detected, flown.is_detected)
    assert np.array_equal(simulated.label, flown.label)
    singles = [subject.clean_answers(x[i : i + 1]) for i in range(20)]
    assert [bool(answers.is_detected[0]) for answers in singles] == simulated.is_detected.tolist()


def test_every_name_makes_a_protection():
    assert all(find_protection(name).clean_loss_points >= 0 for name in PROTECTIONS)
