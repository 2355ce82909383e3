"""What stands between the engine and a scheduler under test, and sees all that passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from typing import Any, NamedTuple, TypeVar, cast

from simulator.records import Decision, Outcome, Scheduler, Signalling, Task, View

_Answer = TypeVar("_Answer")

_READABLE = frozenset(name for name in dir(View) if not name.startswith("_"))


class Call(NamedTuple):
    """One question to a scheduler and its answer."""

    now_s: float
    here: int
    task_id: int
    decision: Decision


class GuardedView:
    """A view through which nothing but the names of `View` can be read, and nothing written."""

    __slots__ = ("_report", "_view")

    def __init__(self, view: View, report: Callable[[str], None]) -> None:
        object.__setattr__(self, "_view", view)
        object.__setattr__(self, "_report", report)

    def __getattr__(self, name: str) -> Any:
        if name not in _READABLE:
            self._report(f"it read view.{name}, which is no part of View")
            raise AttributeError(f"View has no {name!r}")
        return getattr(self._view, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._report(f"it set view.{name}")
        raise AttributeError(f"view.{name} is for reading only")


class Witness(Scheduler):
    """Hands every question on to a scheduler and keeps the answers.

    Parameters
    ----------
    scheduler : Scheduler
        The one under test.

    Attributes
    ----------
    fingerprint : callable or None
        Gives the state of the world as something to compare; taken before and after every call, it shows whether the
        scheduler changed the world, and the view is guarded besides. To be set once the world exists.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.name = scheduler.name or type(scheduler).__name__
        self.calls: list[Call] = []
        self.trespasses: list[str] = []
        self.spoilt_tasks: list[str] = []
        self.fingerprint: Callable[[], object] | None = None

    def start(self, view: View) -> float | None:
        """Hand on."""
        return self._watched("start", self.scheduler.start, view)

    def wake(self, view: View) -> float | None:
        """Hand on."""
        return self._watched("wake", self.scheduler.wake, view)

    def decide(self, task: Task, view: View) -> Decision:
        """Hand on and keep the answer."""
        before = astuple(task)
        decision = self._watched("decide", lambda seen: self.scheduler.decide(task, seen), view)
        if astuple(task) != before:
            self.spoilt_tasks.append(f"it changed task {before[0]} at {view.now_s:.3f} s")
        self.calls.append(Call(view.now_s, view.here, before[0], decision))
        return decision

    def observe(self, outcome: Outcome, view: View) -> None:
        """Hand on."""
        self._watched("observe", lambda seen: self.scheduler.observe(outcome, seen), view)

    def signalling(self) -> Signalling:
        """Hand on."""
        return self.scheduler.signalling()

    def _watched(self, name: str, call: Callable[[View], _Answer], view: View) -> _Answer:
        if self.fingerprint is None:
            return call(view)
        before = self.fingerprint()
        answer = call(cast(View, GuardedView(view, self._trespass)))
        if self.fingerprint() != before:
            self._trespass(f"{name} at {view.now_s:.3f} s changed the world by itself")
        return answer

    def _trespass(self, what: str) -> None:
        self.trespasses.append(what)
