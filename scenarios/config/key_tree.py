"""Which keys a scenario, or another file of sections, may have at each place, read from the models themselves."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from scenarios.config.problems import KeyPath
from scenarios.config.scenario import Scenario
from scenarios.config.sections import Section
from scenarios.config.span import Span
from scenarios.config.yaml_text import Tree


def fields_at(path: KeyPath, tree: Tree, root: type[Section] = Scenario) -> dict[str, FieldInfo]:
    """Return the fields of the section at a path below `root`; empty where no section belongs.

    `tree` decides between kinds of a section, such as `walker` and `file`.
    """
    model: type[Section] | None = root
    for n_parts, part in enumerate(path):
        if model is None:
            return {}
        tree = _child(tree, part)
        if isinstance(part, str):
            field = model.model_fields.get(part)
            following = path[n_parts + 1] if n_parts + 1 < len(path) else None
            is_list = isinstance(following, int)
            model = _model_of(field.annotation, tree if not is_list else _child(tree, following)) if field else None
    return dict(model.model_fields) if model is not None else {}


def field_at(path: KeyPath, tree: Tree, root: type[Section] = Scenario) -> FieldInfo | None:
    """Return the field that a path names, None if there is none."""
    last = path[-1] if path else None
    return fields_at(path[:-1], tree, root).get(last) if isinstance(last, str) else None


def default_tree(path: KeyPath, tree: Tree) -> Tree:
    """Return the default of a section or list as a fresh tree, an empty section where there is none to start from."""
    field = field_at(path, tree)
    default = field.get_default(call_default_factory=True) if field is not None else None
    if isinstance(default, Section) and not isinstance(default, Span):  # one key of a span excludes the others
        return default.model_dump(mode="json", exclude_none=True)
    if isinstance(default, tuple):
        return [entry.model_dump(mode="json", exclude_none=True) for entry in default]
    return {}


def all_key_paths(root: type[Section] = Scenario) -> tuple[str, ...]:
    """Return the dotted paths of all keys of all kinds, in order."""
    return tuple(_key_paths(root, ""))


def is_kind_tag(path: KeyPath, tree: Tree, tag: object, root: type[Section] = Scenario) -> bool:
    """Return whether pydantic's location inserts `tag`, the kind of the section at `path`, after it."""
    if path and isinstance(path[-1], int):  # an entry of a list, whose discriminator is inside the annotation
        field = field_at(path[:-1], tree, root)
        return field is not None and tag in _kinds(field.annotation)
    field = field_at(path, tree, root)
    return field is not None and field.discriminator is not None and tag in _kinds(field.annotation)


def _key_paths(model: type[Section], above: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{above}{name}"
        for child in _models_in(field.annotation):
            is_list = typing.get_origin(field.annotation) is tuple
            yield from _key_paths(child, f"{above}{name}{'[0]' if is_list else ''}.")


def _child(tree: Tree, part: str | int | None) -> Tree:
    if isinstance(tree, dict):
        return tree.get(part)
    if isinstance(tree, list) and isinstance(part, int) and part < len(tree):
        return tree[part]
    return None


def _model_of(annotation: Any, tree: Tree) -> type[Section] | None:
    """Return the section that an annotation stands for, chosen by `kind` where there are several."""
    models = list(_models_in(annotation))
    kind = tree.get("kind") if isinstance(tree, dict) else None
    chosen = [model for model in models if len(models) == 1 or kind in _kinds(model)]
    return chosen[0] if chosen else None


def _models_in(annotation: Any) -> Iterator[type[Section]]:
    """Yield the sections inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    else:
        for argument in typing.get_args(annotation):
            yield from _models_in(argument)


def _kinds(annotation: Any) -> tuple[object, ...]:
    """Return the values of `kind` of the sections inside an annotation."""
    kinds = (model.model_fields.get("kind") for model in _models_in(annotation))
    return tuple(value for field in kinds if field is not None for value in typing.get_args(field.annotation))
