"""`orgsdk scim`: serve the SCIM gateway, and manage its tokens, its id map and its quarantines."""

from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import anyio
from cyclopts import App, Parameter

from orgsdk._messages import count_noun, did_you_mean
from orgsdk.cli.errors import MissingExtraError, UsageError, print_status
from orgsdk.cli.options.common import FlagOption, NameOption, PathOption, PortOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.scim_map import DEFAULT_TENANT, CountOption, MapOption, open_database
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from orgsdk.scim import Tenant, TokenStore

app: App = App(
    name="scim", help="Let identity providers such as Okta and Entra ID provision users by SCIM.", help_epilogue=""
)
for _name in ("token", "map", "quarantine"):
    app.command(f"orgsdk.cli.commands.scim_{_name}:app", name=_name)

_GroupRoleOption = Annotated[
    tuple[str, ...],
    Parameter(
        name="--group-role",
        metavar="GROUP=ROLE",
        negative="",
        show_default=False,
        help="The role of a group, where roles are fixed (Flat). May be repeated; only these groups exist then.",
    ),
]
_RoleOrderOption = Annotated[
    tuple[str, ...],
    Parameter(
        name="--role-order",
        metavar="ROLE",
        negative="",
        show_default=False,
        help="Where a user has one role: the roles, the first one that counts first. May be repeated.",
    ),
]


@app.command
def serve(
    *,
    map_address: MapOption = "scim.db",
    on_delete: Annotated[Literal["keep", "delete"] | None, Parameter(show_default=False)] = None,
    on_deactivate: Annotated[
        Literal["suspend", "end_membership", "refuse"] | None, Parameter(show_default=False)
    ] = None,
    group_role: _GroupRoleOption = (),
    role_order: _RoleOrderOption = (),
    default_role: NameOption = None,
    max_deactivations: CountOption = None,
    tenants: PathOption = None,
    host: Annotated[str, Parameter(metavar="ADDRESS")] = "127.0.0.1",
    port: PortOption = 8000,
    base_url: Annotated[str | None, Parameter(metavar="URL")] = None,
    behind_tls: FlagOption = False,
    audit: PathOption = None,
    connection: ConnectionOptions = ConnectionOptions(),
) -> None:
    """Serve SCIM 2.0 for an organization of the provider, until Ctrl-C or SIGTERM.

    The address is /scim/v2, or /scim/TENANT/v2 with --tenants; /health answers without a token. It serves this machine
    only: a reverse proxy in front of it adds TLS. A log line for each request has its method, path template, status
    and duration, and no value of it.

    Args:
        on_delete: What DELETE of a user does. Required. keep: end the membership, and keep the account. delete: delete
            the account and its data.
        on_deactivate: What active: false does. Default: suspend where the provider can, else end_membership.
        default_role: Where a user has one role: the role of a new user, and of a user in no group.
        max_deactivations: How many users a token may deactivate, remove or take out of groups in 24 hours. Above 5
            and 5 % of the members, more need an operator. Default: 500.
        tenants: A TOML file with several tenants, each with its provider and its options.
        host: The address to listen on. Another than this machine's needs --behind-tls.
        port: The port to listen on. 0: a free one.
        base_url: The address that identity providers use, such as https://scim.example.org/scim/v2. With --tenants,
            without the tenant: https://scim.example.org/scim.
        behind_tls: Confirm that a proxy with TLS is in front of an address that other machines can reach.
        audit: Append a line for each write to this file, in the format of orgsdk apply --audit.
    """
    try:
        from orgsdk.cli.scim_server import is_loopback
        from orgsdk.cli.scim_tenants import make_options, read_tenants
        from orgsdk.scim import Tenant
    except ModuleNotFoundError as error:
        raise _missing_extra(error) from None
    if tenants is None and on_delete is None:
        raise UsageError(
            "--on-delete has no default: pass --on-delete keep, which ends the membership, or --on-delete delete, "
            "which deletes the account and its data"
        )
    of_a_tenant = (on_delete, on_deactivate, default_role, max_deactivations, *group_role, *role_order)
    if tenants is not None and any(value is not None for value in of_a_tenant):
        raise UsageError("--tenants: the file has the options of each tenant; leave out --on-delete and the like")
    if not is_loopback(host) and not behind_tls:
        raise UsageError(
            f"--host: other machines can reach {host}, and tokens would travel without encryption; put a proxy with "
            "TLS in front, and pass --behind-tls"
        )
    if tenants is None:
        client = connection.client()
        organization = connection.handle(client).id
        options = make_options(
            on_delete=on_delete,
            on_deactivate=on_deactivate,
            group_roles=_pairs(group_role),
            role_order=role_order,
            default_role=default_role,
            max_deactivations=max_deactivations,
            base_url=base_url,
        )
        served = {DEFAULT_TENANT: Tenant(client=client, organization=organization, options=options)}
    else:
        served = read_tenants(tenants, base_url=base_url)
    _run_server(served, map_address, is_single=tenants is None, host=host, port=port, audit=audit)


