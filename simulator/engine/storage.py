"""What lies in the memories of satellites: inputs, results and raw data, in finite room and with a ledger.

A satellite keeps what it sends over links until the receiver has all of it, and what it sends down until it is sent.
Its memory needs no power: a brown-out loses nothing that lies there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heappop, heappush
from math import fsum, inf, isnan, nan
from typing import Final, TypeAlias

from simulator.engine.clock import Clock
from simulator.engine.jobs import Job
from simulator.records import Task

ROUNDING_BITS: Final = 1e-3
"""No datum is this small, and no sum of sizes is off by as much: a petabit is known to a tenth of a bit."""

StorageRow: TypeAlias = tuple[int | float, ...]
"""One row of the `storage` table, in the order of its columns."""

_Entry: TypeAlias = "tuple[int, float, int, StoredData]"
"""Data by urgency, the least urgent first."""


class DataKind(StrEnum):
    """What data are, in order of urgency on the way down."""

    RESULT = "result"
    INPUT = "input"
    RAW = "raw"


_WENT: Final = ("sent_bits", "downlinked_bits", "used_bits", "dropped_bits", "lost_bits")
"""Sums of an account by which bits leave a satellite."""

_RANK: Final = {kind: rank for rank, kind in enumerate(DataKind)}


class Overflow(StrEnum):
    """What is dropped where there is no room: what comes, or the least urgent of all that is there."""

    DROP_NEW = "drop_new"
    DROP_LOWEST_PRIORITY = "drop_lowest_priority"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSetting:
    """Memories of a fleet, and what is to reach the ground besides results.

    Parameters
    ----------
    capacity_bits : tuple of float, (n_sats,)
    overflow : Overflow
    raw_to_ground_share : float
        A copy of this share of every input goes down too, behind all else; 0 to 1.

    Raises
    ------
    ValueError
        If a memory has no room at all, or the share is none.
    """

    capacity_bits: tuple[float, ...]
    overflow: Overflow = Overflow.DROP_NEW
    raw_to_ground_share: float = 0.0

    def __post_init__(self) -> None:
        if not all(capacity > 0.0 for capacity in self.capacity_bits):
            raise ValueError(f"capacity_bits = {min(self.capacity_bits)}: must be positive")
        if not 0.0 <= self.raw_to_ground_share <= 1.0:
            raise ValueError(f"raw_to_ground_share = {self.raw_to_ground_share}: must be between 0 and 1")


class StoredData:
    """Data of one kind that lie on a satellite, or are on their way from there.

    `left_bits` is what still lies there of `size_bits`. `urgency` sorts the most urgent first: results, then inputs
    for the ground, then raw data; of a kind by deadline, then by age. What `is_busy` is being sent and is not
    dropped; what `is_gone` lies nowhere any more.
    """

    __slots__ = (
        "created_s",
        "first_sent_s",
        "is_busy",
        "is_for_ground",
        "is_gone",
        "is_raw",
        "job",
        "kind",
        "left_bits",
        "n_parts",
        "on_ground",
        "satellite",
        "size_bits",
        "station",
        "task",
        "urgency",
    )

    def __init__(
        self, kind: DataKind, satellite: int, size_bits: float, task: Task, job: Job | None, created: tuple[float, int]
    ) -> None:
        self.kind = kind
        self.satellite = satellite
        self.size_bits = self.left_bits = size_bits
        self.task = task
        self.job = job
        self.created_s, sequence = created
        self.is_raw = self.is_for_ground = kind is DataKind.RAW
        self.urgency = (_RANK[kind], inf if self.is_raw else task.deadline_s, sequence)
        self.is_busy = self.is_gone = False
        self.on_ground: Callable[[Job], None] | None = None
        self.first_sent_s = nan
        self.station = -1
        self.n_parts = 0

    @property
    def is_in_use(self) -> bool:
        """Whether the data are being sent, or belong to a task that has begun to run."""
        return self.is_busy or (self.kind is DataKind.INPUT and self.job is not None and not isnan(self.job.start_s))


@dataclass(slots=True, kw_only=True)
class DataAccount:
    """Where the bits of one satellite came from and went, and how full its memory was."""

    generated_bits: float = 0.0
    received_bits: float = 0.0
    sent_bits: float = 0.0
    downlinked_bits: float = 0.0
    used_bits: float = 0.0
    dropped_bits: float = 0.0
    lost_bits: float = 0.0
    n_dropped: int = 0
    stored_bits: float = 0.0
    raw_bits: float = 0.0
    peak_bits: float = 0.0


class Storage:
    """The memories of all satellites; `on_dropped` is told of all that finds no room or makes room."""

    def __init__(
        self, setting: StorageSetting, clock: Clock, traced: Sequence[int], on_dropped: Callable[[StoredData], None]
    ) -> None:
        self.setting = setting
        self.accounts = [DataAccount() for _ in setting.capacity_bits]
        self.traces: dict[int, list[tuple[float, float, float]]] = {i_sat: [] for i_sat in traced}
        self._clock = clock
        self._on_dropped = on_dropped
        self._held: list[dict[int, StoredData]] = [{} for _ in setting.capacity_bits]
        self._least_urgent: list[list[_Entry] | None] = [None] * len(setting.capacity_bits)
        self._n_made = 0

    def make(self, kind: DataKind, satellite: int, size_bits: float, task: Task, job: Job | None) -> StoredData | None:
        """Store data that arise on a satellite; None, and `on_dropped` told, where there is no room."""
        self._n_made += 1
        data = StoredData(kind, satellite, size_bits, task, job, (self._clock.now, self._n_made))
        self.accounts[satellite].generated_bits += size_bits
        return data if self._put(data) else None

    def divide(self, data: StoredData, job: Job) -> StoredData:
        """Return the part of an input that belongs to a part of its task."""
        self._n_made += 1
        part = StoredData(data.kind, data.satellite, job.input_bits, job.task, job, (data.created_s, self._n_made))
        data.left_bits -= part.size_bits
        self.accounts[data.satellite].stored_bits -= part.size_bits
        self._add(part)
        return part

    def move(self, data: StoredData, satellite: int) -> bool:
        """Take data that have come over links; False, and `on_dropped` told, where there is no room."""
        self.accounts[data.satellite].sent_bits += data.left_bits
        self._remove(data)
        data.satellite = satellite
        data.is_busy = data.is_gone = False
        self.accounts[satellite].received_bits += data.left_bits
        return self._put(data)

    def use(self, data: StoredData, satellite: int) -> None:
        """Let go of an input that a finished run has used, or of a result that has come to where it was wanted."""
        bits = data.left_bits
        if satellite != data.satellite:
            self.accounts[data.satellite].sent_bits += bits
            self.accounts[satellite].received_bits += bits
        self.accounts[satellite].used_bits += bits
        self._remove(data)

    def send_down(self, data: StoredData, bits: float) -> None:
        """Let go of bits that have been sent to a station."""
        account = self.accounts[data.satellite]
        account.downlinked_bits += bits
        if data.left_bits - bits <= ROUNDING_BITS:
            account.downlinked_bits += data.left_bits - bits
            self._remove(data)
            return
        data.left_bits -= bits
        account.stored_bits -= bits
        if data.is_raw:
            account.raw_bits -= bits
        self._note(data.satellite)

    def lose(self, data: StoredData) -> None:
        """Let go of data of a task that has been given up."""
        self.accounts[data.satellite].lost_bits += data.left_bits
        self._remove(data)

    def rows(self) -> list[StorageRow]:
        """Return the rows of the `storage` table; the ledger error is relative to all bits that came in."""
        rows: list[StorageRow] = []
        for i_sat, account in enumerate(self.accounts):
            # what lies there is counted datum by datum, not taken from the running sum
            stored_bits = fsum(data.left_bits for data in self._held[i_sat].values())
            came_bits = account.generated_bits + account.received_bits
            went_bits = fsum(getattr(account, name) for name in _WENT)
            error = abs(came_bits - went_bits - stored_bits) / came_bits if came_bits > 0.0 else 0.0
            rows.append(
                (
                    i_sat,
                    self.setting.capacity_bits[i_sat],
                    account.generated_bits,
                    account.received_bits,
                    *(getattr(account, name) for name in _WENT),
                    stored_bits,
                    error,
                    account.n_dropped,
                    account.peak_bits,
                )
            )
        return rows

    # room

    def _put(self, data: StoredData) -> bool:
        lacking_bits = self.accounts[data.satellite].stored_bits + data.left_bits
        lacking_bits -= self.setting.capacity_bits[data.satellite] + ROUNDING_BITS
        if lacking_bits <= 0.0 or self._make_room(data, lacking_bits):
            self._add(data)
            return True
        data.is_gone = True
        self._count_drop(data)
        return False

    def _make_room(self, data: StoredData, lacking_bits: float) -> bool:
        """Drop what is less urgent than data that come; nothing, and False, if that would not be enough."""
        if self.setting.overflow is Overflow.DROP_NEW:
            return False
        heap, victims, kept = self._least_urgent_on(data.satellite), [], []
        last: StoredData | None = None
        while heap and lacking_bits > 0.0 and heap[0][:3] < _reversed(data):
            entry = heappop(heap)
            other = entry[3]
            if other.is_gone or other.satellite != data.satellite or other is last:  # what has come back is here twice
                continue
            last = other
            if other.is_in_use:
                kept.append(entry)
            else:
                victims.append(entry)
                lacking_bits -= other.left_bits
        is_enough = lacking_bits <= 0.0
        for entry in kept if is_enough else kept + victims:
            heappush(heap, entry)
        if is_enough:
            for *_, other in victims:
                self._remove(other)
                self._count_drop(other)
        return is_enough

    def _least_urgent_on(self, satellite: int) -> list[_Entry]:
        """Return a heap of what lies on a satellite; it is kept up from its first overflow on, as most have none."""
        heap = self._least_urgent[satellite]
        if heap is None:
            heap = [(*_reversed(data), data) for data in self._held[satellite].values()]
            heapify(heap)
            self._least_urgent[satellite] = heap
        return heap

    def _count_drop(self, data: StoredData) -> None:
        account = self.accounts[data.satellite]
        account.dropped_bits += data.left_bits
        account.n_dropped += 1
        self._on_dropped(data)

    def _add(self, data: StoredData) -> None:
        account, held = self.accounts[data.satellite], self._held[data.satellite]
        held[id(data)] = data
        heap = self._least_urgent[data.satellite]
        if heap is not None:
            heappush(heap, (*_reversed(data), data))
            if len(heap) > 2 * len(held) + 64:  # entries of what is gone stay until they come to the top
                heap[:] = [entry for entry in heap if held.get(id(entry[3])) is entry[3]]
                heapify(heap)
        account.stored_bits += data.left_bits
        if data.is_raw:
            account.raw_bits += data.left_bits
        if account.stored_bits > account.peak_bits:
            account.peak_bits = account.stored_bits
        self._note(data.satellite)

    def _remove(self, data: StoredData) -> None:
        account, held = self.accounts[data.satellite], self._held[data.satellite]
        del held[id(data)]
        account.stored_bits = account.stored_bits - data.left_bits if held else 0.0
        if data.is_raw:
            account.raw_bits -= data.left_bits
        data.is_gone = True
        self._note(data.satellite)

    def _note(self, satellite: int) -> None:
        if satellite in self.traces:
            account = self.accounts[satellite]
            self.traces[satellite].append((self._clock.now, account.stored_bits, account.raw_bits))


def _reversed(data: StoredData) -> tuple[int, float, int]:
    """Return a key that sorts the least urgent first."""
    rank, deadline_s, sequence = data.urgency
    return -rank, -deadline_s, -sequence
