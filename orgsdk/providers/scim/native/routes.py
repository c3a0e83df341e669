"""Routes of SCIM, and the filters and bodies of its requests (RFC 7644, section 3)."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

from orgsdk.providers.http import BodyCursor, IndexCount, IndexOrCursor, JsonObject, Routes
from orgsdk.transport import IdAlphabet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    from pydantic import JsonValue

    from orgsdk.transport import Request

    Values: TypeAlias = Mapping[str, JsonValue]

NAME = "scim"
IDS = IdAlphabet("0-9A-Za-z_:=~+,@-", "letters, digits and the characters . _ : = ~ + , @ - here", dots=True)
USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
WITHOUT_MEMBERS = ("excludedAttributes", "members")
# AWS refuses more changes of members in one PATCH (facts/scim.md, section 3).
MEMBERS_PER_PATCH = 100


def paging(*, by_cursor: bool = False, complete: bool = False, totals: bool = True) -> IndexOrCursor:
    """Return how lists are paged. A server can answer with a cursor although it was asked by index (RFC 9865).

    Args:
        by_cursor: Whether the first page is requested by cursor.
        complete: Whether the list has to be complete: no total is believed, and users may move to another page.
        totals: Whether pages have totals.

    Returns:
        The paging.
    """
    total = "totalResults" if totals else None
    cursor = BodyCursor(next="nextCursor", parameter="cursor", size="count", first="", total=total, unique=not complete)
    return IndexOrCursor(IndexCount(trusts_total=not complete), cursor, starts_with_cursor=by_cursor)


REQUESTS = Routes(
    {
        "get_service_provider_config": "GET /ServiceProviderConfig",
        "list_resource_types": "GET /ResourceTypes",
        "list_schemas": "GET /Schemas",
        **{
            f"{verb}_{noun}": f"{method} /{path}{item}"
            for noun, path in (("user", "Users"), ("group", "Groups"))
            for verb, method, item in (
                ("list", "GET", ""),
                ("create", "POST", ""),
                ("get", "GET", f"/{{{noun}_id}}"),
                ("replace", "PUT", f"/{{{noun}_id}}"),
                ("patch", "PATCH", f"/{{{noun}_id}}"),
                ("delete", "DELETE", f"/{{{noun}_id}}"),
            )
        },
    },
    provider="SCIM",
    ids=IDS,
    paging=paging(),
    media_type="application/scim+json",
)


def comparison(attribute: str, value: str, operator: str = "eq") -> str:
    """Return a filter. Its value is a JSON string, so that no quotation mark or backslash can end it.

    Args:
        attribute: Path of the attribute.
        value: The value.
        operator: The operator.

    Returns:
        The filter.
    """
    return f"{attribute} {operator} {json.dumps(value, ensure_ascii=False)}"


def patch_body(operations: Iterable[Mapping[str, JsonValue]]) -> JsonObject:
    """Return the body of a PATCH.

    Args:
        operations: The operations.

    Returns:
        The body.
    """
    return JsonObject(schemas=[PATCH_SCHEMA], Operations=[dict(operation) for operation in operations])


def value_operations(values: Values) -> list[dict[str, JsonValue]]:
    """Return the operations that set attributes by their paths. None removes one.

    Args:
        values: The values by their paths.

    Returns:
        The operations.
    """
    return [
        {"op": "remove", "path": path} if value is None else {"op": "replace", "path": path, "value": value}
        for path, value in values.items()
    ]


def member_operations(add: Sequence[str] = (), remove: Sequence[str] = ()) -> list[dict[str, JsonValue]]:
    """Return the operations that add and remove members. One without a filter would remove all of them.

    Args:
        add: Ids of new members.
        remove: Ids of members.

    Returns:
        The operations.
    """
    changes: list[dict[str, JsonValue]] = [
        {"op": "remove", "path": f"members[{comparison('value', user_id)}]"} for user_id in remove
    ]
    if add:
        members: list[JsonValue] = [{"value": user_id} for user_id in add]
        changes.append({"op": "add", "path": "members", "value": members})
    return changes


def change_request(
    noun: str,
    current: Values | None,
    values: Values,
    operations: Sequence[Values] = (),
    *,
    patches: bool,
    **ids: str,
) -> Request | None:
    """Build the request that changes a resource: a PATCH, by these operations if there are any, or a PUT.

    Returns None if the resource that was read has the values already.

    Args:
        noun: ``user`` or ``group``.
        current: The resource that was read. None if it was not read.
        values: The new values by their paths.
        operations: Operations of a PATCH, if they are not those of the values.
        patches: Whether the server has PATCH.
        **ids: The id of the resource.

    Returns:
        The request, or None.
    """
    changed = with_values(current or {}, values)
    if current is not None and changed == current:
        return None
    if patches:
        return REQUESTS.build(f"patch_{noun}", patch_body(operations or value_operations(values)), **ids)
    return REQUESTS.build(f"replace_{noun}", changed, **ids)


def with_values(resource: Values, values: Values) -> JsonObject:
    """Return a resource with other values at some paths, for a PUT. None removes one.

    Args:
        resource: The resource.
        values: The values by their paths.

    Returns:
        The new resource.
    """
    changed = JsonObject(copy.deepcopy(dict(resource)))
    for path, value in values.items():
        *parents, name = path.split(".")
        found: dict[str, JsonValue] = changed
        for parent in parents:
            inner = found.get(parent)
            inner = found[parent] = inner if isinstance(inner, dict) else {}
            found = inner
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return changed
