"""The section `fleet`: groups of satellites that are made of something else than the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from scenarios.config.group_hardware import GroundRadio, GroupRadiation, Terminals
from scenarios.config.hardware import Power, Processor
from scenarios.config.models import GroupModels
from scenarios.config.satellite_classes import SATELLITE_CLASSES, ClassName
from scenarios.config.satellites import WalkerSatellites
from scenarios.config.sections import Section, broken_rule

OTHERS: Final = "others"
"""Name, in results, of the satellites that no group takes."""

_FLEET_WIDE: Final = {"power": ("brown_out_recovery", "ageing"), "processor": ("tasks_at_once", "preemptive")}
_MAX_NUMBER: Final = 99_999
_RANGE: Final = re.compile(r"(\d{1,5})-(\d{1,5})")


def _expanded(value: Any) -> Any:
    """Return a number, a range such as `2-5` or a list of both as numbers; leave anything else to the check."""
    entries = value if isinstance(value, (list, tuple)) else [value]
    numbers: list[Any] = []
    for entry in entries:
        match = _RANGE.fullmatch(entry) if isinstance(entry, str) else None
        if isinstance(entry, str) and match is None:
            raise broken_rule(f"no number and no range (got {entry!r})", 'write for example [0, 1] or "0-3"')
        numbers += [entry] if match is None else range(int(match[1]), int(match[2]) + 1)
    seen: set[int] = set()
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MAX_NUMBER:
            raise broken_rule(f"must be whole numbers from 0 (got {number!r})", 'write for example [0, 1] or "0-3"')
        if number in seen:
            raise broken_rule(f"{number} is named twice", "name every number once")
        seen.add(number)
    if not numbers:
        raise broken_rule("names nothing", 'write for example [0, 1] or "0-3", or remove the key')
    return tuple(numbers)


_NUMBER_OR_RANGE = {
    "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d{1,5}-\d{1,5}$"}],
}
_NUMBERS_SCHEMA = {"anyOf": [*_NUMBER_OR_RANGE["anyOf"], {"type": "array", "minItems": 1, "items": _NUMBER_OR_RANGE}]}

Numbers = Annotated[tuple[int, ...], BeforeValidator(_expanded), WithJsonSchema(_NUMBERS_SCHEMA)]
"""Whole numbers from 0, also written as one number or as ranges such as `0-3`."""


class Group(Section):
    """Satellites that are alike. A satellite belongs to the first group that takes it.

    What a group does not set is that of its class, and what that does not set, that of the sections `power` and
    `processor`. After reading, `power` and `processor` hold all of it.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["old"])
    planes: Numbers | None = Field(
        default=None,
        examples=["[0, 1]", '"0-3"'],
        description="orbital planes; null: all; with slots: where they cross",
    )
    slots: Numbers | None = Field(
        default=None, examples=["[0, 5]"], description="places in each plane; null: all; with planes: where they cross"
    )
    satellites: Numbers | None = Field(
        default=None, examples=["[0, 12]", '"0-21"'], description="satellites by number, instead of planes and slots"
    )
    names: tuple[str, ...] | None = Field(
        default=None,
        strict=False,
        min_length=1,
        max_length=100_000,
        examples=["[p00s03]"],
        description="satellites by name, instead of planes and slots",
    )
    satellite_class: ClassName | None = Field(
        default=None, examples=["cubesat"], description="kind of satellite, with its array, battery and processor"
    )
    power: Power | None = Field(
        default=None, examples=["{battery_capacity_kj: 200}"], description="what differs from the class and from power"
    )
    processor: Processor | None = Field(
        default=None,
        examples=["{modes: [{name: slow, power_w: 15, speed: 0.25}]}"],
        description="what differs from the class and from processor",
    )
    terminals: Terminals | None = Field(
        default=None, examples=["{rate_gbps: 1, transmit_power_w: 5}"], description="what differs from links"
    )
    ground_radio: GroundRadio | None = Field(
        default=None, examples=["{rate_gbps: 0.2, transmit_power_w: 5}"], description="what differs from ground"
    )
    radiation: GroupRadiation | None = Field(
        default=None, examples=["{device: ddr4-8gb-micron}"], description="what differs from radiation"
    )
    models: GroupModels | None = Field(
        default=None, examples=["{cache_mbit: 512}"], description="what differs from models"
    )
    storage_capacity_gbit: float | None = Field(
        default=None,
        gt=0.0,
        le=1e7,
        examples=[64],
        description="memory; needs the section storage; null: as there",
    )

    @model_validator(mode="after")
    def _check_selection(self) -> Group:
        if self.name == OTHERS:
            problem = f"{OTHERS!r} are the satellites that no group takes"
            raise broken_rule(problem, "choose another name", at="name")
        by_place = self.planes is not None or self.slots is not None
        if by_place + (self.satellites is not None) + (self.names is not None) > 1:
            raise broken_rule(
                "satellites are chosen in two ways", "keep planes and slots, or satellites, or names", at="name"
            )
        return self

    @property
    def takes_all_that_are_left(self) -> bool:
        """Whether it takes every satellite that no group before it has taken."""
        return all(key is None for key in (self.planes, self.slots, self.satellites, self.names))

    def resolved(self, power: Power, processor: Processor) -> Group:
        """Return the group with all of its power and processor, over those of the scenario."""
        record = None if self.satellite_class is None else SATELLITE_CLASSES[self.satellite_class]
        powers = (self.power,) if record is None else (record.power, self.power)
        processors = (self.processor,) if record is None else (record.processor, self.processor)
        whole = {"power": _merged(power, powers), "processor": _merged(processor, processors)}
        return self.model_copy(update=whole)


