"""What groups of a fleet have of their own, held against the sections that it comes on top of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from scenarios.config.fleet import Fleet
from scenarios.config.link_budget import LinkBudgetSection
from scenarios.config.radiation import Radiation
from scenarios.config.sections import broken_rule


def check_radios(
    fleet: Fleet, link_budget: LinkBudgetSection | None, check: Callable[[LinkBudgetSection], None]
) -> None:
    """Refuse radiated power without a link budget, and links to the ground that do not close.

    Parameters
    ----------
    fleet : Fleet
    link_budget : LinkBudgetSection, optional
        That of the fleet.
    check : callable
        Refuses a link budget.

    Raises
    ------
    PydanticCustomError
        At the key of the group, from the top of the scenario.
    """
    for i_group, group in enumerate(fleet.groups):
        radio, at = group.ground_radio, f"fleet.groups.{i_group}.ground_radio.eirp_dbw"
        if radio is None or radio.eirp_dbw is None:
            continue
        if link_budget is None:
            remedy = "add ground.link_budget, or write rate_gbps instead"
            raise broken_rule("without a link budget it changes nothing", remedy, at=at)
        try:
            check(radio.budget_of(link_budget))
        except PydanticCustomError as error:
            raise _at(error, at) from error


def check_memories(fleet: Fleet, radiation: Radiation | None, folder: Path, check: Callable[[Radiation], None]) -> None:
    """Refuse memories of groups that nothing upsets, and those whose device, size and protection do not go together.

    Parameters
    ----------
    fleet : Fleet
    radiation : Radiation, optional
        The section that those of groups come on top of.
    folder : Path
        That of the scenario file.
    check : callable
        Refuses the whole section of a group.

    Raises
    ------
    PydanticCustomError
        At the key of the group, from the top of the scenario.
    """
    seen: set[str] = set()
    for i_group, group in enumerate(fleet.groups):
        if group.radiation is None or (text := group.radiation.model_dump_json()) in seen:
            continue
        seen.add(text)
        at = f"fleet.groups.{i_group}.radiation"
        if radiation is None:
            remedy = "add for example radiation: {device: carmen-2-rednet}, or remove it from the groups"
            raise broken_rule("nothing upsets memory, as there is no section radiation", remedy, at=at)
        try:
            check(group.radiation.over(radiation, folder))
        except ValidationError as error:
            detail = error.errors()[0]
            context = detail.get("ctx", {})
            told = context.get("problem", detail["msg"]), context.get("remedy", "")
            key = ".".join(str(part) for part in (*detail["loc"], context.get("at", "")) if part != "")
            raise broken_rule(*told, at=f"{at}.{key}") from error
        except PydanticCustomError as error:
            raise _at(error, f"{at}.device") from error


def _at(error: PydanticCustomError, at: str) -> PydanticCustomError:
    context = error.context or {}
    return broken_rule(context["problem"], context["remedy"], at=at)