def _run_server(
    served: "dict[str, Tenant]", address: str, *, is_single: bool, host: str, port: int, audit: Path | None
) -> None:
    from orgsdk.cli.scim_server import listen, log_to_stderr, serve as run_server, with_health_check
    from orgsdk.scim import AuditLog, IdMap, TokenStore, gateway, gateways

    async def run() -> None:
        async with AsyncExitStack() as stack:
            database = open_database(address)
            stack.push_async_callback(database.aclose)
            id_map, tokens = IdMap(database), TokenStore(database)
            await id_map.claim()
            await _check_tokens(tokens, served, address)
            log = None if audit is None else AuditLog(audit)
            if log is not None:
                await log.check()
            for tenant in served.values():
                await stack.enter_async_context(tenant.client)
            await _check_roles(served)
            if is_single:
                (tenant,) = served.values()
                app = gateway(
                    tenant.client,
                    organization=tenant.organization,
                    options=tenant.options,
                    tokens=tokens,
                    id_map=id_map,
                    audit=log,
                )
                path = "/scim/v2"
            else:
                app, path = gateways(served, tokens=tokens, id_map=id_map, audit=log), "/scim/TENANT/v2"
            listener = stack.enter_context(closing(listen(host, port)))
            shown = f"[{host}]" if ":" in host else host
            print_status(
                f"SCIM for {_describe(served)} at http://{shown}:{listener.getsockname()[1]}{path}; Ctrl-C stops it"
            )
            # The app knows the version: administrators type the address with it, without it, or in capitals.
            await run_server(with_health_check("/scim", app, id_map), listener)

    with log_to_stderr():
        # uvicorn needs asyncio, and so does this command.
        anyio.run(run, backend="asyncio")


def _describe(served: "dict[str, Tenant]") -> str:
    if len(served) > 1:
        return count_noun(len(served), "tenant")
    (tenant,) = served.values()
    name = tenant.client.provider.name
    return name if tenant.organization is None else f"{name}, organization {tenant.organization}"


async def _check_tokens(tokens: "TokenStore", served: "dict[str, Tenant]", address: str) -> None:
    """Raise `UsageError` if no token opens any of the tenants, and state which tenants have none."""
    now = datetime.now(UTC)
    opened = {record.tenant for record in await tokens.list() if record.is_valid(now)}
    closed = [name for name in served if name not in opened]
    if len(closed) == len(served):
        raise UsageError(
            f"the id map {address} has no valid token for {', '.join(closed)}: run orgsdk scim token create"
        )
    for name in closed:
        print_status(f"the tenant {name} has no valid token: run orgsdk scim token create {name}")


async def _check_roles(served: "dict[str, Tenant]") -> None:
    """State which roles of the options do not exist: their groups would be missing, too."""
    for name, tenant in served.items():
        options = tenant.options
        wanted = {*(options.group_roles or {}).values(), *options.role_order, options.default_role} - {None}
        if not wanted:
            continue
        try:
            roles = await tenant.client.roles.list().collect()
        except OrgError:  # the provider may be down while the gateway starts
            continue
        known = {key for role in roles for key in (role.name, role.id)}
        for role_name in sorted(str(one) for one in wanted - known):
            names = [role.name for role in roles]
            print_status(
                f"the tenant {name}: there is no role {role_name!r} at the provider.{did_you_mean(role_name, names)} "
                f"Roles there: {', '.join(names)}"
            )


def _missing_extra(error: ModuleNotFoundError) -> MissingExtraError:
    from orgsdk._distribution import install_advice

    return MissingExtraError(f"the SCIM gateway needs {error.name}. {install_advice('scim')}")


def _pairs(values: tuple[str, ...]) -> dict[str, str] | None:
    from orgsdk.cli.options.roster import parse_pairs

    return parse_pairs(values, "--group-role GROUP=ROLE") or None
