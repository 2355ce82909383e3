"""Everything that the upsets of `sunwise upsets` depend on, from its arguments."""

from __future__ import annotations

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
from scenarios.cli.sky_source import SkySource, chosen_satellites, propagated_satellites, sky_source
from scenarios.config.radiation import Radiation
from scenarios.onboard_memory import OnboardMemory
from scenarios.radiation_setup import environment_of, memory_of, needs_environment, rates_of
from scenarios.radiation_tracks import radiation_tracks

_GONE_AFTER_DECAYS: Final = 10.0
"""By then less than 1e-4 of an event is to come."""


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
    if options.device is None:
        _tell_of_other_memories(source)
    return UpsetCase(
        file=file,
        source=source,
        section=section,
        memory=memory,
        environment=environment,
        rates=rates_of(section, memory, environment, seed=seed),
        satellites=propagated_satellites(source, chosen_satellites(source.positions.names, satellites)),
        seed=seed,
    )


def _tell_of_other_memories(source: SkySource) -> None:
    """Say that groups of a fleet have other memories than the one that is looked at."""
    fleet = None if source.scenario is None else source.scenario.fleet
    names = [group.name for group in (() if fleet is None else fleet.groups) if group.radiation is not None]
    if names:
        told = "every satellite is taken with the same memory, as `sunwise run` does not"
        note(f"{told}; for that of group {', '.join(names)} give --device and --satellites")


def _tell_of_events_outside(source: SkySource, environment: Environment) -> None:
    """Say which solar events bring nothing to the span, most likely by a mistaken date."""
    for event in environment.solar_events:
        is_over = event.start_s + event.rise_s + _GONE_AFTER_DECAYS * event.decay_s < source.start_s
        if is_over or event.start_s >= source.end_s:
            start_utc = source.positions.epoch.utc_text(event.start_s)
            note(f"the solar event of {start_utc} is {'over before' if is_over else 'later than'} the span: no upsets")
