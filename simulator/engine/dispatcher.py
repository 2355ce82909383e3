"""The life of a task: arrival, decision, transfer, execution, delivery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isnan, nan

import numpy as np

from simulator.engine.clock import Clock
from simulator.engine.decision_checks import DecisionChecks
from simulator.engine.fleet import Fleet
from simulator.engine.ground import GroundSite
from simulator.engine.jobs import Job
from simulator.engine.model_fetches import ModelFetches
from simulator.engine.processor import Processor
from simulator.engine.sky import Sky
from simulator.engine.task_data import TaskData
from simulator.engine.task_ends import ARISEN_IN_RESET, LOST_IN_RESET, NO_ROOM, task_outcome, task_row, why_uncaptured
from simulator.engine.transport import Transport
from simulator.engine.view import EngineView
from simulator.engine.world import Recorder, World
from simulator.records import (
    Decision,
    DeliverTo,
    Drop,
    Fate,
    Forward,
    Hold,
    Place,
    Revision,
    Run,
    Scheduler,
    Split,
    Task,
    ToGround,
)


class Dispatcher:
    """Asks the scheduler, does what physics allows, and ends every task with exactly one fate."""

    def __init__(
        self,
        world: World,
        scheduler: Scheduler,
        tasks: Iterator[Task],
        recorder: Recorder,
        surroundings: tuple[Clock, Sky, Fleet],
        scheduler_rng: np.random.Generator,
    ) -> None:
        self.clock, self.sky, self.fleet = surroundings
        self.world = world
        self.scheduler = scheduler
        self.recorder = recorder
        self.transport = Transport(world, self.clock, self.sky, self.fleet)
        self.data = TaskData(world, self.clock, self.transport, recorder, self._drop_for_room)
        self.ground = GroundSite(self.clock, world.ground)
        self.processors = [self._processor(i_sat) for i_sat in range(world.positions.n_sats)]
        self.models: ModelFetches | None = None
        if world.models is not None:
            at_hand = (self.clock, self.fleet)
            self.models = ModelFetches(world, world.models, at_hand, self.transport, recorder, self._has_model)
        self.committed_s = [0.0] * world.positions.n_sats
        self.n_arrived = 0
        self.last_deadline_s = 0.0
        self._jobs: dict[int, Job] = {}
        self._tasks = tasks
        self._checks = DecisionChecks(world, scheduler, self.clock)
        self._is_observed = type(scheduler).observe is not Scheduler.observe
        self.view = EngineView(self, scheduler_rng)

    def _processor(self, i_sat: int) -> Processor:
        return Processor(
            i_sat,
            self.clock,
            self.world,
            self.fleet.set_compute_power,
            self._started,
            self._preempted,
            self._finished,
        )

    @property
    def n_unfinished(self) -> int:
        """Tasks that have arrived and not ended."""
        return len(self._jobs)

    def start(self) -> None:
        """Let the scheduler begin and the first task come."""
        first_wake_s = self.scheduler.start(self.view)
        if first_wake_s is not None:
            self.clock.at(first_wake_s, self._wake)
        self._await_next_task()

    def end_all(self) -> None:
        """End what is still under way."""
        reasons = {} if self.models is None else self.models.close()
        for task_id, job in list(self._jobs.items()):
            self._end(job, Fate.IN_FLIGHT, nan, reasons.get(task_id, "under way at the end of the run"))

    # arrivals and decisions

    def _await_next_task(self) -> None:
        task = next(self._tasks, None)
        if task is not None:
            self.clock.at(task.arrival_s, self._arrive, task)

    def _arrive(self, task: Task) -> None:
        self.n_arrived += 1
        if task.deadline_s > self.last_deadline_s:
            self.last_deadline_s = task.deadline_s
        job = Job(task)
        self._jobs[task.task_id] = job
        if not self.fleet.is_up[task.source]:
            self._end(job, Fate.LOST, nan, f"arose on a satellite {self.fleet.why_down(task.source)}")
        elif why := why_uncaptured(self.world.payload, self.fleet, task):
            self._end(job, Fate.LOST, nan, why)
        elif self.processors[task.source].is_resetting:
            self._end(job, Fate.LOST, nan, ARISEN_IN_RESET)
        elif self.data.arise(job):
            self._decide(job)
        self._await_next_task()

    def _decide(self, job: Job) -> None:
        self.view.here = job.holder
        self._apply(job, self.scheduler.decide(job.task, self.view))

    def _wake(self, _: object) -> None:
        self.view.here = -1
        next_s = self.scheduler.wake(self.view)
        if next_s is not None:
            self._checks.wake(next_s)
            self.clock.at(next_s, self._wake)

    def _apply(self, job: Job, decision: Decision) -> None:
        if isinstance(decision, Run):
            self._apply_run(job, decision)
        elif isinstance(decision, ToGround):
            self._apply_to_ground(job, decision)
        elif isinstance(decision, Forward):
            self._checks.forward(decision, job.holder)
            self._send(job, decision.neighbour, job.input_bits, self._relayed)
        elif isinstance(decision, Hold):
            self._checks.hold(decision)
            job.is_held = True
            self.clock.at(decision.until_s, self._hold_over, job)
        elif isinstance(decision, Drop):
            self._end(job, Fate.DROPPED, nan, decision.reason)
        elif isinstance(decision, Split):
            self._apply_split(job, decision)
        else:
            self._checks.no_decision(decision)

    def _apply_run(self, job: Job, run: Run) -> None:
        self._checks.run(run)
        satellite = run.satellite
        for revision in run.revisions:
            self._revise(satellite, revision)
        job.satellite = satellite
        job.not_before_s, job.priority, job.mode = run.not_before_s, run.priority, run.mode
        job.committed_s = job.work_s
        self.committed_s[satellite] += job.work_s
        if self.models is not None:
            self.models.need(job)
        if satellite == job.holder:
            is_queued = self._queue(job)
        else:
            is_queued = False
            self._send(job, satellite, job.input_bits, self._at_processor)
        if run.revisions and not is_queued:
            self.processors[satellite].poll()

    def _revise(self, satellite: int, revision: Revision) -> None:
        """Re-time a task that waits on a satellite or is still on its way there."""
        job = self._jobs.get(revision.task_id)
        if job is None or job.satellite != satellite or not isnan(job.start_s):
            return
        if not self.processors[satellite].revise(job, revision.not_before_s, revision.priority):
            job.not_before_s, job.priority = revision.not_before_s, revision.priority

    def _apply_split(self, job: Job, split: Split) -> None:
        self._checks.split(split)
        job.n_parts_left = len(split.parts)
        for share, decision in split.parts:
            part = Job(job.task, parent=job, share=share)
            if not self.data.divide(job, part):
                break
            self._apply(part, decision)
        self.data.let_go(job)

    def _apply_to_ground(self, job: Job, decision: ToGround) -> None:
        self._checks.to_ground(decision)
        via = job.holder if decision.via is None else decision.via
        job.not_before_s = decision.not_before_s
        if via == job.holder:
            self._send_down(job)
        else:
            self._send(job, via, job.input_bits, self._at_downlink)

    # movement

    def _send(self, job: Job, target: int, bits: float, on_arrival: Callable[[Job], None]) -> None:
        self.data.leave(job)
        if not self.transport.send(job, target, bits, on_arrival, self._cut):
            self._cut(job, f"no route from satellite {job.holder} to {target}")

    def _relayed(self, job: Job) -> None:
        if not self.data.come_in(job):
            return
        if job.n_hops > 4 * len(self.processors):
            self._cut(job, "forwarded without end")
        elif self.processors[job.holder].is_resetting:  # its terminal keeps the data until somebody can decide
            self.clock.at(self.processors[job.holder].restart_s, self._hold_over, job)
        else:
            self._decide(job)

    def _at_processor(self, job: Job) -> None:
        if self.data.come_in(job):
            self._queue(job)

    def _at_downlink(self, job: Job) -> None:
        if self.data.come_in(job):
            self._send_down(job)

    def _hold_over(self, job: Job) -> None:
        if job.is_over:
            return
        job.is_held = False
        if self.fleet.is_up[job.holder]:
            self._decide(job)
        else:
            why = "is in safe mode" if self.fleet.has_power[job.holder] else "lost power"
            self._cut(job, f"held by a satellite that {why}")

    def _send_down(self, job: Job) -> None:
        self.transport.ground.send_down(job, job.input_bits, self._on_ground, self._cut)

    def _on_ground(self, job: Job) -> None:
        job.place, job.satellite = Place.GROUND, job.holder
        self.ground.compute(job, self._computed_on_ground)

    def _computed_on_ground(self, job: Job) -> None:
        if job.task.deliver_to is DeliverTo.GROUND:
            self._deliver(job)
        else:
            self.transport.ground.send_up(job, job.task.source, job.result_bits, self._deliver, self._cut)

    # execution

    def _queue(self, job: Job) -> bool:
        """Let a job whose input is there wait for its turn, or first for its model, and return whether it is queued."""
        is_ready = self.models is None or self.models.is_ready(job)
        if is_ready:
            self.processors[job.satellite].queue(job)
        return is_ready

    def _has_model(self, job: Job) -> None:
        self.processors[job.satellite].queue(job)

    def look_for_models(self) -> None:
        """Try again to fetch models that came from nowhere: links, satellites, stations or contacts have come."""
        if self.models is not None:
            self.models.look_again()

    def reset_computer(self, satellite: int, restart_s: float) -> None:
        """Lose what runs, waits or is held on a computer; what its terminals send, receive or keep is not on it."""
        lost = self.processors[satellite].reset(restart_s)
        lost += [] if self.models is None else self.models.waiting_on(satellite)
        lost += [job for job in self._jobs.values() if job.is_held and job.holder == satellite]
        for job in lost:
            self._cut(job, LOST_IN_RESET)

    def mark_logic_error(self, satellite: int) -> None:
        """Note a logic error on the task that has run for longest; an idle processor has nothing to spoil."""
        running = self.processors[satellite].running
        if running:
            running[0].job.n_logic_errors += 1

    def _started(self, job: Job) -> None:
        middle_s = 0.5 * (self.clock.now + job.finish_s)
        is_source = job.satellite == job.task.source
        if self.sky.is_sunlit(job.satellite, middle_s):
            job.place = Place.SOURCE_SUNLIT if is_source else Place.OTHER_SUNLIT
        else:
            job.place = Place.SOURCE_BATTERY if is_source else Place.OTHER_BATTERY

    def _preempted(self, job: Job, done_s: float) -> None:
        self.committed_s[job.satellite] -= done_s
        job.committed_s -= done_s

    def _finished(self, job: Job) -> None:
        satellite = job.satellite
        self._release(job)
        is_for_ground = job.task.deliver_to is DeliverTo.GROUND
        if not self.data.finish(job, is_at_home=not is_for_ground and satellite == job.task.source):
            return
        if is_for_ground:
            self.transport.ground.send_down(job, job.result_bits, self._deliver, self._cut)
        elif satellite == job.task.source:
            self._deliver(job)
        else:
            self._send(job, job.task.source, job.result_bits, self._deliver)

    def _release(self, job: Job) -> None:
        """Take a job off what its satellite is committed to, and keep its model there no more."""
        if self.models is not None:
            self.models.release(job)
        if job.committed_s > 0.0:
            self.committed_s[job.satellite] -= job.committed_s
            job.committed_s = 0.0

    def _deliver(self, job: Job) -> None:
        now_s = self.clock.now
        self.data.hand_over(job)
        if job.parent is not None:
            self._deliver_part(job)
            return
        self._end(job, Fate.ON_TIME if now_s <= job.task.deadline_s else Fate.LATE, now_s, "")

    def _deliver_part(self, part: Job) -> None:
        parent = part.parent
        if parent is None or parent.is_over:
            return
        parent.take_in(part)
        if parent.n_parts_left == 0:
            self._deliver(parent)

    def _cut(self, job: Job, reason: str) -> None:
        self._give_up(job, Fate.LOST, reason)

    def _drop_for_room(self, job: Job) -> None:
        self.processors[job.holder].remove(job)
        self._give_up(job, Fate.DROPPED, NO_ROOM)

    def _give_up(self, job: Job, fate: Fate, reason: str) -> None:
        """End the task of a job, or of a part that takes the whole with it."""
        self._release(job)
        self.data.let_go(job)
        whole = job if job.parent is None else job.parent
        if not whole.is_over:
            self._end(whole, fate, nan, reason)

    def _end(self, job: Job, fate: Fate, delivered_s: float, reason: str) -> None:
        job.is_over = True
        del self._jobs[job.task.task_id]
        if fate is not Fate.IN_FLIGHT:
            self.data.let_go(job)
        if job.finish_s > self.clock.now:
            job.finish_s = nan  # planned, not reached
        self.recorder.task(task_row(self.world, job, fate, delivered_s, reason))
        if self._is_observed:
            self.view.here = job.task.source
            self.scheduler.observe(task_outcome(job, fate, delivered_s, reason), self.view)
