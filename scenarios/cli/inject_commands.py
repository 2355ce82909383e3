"""`inject`: what flipped bits do to a network, and what protections make of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from onboard_models.campaign.clusters import Geometry
from onboard_models.campaign.exposure import REFERENCE_RATE_PER_BIT_DAY
from scenarios.campaigns.execution import Campaign, run_campaign
from scenarios.campaigns.request import MIXTURE, FlipOptions, Request
from scenarios.campaigns.source import load, source_of
from scenarios.campaigns.subjects import check_protection
from scenarios.campaigns.summary import single_bit_summary, summary_rows
from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of
from scenarios.config.hardware import Mode

if TYPE_CHECKING:
    from scenarios.campaigns.board import Board

_MOST_EVENT_BITS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectOptions:
    """The options of `inject` as they were typed."""

    model: str
    dataset: Path | None
    dtype: str | None
    n_images: int
    flips: str
    n_trials: int
    protection: str
    equal: str
    mcu: str
    same_byte: float
    mapping: str
    bit_index: int | None
    is_paged: bool
    rate: float | None
    days: float | None
    scenario: str | None
    upsets: Path | None
    is_per_layer: bool
    margin: float
    seed: int
    n_workers: int
    output: Path
    figures: Path | None
    as_json: bool


def inject(options: InjectOptions) -> None:
    """Run a campaign, print and draw what came of it."""
    try:
        request = _request(options)
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    network = load(request.source)
    note(f"{network.name}: {len(network.images.x)} images, {network.images.preprocessing}")
    with progress_of(f"inject {network.name}") as progress:
        campaign = run_campaign(request, folder=options.output, n_workers=options.n_workers, progress=progress)
    note(f"{'found' if campaign.was_reused else 'wrote'} {campaign.folder.path}")
    if options.figures is not None:
        from scenarios.cli.inject_figures import draw_campaign

        for path in draw_campaign(campaign, options.figures):
            note(f"wrote {path}")
    if options.as_json:
        print_json(_document(campaign))
    else:
        _print(campaign)


def _request(options: InjectOptions) -> Request:
    """Return what was asked.

    Raises
    ------
    ValueError
        If options do not go together or are none.
    """
    _check_together(options)
    board = None if options.scenario is None else _board(options.scenario)
    rate = options.rate if board is None else board.rate_per_bit_day
    if options.days is not None and rate is None:
        raise ValueError(
            "--days needs --rate, upsets per bit and day, such as --rate 4.76e-7, or a --scenario with them"
        )
    geometry = Geometry(
        mapping=options.mapping,
        same_byte_share=options.same_byte,
        bit_index=options.bit_index,
        is_paged=options.is_paged,
    )
    flips = FlipOptions(
        n_flips=_numbers(options.flips),
        n_trials=options.n_trials,
        is_equal_rate=_choice("--equal", options.equal, ("ber", "flips")) == "ber",
        event_bits=_event_bits(options.mcu),
        geometry=geometry,
        rate_per_bit_day=rate,
        days=options.days,
        upsets=options.upsets,
        margin=options.margin if options.is_per_layer else None,
        seed=options.seed,
    )
    dtype = None if options.dtype is None else _choice("--dtype", options.dtype, ("float32", "int8"))
    return Request(
        source=source_of(options.model, dataset=options.dataset, dtype=dtype, n_images=options.n_images),
        protections=_protections(options.protection),
        options=flips,
        mode=Mode(name="full") if board is None else board.mode,
    )


def _board(scenario: str) -> Board:
    """Return the board of a scenario; what knows orbits is imported only then."""
    from scenarios.campaigns.board import board_of
    from scenarios.config import load_scenario

    return board_of(load_scenario(scenario))


def _check_together(options: InjectOptions) -> None:
    if options.scenario is not None and options.rate is not None:
        raise ValueError("--scenario says how often bits flip; leave --rate out")
    if options.upsets is not None and (options.days is not None or options.mcu != "none"):
        raise ValueError("--upsets says itself what flips; leave --days and --mcu out")
    if options.days is not None and options.mcu != "none":
        raise ValueError("--days draws single upsets; leave --mcu out, or give --flips instead")
    if options.mcu == "none" and (options.same_byte or options.is_paged or options.bit_index is not None):
        raise ValueError("--same-byte, --bit-index and --paged are about events of several bits; give --mcu mixture")
    if options.rate is not None and not options.rate > 0.0:
        raise ValueError(f"--rate {options.rate}: give upsets per bit and day above 0")


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"--flips {text!r}: write whole numbers such as 100 or 20,100,500") from error
    if min(numbers) < 1 or len(set(numbers)) < len(numbers):
        raise ValueError(f"--flips {text!r}: each is 1 or more and given once")
    return numbers


def _protections(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if not all(names) or len(set(names)) < len(names):
        raise ValueError(f"--protection {text!r}: write names such as none,rednet, each once")
    for name in names:
        check_protection(name)
    return names


def _event_bits(text: str) -> int | str | None:
    if text in ("none", MIXTURE):
        return None if text == "none" else MIXTURE
    if text.isdecimal() and 1 <= int(text) <= _MOST_EVENT_BITS:
        return int(text)
    raise ValueError(f"--mcu {text!r}: write none, {MIXTURE}, or the bits of every event, 1 to {_MOST_EVENT_BITS}")


def _choice(option: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise ValueError(f"{option} {text!r}: write {' or '.join(allowed)}")
    return text


def _document(campaign: Campaign) -> dict[str, Any]:
    """Return what `--json` prints."""
    request = campaign.request
    network = load(request.source)
    return {
        "model": network.name,
        "n_images": len(network.images.x),
        "preprocessing": network.images.preprocessing,
        "equal": "ber" if request.options.is_equal_rate else "flips",
        "seed": request.options.seed,
        "reference_rate_per_bit_day": REFERENCE_RATE_PER_BIT_DAY,
        "processor_mode": request.mode.name,
        "power_w": request.mode.power_w,
        "rows": summary_rows(campaign),
        "single_bits": single_bit_summary(campaign),
        "folder": str(campaign.folder.path),
    }


def _print(campaign: Campaign) -> None:
    """Print tables."""
    from scenarios.cli.inject_tables import cost_table, drop_table, exposure_table, layer_table, outcome_table

    console = result_console()
    rows = summary_rows(campaign)
    for condition in dict.fromkeys(row["condition"] for row in rows):
        own = [row for row in rows if row["condition"] == condition]
        for table in (drop_table, outcome_table, exposure_table):
            console.print(table(condition, own))
    first = [row for row in rows if row["condition"] == rows[0]["condition"]]
    console.print(cost_table(first, campaign.request.mode))
    found = single_bit_summary(campaign)
    if found is not None:
        for protection, one in found["protections"].items():
            console.print(layer_table(protection, one, margin=found["error_margin_per_stratum"]))
