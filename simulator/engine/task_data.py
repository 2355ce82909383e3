"""The data of tasks in the memories of satellites, from their arrival to their end."""

from __future__ import annotations

from collections.abc import Callable

from simulator.engine.clock import Clock
from simulator.engine.jobs import Job
from simulator.engine.storage import DataKind, Storage, StoredData
from simulator.engine.transport import Transport
from simulator.engine.world import Recorder, World


class TaskData:
    """Keeps the books of what tasks bring, move and leave; all of it is nothing where memories have no limit.

    `on_no_room` is told of a job whose data were dropped.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        transport: Transport,
        recorder: Recorder,
        on_no_room: Callable[[Job], None],
    ) -> None:
        self.storage: Storage | None = None
        self._on_no_room = on_no_room
        if world.storage is not None:
            self.storage = Storage(world.storage, clock, world.traced, self._dropped)
            self._queue = transport.ground.open_queue(self.storage, recorder)
            self._raw_share = world.storage.raw_to_ground_share

    def arise(self, job: Job) -> bool:
        """Store the input of a new task, and a copy of what is to go down of it; False where there is no room."""
        if self.storage is None:
            return True
        task = job.task
        job.stored = self.storage.make(DataKind.INPUT, task.source, task.input_bits, task, job)
        if job.stored is None:
            return False
        if self._raw_share > 0.0:
            raw = self.storage.make(DataKind.RAW, task.source, self._raw_share * task.input_bits, task, None)
            if raw is not None:
                self._queue.add(raw, raw.created_s, None)
        return not job.is_over  # its input may have had to make room

    def divide(self, job: Job, part: Job) -> bool:
        """Give a part of a task its part of the input; False if the task has been given up meanwhile."""
        if self.storage is None:
            return True
        if job.stored is None:
            return False
        part.stored = self.storage.divide(job.stored, part)
        return True

    def leave(self, job: Job) -> None:
        """Keep what is sent over links until it is there."""
        if job.stored is not None:
            job.stored.is_busy = True

    def come_in(self, job: Job) -> bool:
        """Store what has come over links; False where there is no room."""
        return self.storage is None or job.stored is None or self.storage.move(job.stored, job.holder)

    def finish(self, job: Job, *, is_at_home: bool) -> bool:
        """Put the result of a finished job in the place of its input; False where there is no room.

        A result that is where it is wanted is handed over at once and never lies in a memory.
        """
        if self.storage is None or job.stored is None:
            return True
        self.storage.use(job.stored, job.satellite)
        job.stored = None
        if not is_at_home:
            job.stored = self.storage.make(DataKind.RESULT, job.satellite, job.result_bits, job.task, job)
        return is_at_home or job.stored is not None

    def hand_over(self, job: Job) -> None:
        """Let go of a result that has come home over links."""
        if self.storage is not None and job.stored is not None:
            self.storage.use(job.stored, job.holder)
            job.stored = None

    def let_go(self, job: Job) -> None:
        """Let go of the data of a job that has been given up."""
        data, job.stored = job.stored, None
        if self.storage is None or data is None or data.is_gone:
            return
        if data.is_for_ground:
            self._queue.forget(data, "lost")
        self.storage.lose(data)

    def close(self) -> None:
        """End the run; what lies in memories stays there."""
        if self.storage is not None:
            self._queue.close()

    def _dropped(self, data: StoredData) -> None:
        if data.is_for_ground:
            self._queue.forget(data, "dropped")
        if data.job is not None:
            data.job.stored = None
            self._on_no_room(data.job)
