"""`orgsdk scim`: serve the SCIM gateway, and manage its tokens, its id map and its quarantines."""

import os
import sys
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar
from urllib.parse import urlsplit

import anyio
from cyclopts import App, Parameter
from cyclopts.validators import Number

from orgsdk._messages import count_noun
from orgsdk.cli.errors import ExitCode, MissingExtraError, UsageError, print_status
from orgsdk.cli.options.common import FlagOption, IdOption, NameOption, OutputOptions, PathOption, PortOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from pydantic import JsonValue

    from orgsdk.scim import Database, DeactivationGuard, Tenant, TokenStore
    from orgsdk.scim.map_check import Difference

T = TypeVar("T")

app: App = App(
    name="scim", help="Let identity providers such as Okta and Entra ID provision users by SCIM.", help_epilogue=""
)
token: App = App(name="token", help="Make, list and revoke the bearer tokens of identity providers.", help_epilogue="")
map_: App = App(name="map", help="Create, check and repair the id map.", help_epilogue="")
quarantine: App = App(
    name="quarantine", help="List and lift the quarantines of tokens that deactivated too many users.", help_epilogue=""
)
for _group in (token, map_, quarantine):
    app.command(_group)

_MAP_VARIABLE = "ORGSDK_SCIM_MAP"
_DEFAULT_TENANT = "default"
_MapOption = Annotated[
    str,
    Parameter(
        name="--map",
        metavar="PATH",
        env_var=_MAP_VARIABLE,
        help="The id map: a SQLite file, or a URL such as postgresql://host/name.",
    ),
]
_TenantArgument = Annotated[
    str, Parameter(help="Name of the tenant. Without --tenants, the gateway has one, whose name is default.")
]
_Count = Annotated[int | None, Parameter(validator=Number(gte=0), metavar="N")]
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
def serve(  # options of a command
    *,
    map_address: _MapOption = "scim.db",
    on_delete: Annotated[Literal["keep", "delete"] | None, Parameter(show_default=False)] = None,
    on_deactivate: Annotated[
        Literal["suspend", "end_membership", "refuse"] | None, Parameter(show_default=False)
    ] = None,
    group_role: _GroupRoleOption = (),
    role_order: _RoleOrderOption = (),
    default_role: NameOption = None,
    max_deactivations: _Count = None,
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
        default_role: Where a user has one role: the role of a user in no group.
        max_deactivations: How many users a token may deactivate, remove or take out of groups in 24 hours. Above 5
            and 5 % of the users, more need an operator. Default: 500.
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
        served = {_DEFAULT_TENANT: Tenant(client=client, organization=organization, options=options)}
    else:
        served = read_tenants(tenants, base_url=base_url)
    _run_server(served, map_address, is_single=tenants is None, host=host, port=port, audit=audit)


@token.command
def create(
    tenant: _TenantArgument = _DEFAULT_TENANT,
    /,
    *,
    expires: Annotated[timedelta | None, Parameter(metavar="TIME")] = None,
    read_only: FlagOption = False,
    map_address: _MapOption = "scim.db",
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


@token.command(name="list")
def list_tokens(
    tenant: Annotated[str | None, Parameter(help="Name of the tenant. Default: all.")] = None,
    /,
    *,
    map_address: _MapOption = "scim.db",
    output: OutputOptions = OutputOptions(),
) -> None:
    """List the tokens, with their last use. The tokens themselves are not stored."""
    columns = ("id", "tenant", "state", "scopes", "created", "expires", "last_used")
    now = datetime.now(UTC)
    records = _with_tokens(map_address, lambda store: store.list(tenant))
    _write(
        "token",
        columns,
        output,
        [
            {
                "id": record.id,
                "tenant": record.tenant,
                "state": "revoked" if record.revoked else "valid" if record.is_valid(now) else "expired",
                "scopes": list(record.scopes),
                "created": _time(record.created),
                "expires": _time(record.expires),
                "last_used": _time(record.last_used),
            }
            for record in records
        ],
    )
    if not records:
        print_status("there is no token: run orgsdk scim token create")


@token.command
def revoke(
    token_id: Annotated[str, Parameter(help="The id, as orgsdk scim token list shows it.")],
    /,
    *,
    map_address: _MapOption = "scim.db",
) -> None:
    """End the validity of a token at once."""
    from orgsdk.errors import InvalidArgumentError

    try:
        record = _with_tokens(map_address, lambda store: store.revoke(token_id))
    except InvalidArgumentError:
        raise UsageError("there is no token with this id: orgsdk scim token list shows the ids") from None
    print_status(f"the token {record.id} of the tenant {record.tenant} is revoked")


@map_.command(name="create")
def create_map(*, map_address: _MapOption = "scim.db") -> None:
    """Create the id map: the file, or the tables in PostgreSQL. An existing map is not changed."""
    from orgsdk.scim import Database

    async def run() -> str:
        database = Database.open(_check_address(map_address))
        await database.aclose()
        return database.name

    print_status(f"the id map is {anyio.run(run)}; next: orgsdk scim token create")


@map_.command
def check(
    tenant: _TenantArgument = _DEFAULT_TENANT,
    /,
    *,
    map_address: _MapOption = "scim.db",
    tenants: PathOption = None,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Compare the id map of a tenant with the provider, and list the differences. Nothing is changed.

    The exit code is 1 if there is a difference. Members who are not in the map are normal, and are only counted.

    Args:
        tenants: The TOML file of orgsdk scim serve --tenants.
    """
    found = _compare(tenant, map_address, tenants, connection, repair=False)
    unmapped = sum(one.problem == "unmapped" for one in found)
    differences = [one for one in found if one.problem != "unmapped"]
    _write_differences(differences, output)
    print_status(
        f"{count_noun(len(differences), 'difference')}; {count_noun(unmapped, 'user')} at the provider without an entry"
        + ("; orgsdk scim map repair ends them" if differences else "")
    )
    return ExitCode.FAILURE if differences else ExitCode.OK


@map_.command
def repair(
    tenant: _TenantArgument = _DEFAULT_TENANT,
    /,
    *,
    map_address: _MapOption = "scim.db",
    tenants: PathOption = None,
    yes: YesOption = False,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Make the id map of a tenant match the provider. Nothing is changed at the provider.

    Entries of users and roles that are gone are removed, and states corrected. Each member without an entry gets one,
    with the username or the e-mail address as the userName: so a lost map is rebuilt. The exit code is 1 if a
    difference is left.

    Args:
        tenants: The TOML file of orgsdk scim serve --tenants.
    """
    from orgsdk.cli.user_input import confirm

    confirm(f"change the id map of the tenant {tenant} to match the provider", yes=yes)
    found = _compare(tenant, map_address, tenants, connection, repair=True)
    _write_differences(found, output)
    left = sum(not one.is_repaired for one in found)
    print_status(f"{count_noun(len(found) - left, 'difference')} repaired, {left:,} left")
    return ExitCode.FAILURE if left else ExitCode.OK


@quarantine.command(name="list")
def list_quarantines(
    tenant: Annotated[str | None, Parameter(help="Name of the tenant. Default: all.")] = None,
    /,
    *,
    map_address: _MapOption = "scim.db",
    output: OutputOptions = OutputOptions(),
) -> None:
    """List the tokens that may deactivate nobody until their quarantine is lifted."""
    found = _with_guard(map_address, lambda guard: guard.list(tenant))
    _write(
        "quarantine",
        ("tenant", "token", "since", "refused", "allowed"),
        output,
        [
            {
                "tenant": one.tenant,
                "token": one.token,
                "since": _time(one.since),
                "refused": one.refused,
                "allowed": one.allowed,
            }
            for one in found
        ],
    )
    if not found:
        print_status("no token is in quarantine")


@quarantine.command
def lift(
    tenant: _TenantArgument = _DEFAULT_TENANT,
    /,
    *,
    token_id: Annotated[IdOption, Parameter(name="--only")] = None,
    allow: _Count = None,
    yes: YesOption = False,
    map_address: _MapOption = "scim.db",
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


def _run_server(
    served: "dict[str, Tenant]", address: str, *, is_single: bool, host: str, port: int, audit: Path | None
) -> None:
    from orgsdk.cli.scim_server import listen, log_to_stderr, serve as run_server, with_health_check
    from orgsdk.scim import AuditLog, IdMap, TokenStore, gateway, gateways

    async def run() -> None:
        async with AsyncExitStack() as stack:
            database = _open_database(address)
            stack.push_async_callback(database.aclose)
            id_map, tokens = IdMap(database), TokenStore(database)
            await id_map.claim()
            await _check_tokens(tokens, served, address)
            log = None if audit is None else AuditLog(audit)
            if log is not None:
                await log.check()
            for tenant in served.values():
                await stack.enter_async_context(tenant.client)
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
                app, path = gateways(served, tokens=tokens, id_map=id_map, audit=log), "/scim"
            listener = stack.enter_context(closing(listen(host, port)))
            shown = f"[{host}]" if ":" in host else host
            print_status(
                f"SCIM for {_describe(served)} at http://{shown}:{listener.getsockname()[1]}{path}"
                f"{'' if is_single else '/TENANT/v2'}; Ctrl-C stops it"
            )
            await run_server(with_health_check(path, app, id_map), listener)

    with log_to_stderr():
        # uvicorn needs asyncio, and so does this command.
        anyio.run(run, backend="asyncio")


def _describe(served: "dict[str, Tenant]") -> str:
    if len(served) > 1:
        return count_noun(len(served), "tenant")
    (tenant,) = served.values()
    name = tenant.client.provider.name
    return name if tenant.organization is None else f"{name}, organization {tenant.organization}"


def _compare(
    tenant: str, address: str, tenants: Path | None, connection: ConnectionOptions, *, repair: bool
) -> "list[Difference]":
    from orgsdk.scim import IdMap
    from orgsdk.scim.map_check import check_map, repair_map

    if tenants is None:
        client = connection.client()
        organization = connection.handle(client).id
    else:
        from orgsdk.cli.scim_tenants import read_tenants

        known = read_tenants(tenants, base_url=None)
        if tenant not in known:
            raise UsageError(f"{tenants} has no tenant {tenant!r}: it has {', '.join(known)}")
        client, organization = known[tenant].client, known[tenant].organization
    compare = repair_map if repair else check_map

    async def run(database: "Database") -> "list[Difference]":
        async with client:
            return [one async for one in compare(client, IdMap(database), tenant, organization=organization)]

    return _with_database(address, run)


def _write_differences(differences: "Sequence[Difference]", output: OutputOptions) -> None:
    from orgsdk.scim.map_check import PROBLEMS

    rows: list[dict[str, JsonValue]] = [
        {
            "kind": one.kind,
            "id": one.id,
            "problem": one.problem,
            "detail": PROBLEMS[one.problem],
            "is_repaired": one.is_repaired,
        }
        for one in differences
    ]
    _write("difference", ("kind", "id", "problem", "detail", "is_repaired"), output, rows)


def _write(noun: str, columns: tuple[str, ...], output: OutputOptions, rows: "Sequence[dict[str, JsonValue]]") -> None:
    from orgsdk.cli.output.formats import make_writer
    from orgsdk.cli.output.rows import RecordView

    fields = RecordView(noun, columns, columns).select(output.fields, columns)
    writer = make_writer(output.format, fields)
    writer.write([{field: row[field] for field in fields} for row in rows])
    writer.end()


def _with_tokens(address: str, function: "Callable[[TokenStore], Awaitable[T]]") -> T:
    from orgsdk.scim import TokenStore

    return _with_database(address, lambda database: function(TokenStore(database)))


def _with_guard(address: str, function: "Callable[[DeactivationGuard], Awaitable[T]]") -> T:
    from orgsdk.scim import DeactivationGuard

    return _with_database(address, lambda database: function(DeactivationGuard(database)))


def _with_database(address: str, function: "Callable[[Database], Awaitable[T]]") -> T:
    """Open the database of an id map that exists, await `function` with it, and return the result."""

    async def run() -> T:
        database = _open_database(address)
        try:
            return await function(database)
        finally:
            await database.aclose()

    return anyio.run(run)


def _open_database(address: str) -> "Database":
    from orgsdk.scim import Database

    # A wrong path must not become an empty map, with which an identity provider would create everybody again.
    return Database.open(_check_address(address), create=False)


def _check_address(address: str) -> str:
    """Raise `UsageError` for a URL with a password that is an argument, which other programs can read."""
    is_argument = os.environ.get(_MAP_VARIABLE) != address
    if is_argument and "://" in address and urlsplit(address).password is not None:
        raise UsageError(
            f"--map: do not pass a password as an argument; set {_MAP_VARIABLE} to the URL, or set PGPASSWORD"
        )
    return address


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


def _missing_extra(error: ModuleNotFoundError) -> MissingExtraError:
    from orgsdk._distribution import install_advice

    return MissingExtraError(f"the SCIM gateway needs {error.name}. {install_advice('scim')}")


def _pairs(values: tuple[str, ...]) -> dict[str, str] | None:
    from orgsdk.cli.options.roster import parse_pairs

    return parse_pairs(values, "--group-role GROUP=ROLE") or None


def _time(time: "datetime | None") -> str | None:
    return None if time is None else time.isoformat(timespec="seconds")
