"""Options of `upsets` and `radiation map` into the section `radiation` of a scenario, so that both mean the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic_core import ValidationError

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.sky_source import duration_s_of, epoch_of, seconds_from
from scenarios.config import Scenario
from scenarios.config.device_source import is_device_file
from scenarios.config.explanations import explain
from scenarios.config.problems import Place
from scenarios.config.radiation import Radiation
from scenarios.config.yaml_text import Document
from simulator.timescale import Epoch

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(KiB|MiB|GiB|)")
_BITS_IN: Final = {"": 1.0, "KiB": 8.0 * 2**10, "MiB": 8.0 * 2**20, "GiB": 8.0 * 2**30}
_UNIT_BITS: Final = 64
_PHASES: Final = {"min": 0.0, "max": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiationOptions:
    """What a person wrote; None where an option was left out."""

    device: str | None = None
    shielding_g_cm2: float | None = None
    bits: str | None = None
    solar_events: Sequence[str] = ()
    phase: str | None = None
    modulation: float | None = None
    step_s: float | None = None
    protect: str | None = None
    systematic: bool = False


def radiation_section(options: RadiationOptions, scenario: Scenario | None, epoch: Epoch) -> Radiation:
    """Return the section that a scenario has, changed by options.

    Raises
    ------
    CommandError
        If an option cannot be read or there is no device, naming the option and what to write.
    """
    document = Document(source="sunwise upsets", tree=_tree_of(scenario))
    for option, key, value in _changes(options, epoch):
        document.tree[key] = value
        document.value_places[(key,)] = document.key_places[(key,)] = Place(source=option)
    if "device" not in document.tree:
        _refuse("--device is missing; name a part (`sunwise devices` lists them) or a YAML file")
    try:
        return Radiation.model_validate(document.tree, context={"folder": Path()})
    except ValidationError as error:
        told = "\n".join(str(problem) for problem in explain(error, document, Radiation))
    is_file = options.device is not None and is_device_file(options.device) and "--device" in told
    raise CommandError(told, ExitCode.INPUT_REFUSED if is_file else ExitCode.USAGE)


def solar_phase_of(text: str) -> float:
    """Return the solar phase that `--phase` gives.

    Raises
    ------
    CommandError
        If it is neither a number nor `min` or `max`.
    """
    try:
        return _PHASES[text] if text in _PHASES else float(text)
    except ValueError:
        _refuse(f"--phase {text}: write min, max, or a number from 0 (solar minimum) to 1 (maximum)")


def _tree_of(scenario: Scenario | None) -> dict[str, Any]:
    """Return the keys of a scenario's own section, the file of its device named from here."""
    if scenario is None or scenario.radiation is None:
        return {}
    tree: dict[str, Any] = scenario.radiation.model_dump(mode="json", exclude_none=True)
    if is_device_file(tree["device"]):
        tree["device"] = str(scenario.folder / tree["device"])
    return tree


def _changes(options: RadiationOptions, epoch: Epoch) -> list[tuple[str, str, Any]]:
    """Return option, key and value of everything that was given."""
    given: list[tuple[str, str, Any]] = []

    def take(option: str, key: str, text: Any, value_of: Callable[[Any], Any] = lambda value: value) -> None:
        if text is not None:
            given.append((f"{option} {text}", key, value_of(text)))

    take("--device", "device", options.device)
    take("--bits", "memory_mib", options.bits, _memory_mib)
    take("--shield-g-cm2", "shielding_g_cm2", options.shielding_g_cm2)
    take("--phase", "solar_phase", options.phase, solar_phase_of)
    take("--modulation", "modulation", options.modulation)
    take("--step-s", "step_s", options.step_s)
    take("--protect", "protection", options.protect, _protection)
    if options.solar_events:
        events = [_solar_event(text, epoch) for text in options.solar_events]
        given.append((f"--spe {options.solar_events[0]}", "solar_events", events))
    if options.systematic:
        given.append(("--systematic", "systematic", True))
    return given


def _memory_mib(text: str) -> float:
    match = _SIZE.fullmatch(text.strip())
    n_bits = float(match.group(1)) * _BITS_IN[match.group(2)] if match else 0.0
    if n_bits <= 0.0 or n_bits % _UNIT_BITS:
        _refuse(f"--bits {text}: write a multiple of {_UNIT_BITS} bits, such as 536870912, or a size such as 64MiB")
    return n_bits / _BITS_IN["MiB"]


def _protection(text: str) -> dict[str, Any]:
    """Return the keys of `secded,scrub=10min,sweep=1min,reload=1d,reload-detected`."""
    code, *parts = (part.strip() for part in text.split(","))
    section: dict[str, Any] = {"code": code}
    times_s: dict[str, float] = {}
    for part in parts:
        key, _, value = part.partition("=")
        if key in ("scrub", "sweep", "reload"):
            times_s[key] = duration_s_of(value, f"--protect {key}")
        elif part == "reload-detected":
            section["reloads_detected"] = True
        else:
            _refuse(
                f"--protect {text}: {part!r} is no part of a protection; write none, parity, secded or tmr, then any "
                "of scrub=TIME, sweep=TIME (how long a scrub takes), reload=TIME, reload-detected"
            )
    if "sweep" in times_s and "scrub" not in times_s:
        _refuse(f"--protect {text}: sweep is how long a scrub takes; add scrub=TIME")
    if "scrub" in times_s:
        section["scrubbing"] = {"period_s": times_s["scrub"]} | _duration(times_s.get("sweep"))
    if "reload" in times_s:
        section["reload"] = {"period_s": times_s["reload"]}
    return section


def _duration(sweep_s: float | None) -> dict[str, float]:
    return {} if sweep_s is None else {"duration_s": sweep_s}


def _solar_event(text: str, epoch: Epoch) -> dict[str, Any]:
    """Return the keys of `START,scale=0.1,rise=2h,decay=1d,cutoff=0.8`, or with `fluence-cm2=` and `scale-gv=`."""
    start, *parts = (part.strip() for part in text.split(","))
    pairs = dict(part.partition("=")[::2] for part in parts)
    event: dict[str, Any] = {"start_s": seconds_from(epoch, epoch_of(start, "--spe"))}
    for name, key in (("rise", "rise_s"), ("decay", "decay_s")):
        if name in pairs:
            event[key] = duration_s_of(pairs.pop(name), f"--spe {name}")
    numbers = {name: _number(text, name, value) for name, value in pairs.items()}
    if "cutoff" in numbers:
        event["cutoff_factor"] = numbers.pop("cutoff")
    event["spectrum"] = _spectrum(text, numbers)
    return event


def _spectrum(text: str, numbers: Mapping[str, float]) -> dict[str, Any]:
    if set(numbers) == {"fluence-cm2", "scale-gv"}:
        return {"kind": "exponential", "total_per_cm2": numbers["fluence-cm2"], "scale_gv": numbers["scale-gv"]}
    if not set(numbers) <= {"scale"}:
        _refuse(
            f"--spe {text}: write START, then scale=X for X times the event of August 1972, or "
            "fluence-cm2=X,scale-gv=Y for an exponential in rigidity; and any of rise=TIME, decay=TIME, cutoff=0.8"
        )
    return {"kind": "king-1972", **numbers}


def _number(text: str, name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        _refuse(f"--spe {text}: {name} needs a number, for example {name}=0.1")


def _refuse(message: str) -> NoReturn:
    raise CommandError(message, ExitCode.USAGE)
