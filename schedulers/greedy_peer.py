"""A one-shot stand-in for MHSPO: the best satellite within a few hops, at arrival."""

from __future__ import annotations

from itertools import chain, islice
from math import inf

from schedulers.rings import Rings
from simulator.records import Decision, Run, Scheduler, Task, View


class GreedyPeerScheduler(Scheduler):
    """Run on the satellite within `max_hops` where delay and energy together cost least; blind to sunlight.

    The cost is rho_d (backlog + runtime + hops (d/R + propagation)) + rho_e (compute + transmission energy); of equals
    the nearest wins, then the first in the order of the links. It is what remains of MHSPO (Zhang et al., IEEE TMC
    23(4), 2024) without queues, slots, budgets and learning.

    Differences from MHSPO: (1) one decision at arrival instead of one hop per slot; (2) backlogs are those that the
    `View` knows, not learnt; (3) no drift term, hence no V and no admission; (4) links
    are taken as free.

    Parameters
    ----------
    max_hops : int
    rho_d_per_s, rho_e_per_j : float
        Weights of delay and energy.
    transmit_power_w : float
        What a terminal is taken to use while sending; 10 W in the library's scenarios.

    Raises
    ------
    ValueError
        If an option is out of range.
    """

    name = "greedy-peer"

    def __init__(
        self,
        max_hops: int = 4,
        rho_d_per_s: float = 1.0,
        rho_e_per_j: float = 0.01,
        transmit_power_w: float = 10.0,
    ) -> None:
        if max_hops < 0:
            raise ValueError(f"max_hops = {max_hops}: must not be negative")
        options = {
            "rho_d_per_s": rho_d_per_s,
            "rho_e_per_j": rho_e_per_j,
            "transmit_power_w": transmit_power_w,
        }
        for option, number in options.items():
            if not 0.0 <= number < inf:
                raise ValueError(f"{option} = {number}: must be finite and not negative")
        self.max_hops = max_hops
        self.rho_d_per_s = rho_d_per_s
        self.rho_e_per_j = rho_e_per_j
        self.transmit_power_w = transmit_power_w
        self._peers: list[tuple[int, ...] | None] = []

    def start(self, view: View) -> None:
        """Know no satellite's peers yet."""
        self._peers = [None] * view.n_sats

    def decide(self, task: Task, view: View) -> Decision:
        """Choose the cheapest satellite; what computing costs is the same everywhere and left out."""
        here, n_at_once, committed_s = view.here, view.tasks_at_once, view.committed_s
        best, best_cost = here, self.rho_d_per_s * committed_s(here) / n_at_once
        for peer in self._peers_of(here, view):
            if best_cost == 0.0:
                break
            wait_cost = self.rho_d_per_s * committed_s(peer) / n_at_once
            if wait_cost < best_cost and view.is_up(peer):
                cost = wait_cost + self._transfer_cost(here, peer, task.input_bits, view)
                if cost < best_cost:
                    best, best_cost = peer, cost
        return Run(satellite=best, priority=task.arrival_s)

    def _transfer_cost(self, here: int, peer: int, size_bits: float, view: View) -> float:
        transfer_s = view.transfer_s(here, peer, size_bits)
        if transfer_s == inf:
            return inf
        sending_s = transfer_s - view.transfer_s(here, peer, 0.0)
        return self.rho_d_per_s * transfer_s + self.rho_e_per_j * self.transmit_power_w * sending_s

    def _peers_of(self, here: int, view: View) -> tuple[int, ...]:
        """Return the satellites within reach, ring by ring; the links of a run stay the same."""
        peers = self._peers[here]
        if peers is None:
            others = islice(Rings().around(here, view), 1, self.max_hops + 1)
            peers = self._peers[here] = tuple(chain.from_iterable(others))
        return peers
