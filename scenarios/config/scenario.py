"""The whole scenario: every key a person may write, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from scenarios.config.adversity import Adversity
from scenarios.config.device_source import is_device_file
from scenarios.config.fleet import Fleet
from scenarios.config.group_checks import check_memories, check_radios
from scenarios.config.hardware import Power, Processor, Shadow
from scenarios.config.inference import Inference
from scenarios.config.link_budget import LinkBudgetSection
from scenarios.config.models import Models, check_models
from scenarios.config.network import Ground, Links
from scenarios.config.observation import ObservationTasks, TargetFile
from scenarios.config.radiation import Radiation
from scenarios.config.satellites import FileSatellites, Satellites, StatesSatellites, WalkerSatellites
from scenarios.config.scheduler_names import option_problem, scheduler_problem
from scenarios.config.section_checks import (
    check_battery,
    check_exists,
    check_link_closes,
    check_outages,
    check_planes_are_known,
    check_storage,
    check_surroundings,
    check_tasks,
    check_warm_up_is_shorter,
    check_weights_lie_in_memory,
    folder_of,
)
from scenarios.config.sections import Section, broken_rule
from scenarios.config.span import Span
from scenarios.config.storage import Storage
from scenarios.config.workload import Tasks, TraceTasks

SCHEMA_VERSION = 1
OptionValue: TypeAlias = bool | int | float | str | None


class Record(Section):
    """What a run keeps beyond its summary and tables."""

    battery_traces: int = Field(
        default=8, ge=0, le=100_000, examples=[8], description="satellites whose stored energy is traced over time"
    )


class Scenario(Section):
    """One experiment: satellites, their hardware, the network, the tasks and the scheduler. All units in the keys."""

    schema_version: int = Field(examples=[1], description="version of this format")
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$", examples=["my-scenario"])
    description: str = Field(default="", max_length=10_000)
    seed: int = Field(default=0, ge=0, le=2**63 - 1, examples=[1], description="root of every random draw")
    epoch: str = Field(examples=["2026-06-21T00:00:00Z"], description="UTC at t = 0, ending in Z")
    satellites: Satellites = Field(
        examples=["{kind: walker, planes: 6, satellites_per_plane: 11, altitude_km: 550, inclination_deg: 53}"]
    )
    duration: Span = Field(examples=["{orbits: 4}"], description="time in which tasks arrive, warm-up included")
    warm_up: Span = Field(
        default=Span(orbits=1.0),
        validate_default=True,
        examples=["{orbits: 1}"],
        description="first part of the duration, in no metric",
    )
    shadow: Shadow = Field(default=Shadow())
    power: Power = Field(default=Power())
    processor: Processor = Field(default=Processor())
    fleet: Fleet | None = Field(
        default=None,
        examples=["{groups: [{name: old, planes: [0], satellite_class: cubesat}]}"],
        description="groups of satellites that are made of something else; null: all are alike",
    )
    links: Links = Field(default=Links())
    ground: Ground = Field(default=Ground())
    storage: Storage | None = Field(
        default=None,
        validate_default=True,
        examples=["{capacity_gbit: 512}"],
        description="memory of each satellite, and a queue for what goes down; null: no limit, and all is booked ahead",
    )
    tasks: Tasks = Field(examples=["{kind: poisson, load: 0.36}"])
    models: Models | None = Field(
        default=None,
        examples=["{catalogue: [{name: detector, size_mbit: 400}], cache_mbit: 1024}"],
        description="models that tasks ask for, and a cache of them on every satellite; null: all are everywhere",
    )
    scheduler: str = Field(examples=["phoenix"], description="name, or package.module:Class")
    scheduler_options: dict[str, OptionValue] = Field(
        default_factory=dict, max_length=100, description="keyword arguments of the scheduler"
    )
    state_age_s: float = Field(
        default=0.0, ge=0.0, le=1e6, examples=[0], description="age of what a scheduler knows of other satellites"
    )
    adversity: Adversity | None = Field(
        default=None, examples=["{forecast_error_s: 60}"], description="what goes wrong; null: nothing"
    )
    radiation: Radiation | None = Field(
        default=None,
        examples=["{device: carmen-2-rednet}"],
        description="particles that upset memory and processors; null: none",
    )
    inference: Inference | None = Field(
        default=None,
        examples=["{model: cnn}"],
        description="the network that tasks run, its weights in the memory that radiation upsets; null: none",
    )
    record: Record = Field(default=Record())

    _folder: Path = PrivateAttr(default_factory=Path)
    _overrides: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("schema_version")
    @classmethod
    def _check_version(cls, version: int) -> int:
        if version != SCHEMA_VERSION:
            remedy = "install a newer sunwise" if version > SCHEMA_VERSION else "write schema_version: 1"
            raise broken_rule(f"this version reads format {SCHEMA_VERSION} (got {version})", remedy)
        return version

    @field_validator("epoch")
    @classmethod
    def _check_epoch(cls, text: str) -> str:
        from simulator.timescale import parse_epoch

        try:
            parse_epoch(text)
        except ValueError as error:
            told = str(error).partition(": ")[2] or str(error)
            raise broken_rule(f"not an epoch (got {text!r})", told) from error
        return text

    @field_validator("satellites")
    @classmethod
    def _check_orbit_file(cls, satellites: Satellites, info: ValidationInfo) -> Satellites:
        if isinstance(satellites, (FileSatellites, StatesSatellites)):
            check_exists(satellites.path, info.context)
        return satellites

    @field_validator("duration")
    @classmethod
    def _check_duration(cls, duration: Span) -> Span:
        if duration.to_s(1.0) <= 0.0:
            raise broken_rule("must be greater than 0", "write for example {orbits: 4}")
        return duration

    @field_validator("warm_up")
    @classmethod
    def _check_warm_up(cls, warm_up: Span, info: ValidationInfo) -> Span:
        duration, satellites = info.data.get("duration"), info.data.get("satellites")
        if isinstance(duration, Span):
            check_warm_up_is_shorter(warm_up, duration, satellites)
        return warm_up

    @field_validator("power")
    @classmethod
    def _check_power(cls, power: Power) -> Power:
        check_battery(power)
        return power

    @field_validator("fleet")
    @classmethod
    def _check_fleet(cls, fleet: Fleet | None, info: ValidationInfo) -> Fleet | None:
        power, processor, satellites = (info.data.get(name) for name in ("power", "processor", "satellites"))
        if fleet is None or not isinstance(power, Power) or not isinstance(processor, Processor):
            return fleet
        if isinstance(satellites, WalkerSatellites):
            fleet.check_places(satellites)
        resolved = fleet.resolved(power, processor)
        for i_group, group in enumerate(resolved.groups):
            if group.power is not None:
                check_battery(group.power, at=f"groups.{i_group}.power.battery_capacity_kj")
        return resolved

    @field_validator("links")
    @classmethod
    def _check_links(cls, links: Links, info: ValidationInfo) -> Links:
        check_planes_are_known(links, info.data.get("satellites"))
        return links

    @field_validator("ground")
    @classmethod
    def _check_reach(cls, ground: Ground, info: ValidationInfo) -> Ground:
        satellites = info.data.get("satellites")
        if ground.link_budget is not None and isinstance(satellites, WalkerSatellites):
            check_link_closes(ground.link_budget, satellites.altitude_m)
        return ground

    @field_validator("storage")
    @classmethod
    def _check_storage(cls, storage: Storage | None, info: ValidationInfo) -> Storage | None:
        check_storage(storage, info)
        return storage

    @field_validator("tasks")
    @classmethod
    def _check_tasks(cls, tasks: Tasks, info: ValidationInfo) -> Tasks:
        check_tasks(tasks, info)
        return tasks

    @field_validator("scheduler")
    @classmethod
    def _check_scheduler(cls, name: str) -> str:
        problem = scheduler_problem(name)
        if problem is not None:
            raise broken_rule(*problem)
        return name

    @field_validator("scheduler_options")
    @classmethod
    def _check_options(cls, options: dict[str, OptionValue], info: ValidationInfo) -> dict[str, OptionValue]:
        problem = option_problem(info.data.get("scheduler", ""), options)
        if problem is not None:
            key, what, remedy = problem
            raise broken_rule(what, remedy, at=key)
        return options

    @field_validator("adversity")
    @classmethod
    def _check_adversity(cls, adversity: Adversity | None, info: ValidationInfo) -> Adversity | None:
        if adversity is not None:
            check_outages(adversity, info)
        return adversity

    @field_validator("radiation")
    @classmethod
    def _check_radiation(cls, radiation: Radiation | None, info: ValidationInfo) -> Radiation | None:
        epoch, satellites = info.data.get("epoch"), info.data.get("satellites")
        if radiation is not None:
            altitude_m = satellites.altitude_m if isinstance(satellites, WalkerSatellites) else None
            check_surroundings(radiation, folder_of(info), epoch, altitude_m)
        return radiation

    @field_validator("inference")
    @classmethod
    def _check_inference(cls, inference: Inference | None, info: ValidationInfo) -> Inference | None:
        if inference is not None and "radiation" in info.data:
            check_weights_lie_in_memory(info.data["radiation"], folder_of(info))
        return inference

    @model_validator(mode="after")
    def _check_groups(self) -> Scenario:
        if self.fleet is not None:
            check_radios(self.fleet, self.ground.link_budget, self._check_link_budget)
            check_memories(self.fleet, self.radiation, self.folder, self._check_memory)
        return self

    @model_validator(mode="after")
    def _check_models(self) -> Scenario:
        groups = () if self.fleet is None else self.fleet.groups
        asked_for = None if isinstance(self.tasks, TraceTasks) else tuple(self.tasks.models or ())
        own = [group.models for group in groups]
        check_models(self.models, own, asked_for, has_stations=bool(self.ground.stations))
        return self

    def _check_link_budget(self, link_budget: LinkBudgetSection) -> None:
        if isinstance(self.satellites, WalkerSatellites):
            check_link_closes(link_budget, self.satellites.altitude_m)

    def _check_memory(self, radiation: Radiation) -> None:
        altitude_m = self.satellites.altitude_m if isinstance(self.satellites, WalkerSatellites) else None
        check_surroundings(radiation, self.folder, self.epoch, altitude_m)
        if self.inference is not None:
            check_weights_lie_in_memory(radiation, self.folder)

    def model_post_init(self, context: Any, /) -> None:
        """Remember the folder that relative paths start from, and the overrides for the record."""
        super().model_post_init(context)
        if isinstance(context, dict):
            self._folder = context.get("folder", self._folder)
            self._overrides = context.get("overrides", self._overrides)

    @property
    def folder(self) -> Path:
        """Folder of the scenario file, from which the paths in it start."""
        return self._folder

    @property
    def overrides(self) -> tuple[str, ...]:
        """Changes given beside the file, such as `power.base_power_w=20`; they are in the values already."""
        return self._overrides

    @property
    def input_files(self) -> tuple[Path, ...]:
        """Files that the scenario refers to; their content is part of a run's identity."""
        sections = (self.satellites, self.tasks)
        paths = [part.path for part in sections if isinstance(part, (FileSatellites, StatesSatellites, TraceTasks))]
        if isinstance(self.tasks, ObservationTasks) and isinstance(self.tasks.targets, TargetFile):
            paths.append(self.tasks.targets.path)
        paths += [device for device in self._devices if is_device_file(device)]
        if self.inference is not None:
            paths += self.inference.files
        if self.ground.downlink is not None:
            paths += self.ground.downlink.files
        if self.adversity is not None and self.adversity.schedule is not None:
            paths.append(self.adversity.schedule)
        found = (self.folder / path for path in paths)
        return tuple(file for path in found for file in (_files_in(path) if path.is_dir() else [path]))

    @property
    def _devices(self) -> list[Any]:
        """Sources of the devices that radiation upsets, that of all satellites first."""
        groups = () if self.fleet is None else self.fleet.groups
        sections = (self.radiation, *(group.radiation for group in groups))
        return [section.device for section in sections if section is not None]

    def times_s(self, orbital_period_s: float | None = None) -> tuple[float, float]:
        """Return warm-up and duration in seconds; `orbital_period_s` is needed for satellites from a file.

        Raises
        ------
        ValueError
            If a period is needed and missing, or the warm-up is not shorter than the duration.
        """
        if isinstance(self.satellites, WalkerSatellites):
            orbital_period_s = self.satellites.orbital_period_s
        if orbital_period_s is None:
            raise ValueError("orbital_period_s = None: satellites from a file need the period of one of them")
        warm_up_s, duration_s = (span.to_s(orbital_period_s) for span in (self.warm_up, self.duration))
        if warm_up_s >= duration_s:
            raise ValueError(f"warm_up = {warm_up_s:g} s is not shorter than duration = {duration_s:g} s")
        return warm_up_s, duration_s

    def with_scheduler(self, name: str) -> Scenario:
        """Return the same scenario under another scheduler; its own options do not carry over to another name.

        Raises
        ------
        ValueError
            If there is no such scheduler.
        """
        problem = scheduler_problem(name)
        if problem is not None:
            raise ValueError(f"scheduler = {name!r}: {problem[0]}; {problem[1]}")
        options = self.scheduler_options if name == self.scheduler else {}
        return self.model_copy(update={"scheduler": name, "scheduler_options": options})


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
