"""Lazy attributes of a package: each public name is imported when it is first used (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class UnknownAttributeError(AttributeError):
    """The package has no such attribute. The similar name is looked for when the error is shown.

    Python asks a package for each of its modules before it imports that module, and drops this error.
    """

    def __init__(self, package: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"module {package!r} has no attribute {name!r}", name=name)
        self._unknown = name
        self._known = known

    def __str__(self) -> str:
        from orgsdk._messages import did_you_mean  # only for this error

        if self._unknown.startswith("_"):
            return super().__str__()
        kind = self._unknown.rpartition("_")[2]  # `from_csv` is rather `read_csv` than `from_users`
        same = [name for name in self._known if name.endswith(f"_{kind}")]
        hint = did_you_mean(self._unknown, same) or did_you_mean(self._unknown, self._known)
        return f"{super().__str__()}{hint and '.'}{hint}"


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
            raise UnknownAttributeError(package, name, modules)
        namespace[name] = value = getattr(import_module(modules[name], package), name)
        return value

    def list_attributes() -> list[str]:
        return sorted({*namespace, *modules})

    return get_attribute, list_attributes, sorted(modules)
