"""`orgsdk scim token`: make, list and revoke the bearer tokens of identity providers."""

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import App, Parameter

from orgsdk.cli.errors import UsageError, print_status
from orgsdk.cli.options.common import FlagOption, OutputOptions
from orgsdk.cli.scim_map import DEFAULT_TENANT, MapOption, TenantArgument, format_time, with_database, write_rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.scim import TokenStore

T = TypeVar("T")

app: App = App(name="token", help="Make, list and revoke the bearer tokens of identity providers.", help_epilogue="")


@app.command
def create(
    tenant: TenantArgument = DEFAULT_TENANT,
    /,
    *,
    expires: Annotated[timedelta | None, Parameter(metavar="TIME")] = None,
    read_only: FlagOption = False,
    map_address: MapOption = "scim.db",
) -> None:
    """Make a token for the identity provider of a tenant, and write it to stdout. It is shown only now.

    Make the new one first to replace a token: both are valid until the old one is revoked.

    Args:
        expires: How long it is valid, such as 365d. Default: until it is revoked.
        read_only: Refuse requests that change something.
    """

    async def run(store: "TokenStore") -> tuple[str, str]:
        token_id, secret = await store.create(
            tenant, expires=expires, scopes=["read"] if read_only else ["read", "write"]
        )
        return token_id, secret.get_secret_value()

    token_id, text = _with_tokens(map_address, run)
    sys.stdout.write(f"{text}\n")
    print_status(f"the token {token_id} of the tenant {tenant} is on stdout, and is not shown again")


@app.command(name="list")
def list_tokens(
    tenant: Annotated[str | None, Parameter(help="Name of the tenant. Default: all.")] = None,
    /,
    *,
    map_address: MapOption = "scim.db",
    output: OutputOptions = OutputOptions(),
) -> None:
    """List the tokens, with their last use. The tokens themselves are not stored."""
    columns = ("id", "tenant", "state", "scopes", "created", "expires", "last_used")
    now = datetime.now(UTC)
    records = _with_tokens(map_address, lambda store: store.list(tenant))
    write_rows(
        "token",
        columns,
        output,
        [
            {
                "id": record.id,
                "tenant": record.tenant,
                "state": "revoked" if record.revoked else "valid" if record.is_valid(now) else "expired",
                "scopes": list(record.scopes),
                "created": format_time(record.created),
                "expires": format_time(record.expires),
                "last_used": format_time(record.last_used),
            }
            for record in records
        ],
    )
    if not records:
        print_status("there is no token: run orgsdk scim token create")


@app.command
def revoke(
    token_id: Annotated[str, Parameter(help="The id, as orgsdk scim token list shows it.")],
    /,
    *,
    map_address: MapOption = "scim.db",
) -> None:
    """End the validity of a token at once."""
    from orgsdk.errors import InvalidArgumentError

    try:
        record = _with_tokens(map_address, lambda store: store.revoke(token_id))
    except InvalidArgumentError:
        raise UsageError("there is no token with this id: orgsdk scim token list shows the ids") from None
    print_status(f"the token {record.id} of the tenant {record.tenant} is revoked")


def _with_tokens(address: str, function: "Callable[[TokenStore], Awaitable[T]]") -> T:
    from orgsdk.scim import TokenStore

    return with_database(address, lambda database: function(TokenStore(database)))
