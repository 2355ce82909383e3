from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from onboard_models.campaign import mean_interval, upper_bound_of_share, wilson_interval
from scenarios.campaigns.execution import Campaign
from scenarios.campaigns.request import FlipOptions, Request
from scenarios.campaigns.source import Source
from scenarios.campaigns.summary import single_bit_summary, summary_rows
from scenarios.campaigns.tables import SINGLE_BITS, TRIALS

N_IMAGES = 40


class Folder:
    def __init__(self, **tables):
        self.tables = tables

    def table(self, name):
        return self.tables.get(name)


def rows(schema, records):
    arrays = []
    for field in schema:
        kind = pa.string() if pa.types.is_dictionary(field.type) else field.type
        array = pa.array([record.get(field.name, 0) for record in records], kind)
        arrays.append(array.dictionary_encode() if kind == pa.string() else array)
    return pa.Table.from_arrays(arrays, schema=schema)


def campaign(tables, rate=None, protections=("none", "ranger")):
    speed = {"speedup": 1.25, "speedup_low": 1.2, "speedup_high": 1.3, "time_s": 2e-3}
    costs = {
        "none": {"n_bits": 1000, "clean_accuracy": 0.925, "speeds": {}},
        "ranger": {"n_bits": 1100, "clean_accuracy": 0.9, "speeds": {"batch1": speed}},
    }
    request = Request(
        source=Source(model="cnn", dataset=None, n_images=N_IMAGES),
        protections=protections,
        options=FlipOptions(rate_per_bit_day=rate, margin=0.1),
    )
    return Campaign(request=request, folder=Folder(**tables), costs=costs, was_reused=False)


def trial(protection, correct, **others):
    return {
        "condition": "10 flips",
        "protection": protection,
        "n_flips": 10 if protection == "none" else 11,
        "n_images": N_IMAGES,
        "clean_correct": 36,
        "correct": correct,
        "drop_points": 100.0 * (36 - correct) / N_IMAGES,
        **others,
    }


TRIALS_TABLE = rows(
    TRIALS,
    [trial("none", correct, silent=silent) for correct, silent in [(36, 0), (30, 7), (12, 25), (37, 1), (34, 2)]]
    + [trial("ranger", 36, detected=4) for _ in range(5)],
)


def test_rows_hold_what_trials_say():
    none, ranger = summary_rows(campaign({"trials": TRIALS_TABLE}, rate=1e-3))
    drops = np.array([0.0, 15.0, 60.0, -2.5, 5.0])
    assert none["mean_drop_points"] == pytest.approx(drops.mean())
    assert none["ci95_points"] == pytest.approx(list(mean_interval(drops)[1:]))
    assert none["worst_drop_points"] == 60.0
    assert none["clean_accuracy"] == 0.9
    assert none["mean_accuracy"] == pytest.approx(0.9 - drops.mean() / 100)
    assert none["share_above_5_points"] == 0.4, "5 points are not above 5 points"
    assert none["share_above_5_points_upper95"] == upper_bound_of_share(2, 5)
    assert none["outcomes"]["silent"]["count"] == 35
    assert none["outcomes"]["silent"]["wilson95"] == list(wilson_interval(35, 200)[1:])
    assert none["bit_error_rate"] == 0.01
    assert none["equivalent_days"] == pytest.approx(0.01 / 4.76e-7)
    assert none["equivalent_days_at_rate"] == pytest.approx(10.0)
    assert none["memory_overhead"] == 0.0
    assert np.isnan(none["speedup_batch1"]) and np.isnan(none["speedup_batch16"])
    assert ranger["memory_overhead"] == pytest.approx(0.1)
    assert ranger["speedup_batch1"] == 1.25
    assert ranger["energy_batch1_j"] == pytest.approx(60.0 * 2e-3)
    assert np.isnan(ranger["energy_batch16_j"])
    assert ranger["mean_drop_from_unprotected_points"] == pytest.approx(2.5)
    assert ranger["bit_error_rate"] == pytest.approx(0.01)
    assert ranger["share_above_5_points"] == 0.0
    assert ranger["share_above_5_points_upper95"] == pytest.approx(1 - 0.05**0.2)
    assert ranger["outcomes"]["detected"]["share"] == 0.1


def single(layer, bit_class, stratum_bits, silent, drop=0.0):
    return {
        **trial("none", 36),
        "condition": "single bits",
        "n_flips": 1,
        "silent": silent,
        "drop_points": drop,
        "layer": layer,
        "content": "parameters",
        "bit_class": bit_class,
        "tensor": layer,
        "stratum_bits": stratum_bits,
    }


def test_layers_are_weighed_by_their_bits():
    table = rows(
        SINGLE_BITS,
        [single("a", "exponent", 100, silent, drop) for silent, drop in [(40, 50.0), (0, 0.0), (20, 5.5), (20, 5.0)]]
        + [single("b", "mantissa", 500, silent) for silent in (0, 4)]
        + [single("b", "sign", 2, 0) for _ in range(2)],
    )
    found = single_bit_summary(campaign({"trials": TRIALS_TABLE, "single_bits": table}, protections=("none",)))
    assert found["error_margin_per_stratum"] == 0.1
    whole = found["protections"]["none"]
    assert whole["silent_per_flip"] == pytest.approx(0.1 * 0.5 + 0.5 * 0.05)  # 400 of 1000 bits are unused
    assert whole["bad_bits_share"] == pytest.approx(0.1 * 0.5)
    low, high = whole["silent_per_flip95"]
    assert 0.0 <= low < whole["silent_per_flip"] < high
    a, b, census = whole["strata"]
    assert (a["layer"], a["bit_class"], a["n_trials"], a["n_bits"]) == ("a", "exponent", 4, 100)
    assert a["silent_per_flip"] == pytest.approx(0.5)
    assert a["bad_bits_share"] == 0.5
    assert a["share_of_silent"] == pytest.approx(50 / 75)
    assert b["share_of_silent"] == pytest.approx(25 / 75)
    assert (census["silent_per_flip95"], census["error_margin"]) == ([0.0, 0.0], 0.0), "both bits were flipped"
    layer, other = whole["layers"]
    assert layer == {name: a[name] for name in layer}
    assert (other["n_bits"], other["n_trials"]) == (502, 4)
    assert other["silent_per_flip"] == pytest.approx(25 / 502)
    assert other["share_of_silent"] == pytest.approx(25 / 75)


def test_without_harm_nobody_is_to_blame():
    table = rows(SINGLE_BITS, [single("a", "sign", 100, 0) for _ in range(3)])
    found = single_bit_summary(campaign({"trials": TRIALS_TABLE, "single_bits": table}, protections=("none",)))
    assert found["protections"]["none"]["strata"][0]["share_of_silent"] == 0.0


def test_without_single_bits_there_is_no_such_summary():
    assert single_bit_summary(campaign({"trials": TRIALS_TABLE})) is None


def test_a_campaign_lies_where_its_request_says(tmp_path: Path):
    request = campaign({}).request
    other = Request(source=request.source, protections=request.protections, options=FlipOptions(n_flips=(101,)))
    assert request.text() != other.text()
    table = tmp_path / "upsets.parquet"
    texts = set()
    for content in (b"one", b"two"):
        table.write_bytes(content)
        options = FlipOptions(upsets=table)
        texts.add(Request(source=request.source, protections=("none",), options=options).text())
    assert len(texts) == 2
