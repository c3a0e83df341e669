"""Check that every public name has a docstring whose sections name its parameters (pydoclint checks their contents).

pydoclint skips a docstring without sections. This check refuses that for what a user or the author of a provider calls:
each public function with parameters needs ``Args:``, and each public class needs its constructor's or its fields.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, cast

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

# The packages and modules whose exported names are public.
PUBLIC = (
    "orgsdk",
    "orgsdk.blocking",
    "orgsdk.bulk",
    "orgsdk.client",
    "orgsdk.domain",
    "orgsdk.errors",
    "orgsdk.events",
    "orgsdk.fastapi",
    "orgsdk.fleet",
    "orgsdk.options",
    "orgsdk.pagination",
    "orgsdk.providers",
    "orgsdk.providers.base",
    "orgsdk.providers.flat",
    "orgsdk.providers.http",
    "orgsdk.providers.logto",
    "orgsdk.providers.memory",
    "orgsdk.providers.scim",
    "orgsdk.providers.workos",
    "orgsdk.resources",
    "orgsdk.sandbox",
    "orgsdk.telemetry",
    "orgsdk.testing",
    "orgsdk.testing.conformance",
    "orgsdk.transport",
)
# Implementations of a protocol: the parameters of their methods are documented there.
IMPLEMENTATIONS = ("orgsdk.fleet.postgres.store.PostgresStore", "orgsdk.fleet.sqlite_store.SQLiteStore")
# Each of their modules is public: the operations of a provider under its own names.
NATIVE = tuple(f"orgsdk.providers.{name}.native" for name in ("flat", "logto", "scim", "workos"))
# The fields of wire models are the provider's own and are documented there.
WIRE_MODELS = (".models.", ".native.models.")


def exported(module: griffe.Module) -> Iterator[griffe.Object]:
    """Yield the objects that a module exports.

    Args:
        module: A public module or package.

    Yields:
        Classes and functions, aliases followed to where they are defined.
    """
    exports = module.exports
    if exports is None and module.is_init_module:
        exports = getattr(import_module(module.path), "__all__", None)  # a lazy package computes it
    names = (
        [str(name) for name in exports]
        if exports is not None
        else [name for name, member in module.members.items() if not name.startswith("_") and not member.is_alias]
    )
    for name in names:
        if name not in module.members:
            continue
        member = module.members[name]
        target = member.final_target if isinstance(member, griffe.Alias) else member
        if (target.is_class or target.is_function) and target.path.startswith("orgsdk"):
            yield target


def sections(item: griffe.Object) -> dict[str, set[str]]:
    """Return the names that each section of a docstring lists.

    Args:
        item: The documented object.

    Returns:
        The kind of each section, with the names of its entries.
    """
    if item.docstring is None:
        return {}
    parsed = griffe.parse_google(item.docstring, warnings=False)
    return {
        section.kind.value: {getattr(entry, "name", "") for entry in section.value}
        for section in parsed
        if isinstance(section.value, list)
    }


def parameters(function: griffe.Function) -> set[str]:
    """Return the names of the parameters that a docstring has to list.

    Args:
        function: The function or method.

    Returns:
        The names without `self`, `cls`, private ones and those of variable number.
    """
    return {
        parameter.name.lstrip("*")
        for parameter in function.parameters
        if parameter.name.lstrip("*") not in {"self", "cls"}
        and not parameter.name.startswith("_")
        and parameter.kind not in {griffe.ParameterKind.var_positional, griffe.ParameterKind.var_keyword}
    }


def problems_of(item: griffe.Object) -> Iterator[str]:
    """Yield what is missing in the docstrings of an object and of its public members.

    Args:
        item: A public class or function.

    Yields:
        One line for each problem.
    """
    where = f"{item.path} ({item.relative_package_filepath}:{item.lineno})"
    if item.docstring is None:
        yield f"{where}: no docstring"
        return
    listed = sections(item)
    if isinstance(item, griffe.Function):
        missing = parameters(item) - listed.get("parameters", set())
        if missing and (item.parent is None or item.parent.path not in IMPLEMENTATIONS):
            yield f"{where}: Args lacks {', '.join(sorted(missing))}"
    elif isinstance(item, griffe.Class) and not any(part in f"{item.path}." for part in WIRE_MODELS):
        constructor = item.members.get("__init__")
        own = isinstance(constructor, griffe.Function) and not constructor.docstring
        wanted = parameters(constructor) if own and isinstance(constructor, griffe.Function) else set()
        missing = wanted - listed.get("parameters", set()) - listed.get("attributes", set())
        for base in item.mro():
            missing -= sections(base).get("attributes", set())
        if missing:
            yield f"{where}: Args lacks {', '.join(sorted(missing))}"
        for name, member in item.members.items():
            if isinstance(member, griffe.Function) and not name.startswith("_") and not is_described(item, member):
                yield from problems_of(member)


def is_described(owner: griffe.Class, method: griffe.Function) -> bool:
    """Return whether a base class describes the parameters of a method, such as the contract of a provider.

    Args:
        owner: The class.
        method: Its method, which has a docstring of its own for what differs.

    Returns:
        True if one of the bases has a method of this name with these parameters.
    """
    if method.docstring is None:
        return False
    wanted = parameters(method)
    described = (base.members.get(method.name) for base in owner.mro())
    return any(
        isinstance(found, griffe.Function) and wanted <= sections(found).get("parameters", set()) for found in described
    )


def main(prefixes: list[str]) -> int:
    """Check the public names and print what is missing.

    Args:
        prefixes: Dotted prefixes to which the check is limited; everything without any.

    Returns:
        The exit code: 0 where nothing is missing, 1 otherwise.
    """
    package = griffe.load("orgsdk", search_paths=["."], resolve_aliases=True, resolve_external=False)
    found: dict[str, None] = {}
    modules = [package if path == "orgsdk" else package.modules_collection.get_member(path) for path in PUBLIC]
    for path in NATIVE:
        native = package.modules_collection.get_member(path)
        modules += [native, *(module for name, module in native.modules.items() if name != "models")]
    for module in modules:
        for item in exported(cast("griffe.Module", module)):
            if not prefixes or item.path.startswith(tuple(prefixes)):
                found.update(dict.fromkeys(problems_of(item)))
    sys.stdout.write("".join(f"{line}\n" for line in found) or "every public name is documented\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
