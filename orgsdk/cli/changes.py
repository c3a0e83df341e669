"""What is changed of an organization or a role: a name, a description, permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, cast

from orgsdk.cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


class NamedChanges(TypedDict, total=False):
    """What is to be changed of an organization; None empties its description."""

    name: str
    description: str | None


class RoleChanges(NamedChanges, total=False):
    """What is to be changed of a role."""

    scopes: tuple[str, ...]


def named_changes(name: str | None, description: str | None, clear: Sequence[str]) -> NamedChanges:
    """Give what is to be changed of an organization.

    Raises `UsageError` where nothing is, or where something is both given and emptied.
    """
    changes = _named(name, description, clear)
    check_some(changes)
    return changes


def role_changes(
    name: str | None, description: str | None, scopes: tuple[str, ...], clear: Sequence[str]
) -> RoleChanges:
    """Give what is to be changed of a role; raises as `named_changes` does."""
    changes = cast("RoleChanges", _named(name, description, clear))
    if scopes or "scopes" in clear:
        check_either("scope" if scopes else None, "scopes", clear)
        changes["scopes"] = scopes
    check_some(changes)
    return changes


def check_either(given: object, field: str, clear: Sequence[str]) -> None:
    """Raise `UsageError` where a field is both given and emptied."""
    if given is not None and field in clear:
        raise UsageError(f"--clear {field} empties what another option gives: leave one out")


def check_some(changes: object) -> None:
    """Raise `UsageError` where there is nothing to change."""
    if not changes:
        raise UsageError("nothing to change: pass a field, such as --name TEXT, or --clear FIELD")


def _named(name: str | None, description: str | None, clear: Sequence[str]) -> NamedChanges:
    changes: NamedChanges = {}
    if name is not None:
        changes["name"] = name
    check_either(description, "description", clear)
    if description is not None or "description" in clear:
        changes["description"] = description
    return changes
