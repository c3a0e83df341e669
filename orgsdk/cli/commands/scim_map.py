"""`orgsdk scim map`: create the id map, compare it with the provider, and repair it."""

from typing import TYPE_CHECKING

import anyio
from cyclopts import App

from orgsdk._messages import count_noun
from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.options.common import OutputOptions, PathOption, YesOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.scim_map import DEFAULT_TENANT, MapOption, TenantArgument, check_address, with_database, write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydantic import JsonValue

    from orgsdk.scim import Database
    from orgsdk.scim.map_check import Difference

app: App = App(name="map", help="Create, check and repair the id map.", help_epilogue="")


@app.command(name="create")
def create_map(*, map_address: MapOption = "scim.db") -> None:
    """Create the id map: the file, or the tables in PostgreSQL. An existing map is not changed."""
    from orgsdk.scim import Database

    async def run() -> str:
        database = Database.open(check_address(map_address))
        await database.aclose()
        return database.name

    print_status(f"the id map is {anyio.run(run)}; next: orgsdk scim token create")


@app.command
def check(
    tenant: TenantArgument = DEFAULT_TENANT,
    /,
    *,
    map_address: MapOption = "scim.db",
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


@app.command
def repair(
    tenant: TenantArgument = DEFAULT_TENANT,
    /,
    *,
    map_address: MapOption = "scim.db",
    tenants: PathOption = None,
    yes: YesOption = False,
    output: OutputOptions = OutputOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Make the id map of a tenant match the provider. Nothing is changed at the provider.

    Entries of users and roles that are gone are removed. Each member without an entry gets one,
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


def _compare(
    tenant: str, address: str, tenants: "Path | None", connection: ConnectionOptions, *, repair: bool
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

    return with_database(address, run)


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
    write_rows("difference", ("kind", "id", "problem", "detail", "is_repaired"), output, rows)
