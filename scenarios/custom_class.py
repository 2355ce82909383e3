"""Classes that a user names as `package.module:Class`."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = ("scenarios", "schedulers", "simulator", "radiation", "onboard_models")
"""The import packages of this project."""


def load_class(path: str) -> Any:
    """Return the object that `package.module:Class` names; the working directory is searched first.

    Raises
    ------
    ValueError
        If the text has another form, or the module or the name in it cannot be found; the message says which.
    """
    module_name, colon, class_name = path.partition(":")
    if not colon or not module_name or not class_name:
        raise ValueError(f"{path!r}: write package.module:Class")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ValueError(
            f"{path!r}: cannot import module {module_name!r} ({error}); run where it can be found"
        ) from error
    except (Exception, SystemExit) as error:  # whatever the user's module does when it is imported
        raise ValueError(
            f"{path!r}: importing module {module_name!r} failed ({type(error).__name__}: {error})"
        ) from error
    found = getattr(module, class_name, None)
    if found is None:
        raise ValueError(f"{path!r}: module {module_name!r} has no {class_name!r}")
    return found


def source_files(found: Any) -> dict[str, Path]:
    """Return the file that defines a class and the files of a user's own that it imports, by module name.

    Own files are those beside the class's top module; installed packages and those of this project are not.
    """
    try:
        file = Path(inspect.getfile(found))
    except (TypeError, OSError):
        return {}
    name = found.__module__
    is_own = name.partition(".")[0] not in (*PACKAGES, "__main__") and "site-packages" not in file.parts
    imported = _own_imports(name, file.parents[name.count(".")]) if is_own else {}
    return dict(sorted(({name: file} | imported).items()))


def _own_imports(module_name: str, folder: Path) -> dict[str, Path]:
    """Return the modules in a folder that a module leads to, itself included, found without running them."""
    files: dict[str, Path] = {}
    waiting = [module_name]
    while waiting:
        parts = waiting.pop().split(".")
        for n_parts in range(1 if parts[0] not in PACKAGES else len(parts) + 1, len(parts) + 1):
            name, stem = ".".join(parts[:n_parts]), folder.joinpath(*parts[:n_parts])
            for path in (stem.with_name(f"{stem.name}.py"), stem / "__init__.py"):
                if name not in files and path.is_file():
                    files[name] = path
                    waiting += _imported_names(path, name if path.stem == "__init__" else name.rpartition(".")[0])
    return files


def _imported_names(path: Path, package: str) -> list[str]:
    """Return what a module imports anywhere in its text, `from a import b` as `a.b`."""
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:  # imported under a condition that does not hold
        return []
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names += [f"{base}.{alias.name}" for alias in node.names if base]
    return names
