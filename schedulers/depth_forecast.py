"""How deep a battery will be discharged at the end of the next shadow, given what is planned on its satellite."""

from __future__ import annotations

from math import inf

from schedulers.arrangement import PlannedTask
from schedulers.planning import Fit, FleetPlans
from simulator.records import View


class DepthForecast:
    """Predicted depth of discharge at the coming dawn of every satellite.

    It is the shortfall from full at dusk (stored energy now, panel energy, base load and planned work until then), plus
    base load and planned work in the shadow. Transmissions and the seconds of penumbra are left out.
    """

    def __init__(self, plans: FleetPlans, n_sats: int) -> None:
        self._plans = plans
        self._shadows: list[tuple[float, float]] = [(-inf, -inf)] * n_sats

    def next_shadow(self, satellite: int, view: View) -> tuple[float, float]:
        """Return the shadow that lasts or comes next, as (dusk, dawn); inf without one in the forecast."""
        shadow = self._shadows[satellite]
        now_s = view.now_s
        if now_s < shadow[1]:
            return shadow
        windows = view.sunlit_windows(satellite, now_s, now_s + view.horizon_s)
        if not windows:
            shadow = (now_s, inf)
        elif windows[0][0] > now_s:
            shadow = (now_s, windows[0][0])
        else:
            dusk_s = windows[0][1]
            dawn_s = windows[1][0] if len(windows) > 1 else inf
            shadow = (dusk_s, dawn_s) if dusk_s < now_s + view.horizon_s else (inf, inf)
        if shadow[1] < inf:
            self._shadows[satellite] = shadow
        return shadow

    def planned_s(self, satellite: int, view: View) -> tuple[float, float]:
        """Return planned processor seconds before the next dusk and in the shadow after it."""
        return _before_and_in(self.next_shadow(satellite, view), self._plans.of[satellite], view.now_s)

    def depth_with(self, fit: Fit, view: View) -> float:
        """Return the predicted depth if a task ran as it fits, with all that moves for it.

        Work after the shadow slows the recharge, which is not predicted so far ahead.
        """
        now_s, satellite = view.now_s, fit.satellite
        dusk_s, dawn_s = shadow = self.next_shadow(satellite, view)
        sunlit_s, dark_s = _before_and_in(shadow, fit.arrangement.plan, now_s)
        capacity_j, base_w = view.capacity_j(satellite), view.base_power_w(satellite)
        compute_w = view.modes_of(satellite)[0].power_w
        stored_j = view.stored_j(satellite)
        if dusk_s > now_s:
            left_s = min(dusk_s - now_s, view.orbital_period_s)
            output_w = view.solar_power_w(satellite)
            if view.output_swings(satellite):
                output_w = view.harvest_j(satellite, now_s, now_s + left_s) / left_s
            stored_j += (output_w - base_w) * left_s - compute_w * sunlit_s
            stored_j = min(capacity_j, stored_j)
        if dawn_s < inf:
            stored_j -= base_w * (dawn_s - max(dusk_s, now_s)) + compute_w * dark_s
        return 1.0 - stored_j / capacity_j


def _before_and_in(shadow: tuple[float, float], plan: list[PlannedTask], now_s: float) -> tuple[float, float]:
    """Return the planned seconds from now to dusk and from there to dawn."""
    dusk_s, dawn_s = max(shadow[0], now_s), shadow[1]
    before_s = inside_s = 0.0
    for task in plan:
        start_s, end_s = max(task.start_s, now_s), task.start_s + task.runtime_s
        if end_s > start_s:
            before_s += max(0.0, min(end_s, dusk_s) - start_s)
            inside_s += max(0.0, min(end_s, dawn_s) - max(start_s, dusk_s))
    return before_s, inside_s
