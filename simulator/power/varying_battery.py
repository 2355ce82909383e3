"""A battery whose supply swings with the orbit, in closed form between events like any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil, inf

from simulator.power.battery import Battery, BatteryParameters
from simulator.power.supply_piece import SupplyPiece, straight_pieces

_TRACE_STEP_S = 60.0


class VaryingBattery(Battery):
    """A battery fed by supply pieces; knots of a piecewise linear supply become pieces too.

    Time is cut where supply crosses the load, and where the battery becomes full: bracketed roots, good to 1e-9 s.
    All energies are integrals of the supply, and so is `missing_j_s`, but for pulses, which count as spread evenly over
    a span in which their order cannot matter.
    """

    __slots__ = ("_pieces", "_sound_pieces")

    def __init__(self, parameters: BatteryParameters, t_s: float = 0.0) -> None:
        super().__init__(parameters, t_s)
        self._pieces: list[SupplyPiece] = []
        self._sound_pieces: list[SupplyPiece] | None = None

    # supply

    def extend_supply(self, time_s: Sequence[float], power_w: Sequence[float]) -> None:
        """Append array output, linear between knots; see `Battery.extend_supply`."""
        self.extend_pieces(straight_pieces(time_s, power_w))

    def extend_pieces(self, pieces: Iterable[SupplyPiece]) -> None:
        """Append array output in adjoining pieces; those already passed are forgotten.

        Raises
        ------
        ValueError
            If the first new piece does not join on.
        """
        kept, new = self._pieces[self._knot :], list(pieces)
        if kept and new and new[0].start_s != kept[-1].end_s:
            raise ValueError(
                f"pieces[0].start_s = {new[0].start_s}: supply is known until {kept[-1].end_s} s and must go on from "
                "there"
            )
        if self._sound_pieces is not None:
            self._sound_pieces = [piece for piece in self._sound_pieces if piece.end_s > self.t_s] + new
            new = [piece.scaled(self._supply_share) for piece in new]
        self._pieces = kept + new
        self._knot = 0

    def set_supply_share(self, share: float) -> None:
        """Scale the supply from the time settled to on; see `Battery.set_supply_share`."""
        pieces = self._pieces[self._knot :] if self._sound_pieces is None else self._sound_pieces
        ahead = [piece for piece in pieces if piece.end_s > self.t_s]
        self._sound_pieces = None if share == 1.0 else ahead
        self._supply_share = share
        self._pieces, self._knot = [piece.scaled(share) for piece in ahead], 0

    @property
    def supply(self) -> list[SupplyPiece]:
        """Supply that is known; see `Battery.supply`."""
        return self._pieces[self._knot :]

    @property
    def known_until_s(self) -> float:
        """Time up to which the supply is known."""
        return self._pieces[-1].end_s if self._pieces else self.t_s

    # time

    def settle(self, t_s: float) -> None:
        """Bring the battery to `t_s`; see `Battery.settle`."""
        t0_s = self.t_s
        if t_s <= t0_s:
            return
        k = self._knot
        while t0_s < t_s:
            piece = self._pieces[k]
            if piece.end_s <= t0_s:
                k += 1
                continue
            t1_s = min(piece.end_s, t_s)
            self._live_through(piece, t0_s, t1_s)
            t0_s = t1_s
        self._knot = k
        self.t_s = t_s

    def _live_through(self, piece: SupplyPiece, t0_s: float, t1_s: float) -> None:
        """Account for a span of one piece and constant base and compute load."""
        load_w = self.base_w + self.compute_w
        levels_w = (self.base_w, load_w, load_w + self.peak_pulse_w) if self._pulses else (self.base_w, load_w)
        for a_s, b_s in pairwise(piece.crossings(t0_s, t1_s, levels_w)):
            energy_j, pulse_j = piece.energy_j(a_s, b_s), 0.0
            if self._pulses:
                if 0.0 <= energy_j - load_w * (b_s - a_s) < self.peak_pulse_w * (b_s - a_s):
                    self._cut_piece_at_pulses(piece, a_s, b_s)
                    continue
                pulse_j = self._pulse_energy_j(a_s, b_s)
            self._live_evenly(piece, a_s, b_s, energy_j, pulse_j)

    def _cut_piece_at_pulses(self, piece: SupplyPiece, t0_s: float, t1_s: float) -> None:
        """Cut a span where pulses begin and end, and further where the net power changes sign."""
        load_w = self.base_w + self.compute_w
        for a_s, b_s, (transmit_w, receive_w, payload_w) in self._spans(t0_s, t1_s):
            self.transmit_j += transmit_w * (b_s - a_s)
            self.receive_j += receive_w * (b_s - a_s)
            self.payload_j += payload_w * (b_s - a_s)
            pulse_w = transmit_w + receive_w + payload_w
            for c_s, d_s in pairwise(piece.crossings(a_s, b_s, (load_w + pulse_w,))):
                self._live_evenly(piece, c_s, d_s, piece.energy_j(c_s, d_s), pulse_w * (d_s - c_s))
        self._pulses = [pulse for pulse in self._pulses if pulse[1] > t1_s]

    def _live_evenly(self, piece: SupplyPiece, a_s: float, b_s: float, energy_j: float, pulse_j: float) -> None:
        """Account for a span in which the net power keeps its sign, cut where the battery becomes full."""
        room_j = (self.capacity_j - self.stored_j) / self.charge_efficiency
        load_w = self.base_w + self.compute_w + pulse_j / (b_s - a_s)
        fills = energy_j - load_w * (b_s - a_s) > room_j
        if not fills or room_j <= 0.0:
            self._pass_piece(piece, a_s, b_s, energy_j, pulse_j, is_full=fills)
            return
        full_s = piece.time_of_net_energy(a_s, b_s, load_w, room_j)
        for c_s, d_s, is_full in ((a_s, full_s, False), (full_s, b_s, True)):
            if c_s < d_s:
                part_j = pulse_j * (d_s - c_s) / (b_s - a_s)
                self._pass_piece(piece, c_s, d_s, piece.energy_j(c_s, d_s), part_j, is_full=is_full)

    def _pass_piece(
        self, piece: SupplyPiece, a_s: float, b_s: float, energy_j: float, pulse_j: float, *, is_full: bool
    ) -> None:
        """Account for a span in which the battery is full throughout or becomes so at its end at most."""
        length_s, start_j, trace = b_s - a_s, self.stored_j, self.trace
        supply_w = energy_j / length_s
        load_w = self.base_w + self.compute_w + pulse_j / length_s
        self.trace = None
        self._pass(length_s, supply_w, self.base_w, self.compute_w, pulse_j)
        self.trace = trace
        share = self.charge_efficiency if supply_w >= load_w else 1.0 / self.discharge_efficiency
        if not is_full:
            self.missing_j_s -= share * piece.lag_j_s(a_s, b_s)
        if trace is None:
            return
        n_steps = 1 if is_full else ceil(length_s / _TRACE_STEP_S)
        for step in range(1, n_steps):
            t_s = a_s + length_s * step / n_steps
            trace.append((t_s, start_j + share * (piece.energy_j(a_s, t_s) - load_w * (t_s - a_s))))
        trace.append((b_s, self.stored_j))

    # what comes

    def is_full_until(self, t_s: float) -> bool:
        """Whether the battery is full and surely stays so to `t_s`, inside one piece, with every possible pulse on."""
        if self.stored_j < self.capacity_j:
            return False
        piece = self._pieces[self._knot]
        if not piece.start_s <= self.t_s <= t_s <= piece.end_s:
            return False
        return piece.low_w >= self.base_w + self.compute_w + self.peak_pulse_w

    def surely_lasts_until_s(self) -> float:
        """Return a time before which the battery cannot run empty whatever is switched on, in the supply known."""
        empty_s = self._empty_s(
            (piece, max(piece.start_s, self.t_s), piece.end_s, self.peak_load_w)
            for piece in self._pieces[self._knot :]
            if piece.end_s > self.t_s
        )
        return min(empty_s, max(self.known_until_s, self.t_s))

    def next_empty_s(self, until_s: float) -> float:
        """Return when the battery runs empty under present loads and known pulses, inf if not before `until_s`."""
        return self._empty_s(self._loaded_pieces(until_s))

    def next_reach_s(self, level_j: float, until_s: float) -> float:
        """Return when stored energy first reaches `level_j` with every load off, inf if not before `until_s`."""
        missing_j = (level_j - self.stored_j) / self.charge_efficiency
        if missing_j <= 0.0:
            return self.t_s
        for piece, a_s, b_s, _ in self._loaded_pieces(until_s):
            gain_j = piece.energy_j(a_s, b_s)
            if gain_j >= missing_j:
                return piece.time_of_net_energy(a_s, b_s, 0.0, missing_j)
            missing_j -= gain_j
        return inf

    def _empty_s(self, loaded: Iterable[tuple[SupplyPiece, float, float, float]]) -> float:
        """Return when stored energy reaches zero over pieces with their loads, inf if it does not."""
        stored_j = self.stored_j
        for piece, from_s, to_s, load_w in loaded:
            for a_s, b_s in pairwise(piece.crossings(from_s, to_s, (load_w,))):
                net_j = piece.energy_j(a_s, b_s) - load_w * (b_s - a_s)
                if net_j >= 0.0:
                    stored_j = min(self.capacity_j, stored_j + net_j * self.charge_efficiency)
                    continue
                after_j = stored_j + net_j / self.discharge_efficiency
                if after_j <= 0.0:
                    drawn_j = stored_j * self.discharge_efficiency
                    return piece.time_of_net_energy(a_s, b_s, load_w, -drawn_j) if drawn_j > 0.0 else a_s
                stored_j = after_j
        return inf

    def _loaded_pieces(self, until_s: float) -> Iterator[tuple[SupplyPiece, float, float, float]]:
        """Yield piece, start, end and load to `until_s` or the end of what is known."""
        for piece in self._pieces[self._knot :]:
            from_s, to_s = max(piece.start_s, self.t_s), min(piece.end_s, until_s)
            if from_s < to_s:
                for a_s, b_s, pulses_w in self._spans(from_s, to_s):
                    yield piece, a_s, b_s, self.base_w + self.compute_w + sum(pulses_w)
