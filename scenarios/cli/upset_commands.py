"""`upsets`: what particles do to a device on board of satellites."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from radiation.memory_protection import Unprotected
from radiation.populations import POPULATIONS
from radiation.upsets import Effect
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of
from scenarios.cli.radiation_tables import percent, upsets_table
from scenarios.cli.upset_case import UpsetCase
from scenarios.upset_survey import UpsetSurvey, survey_track
from scenarios.upset_table import upset_columns
from simulator.results.event_tables import UPSETS
from simulator.results.writer import TableWriter

_DAY_S: Final = 86_400.0
_QUIET_S: Final = 2.0
"""A command that takes no longer shows no progress."""


def upsets(case: UpsetCase, output: Path, figures: Path | None, *, as_json: bool) -> None:
    """Draw the upsets, write them as a table, and print what was expected and what came."""
    survey, left = _write_upsets(case, output)
    note(f"wrote {output}: {survey.n_events.sum():,} events")
    if figures is not None:
        from scenarios.cli.upset_figures import draw_upsets

        for path in draw_upsets(case, output, int(survey.n_events.sum()), figures):
            note(f"wrote {path}")
    if as_json:
        print_json(_document(case, survey, left, output))
    else:
        _print(case, survey, left)


def _write_upsets(case: UpsetCase, output: Path) -> tuple[UpsetSurvey, Counter[str]]:
    """Draw and write the upsets track by track; an interrupted command leaves no file."""
    survey: UpsetSurvey | None = None
    left: Counter[str] = Counter()
    output.parent.mkdir(parents=True, exist_ok=True)
    schema = UPSETS.with_metadata({**UPSETS.metadata, **_provenance(case)})
    with TableWriter(output, schema) as table, progress_of("upsets", quiet_s=_QUIET_S) as progress:
        for track in case.tracks():
            found, part = survey_track(case.rates, track, case.environment, root_seed=case.seed)
            residual = case.memory.residual_of(found, case.source.end_s)
            table.append_columns(
                upset_columns(found, residual, case.source.positions.names, start_s=case.source.start_s)
            )
            left.update(asdict(residual.counts()))
            survey = part if survey is None else survey.plus(part)
            progress(survey.n_sats / len(case.satellites))
    assert survey is not None, "a case has a satellite"
    return survey, left


def _provenance(case: UpsetCase) -> dict[str, str]:
    """Return what a file says of where its events come from."""
    return {
        "start_utc": case.start_utc,
        "span_s": f"{case.span_s:g}",
        "device": case.memory.device.name,
        "environment": case.environment.describe(),
        "seed": str(case.seed),
        "n_sats": str(len(case.satellites)),
        **_memory_size(case),
    }


def _memory_size(case: UpsetCase) -> dict[str, str]:
    memory = case.memory.device.memory
    return {} if memory is None else {"memory_bits": str(memory.n_bits), "word_bits": str(memory.word_bits)}


def _rate_per_bit_day(case: UpsetCase, survey: UpsetSurvey) -> float:
    """Return the expected flips of cells per bit and day; nan for a device without cells."""
    memory = case.memory.device.memory
    if memory is None or Effect.CELLS not in survey.effects:
        return np.nan
    bits = survey.expected_bits[survey.effects.index(Effect.CELLS)].sum()
    return float(bits) / memory.n_bits / survey.n_sats / (survey.span_s / _DAY_S)


def _document(case: UpsetCase, survey: UpsetSurvey, left: Counter[str], output: Path) -> dict[str, Any]:
    """Return what `--json` prints."""
    device = case.memory.device
    return {
        "populations": {
            population.name.lower(): _numbers(survey, (slice(None), i_population))
            for i_population, population in enumerate(POPULATIONS)
        },
        "effects": {
            effect.name.lower(): _numbers(survey, (i_effect, slice(None)))
            for i_effect, effect in enumerate(survey.effects)
        },
        "total": _numbers(survey, (slice(None), slice(None))),
        "share_of_time_in_anomaly": survey.share_of_time_in_anomaly,
        "rate_per_bit_day": _rate_per_bit_day(case, survey),
        "n_sats": survey.n_sats,
        "start_utc": case.start_utc,
        "span_s": survey.span_s,
        "seed": case.seed,
        "device": {
            "name": device.name,
            "evidence": device.evidence.value,
            "source": device.source,
            "notes": list(device.notes),
            "n_bits": device.memory.n_bits if device.memory else 0,
            "shielding_g_cm2": case.section.shielding_g_cm2,
        },
        "environment": case.environment.describe(),
        "systematic_factors": case.systematic_factors,
        "warnings": list(device.warnings()),
        "protection": {"code": case.memory.protection.code.name, **left},
        "file": str(output),
    }


def _numbers(survey: UpsetSurvey, cells: tuple[int | slice, int | slice]) -> dict[str, float]:
    expected = float(survey.expected_events[cells].sum())
    inside = float(survey.expected_events_in_anomaly[cells].sum())
    return {
        "expected_events": expected,
        "events": int(survey.n_events[cells].sum()),
        "bits": int(survey.n_bits[cells].sum()),
        "expected_bits": float(survey.expected_bits[cells].sum()),
        "share_in_anomaly": inside / expected if expected > 0.0 else np.nan,
    }


def _print(case: UpsetCase, survey: UpsetSurvey, left: Counter[str]) -> None:
    """Print the table, and below it what to know about it."""
    device, n_sats = case.memory.device, survey.n_sats
    fleet = f"{n_sats:,} satellite{'s' if n_sats > 1 else ''}"
    title = (
        f"upsets of {device.name} on {fleet} in {survey.span_s / _DAY_S:g} d from {case.start_utc}, seed {case.seed}"
    )
    result_console().print(upsets_table(title, survey))
    rate, share = _rate_per_bit_day(case, survey), percent(survey.share_of_time_in_anomaly)
    lines = [
        f"In the anomaly (AP-8 > 1 per cm2 and s above 30 MeV): {share} of the time." if share != "-" else "",
        f"Rate: {rate:.3g} per bit and day." if np.isfinite(rate) else "",
        f"Environment: {case.environment.describe()}; {case.section.shielding_g_cm2:g} g/cm2 of aluminium.",
        _factors_text(case),
        f"Device: {device.evidence.value}; {device.source}.",
        *(f"Note: {text}." for text in device.notes),
        *(f"Warning: {text}." for text in device.warnings()),
        _protection_text(case, left),
    ]
    print("\n".join(line for line in lines if line))


def _factors_text(case: UpsetCase) -> str:
    factors = ", ".join(f"{name.replace('_', ' ')} {factor:.2f}" for name, factor in case.systematic_factors.items())
    return f"Error of the models, drawn once: rates times {factors}." if factors else ""


def _protection_text(case: UpsetCase, left: Counter[str]) -> str:
    protection = case.memory.protection
    if isinstance(protection.code, Unprotected) and protection.reload is None:
        return ""
    words = ", ".join(f"{left[name]:,} {name}" for name in ("silent", "miscorrected", "detected", "corrected"))
    return (
        f"Left over behind {protection.code.name}: words {words} ({left['accumulated']:,} by upsets that met); "
        f"{left['passed_through']:,} events passed through."
    )
