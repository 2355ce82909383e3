"""What a person should be told of a scenario that runs, but hardly as it is meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import numpy as np

from scenarios.config.satellites import FileSatellites
from scenarios.config.scenario import Scenario
from simulator.engine.world import World
from simulator.orbits.model import PositionModel
from simulator.orbits.sgp4_model import Sgp4Model

_OLD_DAYS: Final = 30.0
_HOUR_S: Final = 3600.0
_JULIAN_DATE_OF_ORDINAL_ZERO: Final = 1_721_424.5


def run_warnings(scenario: Scenario, world: World) -> list[str]:
    """Return a sentence for each outage or surge that never acts, and for orbit elements far from the run."""
    warnings = [*_late_events(scenario, world)]
    if isinstance(scenario.satellites, FileSatellites):
        warnings += elements_warnings(world.positions, 0.0, world.end_s)
    return warnings


def elements_warnings(positions: PositionModel, start_s: float, end_s: float) -> list[str]:
    """Return a sentence if mean elements are more than 30 days from a span, else nothing.

    Elements of SGP4 are fitted to a few days; away from them its error grows by kilometres a day (Vallado et al., AIAA
    2006-6753).
    """
    if not isinstance(positions, Sgp4Model):
        return []
    epoch = positions.epoch
    of_elements = np.array([record.epoch_day + record.epoch_day_fraction for record in positions.records])
    first, last = (epoch.utc_day + float(epoch.utc_fraction(t_s)) for t_s in (start_s, end_s))
    distance_days = np.maximum(last - of_elements, of_elements - first)
    i_far = int(np.argmax(distance_days))
    if distance_days[i_far] <= _OLD_DAYS:
        return []
    n_old = int(np.count_nonzero(distance_days > _OLD_DAYS))
    day = date.fromordinal(int(of_elements[i_far] - _JULIAN_DATE_OF_ORDINAL_ZERO))
    span = f"{epoch.utc_text(start_s)[:10]} to {epoch.utc_text(end_s)[:10]}"
    return [
        f"elements of {n_old} of {of_elements.size} satellites are over {_OLD_DAYS:g} days from the span simulated, "
        f"{span} (farthest {positions.names[i_far]}: elements of {day.isoformat()}, up to {distance_days[i_far]:.0f} "
        "days away); the error of SGP4 grows by kilometres a day: take elements nearer to the span, or another epoch"
    ]


def _late_events(scenario: Scenario, world: World) -> Iterator[str]:
    """Yield a sentence for each list of `adversity` with events that begin when all tasks have arrived."""
    adversity, end_s = scenario.adversity, world.end_s
    if adversity is None:
        return
    listed = adversity.outages or ()
    for key, spans in (("outages", listed), ("demand_surges", adversity.demand_surges or ())):
        late = [index for index, span in enumerate(spans) if span.from_s >= end_s]
        if late:
            more = f" and {len(late) - 1} more of {len(spans)}" if len(late) > 1 else ""
            where, from_s = f"adversity.{key}[{late[0]}]{more}", spans[late[0]].from_s
            yield f"{where}: from_h = {from_s / _HOUR_S:g} is {_too_late(end_s)} an earlier from_h or a longer duration"
    from_file = () if world.outages is None else world.outages.scheduled[len(listed) :]
    if from_file and all(outage.from_s >= end_s for outage in from_file):
        first_h = min(outage.from_s for outage in from_file) / _HOUR_S
        told = f"its first outage, at {first_h:g} h, is {_too_late(end_s)} earlier times or a longer duration"
        yield f"adversity.schedule: {told}"


def _too_late(end_s: float) -> str:
    return f"not before the end of the duration, {end_s / _HOUR_S:.3g} h: no task arrives any more; write"
