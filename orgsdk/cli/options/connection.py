"""The options --provider, --profile and --organization, and the client that they select."""

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

    from orgsdk._tracked_settings import TrackedSettings
    from orgsdk.client import OrgClient
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle

T = TypeVar("T")
_GROUP = Group("Provider", sort_key=9)


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """Options that select the provider and the organization of a command."""

    provider: Annotated[
        str | None,
        Parameter(metavar="NAME", help="The provider. Default: ORGSDK_PROVIDER, or the one whose settings are set."),
    ] = None
    profile: Annotated[
        str | None,
        Parameter(
            metavar="NAME",
            help="The profile with the settings. Default: ORGSDK_PROFILE, or without settings of a provider, the "
            "profile default.",
        ),
    ] = None
    organization: Annotated[
        str | None,
        Parameter(
            metavar="ID", help="The organization. Default: ORGSDK_ORGANIZATION, or at Flat the credentials' own."
        ),
    ] = None

    def settings(self) -> Mapping[str, str]:
        """Return the variables that select the provider and hold its settings.

        Raise `UsageError` or `ConfigurationError` if one is invalid.
        """
        from orgsdk.cli.settings import load_settings

        return load_settings(os.environ, provider=self.provider, profile=self.profile)

    def selected_profile(self) -> str | None:
        """Return the name of the profile that the command uses, None for the environment."""
        from orgsdk.cli.settings import select_profile

        return select_profile(os.environ, provider=self.provider, profile=self.profile)

    def client(self) -> "OrgClient[Provider]":
        """Return a client for the provider. Raise `UsageError` or `ConfigurationError` for invalid settings."""
        return self.client_and_settings()[0]

    def client_and_settings(self) -> "tuple[OrgClient[Provider], TrackedSettings]":
        """Return a client for the provider, and the settings, which record those that it uses.

        Raise `UsageError` or `ConfigurationError` for invalid settings.
        """
        from orgsdk._tracked_settings import TrackedSettings
        from orgsdk.cli.profiles import check_settings, profile_file
        from orgsdk.cli.settings import ORGANIZATION_VARIABLE
        from orgsdk.client import OrgClient

        settings = dict(self.settings())
        if self.organization is not None:
            settings.pop(ORGANIZATION_VARIABLE, None)  # it may belong to another provider
        tracked = TrackedSettings(settings)
        client = OrgClient.from_env(environ=tracked)
        if profile := self.selected_profile():
            check_settings(tracked, profile_file(os.environ), profile)
        return client, tracked

    def handle(self, client: "OrgClient[Provider]") -> "OrganizationHandle":
        """Return the handle of the organization. Raise `UsageError` if the provider needs an id and none is set."""
        from orgsdk.domain import Capability
        from orgsdk.errors import UnsupportedError

        try:
            return client.organization(self.organization)
        except UnsupportedError as error:
            if error.operation != Capability.DEFAULT_ORGANIZATION:
                raise
            raise UsageError(
                f"{error.provider} needs an organization: pass --organization ID or set ORGSDK_ORGANIZATION; "
                "orgsdk organizations list shows the ids"
            ) from None

    def in_organization(
        self, function: "Callable[[OrganizationHandle], Awaitable[T]]", *, may_find_none: bool = False
    ) -> "Callable[[OrgClient[Provider]], Awaitable[T]]":
        """Return a function that takes a client and awaits `function` with the handle of the organization.

        If the call fails, or returns None with `may_find_none`, it checks whether the organization exists, and raises
        `NotFoundError` for the organization if not. Logto returns the same error for an unknown organization as for an
        unknown user, or no error.
        """

        async def run(client: "OrgClient[Provider]") -> "T":
            async with self.reporting_unknown_organization(client):
                result = await function(self.handle(client))
            if may_find_none and result is None:
                await self.check_organization(client)
            return result

        return run

    @asynccontextmanager
    async def reporting_unknown_organization(self, client: "OrgClient[Provider]") -> "AsyncGenerator[None]":
        """Replace a failed call's error by `NotFoundError` for the organization, if the organization does not exist."""
        from orgsdk.errors import NotFoundError, OrgError, UnprocessableError

        try:
            yield
        except (NotFoundError, UnprocessableError) as error:
            try:
                await self.check_organization(client)
            except NotFoundError as unknown:
                unknown.partial_result = error.partial_result
                raise
            except OrgError:  # the credentials cannot read organizations: raise the first error
                pass
            raise

    async def check_organization(self, client: "OrgClient[Provider]") -> None:
        """Raise `NotFoundError` if the organization does not exist."""
        from orgsdk.domain import Capability
        from orgsdk.errors import NotFoundError

        organization = self.handle(client)
        if organization.id is None or Capability.ORGANIZATIONS_GET not in client.capabilities:
            return
        try:
            await client.organizations.get(organization.id)
        except NotFoundError as error:
            error.add_note("orgsdk organizations list shows the existing ones")
            raise

    @classmethod
    def named(cls, name: str, *, organization: str | None = None) -> "Self":
        """Return the connection for the profile `name`, or for the provider `name` if there is no such profile."""
        from orgsdk.cli.profiles import profile_file, profile_names

        if name in profile_names(profile_file(os.environ)):
            return cls(profile=name, organization=organization)
        return cls(provider=name, organization=organization)
