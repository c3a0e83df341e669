"""The id map of a command of `orgsdk scim`: its option, and how it is opened."""

import os
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import urlsplit

import anyio
from cyclopts import Parameter
from cyclopts.validators import Number

from orgsdk.cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from pydantic import JsonValue

    from orgsdk.cli.options.common import OutputOptions
    from orgsdk.scim import Database

T = TypeVar("T")

_MAP_VARIABLE = "ORGSDK_SCIM_MAP"
DEFAULT_TENANT = "default"
MapOption = Annotated[
    str,
    Parameter(
        name="--map",
        metavar="PATH",
        env_var=_MAP_VARIABLE,
        help="The id map: a SQLite file, or a URL such as postgresql://host/name.",
    ),
]
TenantArgument = Annotated[
    str, Parameter(help="Name of the tenant. Without --tenants, the gateway has one, whose name is default.")
]
CountOption = Annotated[int | None, Parameter(validator=Number(gte=0), metavar="N")]


def with_database(address: str, function: "Callable[[Database], Awaitable[T]]") -> T:
    """Open the database of an id map that exists, await `function` with it, and return the result."""

    async def run() -> T:
        database = open_database(address)
        try:
            return await function(database)
        finally:
            await database.aclose()

    return anyio.run(run)


def open_database(address: str) -> "Database":
    from orgsdk.scim import Database

    # A wrong path must not become an empty map, with which an identity provider would create everybody again.
    return Database.open(check_address(address), create=False)


def check_address(address: str) -> str:
    """Raise `UsageError` for a URL with a password that is an argument, which other programs can read."""
    is_argument = os.environ.get(_MAP_VARIABLE) != address
    if is_argument and "://" in address and urlsplit(address).password is not None:
        raise UsageError(
            f"--map: do not pass a password as an argument; set {_MAP_VARIABLE} to the URL, or set PGPASSWORD"
        )
    return address


def write_rows(
    noun: str, columns: tuple[str, ...], output: "OutputOptions", rows: "Sequence[dict[str, JsonValue]]"
) -> None:
    """Write rows with all columns, or those of --fields."""
    from orgsdk.cli.output.formats import make_writer
    from orgsdk.cli.output.rows import RecordView

    fields = RecordView(noun, columns, columns).select(output.fields, columns)
    writer = make_writer(output.format, fields)
    writer.write([{field: row[field] for field in fields} for row in rows])
    writer.end()


def format_time(time: "datetime | None") -> str | None:
    """Return a time as it is shown."""
    return None if time is None else time.isoformat(timespec="seconds")
