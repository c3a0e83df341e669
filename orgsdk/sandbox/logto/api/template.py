"""What the organization template's roles and scopes have in common: a name of their own, a description."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from orgsdk.sandbox.logto.body import Fields, columns, read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.database import LONGEST_ID, empty_update, refuse_nul_within, unique_violation
from orgsdk.sandbox.logto.errors import not_exists
from orgsdk.sandbox.logto.records import OrganizationRole, OrganizationScope
from orgsdk.sandbox.logto.store import Table
from orgsdk.sandbox.logto.zod import Schema, nullable, optional, string

TENANT_ID = optional(string(most=LONGEST_ID))
NAME = string(least=1, most=128)
DESCRIPTION = optional(nullable(string(most=256)))

NamedT = TypeVar("NamedT", OrganizationRole, OrganizationScope)


def stored_columns(fields: Fields) -> Fields:
    """Return the columns to write; the tenant is checked, and set by nobody."""
    refuse_nul_within(fields.values())
    return columns({name: value for name, value in fields.items() if name != "tenantId"})


def refuse_taken_name(rows: Iterable[NamedT], stored: Fields, *, own_id: str | None = None) -> None:
    """Raise the 422 of a name another has in exactly this case (`orgrole.create.duplicate_other_case`)."""
    if any(row.name == stored.get("name") and row.id != own_id for row in rows):
        raise unique_violation()


def change_named(call: Call, rows: Table[NamedT], schema: Schema, *, kind: str) -> NamedT:
    """Store what is sent of the role or scope the path names, and return it."""
    stored = stored_columns(read_body(call, schema))
    if not stored:
        raise empty_update()
    before = rows.get(call.params["id"])
    if before is None:
        raise not_exists(kind)
    refuse_taken_name(rows, stored, own_id=before.id)
    after = replace(before, **stored)
    rows.put(after)
    return after
