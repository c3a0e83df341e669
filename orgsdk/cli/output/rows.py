"""Records as rows: the fields and default columns of each kind of record, and their values as JSON and as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, cast

from orgsdk._messages import similar_name
from orgsdk.cli.errors import UsageError
from orgsdk.cli.output.console import clean
from orgsdk.domain import Invitation, Organization, Role, User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from orgsdk.domain import Record

Row: TypeAlias = "Mapping[str, JsonValue]"


@dataclass(frozen=True, slots=True)
class RecordView:
    """How one kind of record is shown.

    Args:
        noun: Name of one record.
        fields: All its fields.
        columns: The fields that a list shows by default.
    """

    noun: str
    fields: tuple[str, ...]
    columns: tuple[str, ...]

    def select(self, names: str | None, default: Sequence[str]) -> tuple[str, ...]:
        """Return the fields in `names`, which are separated by commas, or `default` if it is None.

        Raise `UsageError` for an unknown field.
        """
        if names is None:
            return tuple(default)
        selected = tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
        unknown = [name for name in selected if name not in self.fields]
        if unknown or not selected:
            problem = f"unknown field {', '.join(map(repr, unknown))}" if unknown else "no field is named"
            similar = similar_name(unknown[0], self.fields, likeness=0.7) if unknown else None
            meant = f"; did you mean {similar}?" if similar else ""
            raise UsageError(f"--fields: {problem}{meant}; {self.noun}s have {', '.join(self.fields)}")
        return selected


def _view(noun: str, record: type[Record], *columns: str) -> RecordView:
    return RecordView(noun, (*record.model_fields, "raw"), columns)


USERS = _view("user", User, "id", "username", "name", "email", "roles")
ACCOUNTS = _view("account", User, "id", "username", "name", "email", "phone")
ORGANIZATIONS = _view("organization", Organization, "id", "name", "description")
INVITATIONS = _view("invitation", Invitation, "id", "email", "status", "roles", "expires_at")
ROLES = _view("role", Role, "id", "name", "description", "kind")


def to_row(record: Record, fields: Sequence[str]) -> dict[str, JsonValue]:
    """Return the record's fields as JSON values: times in ISO 8601, `raw` as the provider's original object."""
    return {field: _plain(getattr(record, field)) for field in fields}


def _plain(value: object) -> JsonValue:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [str(item) for item in cast("tuple[object, ...]", value)]
    return cast("JsonValue", value)  # the other fields are strings, booleans, or JSON


def format_cell(value: JsonValue) -> str:
    """Return a value as text on one line. A missing value is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(format_cell, value))
        case dict():
            return clean(json.dumps(value, ensure_ascii=False))
        case _:
            return clean(str(value))
