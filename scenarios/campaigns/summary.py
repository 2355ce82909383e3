"""A campaign in numbers: a row per condition and protection, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from onboard_models.campaign import (
    OUTCOMES,
    Exposure,
    Interval,
    mean_interval,
    upper_bound_of_share,
    wilson_interval,
)
from onboard_models.campaign.exposure import REFERENCE_RATE_PER_BIT_DAY
from onboard_models.campaign.strata import StratifiedShare, stratified_share
from scenarios.campaigns.execution import Campaign
from scenarios.campaigns.subjects import NONE
from scenarios.campaigns.tables import shares

BAD_POINTS: Final = 5.0
"""Points of accuracy that a trial may lose at most to count as harmless."""
_CONFIDENCE: Final = 0.95


def summary_rows(campaign: Campaign) -> list[dict[str, Any]]:
    """Return a row per condition and protection; docs/inject.md says what each number means."""
    table = campaign.folder.table("trials")
    assert table is not None, "a campaign has trials"
    rows = []
    for condition in dict.fromkeys(table["condition"].to_pylist()):
        of_condition = _where(table, condition=condition)
        for protection in campaign.request.protections:
            trials = _where(of_condition, protection=protection)
            rows.append(_row(campaign, condition, protection, trials))
    return rows


def single_bit_summary(campaign: Campaign) -> dict[str, Any] | None:
    """Return, per protection, strata and the whole image; None if bits were not flipped one by one."""
    table = campaign.folder.table("single_bits")
    if table is None:
        return None
    margin = campaign.request.options.margin
    by_protection = {name: _where(table, protection=name) for name in campaign.request.protections}
    return {
        "error_margin_per_stratum": margin,
        "confidence": _CONFIDENCE,
        "protections": {
            name: _single_bits(trials, campaign.costs[name]["n_bits"]) for name, trials in by_protection.items()
        },
    }


def _row(campaign: Campaign, condition: str, protection: str, trials: pa.Table) -> dict[str, Any]:
    drop = trials["drop_points"].to_numpy()
    costs, none = campaign.costs[protection], campaign.costs[NONE]
    n_images = int(trials["n_images"][0].as_py())
    clean = trials["clean_correct"][0].as_py() / n_images
    mean = mean_interval(drop)
    n_bad = int((drop > BAD_POINTS).sum())
    return {
        "protection": protection,
        "condition": condition,
        **exposure_of(campaign, float(trials["n_flips"].to_numpy().mean()), costs["n_bits"]),
        "n_trials": trials.num_rows,
        "n_images": n_images,
        "clean_accuracy": clean,
        "mean_accuracy": clean - mean.estimate / 100.0,
        "mean_drop_points": mean.estimate,
        "ci95_points": [mean.low, mean.high],
        "mean_drop_from_unprotected_points": 100.0 * (none["clean_accuracy"] - clean) + mean.estimate,
        "worst_drop_points": float(drop.max()),
        "share_above_5_points": n_bad / drop.size,
        "share_above_5_points_upper95": upper_bound_of_share(n_bad, drop.size),
        "outcomes": {name: _outcome(trials, name) for name in OUTCOMES},
        **_speeds(costs["speeds"], campaign.request.mode.power_w),
        "memory_overhead": costs["n_bits"] / none["n_bits"] - 1.0,
    }


def exposure_of(campaign: Campaign, n_flips: float, n_bits: int) -> dict[str, Any]:
    """Return flips, bit error rate and days that belong together."""
    exposure = Exposure(n_flips=n_flips, n_bits=n_bits)
    rate = campaign.request.options.rate_per_bit_day
    return {
        "mean_flips": n_flips,
        "n_bits": n_bits,
        "bit_error_rate": exposure.bit_error_rate,
        "equivalent_days": exposure.days(),
        "rate_per_bit_day": rate if rate is not None else REFERENCE_RATE_PER_BIT_DAY,
        "equivalent_days_at_rate": exposure.days() if rate is None else exposure.days(rate),
    }


def _outcome(trials: pa.Table, outcome: str) -> dict[str, Any]:
    """Return count and share of inferences, with the interval of independent ones and that over trials."""
    count, n = (int(trials[name].to_numpy().sum()) for name in (outcome, "n_images"))
    over_trials = mean_interval(shares(trials, outcome))
    return {
        "count": count,
        "share": count / n,
        "wilson95": _bounds(wilson_interval(count, n)),
        "over_trials95": [max(0.0, over_trials.low), min(1.0, over_trials.high)],
    }


def _speeds(speeds: Mapping[str, Mapping[str, float]], power_w: float) -> dict[str, Any]:
    """Return speed-ups, times and energies; nan where the network takes no such batch."""
    found: dict[str, Any] = {}
    for batch in ("batch1", "batch16"):
        speed = speeds.get(batch, {})
        found[f"speedup_{batch}"] = speed.get("speedup", math.nan)
        found[f"speedup_{batch}_quartiles"] = [
            speed.get("speedup_low", math.nan),
            speed.get("speedup_high", math.nan),
        ]
        found[f"time_{batch}_s"] = speed.get("time_s", math.nan)
        found[f"energy_{batch}_j"] = power_w * speed.get("time_s", math.nan)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """Trials of one stratum and the number of its bits."""

    key: tuple[str, str, str]
    rows: pa.Table
    n_bits: int


def _single_bits(trials: pa.Table, n_bits_of_image: int) -> dict[str, Any]:
    strata = _strata(trials)
    whole = _shares(strata, n_bits_of_image)
    harm = sum(_harm(stratum) for stratum in strata)
    layers: dict[tuple[str, ...], list[_Drawn]] = {}
    for stratum in strata:
        layers.setdefault(stratum.key[:2], []).append(stratum)
    return {
        "n_trials": trials.num_rows,
        "n_bits": n_bits_of_image,
        **whole,
        "layers": [_group(key, found, harm) for key, found in layers.items()],
        "strata": [_group(stratum.key, [stratum], harm) for stratum in strata],
    }


def _strata(trials: pa.Table) -> list[_Drawn]:
    names = ("layer", "content", "bit_class")
    keys = dict.fromkeys(zip(*(trials[name].to_pylist() for name in names), strict=True))
    chosen = [(key, _where(trials, **dict(zip(names, key, strict=True)))) for key in keys]
    return [_Drawn(key=key, rows=rows, n_bits=int(rows["stratum_bits"][0].as_py())) for key, rows in chosen]


def _group(key: tuple[str, ...], strata: Sequence[_Drawn], all_harm: float) -> dict[str, Any]:
    """Return what is known of one stratum, or of the strata of a layer together."""
    n_bits = sum(stratum.n_bits for stratum in strata)
    harm = sum(_harm(stratum) for stratum in strata)
    return {
        **dict(zip(("layer", "content", "bit_class"), key, strict=False)),
        "n_bits": n_bits,
        "n_trials": sum(stratum.rows.num_rows for stratum in strata),
        **_shares(strata, n_bits),
        "share_of_silent": harm / all_harm if all_harm else 0.0,
    }


def _shares(strata: Sequence[_Drawn], n_bits: int) -> dict[str, Any]:
    """Return shares of inferences and of bits, each bit as likely to flip as any other."""
    sizes = [stratum.n_bits for stratum in strata]
    silent = stratified_share([shares(stratum.rows, "silent") for stratum in strata], sizes, n_bits, _CONFIDENCE)
    bad = stratified_share([_is_bad(stratum.rows) for stratum in strata], sizes, n_bits, _CONFIDENCE)
    return {
        "silent_per_flip": silent.share,
        "silent_per_flip95": _within_0_and_1(silent),
        "bad_bits_share": bad.share,
        "bad_bits_share95": _within_0_and_1(bad),
        "error_margin": silent.largest_half_width,
    }


def _within_0_and_1(found: StratifiedShare) -> list[float]:
    return [max(0.0, found.share - found.half_width), min(1.0, found.share + found.half_width)]


def _harm(stratum: _Drawn) -> float:
    """Return the silent corruptions that one flip of every bit of a stratum would cause, per inference."""
    return stratum.n_bits * float(shares(stratum.rows, "silent").mean())


def _is_bad(rows: pa.Table) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(rows["drop_points"].to_numpy() > BAD_POINTS, dtype=np.float64)


def _bounds(interval: Interval) -> list[float]:
    return [interval.low, interval.high]


def _where(table: pa.Table, **values: str) -> pa.Table:
    for name, value in values.items():
        table = table.filter(pc.equal(table[name].cast(pa.string()), value))
    return table
