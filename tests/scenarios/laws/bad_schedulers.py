"""Schedulers that break one law each, so that the laws are seen to bite."""

from __future__ import annotations

from typing import Any, ClassVar

from simulator.records import Drop, Forward, Hold, Run, Scheduler, Split, Task, ToGround


class _Local(Scheduler):
    def decide(self, task: Task, view: Any) -> Any:
        return Run(satellite=view.here)


class SaysNothing(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        return None


class RunsNowhere(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        return Run(satellite=view.n_sats)


class RunsOnNone(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        return Run(satellite=None)  # type: ignore[arg-type]


class HoldsInThePast(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        return Hold(until_s=view.now_s - 1.0)


class ForwardsToItself(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        return Forward(neighbour=view.here)


class UsesAModeThatIsNotThere(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        return Run(satellite=view.here, mode=len(view.modes))


class SplitsIntoTooMuch(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        here = Run(satellite=view.here)
        return Split(parts=((0.6, here), (0.6, here)))


class SplitsAndDrops(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        return Split(parts=((0.5, Run(satellite=view.here)), (0.5, Drop())))  # type: ignore[arg-type]


class SendsDownThroughNothing(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        return ToGround(via=-2)


class WakesInThePast(_Local):
    def start(self, view: Any) -> float:
        return 10.0

    def wake(self, view: Any) -> float:
        return view.now_s


class RemembersItsPreviousLife(_Local):
    n_asked: ClassVar[int] = 0

    def decide(self, task: Task, view: Any) -> Any:
        type(self).n_asked += 1
        return Run(satellite=view.here, not_before_s=view.now_s + 1e-3 * type(self).n_asked)


class ReadsTheEngine(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        if view._processors[view.here].running is not None:
            return Drop()
        return Run(satellite=view.here)


class MovesTheView(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        here = view.here
        view.here = (here + 1) % view.n_sats
        return Run(satellite=here)


class ChargesABattery(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        view.is_up.__self__._fleet.batteries[view.here].stored_j += 1e3
        return Run(satellite=view.here)


class DelaysDeadlines(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        object.__setattr__(task, "deadline_s", task.deadline_s + 1e3)
        return Run(satellite=view.here)


class KnowsWhatComes(_Local):
    """Peeks at the task that the dispatcher will hand out next."""

    def decide(self, task: Task, view: Any) -> Any:
        dispatcher = view.is_up.__self__._transport.send.__self__._fleet._on_brown_out.__self__.dispatcher
        upcoming = next(dispatcher._tasks, None)
        if upcoming is None:
            return Run(satellite=view.here)
        rest = dispatcher._tasks
        dispatcher._tasks = iter([upcoming, *rest])
        return Run(satellite=view.here, not_before_s=view.now_s + upcoming.work_s)


class TakesAnyOption(_Local):
    def __init__(self, **options: object) -> None:
        self.options = options


class NoScheduler:
    def decide(self, task: Task, view: Any) -> Any:
        return Run(satellite=view.here)


class LeavesPython(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        raise SystemExit(0)


class Dies(_Local):
    def decide(self, task: Task, view: Any) -> Any:
        raise KeyError("lost my notes")
