"""Options of `upsets` become the keys of a scenario's section `radiation`."""

from __future__ import annotations

import pytest

from scenarios.cli.exit_codes import CommandError
from scenarios.cli.radiation_options import RadiationOptions, radiation_section, solar_phase_of
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-03-15T00:00:00Z")


def keys(**options: object) -> dict:
    section = radiation_section(RadiationOptions(device="virtex-xqvr", **options), None, EPOCH)  # type: ignore[arg-type]
    return section.model_dump(exclude_unset=True, exclude={"device"})


def test_nothing_given_is_nothing_changed() -> None:
    assert keys() == {}


def test_every_option_has_its_key() -> None:
    given = keys(shielding_g_cm2=2.0, phase="max", modulation=50.0, step_s=30.0, systematic=True)
    expected = {"shielding_g_cm2": 2.0, "solar_phase": 1.0, "modulation": 50.0, "step_s": 30.0, "systematic": True}
    assert given == expected


@pytest.mark.parametrize(
    ("text", "mib"), [("536870912", 64.0), ("64MiB", 64.0), ("512 KiB", 0.5), ("1.5GiB", 1536.0), ("1048576", 0.125)]
)
def test_sizes_are_bits_or_bytes_with_a_unit(text: str, mib: float) -> None:
    assert keys(bits=text) == {"memory_mib": mib}


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("2026-03-15T01:00:00Z", {"start_s": 3600.0, "spectrum": {"kind": "king-1972"}}),
        (
            "2026-03-14T23:00:00Z, scale=0.1, rise=2h, decay=1d, cutoff=0.8",
            {
                "start_s": -3600.0, "rise_s": 7200.0, "decay_s": 86_400.0, "cutoff_factor": 0.8,
                "spectrum": {"kind": "king-1972", "scale": 0.1},
            },
        ),
        (
            "2026-03-15T00:00:00Z,scale-gv=0.08,fluence-cm2=1e10",
            {"start_s": 0.0, "spectrum": {"kind": "exponential", "total_per_cm2": 1e10, "scale_gv": 0.08}},
        ),
    ],
)  # fmt: skip
def test_solar_events_count_from_the_epoch(text: str, event: dict) -> None:
    (found,) = keys(solar_events=(text,))["solar_events"]
    assert found.pop("start_s") == pytest.approx(event.pop("start_s"), abs=1e-4)  # a day's fraction in float64
    assert found == event


@pytest.mark.parametrize(
    ("text", "protection"),
    [
        ("tmr", {"code": "tmr"}),
        ("secded,scrub=10min", {"code": "secded", "scrubbing": {"period_s": 600.0}}),
        (
            "parity, scrub=1h, sweep=5min, reload-detected",
            {"code": "parity", "scrubbing": {"period_s": 3600.0, "duration_s": 300.0}, "reloads_detected": True},
        ),
        ("none,reload=1d", {"code": "none", "reload": {"period_s": 86_400.0}}),
    ],
)
def test_protections_are_a_code_and_its_sweeps(text: str, protection: dict) -> None:
    assert keys(protect=text) == {"protection": protection}


def test_phases_are_words_or_numbers() -> None:
    assert [solar_phase_of(text) for text in ("min", "max", "0.25")] == [0.0, 1.0, 0.25]
    with pytest.raises(CommandError, match="write min, max, or a number"):
        solar_phase_of("solar")
