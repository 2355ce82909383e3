"""Keys of a device's file: taken one by one, with errors that name the key, its value and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from math import isfinite
from typing import TypeVar

Record = TypeVar("Record")


class DeviceError(ValueError):
    """A device that cannot be read; the message names the key, its value and what is allowed."""


class Section:
    """One mapping of a device's file and the path of keys that leads to it."""

    def __init__(self, path: str, mapping: object) -> None:
        if not isinstance(mapping, Mapping):
            raise DeviceError(f"{path} = {mapping!r}: give a mapping of keys to values")
        self.path = path
        self._mapping = mapping
        self._taken: dict[str, None] = {}

    def has(self, key: str) -> bool:
        """Return whether a key is there and is not null."""
        self._taken[key] = None
        return self._mapping.get(key) is not None

    def value(self, key: str) -> object:
        """Return what a key holds."""
        if not self.has(key):
            raise self.error(key, "missing; give it")
        return self._mapping[key]

    def section(self, key: str) -> Section:
        """Return the mapping that a key holds."""
        return Section(f"{self.path}.{key}", self.value(key))

    def text(self, key: str) -> str:
        """Return a text that is not empty."""
        value = self.value(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, "give a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where the key is missing."""
        value = self._mapping[key] if self.has(key) else []
        if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(v, str) for v in value):
            raise self.error(key, "give a list of texts")
        return tuple(value)

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """Return one of some words."""
        value = self.text(key)
        if value not in allowed:
            raise self.error(key, f"give one of {', '.join(allowed)}{nearest(value, allowed)}")
        return value

    def number(self, key: str) -> float:
        """Return a finite number; text such as 1e-9, which YAML 1.1 does not see as a number, is taken as one."""
        return self._as_number(key, self.value(key))

    def whole(self, key: str) -> int:
        """Return a whole number."""
        value = self.number(key)
        if value != int(value):
            raise self.error(key, "give a whole number")
        return int(value)

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of finite numbers."""
        value = self.value(key)
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self.error(key, "give a list of numbers")
        return tuple(self._as_number(key, entry) for entry in value)

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._mapping:
            if key not in self._taken:
                raise DeviceError(f"{self.path}.{key}: no such key{nearest(str(key), tuple(self._taken))}")

    def build(self, make: Callable[[], Record]) -> Record:
        """Return a record, its errors told with the path of this mapping."""
        self.finish()
        try:
            return make()
        except DeviceError:
            raise
        except ValueError as error:
            raise DeviceError(f"{self.path}: {error}") from error

    def error(self, key: str, remedy: str) -> DeviceError:
        """Return an error about one key."""
        value = self._mapping.get(key)
        shown = "" if value is None else f" = {value!r}"
        return DeviceError(f"{self.path}.{key}{shown}: {remedy}")

    def _as_number(self, key: str, value: object) -> float:
        try:
            number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
        except ValueError:
            number = None
        if number is None or not isfinite(number):
            raise self.error(key, "give a finite number")
        return number


def nearest(word: str, allowed: Sequence[str]) -> str:
    """Return a hint at the allowed word that is most alike, or all of them."""
    alike = get_close_matches(word, allowed, n=1)
    return f"; did you mean {str(alike[0])!r}?" if alike else f"; there are {', '.join(allowed)}"
