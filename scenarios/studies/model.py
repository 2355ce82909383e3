"""A study as a person writes it: one question, the cases that answer it, and what to draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from scenarios.config.scheduler_names import scheduler_problem
from scenarios.config.sections import Section, broken_rule

SCHEMA_VERSION = 1

Changes: TypeAlias = tuple[str, ...]
"""Changes of scenario keys, written as for `--set`: `tasks.load=0.5`."""

Measure: TypeAlias = Literal[
    "max_depth_of_discharge",
    "p99_depth_of_discharge",
    "mean_max_depth_of_discharge",
    "battery_energy_j",
    "completed_share",
    "mean_completion_s",
    "mean_hops",
    "min_xu_lifetime_years",
    "median_xu_lifetime_years",
]

_CHANGES_EXAMPLE = "[tasks.load=0.5]"
_STEM = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class CaseSize(Section):
    """Further changes of one case at one size."""

    size: str = Field(examples=["12x22"], description="name of a size of the study")
    set: Changes = Field(default=(), strict=False, max_length=1000, examples=[_CHANGES_EXAMPLE])


class Case(Section):
    """One named condition under which all schedulers are run."""

    name: str = Field(min_length=1, max_length=40, examples=["21 Jun"])
    scenario: str | None = Field(
        default=None, min_length=1, examples=["kuiper"], description="instead of the study's: a file or library name"
    )
    set: Changes = Field(default=(), strict=False, max_length=1000, examples=[_CHANGES_EXAMPLE])
    sizes: tuple[CaseSize, ...] = Field(default=(), strict=False, max_length=100)


class Size(Section):
    """A size at which the study can be run; the first one is the default."""

    name: str = Field(pattern=_STEM, examples=["12x22"])
    set: Changes = Field(default=(), strict=False, max_length=1000, examples=["[satellites.planes=12]"])
    schedulers: tuple[str, ...] | None = Field(
        default=None,
        strict=False,
        min_length=1,
        examples=["[oec-local, phoenix]"],
        description="instead of the study's",
    )
    seeds: tuple[int, ...] | None = Field(
        default=None, strict=False, min_length=1, examples=["[1]"], description="instead of the study's"
    )

    @field_validator("schedulers")
    @classmethod
    def _check_schedulers(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return names if names is None else _checked_schedulers(names)

    @field_validator("seeds")
    @classmethod
    def _check_seeds(cls, seeds: tuple[int, ...] | None) -> tuple[int, ...] | None:
        return seeds if seeds is None else _checked_seeds(seeds)


class Reduced(Section):
    """What `--reduced` changes: smaller, shorter, fewer seeds, to see in minutes that all works."""

    size: str | None = Field(default=None, examples=["6x11"], description="name of a size of the study")
    set: Changes = Field(default=(), strict=False, max_length=1000, examples=["[duration.orbits=1.5]"])
    seeds: tuple[int, ...] = Field(default=(1,), strict=False, min_length=1, examples=["[1]"])


class Figure(Section):
    """One figure of a study."""

    name: str = Field(pattern=_STEM, examples=["depth_of_discharge"], description="of its files")
    kind: Literal["depth_of_discharge", "completion_time", "bars", "sunlit_share", "bound_gap", "arrivals"] = Field(
        description="distributions over satellites or tasks, bars per case, time in sunlight, depth above its bound, "
        "or the solar time at which work arises"
    )
    title: str = Field(default="", max_length=100, examples=["Processing capability"], description="begins the title")
    cases: tuple[str, ...] = Field(
        default=(), strict=False, examples=["[x0.5, x1, x2]"], description="default: all cases"
    )
    measure: Measure = Field(default="max_depth_of_discharge", description="height of bars")


class Study(Section):
    """Cases, schedulers and seeds: every combination is one run."""

    schema_version: int = Field(examples=[1], description="version of this format")
    name: str = Field(pattern=_STEM, examples=["my-study"], description="also of the output folder")
    description: str = Field(default="", max_length=10_000, examples=["What does ... change?"])
    scenario: str = Field(
        min_length=1, examples=["headline-12x22"], description="where cases start: a file or library name"
    )
    set: Changes = Field(default=(), strict=False, max_length=1000, examples=[_CHANGES_EXAMPLE])
    cases: tuple[Case, ...] = Field(
        strict=False, min_length=1, max_length=1000, examples=["[{name: base}, {name: heavy, set: [tasks.load=0.6]}]"]
    )
    schedulers: tuple[str, ...] = Field(
        strict=False,
        min_length=1,
        max_length=100,
        examples=["[oec-local, phoenix]"],
        description="names, or module:Class",
    )
    reference: str = Field(default="phoenix", description="scheduler against which paired differences are told")
    seeds: tuple[int, ...] = Field(
        default=(1, 2, 3, 4, 5), strict=False, min_length=1, max_length=10_000, examples=["[1, 2, 3, 4, 5]"]
    )
    bounds: bool = Field(default=False, description="whether runs are held against the least possible")
    sizes: tuple[Size, ...] = Field(default=(), strict=False, max_length=100)
    reduced: Reduced | None = Field(default=None, examples=["{set: [duration.orbits=1.5]}"])
    figures: tuple[Figure, ...] = Field(default=(), strict=False, max_length=100)

    @field_validator("schema_version")
    @classmethod
    def _check_version(cls, version: int) -> int:
        if version != SCHEMA_VERSION:
            remedy = "install a newer sunwise" if version > SCHEMA_VERSION else "write schema_version: 1"
            raise broken_rule(f"this version reads study format {SCHEMA_VERSION} (got {version})", remedy)
        return version

    @field_validator("schedulers")
    @classmethod
    def _check_schedulers(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _checked_schedulers(names)

    @field_validator("seeds")
    @classmethod
    def _check_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        return _checked_seeds(seeds)

    @field_validator("reference")
    @classmethod
    def _check_reference(cls, name: str) -> str:
        if problem := scheduler_problem(name):
            raise broken_rule(*problem)
        return name

    @model_validator(mode="after")
    def _check_names(self) -> Study:
        _check_distinct("cases", [case.name for case in self.cases], lambda i: f"cases.{i}.name")
        _check_distinct("sizes", [size.name for size in self.sizes], lambda i: f"sizes.{i}.name")
        _check_distinct("figures", [figure.name for figure in self.figures], lambda i: f"figures.{i}.name")
        sizes, cases = [size.name for size in self.sizes], [case.name for case in self.cases]
        if self.reduced is not None and self.reduced.size is not None:
            _check_known("size", self.reduced.size, sizes, "reduced.size")
        for i_case, case in enumerate(self.cases):
            for i_size, entry in enumerate(case.sizes):
                _check_known("size", entry.size, sizes, f"cases.{i_case}.sizes.{i_size}.size")
        for i_figure, figure in enumerate(self.figures):
            for i_case, name in enumerate(figure.cases):
                _check_known("case", name, cases, f"figures.{i_figure}.cases.{i_case}")
        return self

    def size_named(self, name: str | None) -> Size | None:
        """Return a size by its name, the first for None; None if the study has no sizes.

        Raises
        ------
        ValueError
            If there is no such size.
        """
        if name is None:
            return self.sizes[0] if self.sizes else None
        for size in self.sizes:
            if size.name == name:
                return size
        known = ", ".join(size.name for size in self.sizes) or "none"
        raise ValueError(f"study {self.name} has no size {name!r}; its sizes: {known}")


def _checked_schedulers(names: tuple[str, ...]) -> tuple[str, ...]:
    for i_name, name in enumerate(names):
        if problem := scheduler_problem(name):
            raise broken_rule(*problem, at=str(i_name))
        if name in names[:i_name]:
            raise broken_rule(f"{name} is named twice", "keep one of the two", at=str(i_name))
    return names


def _checked_seeds(seeds: tuple[int, ...]) -> tuple[int, ...]:
    for i_seed, seed in enumerate(seeds):
        if seed < 0:
            raise broken_rule(
                f"must be 0 or greater (got {seed})", "write for example seeds: [1, 2, 3]", at=str(i_seed)
            )
        if seed in seeds[:i_seed]:
            raise broken_rule(f"seed {seed} is given twice", "each seed is one set of arrivals", at=str(i_seed))
    return seeds


def _check_distinct(what: str, names: Sequence[str], at: Callable[[int], str]) -> None:
    for i_name, name in enumerate(names):
        if name in names[:i_name]:
            raise broken_rule(f"two {what} are called {name!r}", "give each its own name", at=at(i_name))


def _check_known(what: str, name: str, known: Iterable[str], at: str) -> None:
    names = list(known)
    if name not in names:
        raise broken_rule(
            f"no such {what} (got {name!r})", f"use one of {', '.join(names) or '(there is none)'}", at=at
        )
