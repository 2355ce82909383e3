"""A battery whose supply is linear between knots: arrays that face the Sun, through umbra and penumbra.

Stored energy is piecewise quadratic in time, and is evaluated only when somebody needs it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf

from simulator.power.battery import Battery, BatteryParameters
from simulator.power.linear_power import sign_changes, time_to_draw
from simulator.power.supply_piece import SupplyPiece, straight_pieces


class LinearBattery(Battery):
    """A battery fed by array output that is linear between knots.

    The trapezoids of `missing_j_s` take stored energy as linear in a penumbra, which is off by a millionth of a day's
    integral at most.
    """

    __slots__ = ("_knot_power_w", "_knot_time_s", "_sound_supply")

    def __init__(self, parameters: BatteryParameters, t_s: float = 0.0) -> None:
        super().__init__(parameters, t_s)
        self._knot_time_s: list[float] = []
        self._knot_power_w: list[float] = []
        self._sound_supply: tuple[list[float], list[float]] | None = None

    # supply

    def extend_supply(self, time_s: Sequence[float], power_w: Sequence[float]) -> None:
        """Append array output, linear between knots; see `Battery.extend_supply`."""
        keep = self._knot
        times, powers = self._knot_time_s[keep:], self._knot_power_w[keep:]
        if times and time_s[0] != times[-1]:
            raise ValueError(f"time_s[0] = {time_s[0]}: supply is known until {times[-1]} s and must go on from there")
        if self._sound_supply is not None:
            sound_s, sound_w = self._sound_supply_ahead()
            self._sound_supply = ([*sound_s, *time_s], [*sound_w, *power_w])
            power_w = [self._supply_share * power for power in power_w]
        self._knot_time_s = [*times, *time_s]
        self._knot_power_w = [*powers, *power_w]
        self._knot = 0

    def set_supply_share(self, share: float) -> None:
        """Scale the supply from the time settled to on; see `Battery.set_supply_share`."""
        times, powers = self._sound_supply_ahead()
        self._sound_supply = None if share == 1.0 else (times, powers)
        self._supply_share = share
        self._knot_time_s, self._knot_power_w, self._knot = times, [share * power for power in powers], 0

    def _sound_supply_ahead(self) -> tuple[list[float], list[float]]:
        """Return knots of the supply as it was appended, from the one at or before the time settled to."""
        times, powers = self._sound_supply or (self._knot_time_s, self._knot_power_w)
        k = max(bisect_right(times, self.t_s) - 1, 0)
        return times[k:], powers[k:]

    @property
    def supply(self) -> list[SupplyPiece]:
        """Supply that is known; see `Battery.supply`."""
        return straight_pieces(self._knot_time_s[self._knot :], self._knot_power_w[self._knot :])

    @property
    def known_until_s(self) -> float:
        """Time up to which the supply is known."""
        return self._knot_time_s[-1] if self._knot_time_s else self.t_s

    # time

    def settle(self, t_s: float) -> None:
        """Bring the battery to `t_s`; see `Battery.settle`."""
        t0 = self.t_s
        if t_s <= t0:
            return
        times, powers, k = self._knot_time_s, self._knot_power_w, self._knot
        while t0 < t_s:
            knot_s = times[k + 1]
            if knot_s <= t0:
                k += 1
                continue
            t1 = knot_s if knot_s < t_s else t_s
            p0, p1 = powers[k], powers[k + 1]
            if p0 == p1:
                if self._pulses:
                    self._pass_with_pulses(t0, t1, p0)
                else:
                    self._pass(t1 - t0, p0, self.base_w, self.compute_w, 0.0)
                    if self.trace is not None:
                        self.trace.append((t1, self.stored_j))
            else:
                slope = (p1 - p0) / (knot_s - times[k])
                self._ramp(t0, t1, p0 + slope * (t0 - times[k]), slope)
            t0 = t1
        self._knot = k
        self.t_s = t_s

    def _pass_with_pulses(self, t0_s: float, t1_s: float, supply_w: float) -> None:
        """Account for a span of constant supply with pulses, adding them up where order cannot matter."""
        net_w = supply_w - self.base_w - self.compute_w
        if net_w >= 0.0 and net_w < self.peak_pulse_w:
            self._cut_at_pulses(t0_s, t1_s, supply_w, 0.0)
            return
        pulse_j = self._pulse_energy_j(t0_s, t1_s)
        self._pass(t1_s - t0_s, supply_w, self.base_w, self.compute_w, pulse_j)
        if self.trace is not None:
            self.trace.append((t1_s, self.stored_j))

    def _ramp(self, t0_s: float, t1_s: float, supply_w: float, slope_w_s: float) -> None:
        """Account for a span of linear supply."""
        if self._pulses:
            self._cut_at_pulses(t0_s, t1_s, supply_w, slope_w_s)
        else:
            self._cut_at_sign_changes(t0_s, t1_s - t0_s, supply_w, slope_w_s, 0.0)

    def _cut_at_pulses(self, t0_s: float, t1_s: float, supply_w: float, slope_w_s: float) -> None:
        """Cut a span where pulses begin and end, and further where powers change sign."""
        for a_s, b_s, (transmit_w, receive_w, payload_w) in self._spans(t0_s, t1_s):
            dt_s, pulse_w = b_s - a_s, transmit_w + receive_w + payload_w
            self.transmit_j += transmit_w * dt_s
            self.receive_j += receive_w * dt_s
            self.payload_j += payload_w * dt_s
            self._cut_at_sign_changes(a_s, dt_s, supply_w + slope_w_s * (a_s - t0_s), slope_w_s, pulse_w)
        self._pulses = [pulse for pulse in self._pulses if pulse[1] > t1_s]

    def _cut_at_sign_changes(
        self, start_s: float, dt_s: float, supply_w: float, slope_w_s: float, pulse_w: float
    ) -> None:
        """Account for a span of constant loads, cut where the net power or the base deficit changes sign."""
        base_w = self.base_w
        for c0, c1 in pairwise(sign_changes(supply_w, slope_w_s, dt_s, (base_w, base_w + self.compute_w + pulse_w))):
            mean_w = supply_w + slope_w_s * 0.5 * (c0 + c1)
            self._pass(c1 - c0, mean_w, base_w, self.compute_w, pulse_w * (c1 - c0))
            if self.trace is not None:
                self.trace.append((start_s + c1, self.stored_j))

    # what comes

    def is_full_until(self, t_s: float) -> bool:
        """Whether the battery is full and surely stays so to `t_s`, in constant light with every possible pulse on."""
        if self.stored_j < self.capacity_j:
            return False
        k, powers = self._knot, self._knot_power_w
        if t_s > self._knot_time_s[k + 1]:
            return False
        return powers[k] == powers[k + 1] >= self.base_w + self.compute_w + self.peak_pulse_w

    def surely_lasts_until_s(self) -> float:
        """Return a time before which the battery cannot run empty whatever is switched on, in the supply known.

        All loads are taken as on, and a ramp of the supply as its lower end.
        """
        stored_j, t0 = self.stored_j, self.t_s
        times, powers = self._knot_time_s, self._knot_power_w
        for k in range(self._knot, len(times) - 1):
            dt_s = times[k + 1] - t0
            if dt_s <= 0.0:
                continue
            net_w = min(powers[k], powers[k + 1]) - self.peak_load_w
            if net_w >= 0.0:
                stored_j = min(self.capacity_j, stored_j + net_w * dt_s * self.charge_efficiency)
            else:
                lasts_s = stored_j * self.discharge_efficiency / -net_w
                if lasts_s <= dt_s:
                    return t0 + lasts_s
                stored_j += net_w * dt_s / self.discharge_efficiency
            t0 = times[k + 1]
        return t0

    def next_empty_s(self, until_s: float) -> float:
        """Return when the battery runs empty under present loads and known pulses, inf if not before `until_s`."""
        stored_j = self.stored_j
        for a_s, dt_s, supply_w, slope_w_s, load_w in self._forecast(until_s):
            for c0, c1 in pairwise(sign_changes(supply_w, slope_w_s, dt_s, (load_w,))):
                net_w = supply_w + slope_w_s * 0.5 * (c0 + c1) - load_w
                if net_w >= 0.0:
                    stored_j = min(self.capacity_j, stored_j + net_w * (c1 - c0) * self.charge_efficiency)
                    continue
                after_j = stored_j + net_w * (c1 - c0) / self.discharge_efficiency
                if after_j <= 0.0:
                    deficit_w = load_w - supply_w - slope_w_s * c0
                    return a_s + c0 + time_to_draw(stored_j * self.discharge_efficiency, deficit_w, -slope_w_s)
                stored_j = after_j
        return inf

    def next_reach_s(self, level_j: float, until_s: float) -> float:
        """Return when stored energy first reaches `level_j` with every load off, inf if not before `until_s`."""
        missing_j = (level_j - self.stored_j) / self.charge_efficiency
        if missing_j <= 0.0:
            return self.t_s
        for a_s, dt_s, supply_w, slope_w_s, _ in self._forecast(until_s):
            gain_j = (supply_w + 0.5 * slope_w_s * dt_s) * dt_s
            if gain_j >= missing_j:
                return a_s + time_to_draw(missing_j, supply_w, slope_w_s)
            missing_j -= gain_j
        return inf

    def _forecast(self, until_s: float) -> Iterator[tuple[float, float, float, float, float]]:
        """Yield (start, duration, supply at start, slope, load) pieces to `until_s` or the end of what is known."""
        times, powers, k, t0 = self._knot_time_s, self._knot_power_w, self._knot, self.t_s
        while t0 < until_s and k + 1 < len(times):
            if times[k + 1] > t0:
                slope = (powers[k + 1] - powers[k]) / (times[k + 1] - times[k])
                end_s = min(times[k + 1], until_s)
                for a_s, b_s, (transmit_w, receive_w, payload_w) in self._spans(t0, end_s):
                    load_w = self.base_w + self.compute_w + transmit_w + receive_w + payload_w
                    yield a_s, b_s - a_s, powers[k] + slope * (a_s - times[k]), slope, load_w
                t0 = end_s
            k += 1
