"""Everything that the upsets of `sunwise upsets` depend on, from its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from radiation.environment import Environment
from radiation.populations import POPULATIONS
from radiation.upsets import DeviceRates, Track, systematic_factors
from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note
from scenarios.cli.radiation_options import RadiationOptions, radiation_section
from scenarios.cli.sky_source import SkySource, sky_source
from scenarios.config.radiation import Radiation
from scenarios.onboard_memory import OnboardMemory
from scenarios.radiation_setup import environment_of, memory_of, needs_environment, rates_of
from scenarios.radiation_tracks import radiation_tracks

_GONE_AFTER_DECAYS: Final = 10.0
"""By then less than 1e-4 of an event is to come."""
_RANGE: Final = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsetCase:
    """Satellites over a span and what is on board; `satellites` are indices in `source.positions`."""

    file: str
    source: SkySource
    section: Radiation
    memory: OnboardMemory
    environment: Environment
    rates: DeviceRates
    satellites: tuple[int, ...]
    seed: int

    @property
    def systematic_factors(self) -> dict[str, float]:
        """Factors on the rates that stand for the error of the models, by population; none if they were not drawn."""
        if not self.section.systematic:
            return {}
        factors = systematic_factors(self.seed).tolist()
        return {population.name.lower(): factor for population, factor in zip(POPULATIONS, factors, strict=True)}

    @property
    def start_utc(self) -> str:
        """Start of the span."""
        return self.source.positions.epoch.utc_text(self.source.start_s)

    @property
    def span_s(self) -> float:
        """Length of the span."""
        return self.source.end_s - self.source.start_s

    def tracks(self) -> Iterator[Track]:
        """Give the tracks, some satellites at a time.

        Raises
        ------
        CommandError
            If a satellite leaves the tables where rates depend on the place.
        """
        try:
            yield from radiation_tracks(
                self.source.positions,
                start_s=self.source.start_s,
                end_s=self.source.end_s,
                step_s=self.section.step_s,
                satellites=self.satellites,
                needs_environment=needs_environment(self.memory),
            )
        except ValueError as error:
            raise CommandError(f"{self.file}: {error}", ExitCode.INPUT_REFUSED) from error


def upset_case(
    file: str,
    *,
    start: str | None,
    duration: str,
    satellites: str | None,
    seed: int | None,
    options: RadiationOptions,
) -> UpsetCase:
    """Read the file and the options.

    Raises
    ------
    CommandError, ScenarioError, OrbitFileError
        If the file or an option cannot be read, or device, size and protection do not go together.
    """
    source = sky_source(file, start, duration)
    section = radiation_section(options, source.scenario, source.positions.epoch)
    seed = source.seed if seed is None else seed
    try:
        memory = memory_of(section, Path())
        environment = environment_of(section, source.positions.epoch)
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    _tell_of_events_outside(source, environment)
    return UpsetCase(
        file=file,
        source=source,
        section=section,
        memory=memory,
        environment=environment,
        rates=rates_of(section, memory, environment, seed=seed),
        satellites=_propagated(source, chosen_satellites(source.positions.names, satellites)),
        seed=seed,
    )


def _tell_of_events_outside(source: SkySource, environment: Environment) -> None:
    """Say which solar events bring nothing to the span, most likely by a mistaken date."""
    for event in environment.solar_events:
        is_over = event.start_s + event.rise_s + _GONE_AFTER_DECAYS * event.decay_s < source.start_s
        if is_over or event.start_s >= source.end_s:
            start_utc = source.positions.epoch.utc_text(event.start_s)
            note(f"the solar event of {start_utc} is {'over before' if is_over else 'later than'} the span: no upsets")


def chosen_satellites(names: tuple[str, ...], text: str | None) -> tuple[int, ...]:
    """Return the indices that `--satellites` names, in ascending order; all without it.

    Raises
    ------
    CommandError
        If an entry is neither a name, nor an index, nor a range of them.
    """
    if text is None:
        return tuple(range(len(names)))
    chosen: set[int] = set()
    for entry in (part.strip() for part in text.split(",")):
        if entry in names:
            chosen.add(names.index(entry))
            continue
        match = _RANGE.fullmatch(entry)
        first, last = (int(match.group(1)), int(match.group(2) or match.group(1))) if match else (0, -1)
        if not first <= last < len(names):
            message = (
                f"--satellites {text}: {entry!r} is no satellite; write names such as {names[0]}, or numbers from 0 "
            )
            raise CommandError(f"{message}to {len(names) - 1}, for example 0-{len(names) - 1}", ExitCode.USAGE)
        chosen.update(range(first, last + 1))
    return tuple(sorted(chosen))


def _propagated(source: SkySource, satellites: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out, with a note, satellites that cannot be propagated over the span."""
    find_failures = getattr(source.positions, "failures", None)
    failures = find_failures(source.start_s, source.end_s) if find_failures is not None else ()
    failed = {failure.i_sat for failure in failures}
    for failure in failures:
        if failure.i_sat in satellites:
            after_s = failure.t_s - source.start_s
            note(f"{failure.name}: left out: no position from {after_s:.0f} s on: {failure.reason}")
    kept = tuple(i_sat for i_sat in satellites if i_sat not in failed)
    if not kept:
        raise CommandError("no satellite has a position over the whole span; shorten it", ExitCode.INPUT_REFUSED)
    return kept
