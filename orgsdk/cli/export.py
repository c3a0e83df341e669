"""`orgsdk export`: an organization's users, all of them, as a roster that `read_csv` and `read_jsonl` read back."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Literal, TypeAlias

from orgsdk.bulk.cells import safe_cell
from orgsdk.bulk.private_file import replace_privately
from orgsdk.bulk.spec import FIELDS
from orgsdk.cli.calling import call
from orgsdk.cli.errors import UsageError, tell
from orgsdk.cli.output import clean, counted, escaped, speaks_unicode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from orgsdk.cli.connection import Connection
    from orgsdk.domain import User

Form: TypeAlias = Literal["csv", "jsonl"]

# No `enabled`: a suspended member is a member, and a row that is not enabled asks for a removal.
_COLUMNS = (*FIELDS, "roles")
_SEPARATORS = frozenset(";|")
_FORMS: dict[str, Form] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def export_users(path: Path | None, form: Form | None, connection: Connection) -> None:
    """Write the users to the file, or to stdout."""
    form = form or (_FORMS.get(path.suffix.lower()) if path is not None else "csv")
    if form is None:
        raise UsageError(f"{path}: the name does not tell what it is to be: pass --format csv or jsonl")
    users = call(connection, connection.within(lambda organization: organization.users.list(complete=True).collect()))
    text = "".join(_csv(users) if form == "csv" else _jsonl(users, ascii_only=path is None and not speaks_unicode()))
    if path is None:
        # A file has the cells as they are; a terminal would do what they say.
        sys.stdout.write("\n".join(map(clean, text.split("\n"))) if sys.stdout.isatty() else text)
    else:
        try:
            replace_privately(path, text.encode())
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
    tell(f"exported {counted(len(users), 'user')}")
    if form == "csv" and (formulas := sum(_has_formula(user) for user in users)):
        tell(f"{counted(formulas, 'row')} would run as a formula in a spreadsheet: do not open the file in one")


def _csv(users: Iterable[User]) -> Iterator[str]:
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for user in users:
        if any(_SEPARATORS.intersection(role) for role in user.roles):
            raise UsageError("a role has ; or | in its name, which part roles in CSV: pass --format jsonl")
        writer.writerow([*(getattr(user, field) or "" for field in FIELDS), ";".join(user.roles)])
    yield rows.getvalue()


def _jsonl(users: Iterable[User], *, ascii_only: bool) -> Iterator[str]:
    for user in users:
        fields = {field: value for field in FIELDS if (value := getattr(user, field))}
        yield escaped(json.dumps({**fields, "roles": list(user.roles)}, ensure_ascii=ascii_only)) + "\n"


def _has_formula(user: User) -> bool:
    cells = (getattr(user, field) or "" for field in FIELDS)
    return any(safe_cell(cell) != cell for cell in (*cells, *user.roles))
