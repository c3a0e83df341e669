"""`orgsdk whoami`: show which provider, profile and organization commands use, after one request."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from orgsdk.cli.calls import run_with
from orgsdk.cli.options.common import OutputOptions
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.output.formats import write_one
from orgsdk.cli.output.rows import RecordView
from orgsdk.cli.profiles import profile_file
from orgsdk.cli.sign_in import mask, read_organization
from orgsdk.providers.discovery import settings_in_use

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orgsdk.client import OrgClient
    from orgsdk.domain import Organization
    from orgsdk.providers.base import Provider

_FIELDS = ("provider", "tenant", "organization", "name", "settings", "credentials")
_VIEW = RecordView("answer", _FIELDS, columns=_FIELDS)


def whoami(*, output: OutputOptions = OutputOptions(), connection: ConnectionOptions = ConnectionOptions()) -> None:
    """Show which provider, organization, organization's name, settings and credentials commands use.

    One request checks that the credentials are accepted. Secrets are masked. The exit code is 4 if the
    provider refuses them.
    """
    fields = _VIEW.select(output.fields, _VIEW.columns)
    client, used = connection.client_and_settings()

    async def read(opened: OrgClient[Provider]) -> Organization | None:
        return await read_organization(opened, connection.organization)

    profile = connection.selected_profile()
    organization = run_with(client, read, profile=profile)
    provider = client.provider
    row: dict[str, JsonValue] = {
        "provider": provider.name,
        "tenant": provider.tenant,
        "organization": None if organization is None else organization.id,
        "name": None if organization is None else organization.name,
        "settings": f"the profile {profile} of {profile_file(os.environ)}" if profile else "the environment",
        "credentials": ", ".join(
            f"{name}={mask(name, used.get(name, ''))}" for name in settings_in_use(type(provider), used)
        ),
    }
    write_one({field: row[field] for field in fields}, output.format)
