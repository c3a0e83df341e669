"""`orgsdk scim quarantine`: list and lift the quarantines of tokens that deactivated too many users."""

from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import App, Parameter

from orgsdk._messages import count_noun
from orgsdk.cli.errors import ExitCode, print_status
from orgsdk.cli.options.common import IdOption, OutputOptions, YesOption
from orgsdk.cli.scim_map import (
    DEFAULT_TENANT,
    CountOption,
    MapOption,
    TenantArgument,
    format_time,
    with_database,
    write_rows,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.scim import DeactivationGuard

T = TypeVar("T")

app: App = App(
    name="quarantine", help="List and lift the quarantines of tokens that deactivated too many users.", help_epilogue=""
)


@app.command(name="list")
def list_quarantines(
    tenant: Annotated[str | None, Parameter(help="Name of the tenant. Default: all.")] = None,
    /,
    *,
    map_address: MapOption = "scim.db",
    output: OutputOptions = OutputOptions(),
) -> None:
    """List the tokens that may deactivate nobody until their quarantine is lifted."""
    found = _with_guard(map_address, lambda guard: guard.list(tenant))
    write_rows(
        "quarantine",
        ("tenant", "token", "since", "refused", "allowed"),
        output,
        [
            {
                "tenant": one.tenant,
                "token": one.token,
                "since": format_time(one.since),
                "refused": one.refused,
                "allowed": one.allowed,
            }
            for one in found
        ],
    )
    if not found:
        print_status("no token is in quarantine")


@app.command
def lift(
    tenant: TenantArgument = DEFAULT_TENANT,
    /,
    *,
    token_id: Annotated[IdOption, Parameter(name="--only")] = None,
    allow: CountOption = None,
    yes: YesOption = False,
    map_address: MapOption = "scim.db",
) -> int:
    """Lift the quarantine of a tenant's tokens, after a look at what the identity provider wants to do.

    An identity provider that deactivates many users asks for one after the other: --allow lets the rest of them pass.
    The exit code is 1 if no token of the tenant is in quarantine.

    Args:
        token_id: Lift that of one token only, by its id.
        allow: The number of users that each token may deactivate in the next 24 hours. Default: the usual limit.
    """
    from orgsdk.cli.user_input import confirm

    users = "the usual number of users" if allow is None else count_noun(allow, "user")
    confirm(f"let the identity provider of {tenant} deactivate {users} a day", yes=yes)
    lifted = _with_guard(map_address, lambda guard: guard.lift(tenant, token_id, allow=allow or 0))
    for one in lifted:
        print_status(f"the quarantine of the token {one.token} of the tenant {one.tenant} is lifted")
    if not lifted:
        print_status(f"no token of the tenant {tenant} is in quarantine")
    return ExitCode.OK if lifted else ExitCode.FAILURE


def _with_guard(address: str, function: "Callable[[DeactivationGuard], Awaitable[T]]") -> T:
    from orgsdk.scim import DeactivationGuard

    return with_database(address, lambda database: function(DeactivationGuard(database)))
