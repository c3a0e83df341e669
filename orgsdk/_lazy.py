"""Lazy attributes of a package: each public name is imported when it is first used (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def lazy_attributes(
    package: str, names: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package whose names are imported on first use.

    Type checkers need the same names as ordinary imports, because they do not run this function.

    Args:
        package: The package's ``__name__``.
        names: The public names of each module. A module that starts with a dot is relative to the package.

    Returns:
        The functions ``__getattr__`` and ``__dir__``, and the sorted names for ``__all__``.
    """
    modules = {name: module for module, exported in names.items() for name in exported}
    namespace = vars(sys.modules[package])

    def get_attribute(name: str) -> object:
        if name not in modules:
            from orgsdk._messages import did_you_mean  # only for this error

            hint = "" if name.startswith("_") else did_you_mean(name, modules)
            raise AttributeError(f"module {package!r} has no attribute {name!r}{hint and '.'}{hint}", name=name)
        namespace[name] = value = getattr(import_module(modules[name], package), name)
        return value

    def list_attributes() -> list[str]:
        return sorted({*namespace, *modules})

    return get_attribute, list_attributes, sorted(modules)
