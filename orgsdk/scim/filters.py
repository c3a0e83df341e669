"""Filters: which of the provider's cheap look-ups finds everything that a filter can match."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from scim2_models import SCIMException, ScimFilter
from scim2_models.path import AttrPath, CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator, ValuePath

from orgsdk.scim.models import GROUP_SCHEMA, USER_SCHEMA

Key: TypeAlias = Literal["id", "name", "external_id", "email", "member"]

# The look-ups of one filter with "or". More of them are read as a whole list, or refused.
_MAX_LOOKUPS: Final = 10
_USER_KEYS: Final[dict[str, Key]] = {
    "id": "id",
    "username": "name",
    "externalid": "external_id",
    "emails": "email",
    "emails.value": "email",
}
_GROUP_KEYS: Final[dict[str, Key]] = {
    "id": "id",
    "displayname": "name",
    "externalid": "external_id",
    "members": "member",
    "members.value": "member",
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A search for the resources with one value.

    Attributes:
        key: What is compared. ``name`` is userName or displayName, ``member`` the id of a group's member.
        value: The value.
    """

    key: Key
    value: str


def find_lookups(node: FilterNode, kind: Literal["user", "group"]) -> tuple[Lookup, ...] | None:
    """Return look-ups that find every resource a filter matches, and perhaps more.

    Args:
        node: The parsed filter.
        kind: What is searched.

    Returns:
        The look-ups; None if only a list of all resources has every match.
    """
    keys, schema = (_USER_KEYS, USER_SCHEMA) if kind == "user" else (_GROUP_KEYS, GROUP_SCHEMA)
    return _lookups(node, keys, schema)


def is_manager_reference(text: str) -> bool:
    """Return whether a filter is Entra's question whether a user has a manager: ``id eq "…" and manager eq "…"``.

    Managers are not stored, so that the answer is an empty list. An error would stop the provisioning of that user.

    Args:
        text: The filter.

    Returns:
        True for this one form.
    """
    try:
        node = ScimFilter(text).ast
    except (SCIMException, ValueError):
        return False
    if not isinstance(node, LogicalExpr) or node.op != LogicalOperator.and_ or len(node.terms) != 2:
        return False
    names = [
        term.attr_path.attr.lower()
        for term in node.terms
        if isinstance(term, Comparison) and term.op == CompareOperator.eq
    ]
    return names == ["id", "manager"]


def _lookups(node: FilterNode, keys: dict[str, Key], schema: str) -> tuple[Lookup, ...] | None:
    match node:
        case Comparison(attr_path=path, op=CompareOperator.eq, value=str(value)):
            key = keys.get(_name_of(path, schema))
            return None if key is None else (Lookup(key, value),)
        case ValuePath(attr_path=path, val_filter=inner):
            key = keys.get(f"{_name_of(path, schema)}.value")
            values = None if key is None else _values_of(inner)
            return None if values is None or key is None else tuple(Lookup(key, value) for value in values)
        case LogicalExpr(op=LogicalOperator.and_, terms=terms):
            found = [each for each in (_lookups(term, keys, schema) for term in terms) if each is not None]
            return min(found, key=_cost, default=None)
        case LogicalExpr(terms=terms):
            every = [_lookups(term, keys, schema) for term in terms]
            parts = [each for each in every if each is not None]
            merged = tuple(dict.fromkeys(lookup for part in parts for lookup in part))
            return merged if len(parts) == len(every) and len(merged) <= _MAX_LOOKUPS else None
        case _:
            return None


def _cost(lookups: Iterable[Lookup]) -> tuple[int, bool]:
    listed = list(lookups)
    return len(listed), any(lookup.key == "member" for lookup in listed)


def _values_of(node: FilterNode) -> tuple[str, ...] | None:
    """Return the values that the filter inside brackets compares ``value`` with."""
    keys: dict[str, Key] = {"value": "member"}
    found = _lookups(node, keys, "")
    return None if found is None else tuple(lookup.value for lookup in found)


def _name_of(path: AttrPath, schema: str) -> str:
    if path.uri is not None and path.uri.lower() != schema.lower():
        return ""
    return f"{path.attr}.{path.sub_attr}".lower() if path.sub_attr else path.attr.lower()
