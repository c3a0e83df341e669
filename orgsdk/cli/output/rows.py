"""Records as rows: the fields and default columns of each kind of record, and their values as JSON and as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, cast

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
    """Say how records of one noun are shown: what one is called, all its fields, and those that a list shows."""

    noun: str
    fields: tuple[str, ...]
    columns: tuple[str, ...]

    def choose(self, wanted: str | None, default: Sequence[str]) -> tuple[str, ...]:
        """Give the fields that `wanted` names, separated by commas; without it, `default`.

        Raises `UsageError` for a field that there is not.
        """
        if wanted is None:
            return tuple(default)
        names = tuple(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
        unknown = [name for name in names if name not in self.fields]
        if unknown or not names:
            what = f"unknown field {', '.join(map(repr, unknown))}" if unknown else "no field is named"
            raise UsageError(f"--fields: {what}; {self.noun}s have {', '.join(self.fields)}")
        return names


def _view(noun: str, record: type[Record], *columns: str) -> RecordView:
    return RecordView(noun, (*record.model_fields, "raw"), columns)


USERS = _view("user", User, "id", "username", "name", "email", "roles")
ACCOUNTS = _view("account", User, "id", "username", "name", "email", "phone")
ORGANIZATIONS = _view("organization", Organization, "id", "name", "description")
INVITATIONS = _view("invitation", Invitation, "id", "email", "status", "roles", "expires_at")
ROLES = _view("role", Role, "id", "name", "description", "kind")


def to_row(record: Record, fields: Sequence[str]) -> dict[str, JsonValue]:
    """Give the record's fields as JSON values: times in ISO 8601, `raw` as the provider's own object."""
    return {field: _plain(getattr(record, field)) for field in fields}


def _plain(value: object) -> JsonValue:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [str(item) for item in cast("tuple[object, ...]", value)]
    return cast("JsonValue", value)  # a record's other fields are text, truth, or JSON already


def format_cell(value: JsonValue) -> str:
    """Give a value as a person reads it, on one line; what the provider does not tell is empty."""
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
