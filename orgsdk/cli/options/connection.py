"""The options --provider, --profile and --organization, and the client that they lead to."""

import os
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import Group, Parameter

from orgsdk.cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from typing import Self

    from orgsdk.client import OrgClient
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle

T = TypeVar("T")
_GROUP = Group("Provider", sort_key=9)


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """Say which provider a command speaks to, and about which of its organizations."""

    provider: Annotated[
        str | None,
        Parameter(metavar="NAME", help="The provider; without it, ORGSDK_PROVIDER, or the one whose settings are set."),
    ] = None
    profile: Annotated[
        str | None, Parameter(metavar="NAME", help="The profile of settings; without it, ORGSDK_PROFILE.")
    ] = None
    organization: Annotated[
        str | None,
        Parameter(
            metavar="ID", help="The organization; without it, ORGSDK_ORGANIZATION, or at Flat the credentials' own."
        ),
    ] = None

    def settings(self) -> Mapping[str, str]:
        """Give the variables that choose the provider and hold its settings.

        Raises `UsageError` and `ConfigurationError` naming what is wrong.
        """
        from orgsdk.cli.settings import load_settings

        return load_settings(os.environ, provider=self.provider, profile=self.profile)

    def client(self) -> "OrgClient[Provider]":
        """Give a client of the provider; raises as `settings` does."""
        from orgsdk.cli.profiles import TrackedSettings, profile_file
        from orgsdk.cli.settings import ORGANIZATION_VARIABLE, PROFILE_VARIABLE
        from orgsdk.client import OrgClient

        settings = dict(self.settings())
        if self.organization is not None:
            settings.pop(ORGANIZATION_VARIABLE, None)  # it may be another provider's, which this one would refuse
        watched = TrackedSettings(settings)
        client = OrgClient.from_env(watched)
        if profile := self.profile or os.environ.get(PROFILE_VARIABLE):
            watched.check(profile_file(os.environ), profile)
        return client

    def handle(self, client: "OrgClient[Provider]") -> "OrganizationHandle":
        """Give the handle of the organization; raises `UsageError` where one must be named."""
        from orgsdk.domain import Capability
        from orgsdk.errors import UnsupportedError

        try:
            return client.organization(self.organization)
        except UnsupportedError as error:
            if error.operation != Capability.DEFAULT_ORGANIZATION:
                raise
            # The library's advice is a call in Python.
            raise UsageError(
                f"{error.provider} needs to know which organization: pass --organization ID or set ORGSDK_ORGANIZATION"
            ) from None

    def in_organization(
        self, verb: "Callable[[OrganizationHandle], Awaitable[T]]", *, finds: bool = False
    ) -> "Callable[[OrgClient[Provider]], Awaitable[T]]":
        """Give what carries `verb` out in the organization of a client.

        Where the provider refuses, or a verb that `finds` gives None, and there is no such organization, that is the
        error: Logto says of an unknown organization what it says of an unknown user, or nothing.
        """

        async def run(client: "OrgClient[Provider]") -> "T":
            async with self.reporting_unknown_organization(client):
                found = await verb(self.handle(client))
            if finds and found is None:
                await self.check_organization(client)
            return found

        return run

    @asynccontextmanager
    async def reporting_unknown_organization(self, client: "OrgClient[Provider]") -> "AsyncGenerator[None]":
        """Have a refusal be that the organization is unknown, where it is."""
        from orgsdk.errors import NotFoundError, OrgError, UnprocessableError

        try:
            yield
        except (NotFoundError, UnprocessableError) as error:
            try:
                await self.check_organization(client)
            except NotFoundError as unknown:
                unknown.partial_result = error.partial_result
                raise
            except OrgError:  # who may not ask for organizations is told what the provider said at first
                pass
            raise

    async def check_organization(self, client: "OrgClient[Provider]") -> None:
        """Raise `NotFoundError` where there is no such organization."""
        from orgsdk.domain import Capability
        from orgsdk.errors import NotFoundError

        organization = self.handle(client)
        if organization.id is None or Capability.ORGANIZATIONS_GET not in client.capabilities:
            return
        try:
            await client.organizations.get(organization.id)
        except NotFoundError as error:
            error.add_note("orgsdk organizations list names those that there are")
            raise

    @classmethod
    def named(cls, name: str, *, organization: str | None = None) -> "Self":
        """Give the connection of a profile of that name, or else of a provider of that name."""
        from orgsdk.cli.profiles import profile_file, profile_names

        if name in profile_names(profile_file(os.environ)):
            return cls(profile=name, organization=organization)
        return cls(provider=name, organization=organization)
