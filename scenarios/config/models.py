"""The section `models`: models that tasks ask for, and a cache of them on every satellite."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from scenarios.config.sections import Section, broken_rule

_SHARES_ROUNDING = 1e-9
"""Shares written in decimals add up to 1 but for rounding."""


def _sum_to_one(shares: dict[str, float]) -> dict[str, float]:
    for name, share in shares.items():
        if not 0.0 < share <= 1.0:
            raise broken_rule(f"must be above 0, and 1 at most (got {share:g})", "write for example 0.5", at=name)
    if abs(sum(shares.values()) - 1.0) > _SHARES_ROUNDING:
        problem = f"shares must sum to 1 (got {sum(shares.values()):g})"
        raise broken_rule(problem, "write for example {detector: 0.7, segmenter: 0.3}")
    return shares


ModelShares = Annotated[dict[str, float], Field(min_length=1, max_length=1000), AfterValidator(_sum_to_one)]
"""Models that tasks ask for, each with the share of tasks that do."""


class CatalogueModel(Section):
    """A model by its name and its size on the way and on board."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["detector"])
    size_mbit: float = Field(gt=0.0, le=1e9, examples=[400], description="of its file; 1 MB is 8 Mbit")


class Models(Section):
    """Models come up from stations, or over links from satellites that have them, and stay in a cache of finite size.

    The cache needs no power to keep what it holds, and a reset of the computer does not clear it.
    """

    catalogue: tuple[CatalogueModel, ...] = Field(
        strict=False, min_length=1, max_length=1000, examples=["[{name: detector, size_mbit: 400}]"]
    )
    cache_mbit: float = Field(
        gt=0.0, le=1e9, examples=[1024], description="room for models on each satellite, beside any storage"
    )
    on_board: tuple[str, ...] = Field(
        default=(), strict=False, max_length=1000, examples=["[detector]"], description="on all satellites from t = 0"
    )
    sources: Literal["any", "ground", "neighbours"] = Field(
        default="any",
        description="where a missing model comes from: whatever is sooner, stations alone, or other satellites alone",
    )

    @model_validator(mode="after")
    def _check(self) -> Models:
        names = [model.name for model in self.catalogue]
        for i_model, name in enumerate(names):
            if name in names[:i_model]:
                raise broken_rule(f"two models are called {name!r}", "name each once", at=f"catalogue.{i_model}.name")
        self.check_board(self.cache_mbit, self.on_board, at=("cache_mbit", "on_board"))
        return self

    def check_board(self, cache_mbit: float, on_board: Sequence[str], *, at: tuple[str, str]) -> None:
        """Refuse a cache that a model does not fit in, and models on board that are none or too many.

        Raises
        ------
        PydanticCustomError
            At one of the two keys `at`, of the cache and of what is on board.
        """
        size_of = {model.name: model.size_mbit for model in self.catalogue}
        largest = max(self.catalogue, key=lambda model: model.size_mbit)
        if largest.size_mbit > cache_mbit:
            problem = f"{largest.name!r} has {largest.size_mbit:g} Mbit and does not fit into {cache_mbit:g}"
            raise broken_rule(problem, "raise it, or take the model out of the catalogue", at=at[0])
        for i_model, name in enumerate(on_board):
            if name not in size_of:
                raise broken_rule(_unknown(name), f"write one of {', '.join(size_of)}", at=f"{at[1]}.{i_model}")
            if name in on_board[:i_model]:
                raise broken_rule(f"{name!r} is named twice", "name every model once", at=f"{at[1]}.{i_model}")
        needed = sum(size_of[name] for name in on_board)
        if needed > cache_mbit:
            problem = f"they need {needed:g} Mbit, and the cache has {cache_mbit:g}"
            raise broken_rule(problem, "name fewer, or raise the cache", at=at[1])


class GroupModels(Section):
    """The cache of models of a group's satellites; needs the section models."""

    cache_mbit: float | None = Field(
        default=None, gt=0.0, le=1e9, examples=[512], description="room for models; null: as under models"
    )
    on_board: tuple[str, ...] | None = Field(
        default=None, strict=False, max_length=1000, examples=["[detector]"], description="null: as under models"
    )


def check_models(
    models: Models | None,
    groups: Sequence[GroupModels | None],
    asked_for: Collection[str] | None,
    *,
    has_stations: bool,
) -> None:
    """Refuse models that no task asks for, that no satellite has and nothing can send, and caches too small for them.

    Parameters
    ----------
    models : Models, optional
    groups : sequence of GroupModels or None
        What the groups of the fleet have of their own.
    asked_for : collection of str, optional
        Models that tasks ask for; None where only a trace will tell.
    has_stations : bool

    Raises
    ------
    PydanticCustomError
        At the key that is wrong, from the top of the scenario.
    """
    if models is None:
        for i_group, group in enumerate(groups):
            if group is not None:
                remedy = "add a section models, or remove it from the groups"
                raise broken_rule("there is no section models", remedy, at=f"fleet.groups.{i_group}.models")
        return
    boards = [models.on_board]
    for i_group, group in enumerate(groups):
        if group is not None:
            boards.append(models.on_board if group.on_board is None else group.on_board)
            cache_mbit = models.cache_mbit if group.cache_mbit is None else group.cache_mbit
            at = f"fleet.groups.{i_group}.models"
            models.check_board(cache_mbit, boards[-1], at=(f"{at}.cache_mbit", f"{at}.on_board"))
    if models.sources == "ground" and not has_stations:
        remedy = "add stations under ground, or write sources: any"
        raise broken_rule("there is no station", remedy, at="models.sources")
    if asked_for is not None:
        _check_asked_for(models, asked_for, boards, comes_up=has_stations and models.sources != "neighbours")


def _check_asked_for(
    models: Models, asked_for: Collection[str], boards: Sequence[Sequence[str]], *, comes_up: bool
) -> None:
    names = [model.name for model in models.catalogue]
    if not asked_for:
        remedy = f"add for example models: {{{names[0]}: 1}} under tasks, or remove this section"
        raise broken_rule("no task asks for a model", remedy, at="models")
    for name in asked_for:
        if name not in names:
            remedy = f"add it to models.catalogue, or write one of {', '.join(names)}"
            raise broken_rule(_unknown(name), remedy, at=f"tasks.models.{name}")
        if not comes_up and not any(name in board for board in boards):
            problem = f"tasks ask for {name!r}, which is on no satellite and cannot come from a station"
            raise broken_rule(problem, "name it here, or let models come from stations", at="models.on_board")


def _unknown(name: str) -> str:
    return f"{name!r} is not in the catalogue of models"
