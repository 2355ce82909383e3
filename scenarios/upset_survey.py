"""Upsets of the satellites of a fleet over a span: drawn, counted and held beside what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiation.environment import Environment, is_in_anomaly
from radiation.environment.places import HIGHEST_KM, LOWEST_KM, OBLATENESS_KM
from radiation.populations import POPULATIONS
from radiation.upsets import DeviceRates, Effect, Track, UpsetList, expected_upsets, sample_upsets
from radiation.upsets.event_times import cumulative_rate

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsetSurvey:
    """Upsets of some satellites over a span, and their expectation.

    Attributes
    ----------
    effects : order of the first axis below; populations are in the order of `POPULATIONS`
    expected_events, expected_bits : (n_effects, n_populations), over all satellites and the whole span
    expected_events_in_anomaly : (n_effects, n_populations), of them where AP-8 exceeds 1 proton per cm2 and s above
        30 MeV; nan where a satellite of constant rates leaves the tables
    n_events, n_bits : (n_effects, n_populations), drawn
    n_sats : satellites
    span_s : length of the span
    in_anomaly_s : time in the anomaly, summed over satellites; nan as above
    """

    effects: tuple[Effect, ...]
    expected_events: Floats
    expected_bits: Floats
    expected_events_in_anomaly: Floats
    n_events: Counts
    n_bits: Counts
    n_sats: int
    span_s: float
    in_anomaly_s: float

    @property
    def share_of_time_in_anomaly(self) -> float:
        """Share of the time of all satellites."""
        return self.in_anomaly_s / (self.n_sats * self.span_s)

    def plus(self, other: UpsetSurvey) -> UpsetSurvey:
        """Return the survey of both, which share the span and no satellite; devices may differ."""
        effects = tuple(sorted({*self.effects, *other.effects}))

        def total(name: str) -> NDArray[Any]:
            one, two = (_in_rows_of(effects, part.effects, getattr(part, name)) for part in (self, other))
            joined: NDArray[Any] = one + two
            return joined

        return UpsetSurvey(
            effects=effects,
            expected_events=total("expected_events"),
            expected_bits=total("expected_bits"),
            expected_events_in_anomaly=total("expected_events_in_anomaly"),
            n_events=total("n_events"),
            n_bits=total("n_bits"),
            n_sats=self.n_sats + other.n_sats,
            span_s=self.span_s,
            in_anomaly_s=self.in_anomaly_s + other.in_anomaly_s,
        )


def _in_rows_of(effects: tuple[Effect, ...], own: tuple[Effect, ...], values: NDArray[Any]) -> NDArray[Any]:
    """Return an array over a device's own effects as one over more effects, with zeros for those it does not know."""
    spread = np.zeros((len(effects), *values.shape[1:]), dtype=values.dtype)
    spread[[effects.index(effect) for effect in own]] = values
    return spread


def survey_track(
    rates: DeviceRates, track: Track, environment: Environment, *, root_seed: int, replication: int = 0
) -> tuple[UpsetList, UpsetSurvey]:
    """Return the upsets of the satellites of one track, and their survey.

    Raises
    ------
    ValueError
        If rates depend on the place and a satellite leaves 300 to 2,000 km.
    """
    along = rates.along(track)
    expected = expected_upsets(rates.device, track.t_s, along)
    upsets = sample_upsets(rates.device, track, along, root_seed=root_seed, replication=replication)
    n_events, n_bits = _counts(upsets, expected.effects)
    in_anomaly, in_anomaly_s = np.full(n_events.shape, np.nan), np.nan
    is_inside = anomaly_along(environment, track)
    if is_inside is not None:
        in_anomaly = expected_upsets(rates.device, track.t_s, along, where=is_inside).events.sum(axis=-1)
        in_anomaly_s = float(cumulative_rate(track.t_s, is_inside)[:, -1].sum())
    survey = UpsetSurvey(
        effects=expected.effects,
        expected_events=expected.events.sum(axis=-1),
        expected_bits=expected.bits.sum(axis=-1),
        expected_events_in_anomaly=in_anomaly,
        n_events=n_events,
        n_bits=n_bits,
        n_sats=track.satellite.size,
        span_s=float(track.t_s[-1] - track.t_s[0]),
        in_anomaly_s=in_anomaly_s,
    )
    return upsets, survey


def anomaly_along(environment: Environment, track: Track) -> NDArray[np.bool_] | None:
    """Return where satellites are in the South Atlantic Anomaly, (n_sats, n_times); None outside the tables."""
    altitude_km = 1e-3 * track.altitude_m
    if altitude_km.min() < LOWEST_KM or altitude_km.max() > HIGHEST_KM + OBLATENESS_KM:
        return None
    return is_in_anomaly(environment, track.t_s, track.latitude_rad, track.longitude_rad, track.altitude_m)


def _counts(upsets: UpsetList, effects: tuple[Effect, ...]) -> tuple[Counts, Counts]:
    """Return events and bits by effect and population, each (n_effects, n_populations)."""
    places = {int(effect): row for row, effect in enumerate(effects)}
    row = np.array([places[effect] for effect in upsets.effect.tolist()], dtype=np.int64)
    cell = row * len(POPULATIONS) + np.searchsorted(np.array(POPULATIONS), upsets.population)
    shape, n_cells = (len(effects), len(POPULATIONS)), len(effects) * len(POPULATIONS)
    bits = np.bincount(cell, weights=upsets.bits_per_event(), minlength=n_cells).astype(np.int64)
    return np.bincount(cell, minlength=n_cells).reshape(shape), bits.reshape(shape)