class Fleet(Section):
    """A fleet of several kinds of satellites; those that no group takes have the sections `power` and `processor`."""

    groups: tuple[Group, ...] = Field(
        strict=False,
        min_length=1,
        max_length=100_000,
        examples=["[{name: old, planes: [0], satellite_class: cubesat}]"],
    )

    @field_validator("groups")
    @classmethod
    def _check_groups(cls, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        seen: set[str] = set()
        for i_group, group in enumerate(groups):
            if group.name in seen:
                problem = f"two groups are called {group.name!r}"
                raise broken_rule(problem, "give each its own name", at=f"{i_group}.name")
            seen.add(group.name)
        for i_group, group in enumerate(groups[:-1]):
            if group.takes_all_that_are_left:
                problem = "it takes every satellite, so that none is left for the groups after it"
                raise broken_rule(problem, "write it last, or give it planes or satellites", at=f"{i_group}.name")
        return groups

    def resolved(self, power: Power, processor: Processor) -> Fleet:
        """Return the fleet with every group whole; what is of the whole fleet may not differ.

        Raises
        ------
        PydanticCustomError
            If a group sets what holds for the whole fleet to something else.
        """
        groups = tuple(group.resolved(power, processor) for group in self.groups)
        for i_group, group in enumerate(groups):
            for section, name, differs in _fleet_wide(group, power, processor):
                if differs:
                    problem = f"{name} holds for the whole fleet, and differs from that of {section}"
                    raise broken_rule(
                        problem, f"write it under {section} alone", at=f"groups.{i_group}.{section}.{name}"
                    )
        return self.model_copy(update={"groups": groups})

    def check_places(self, satellites: WalkerSatellites) -> None:
        """Refuse planes, slots and satellites that a Walker pattern does not have.

        Raises
        ------
        PydanticCustomError
            At the key of the group.
        """
        limits = {
            "planes": satellites.planes,
            "slots": satellites.satellites_per_plane,
            "satellites": satellites.n_sats,
        }
        for i_group, group in enumerate(self.groups):
            for key, n in limits.items():
                highest = max(getattr(group, key) or (0,))
                if highest >= n:
                    problem = f"there is no {highest}: the pattern has 0 to {n - 1}"
                    raise broken_rule(problem, f"write numbers up to {n - 1}", at=f"groups.{i_group}.{key}")

    @property
    def top_speed(self) -> float:
        """Speed of the fastest mode of any group; groups must be whole."""
        return max(group.processor.top_speed for group in self.groups if group.processor is not None)


def _merged(base: Any, parts: tuple[Section | None, ...]) -> Any:
    """Return a section with what the parts set, later ones over earlier ones."""
    given = {key: getattr(part, key) for part in parts if part is not None for key in part.model_fields_set}
    return type(base).model_validate({**{key: getattr(base, key) for key in type(base).model_fields}, **given})


def _fleet_wide(group: Group, power: Power, processor: Processor) -> Iterator[tuple[str, str, bool]]:
    for section, base in (("power", power), ("processor", processor)):
        for name in _FLEET_WIDE[section]:
            yield section, name, getattr(getattr(group, section), name) != getattr(base, name)
