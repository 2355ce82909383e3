"""What a person asks of a campaign: what flips bits, under which protections, how often."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from onboard_models.campaign.clusters import ClusteredFlips, Geometry
from onboard_models.campaign.memory_slices import MemoryUpsets
from onboard_models.campaign.plans import FlipNumber, Plan, UniformFlips, UpsetsOverDays
from onboard_models.campaign.strata import SingleBits
from scenarios.campaigns.source import Source
from scenarios.campaigns.upset_file_error import UpsetFileError
from scenarios.config.hardware import Mode
from simulator.results import file_sha256

MIXTURE: Final = "mixture"
_METADATA: Final = ("memory_bits", "word_bits", "n_sats")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipOptions:
    """What flips bits.

    Attributes
    ----------
    n_flips : flipped bits, a condition each
    n_trials : of each condition and protection
    is_equal_rate : whether larger images are hit in proportion to their size, at an equal bit error rate
    event_bits : of every event; `MIXTURE` for events as RedNet's emulator mixes them; None for single bits anywhere
    geometry : of events of several bits
    rate_per_bit_day, days : upsets at this rate for so long, instead of a number of flips; `days` None for a number
    upsets : a table of `sunwise upsets`, instead of a number of flips
    margin : of the campaign that flips bits one by one, layer by layer; None for none
    seed : of everything that is drawn
    """

    n_flips: tuple[int, ...] = (100,)
    n_trials: int = 200
    is_equal_rate: bool = True
    event_bits: int | str | None = None
    geometry: Geometry = field(default_factory=Geometry)
    rate_per_bit_day: float | None = None
    days: float | None = None
    upsets: Path | None = None
    margin: float | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One way of flipping bits, in all trials of all protections."""

    name: str
    plan: Plan
    table: str  # that its trials go to: "trials" or "single_bits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A campaign.

    Attributes
    ----------
    source : network and images
    protections : names, in the order of tables
    options : FlipOptions
    mode : of the processor whose power makes times energies; no table depends on it
    """

    source: Source
    protections: tuple[str, ...]
    options: FlipOptions
    mode: Mode = field(default_factory=lambda: Mode(name="full"))

    def conditions(self, reference_bits: int) -> tuple[Condition, ...]:
        """Return what flips bits, where `reference_bits` is the size of the image without protection.

        Raises
        ------
        UpsetFileError
            If a table of upsets cannot be used.
        """
        several = [
            Condition(name=name, plan=plan, table="trials") for name, plan in _plans(self.options, reference_bits)
        ]
        if self.options.margin is None:
            return tuple(several)
        plan = SingleBits(error_margin=self.options.margin, seed=self.options.seed)
        return (*several, Condition(name="single bits", plan=plan, table="single_bits"))

    def text(self) -> str:
        """Return all that is asked, in words that differ if what is asked differs; files by their content."""
        upsets = self.options.upsets
        content = "" if upsets is None else file_sha256(upsets)
        return f"{_text((self.protections, self.options))}, upsets {content}, {self.source.n_images} images"


def _text(value: Any) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        return ", ".join(f"{f.name}={_text(getattr(value, f.name))}" for f in fields(value) if f.name != "upsets")
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))})"
    return str(value.value) if isinstance(value, Enum) else repr(value)


def _plans(options: FlipOptions, reference_bits: int) -> list[tuple[str, Plan]]:
    if options.upsets is not None:
        return [(f"upsets of {options.upsets.name}", _memory_upsets(options.upsets, options))]
    if options.days is not None:
        rate = options.rate_per_bit_day
        assert rate is not None, "options were checked"
        name = f"{options.days:g} days at {rate:g} per bit and day"
        plan = UpsetsOverDays(rate_per_bit_day=rate, days=options.days, n_trials=options.n_trials, seed=options.seed)
        return [(name, plan)]
    return [_flips(n_flips, options, reference_bits) for n_flips in options.n_flips]


def _flips(n_flips: int, options: FlipOptions, reference_bits: int) -> tuple[str, Plan]:
    number = FlipNumber(n_flips=n_flips, reference_bits=reference_bits if options.is_equal_rate else None)
    if options.event_bits is None:
        return f"{n_flips} flips", UniformFlips(number=number, n_trials=options.n_trials, seed=options.seed)
    is_mixture = options.event_bits == MIXTURE
    plan = ClusteredFlips(
        number=number,
        geometry=options.geometry,
        event_bits=None if is_mixture else int(options.event_bits),
        n_trials=options.n_trials,
        seed=options.seed,
    )
    return f"{n_flips} flips in {'a mixture of events' if is_mixture else f'events of {options.event_bits}'}", plan


def _memory_upsets(path: Path, options: FlipOptions) -> MemoryUpsets:
    """Return what a table of `sunwise upsets` says of its memories."""
    try:
        table = pq.read_table(path, columns=["satellite", "words", "masks"])
        told = {name: int(table.schema.metadata[name.encode()]) for name in _METADATA}
    except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
        reason = re.sub(r"\s+", " ", str(error))
        raise UpsetFileError(
            f"{path}: no table of upsets of a memory ({reason}); write one with sunwise upsets"
        ) from error
    words, masks = table["words"].combine_chunks(), table["masks"].combine_chunks()
    n_words = words.value_lengths().to_numpy(zero_copy_only=False)
    _, satellite = np.unique(table["satellite"].to_numpy(), return_inverse=True)  # those without events come last
    return MemoryUpsets(
        satellite=np.repeat(satellite.astype(np.int64), n_words),
        word=words.flatten().to_numpy().astype(np.int64),
        mask=masks.flatten().to_numpy().astype(np.uint64),
        n_satellites=told["n_sats"],
        memory_bytes=told["memory_bits"] // 8,
        word_bits=told["word_bits"],
        n_trials=options.n_trials,
        seed=options.seed,
    )
