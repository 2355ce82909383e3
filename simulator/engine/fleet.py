"""The satellites as bodies with power: batteries, processors, brown-outs and recoveries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

from simulator.engine.array_supply import ArraySupply
from simulator.engine.clock import Clock
from simulator.engine.world import World
from simulator.network.bookings import Hop
from simulator.power.battery import Battery, PulseKind
from simulator.power.linear_battery import LinearBattery
from simulator.power.supply_outlook import SupplyOutlook
from simulator.power.varying_battery import VaryingBattery
from simulator.sunlight.illumination import Illumination
from simulator.sunlight.sun import sun_path

_RESERVE_S = 480.0
"""A battery that could be empty within this time at peak load is watched exactly; others are only looked at again."""

_EXACT_S = 1800.0
"""How far ahead an exact watch reaches: about the shadow of a low orbit."""


@dataclass(slots=True, kw_only=True)
class BrownOutCount:
    """Brown-outs of one satellite so far."""

    n: int = 0
    total_s: float = 0.0
    unserved_j: float = 0.0
    since_s: float = field(default=float("nan"))


class Fleet:
    """Batteries of all satellites, settled only when read or changed, and the alarms that make them brown out.

    A satellite whose battery is empty switches everything off, base load included, until the array has
    charged it to `recovery_share` of its capacity. One in safe mode keeps its base load. `is_up` tells which satellites
    have power and are not in safe mode. `sunlit_power_w` is what each array gives on average in full
    sunlight at one astronomical unit, over the last window solved.
    """

    def __init__(
        self,
        clock: Clock,
        world: World,
        on_brown_out: Callable[[int], None],
        on_recovery: Callable[[int], None],
    ) -> None:
        self.clock = clock
        self.parameters = world.batteries
        self.terminals = world.isl_by_satellite
        self.solar_power_w = world.solar_power_w
        self.sunlit_power_w = list(world.solar_power_w)
        self._array_supply = ArraySupply(world)
        self.batteries: list[Battery] = [LinearBattery(parameters) for parameters in world.batteries]
        self._varying: dict[int, VaryingBattery] = {}
        for i_sat in self._array_supply.satellites:
            self.batteries[i_sat] = self._varying[i_sat] = VaryingBattery(world.batteries[i_sat])
        self.is_up = [True] * len(self.batteries)
        self.has_power = [True] * len(self.batteries)
        self.in_safe_mode = [False] * len(self.batteries)
        self.array_output = [1.0] * len(self.batteries)
        self.up_since_s = [-inf] * len(self.batteries)
        self.powered_since_s = [-inf] * len(self.batteries)
        self.n_down = 0
        self.brown_outs = [BrownOutCount() for _ in self.batteries]
        self._outlooks: list[SupplyOutlook | None] = [None] * len(self.batteries)
        self._epoch = world.positions.epoch
        self._recovery_share = world.recovery_share
        self._on_brown_out = on_brown_out
        self._on_recovery = on_recovery
        self._watch_version = [0] * len(self.batteries)
        self._is_watched_exactly = [False] * len(self.batteries)

    def extend_supply(self, illumination: Illumination) -> None:
        """Append array output for a window; the Sun's distance is taken at its middle (changes 2e-5 in an orbit)."""
        start_s, end_s = illumination.start_s, illumination.end_s
        flux = float(sun_path(self._epoch, start_s, end_s).flux_factor(0.5 * (start_s + end_s)))
        time_s, fraction = illumination.time_s.tolist(), (illumination.fraction * flux).tolist()
        offsets = illumination.offsets.tolist()
        now_s = self.clock.now
        self._outlooks = [None] * len(self.batteries)
        for i_sat, battery in enumerate(self.batteries):
            battery.settle(now_s)
            if i_sat in self._varying:
                continue
            full_w = self.solar_power_w[i_sat]
            span = slice(offsets[i_sat], offsets[i_sat + 1])
            battery.extend_supply(time_s[span], [full_w * share for share in fraction[span]])
        for supply in self._array_supply.solve(illumination, flux):
            self._varying[supply.i_sat].extend_pieces(supply.pieces)
            if supply.sunlit_power_w is not None:
                self.sunlit_power_w[supply.i_sat] = supply.sunlit_power_w

    def swings(self, i_sat: int) -> bool:
        """Return whether output in sunlight swings along the orbit, because the array does not face the Sun."""
        return i_sat in self._varying

    def outlook(self, i_sat: int) -> SupplyOutlook:
        """Return what the array will give, as far ahead as sunlight is solved; made when first asked for."""
        outlook = self._outlooks[i_sat]
        if outlook is None:
            outlook = self._outlooks[i_sat] = SupplyOutlook(self.batteries[i_sat].supply)
        return outlook

    def start_watching(self) -> None:
        """Set the first alarm of every battery."""
        for i_sat in range(len(self.batteries)):
            self._watch(i_sat)

    def stored_j(self, i_sat: int) -> float:
        """Return stored energy now."""
        battery, now_s = self.batteries[i_sat], self.clock.now
        if not battery.is_full_until(now_s):
            battery.settle(now_s)
        return battery.stored_j

    def set_compute_power(self, i_sat: int, power_w: float) -> None:
        """Change what the processor draws, from now on."""
        battery = self.batteries[i_sat]
        battery.settle(self.clock.now)
        battery.compute_w = power_w
        if self._is_watched_exactly[i_sat]:
            self._watch(i_sat)

    def add_pulse(self, i_sat: int, start_s: float, end_s: float, power_w: float, kind: PulseKind) -> None:
        """Book the power of a transmission, a reception or a capture ahead."""
        if power_w > 0.0:
            self.batteries[i_sat].add_pulse(start_s, end_s, power_w, kind)
            if self._is_watched_exactly[i_sat]:
                self._watch_again(i_sat)

    def add_hops(self, hops: Sequence[Hop]) -> None:
        """Book the power of a transfer over several links ahead."""
        batteries, watched, terminals = self.batteries, self._is_watched_exactly, self.terminals
        for sender, receiver, start_s, end_s in hops:
            batteries[sender].add_pulse(start_s, end_s, terminals[sender].transmit_power_w, PulseKind.TRANSMIT)
            if watched[sender]:
                self._watch_again(sender)
            receive_w = terminals[receiver].receive_power_w
            if receive_w > 0.0:
                self.add_pulse(receiver, start_s, end_s, receive_w, PulseKind.RECEIVE)

    def cancel_pulse(self, i_sat: int, start_s: float, end_s: float, power_w: float, kind: PulseKind) -> None:
        """Take back a booked transmission or reception that has not begun."""
        if power_w > 0.0:
            self.batteries[i_sat].cancel_pulse(start_s, end_s, power_w, kind)

    def end_pulse(self, i_sat: int, start_s: float, end_s: float, power_w: float, kind: PulseKind) -> None:
        """Take back what is left of a booked transmission or reception; up to now it has been paid for."""
        if power_w > 0.0:
            self.batteries[i_sat].settle(self.clock.now)
            self.batteries[i_sat].cancel_pulse(start_s, end_s, power_w, kind)

    # outages

    def enter_safe_mode(self, i_sat: int) -> None:
        """Switch off the terminals of a satellite; the base load stays on."""
        self.in_safe_mode[i_sat] = True
        self._note_up(i_sat)

    def leave_safe_mode(self, i_sat: int) -> bool:
        """End safe mode; return whether the satellite works again, which takes power."""
        self.in_safe_mode[i_sat] = False
        self._note_up(i_sat)
        return self.is_up[i_sat]

    def cut_pulses(self, i_sat: int) -> None:
        """End every transmission and reception of a satellite now."""
        self.batteries[i_sat].settle(self.clock.now)
        self.batteries[i_sat].cut_pulses(self.clock.now)

    def set_array_output(self, i_sat: int, share: float) -> None:
        """Let an array give a share of its output from now on."""
        battery = self.batteries[i_sat]
        battery.settle(self.clock.now)
        battery.set_supply_share(share)
        self._outlooks[i_sat] = None
        self.array_output[i_sat] = share
        if self.has_power[i_sat]:
            self._watch(i_sat)
        else:
            self._watch_version[i_sat] += 1
            self._await_recovery(i_sat)

    def why_down(self, i_sat: int) -> str:
        """Return in words why a satellite does not work."""
        return "in safe mode" if self.has_power[i_sat] else "without power"

    def _note_up(self, i_sat: int) -> None:
        is_up = self.has_power[i_sat] and not self.in_safe_mode[i_sat]
        if is_up and not self.is_up[i_sat]:
            self.up_since_s[i_sat] = self.clock.now
        self.n_down += self.is_up[i_sat] - is_up
        self.is_up[i_sat] = is_up

    def settle_all(self) -> None:
        """Bring every battery to the present."""
        now_s = self.clock.now
        for battery in self.batteries:
            battery.settle(now_s)

    def close_brown_outs(self) -> None:
        """Count brown-outs that still last up to now."""
        for i_sat, has_power in enumerate(self.has_power):
            if not has_power:
                self._count_down_time(i_sat)
                self.brown_outs[i_sat].since_s = self.clock.now

    def _watch_again(self, i_sat: int) -> None:
        self.batteries[i_sat].settle(self.clock.now)
        self._watch(i_sat)

    def _watch(self, i_sat: int) -> None:
        battery, now_s = self.batteries[i_sat], self.clock.now
        self._watch_version[i_sat] += 1
        look_s = battery.surely_lasts_until_s()
        self._is_watched_exactly[i_sat] = is_exact = look_s < now_s + _RESERVE_S
        if is_exact:
            until_s = min(now_s + _EXACT_S, battery.known_until_s)
            look_s = min(battery.next_empty_s(until_s), until_s)
        self.clock.at(look_s, self._look, (i_sat, self._watch_version[i_sat]))

    def _look(self, argument: tuple[int, int]) -> None:
        i_sat, version = argument
        if version != self._watch_version[i_sat]:
            return
        battery = self.batteries[i_sat]
        battery.settle(self.clock.now)
        if battery.is_empty():
            self._brown_out(i_sat)
        else:
            self._watch(i_sat)

    def _brown_out(self, i_sat: int) -> None:
        battery = self.batteries[i_sat]
        battery.declare_empty()
        self.has_power[i_sat] = False
        self._note_up(i_sat)
        self._watch_version[i_sat] += 1
        self._is_watched_exactly[i_sat] = False
        self.brown_outs[i_sat].n += 1
        self.brown_outs[i_sat].since_s = self.clock.now
        self._on_brown_out(i_sat)
        battery.cut_pulses(self.clock.now)
        battery.base_w = battery.compute_w = 0.0
        self._await_recovery(i_sat)

    def _await_recovery(self, i_sat: int) -> None:
        battery = self.batteries[i_sat]
        level_j = self._recovery_share * battery.capacity_j
        until_s = battery.known_until_s
        look_s = min(battery.next_reach_s(level_j, until_s), until_s)
        self.clock.at(look_s, self._try_recovery, (i_sat, self._watch_version[i_sat]))

    def _try_recovery(self, argument: tuple[int, int]) -> None:
        i_sat, version = argument
        if version != self._watch_version[i_sat]:
            return
        battery = self.batteries[i_sat]
        battery.settle(self.clock.now)
        # the level is approached by rounding only; a millionth of it is nothing
        if battery.stored_j < self._recovery_share * battery.capacity_j * (1.0 - 1e-6):
            self._await_recovery(i_sat)
            return
        self._count_down_time(i_sat)
        self.has_power[i_sat] = True
        self.powered_since_s[i_sat] = self.clock.now
        self._note_up(i_sat)
        battery.base_w = self.parameters[i_sat].base_power_w
        self._watch(i_sat)
        if self.is_up[i_sat]:
            self._on_recovery(i_sat)

    def _count_down_time(self, i_sat: int) -> None:
        count = self.brown_outs[i_sat]
        down_s = self.clock.now - count.since_s
        count.total_s += down_s
        count.unserved_j += down_s * self.parameters[i_sat].base_power_w
