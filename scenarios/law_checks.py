"""The battery of laws over one scheduler: a shipped one by its name, or anybody's own as `package.module:Class`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scenarios.custom_class import load_class
from scenarios.laws import LAW_WORLDS, LAWS, Factory, Law, ObservedRun, observe
from scenarios.laws.battery_of_laws import Evidence
from scenarios.laws.worlds import with_another_future
from schedulers import SCHEDULERS
from simulator.records import Scheduler


@dataclass(frozen=True, slots=True, kw_only=True)
class LawReport:
    """One law and whether a scheduler obeyed it; `detail` says what was checked, or how it was broken.

    A law for which runs showed nothing, neither for nor against, was not run and has not passed.
    """

    name: str
    passed: bool
    detail: str
    was_run: bool = True


def check_scheduler(factory_path: str) -> list[LawReport]:
    """Return how a scheduler fares under every law.

    Parameters
    ----------
    factory_path : str
        A key of `schedulers.SCHEDULERS`, or `package.module:Class`, searched from the working directory.

    Raises
    ------
    ValueError
        If there is no such scheduler.
    """
    if factory_path in SCHEDULERS:
        return check_factory(SCHEDULERS[factory_path])
    if ":" not in factory_path:
        raise ValueError(f"{factory_path!r}: use one of {', '.join(SCHEDULERS)}, or package.module:Class")
    return check_factory(load_class(factory_path))


def check_factory(factory: Factory) -> list[LawReport]:
    """Return how the schedulers of a factory fare under every law; it is called without options."""
    first = _is_a_scheduler(factory)
    if not first.passed:
        return [first]
    runs = tuple(observe(factory, world.name, *world.build()) for world in LAW_WORLDS)
    works = [_works(run) for run in runs]
    evidence = _further_evidence(factory, runs)
    return [first, _report_options(factory), *works, *(_report_law(law, evidence) for law in LAWS)]


def _further_evidence(factory: Factory, runs: tuple[ObservedRun, ...]) -> Evidence:
    plain = runs[0]
    name, world, tasks = plain.world_name, plain.world, plain.tasks
    middle_s = 0.5 * world.end_s
    return Evidence(
        runs=runs,
        guarded=observe(factory, name, world, tasks, is_guarded=True),
        again=observe(factory, name, world, tasks),
        other_future=observe(factory, name, world, with_another_future(tasks, middle_s)),
        other_from_s=middle_s,
    )


def _report_law(law: Law, evidence: Evidence) -> LawReport:
    breach = law.check(evidence)
    missing = "" if breach else law.missing(evidence)
    if missing:
        return LawReport(name=law.name, passed=False, detail=missing, was_run=False)
    return _report(law.name, law.sentence, breach)


def _report(name: str, sentence: str, breach: str) -> LawReport:
    return LawReport(name=name, passed=not breach, detail=breach or sentence)


def _is_a_scheduler(factory: Factory) -> LawReport:
    sentence = "it can be made without options and is a Scheduler"
    return _report("is a scheduler", sentence, _tried(lambda: _no_scheduler(factory())))


def _no_scheduler(made: object) -> str:
    return "" if isinstance(made, Scheduler) else f"{type(made).__name__} is no subclass of Scheduler"


def _report_options(factory: Factory) -> LawReport:
    sentence = "an option that it does not have is refused by a TypeError or ValueError"
    breach = "it took the option no_such_option=1 in silence"
    try:
        factory(no_such_option=1)
    except (TypeError, ValueError):
        breach = ""
    except (Exception, SystemExit) as error:  # a user's class may raise anything
        breach = f"an unknown option raised {type(error).__name__}: {error}"
    return _report("refuses unknown options", sentence, breach)


def _works(run: ObservedRun) -> LawReport:
    sentence = f"{len(run.tasks)} tasks, every decision legal, every fate decided"
    return _report(f"works in {run.world_name}", sentence, run.failure)


def _tried(check: Callable[[], str]) -> str:
    try:
        return check()
    except (Exception, SystemExit) as error:  # a user's class may raise anything
        return f"{type(error).__name__}: {error}"
