"""Transfers that have been booked and have not arrived yet."""

from __future__ import annotations

from typing import Any, TypeAlias

from simulator.engine.clock import Clock
from simulator.engine.transfers import GroundTransfer, LinkTransfer

Transfer: TypeAlias = LinkTransfer[Any] | GroundTransfer[Any]


class TransfersUnderWay:
    """All transfers under way, over links and with stations, in the order in which they were booked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._transfers: dict[int, Transfer] = {}
        self._n_begun = 0

    def begin(self, transfer: Transfer, arrival_s: float) -> None:
        """Take a transfer that has been booked, and tell of its arrival unless it is withdrawn before."""
        self._n_begun += 1
        self._transfers[self._n_begun] = transfer
        self._clock.at(arrival_s, self._arrive, self._n_begun)

    def entries(self) -> list[tuple[int, Transfer]]:
        """Return what is under way now, each with the key by which it can be withdrawn."""
        return list(self._transfers.items())

    def withdraw(self, key: int) -> None:
        """Let a transfer never arrive."""
        del self._transfers[key]

    def _arrive(self, key: int) -> None:
        transfer = self._transfers.pop(key, None)
        if transfer is not None:
            cargo = transfer.cargo
            cargo.holder = transfer.target
            transfer.on_arrival(cargo)
