"""Dependencies that admit only members of the organization, or members with a role."""

# No postponed annotations: FastAPI cannot resolve a string that names a variable of the enclosing function.

import logging
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Annotated, TypeAlias

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from orgsdk._callables import describe
from orgsdk._messages import did_you_mean
from orgsdk._parameters import name_parameters
from orgsdk.domain import User
from orgsdk.errors import ConfigurationError, InvalidArgumentError, NotFoundError, OrgError
from orgsdk.fastapi.clients import Client
from orgsdk.fastapi.mistakes import CallFirst
from orgsdk.resources import OrganizationHandle

Identity: TypeAlias = Callable[..., str | Awaitable[str | None] | None]
Organization: TypeAlias = Callable[..., OrganizationHandle | Awaitable[OrganizationHandle]]

_LOGGER = logging.getLogger(__name__)


class AccessDeniedError(HTTPException):
    """Nobody is signed in (401), or the user may not do this (403)."""


async def _user_of_request(connection: HTTPConnection) -> str | None:
    user = connection.scope.get("user")
    advice = "pass identity=…, a dependency that returns the id of the user who is signed in."
    if user is None:
        raise ConfigurationError(f"The app does not state who is signed in: {advice}")
    try:
        return user.identity if user.is_authenticated else None
    except NotImplementedError:
        raise ConfigurationError(f"request.user has no property identity: define it, or {advice}") from None


async def _organization_of_client(client: Client) -> OrganizationHandle:
    return client.organization()


@name_parameters
def require_member(
    *,
    identity: Annotated[Identity, CallFirst("require_member()")] = _user_of_request,
    organization: Organization = _organization_of_client,
) -> Callable[..., Awaitable[User]]:
    """Return a dependency that admits members of the organization only, and provides the member.

    Your app signs users in. The dependency looks the user up at the provider, once in a request however often it is
    used. It raises `AccessDeniedError`: 401 if nobody is signed in, 403 if the user is not a member or is suspended.

    Args:
        identity: A dependency that returns the provider's id of the user who is signed in, or None. Default:
            ``request.user.identity`` of Starlette's `AuthenticationMiddleware`.
        organization: A dependency that returns the organization's handle. Default: that of the app's client.

    Returns:
        The dependency.

    Raises:
        ConfigurationError: `identity` or `organization` is not a dependency.

    Example:
        ``Member = Annotated[User, Depends(require_member(identity=signed_in_user))]``
    """
    _check_dependency("identity", identity)
    _check_dependency("organization", organization)
    return _member_dependency(identity, organization)


@name_parameters
def require_role(
    *roles: str,
    identity: Annotated[Identity, CallFirst('require_role("teacher")')] = _user_of_request,
    organization: Organization = _organization_of_client,
) -> Callable[..., Awaitable[User]]:
    """Return a dependency that admits members with one of the roles only, and provides the member.

    It raises `AccessDeniedError` as `require_member` does, and 403 for a member with none of the roles. If the provider
    has no role of such a name, this is logged as an error.

    Args:
        *roles: Names of roles, as in `User.roles`. One of them is enough.
        identity: As for `require_member`.
        organization: As for `require_member`.

    Returns:
        The dependency.

    Raises:
        ConfigurationError: There is no role, or a role is not a name.

    Example:
        ``Teacher = Annotated[User, Depends(require_role("teacher", "admin", identity=signed_in_user))]``
    """
    if not all(map(_is_name, roles or ("",))):
        raise ConfigurationError('require_role takes names of roles: write require_role("teacher", "admin").')
    member = require_member(identity=identity, organization=organization)
    names = frozenset(roles)
    verified = False

    async def get_member_with_role(
        user: Annotated[User, Depends(member)], org: Annotated[OrganizationHandle, Depends(organization)]
    ) -> User:
        nonlocal verified
        if names.isdisjoint(user.roles):
            if not verified:
                verified = await _log_unknown_roles(roles, org)
            raise AccessDeniedError(403, f"This needs the role {' or '.join(roles)}.")
        return user

    return get_member_with_role


@cache  # one function for equal arguments, so that FastAPI calls it once in a request
def _member_dependency(identity: Identity, organization: Organization) -> Callable[..., Awaitable[User]]:
    async def get_member(
        user_id: Annotated[str | None, Depends(identity)], org: Annotated[OrganizationHandle, Depends(organization)]
    ) -> User:
        if user_id is None or user_id == "":
            raise AccessDeniedError(401, "Sign in first.")
        if not isinstance(user_id, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # no types
            raise ConfigurationError(f"identity returned a value {describe(user_id)}: return the user's id, a string.")
        try:
            user = await org.users.get(user_id)
        except NotFoundError as error:
            _LOGGER.info("no member: %s", error)  # it may be the organization that does not exist
            raise AccessDeniedError(403, "You are not a member of the organization.") from None
        except InvalidArgumentError:
            # Do not echo the value: it may be an address.
            raise ConfigurationError(
                f"identity returned no user id of {org.provider.name}: return the id of the user there, such as "
                "(await organization.users.find(email=…)).id."
            ) from None
        if user.is_suspended:
            raise AccessDeniedError(403, "Your account is suspended.")
        return user

    return get_member


async def _log_unknown_roles(roles: tuple[str, ...], org: OrganizationHandle) -> bool:
    """Log the roles that the provider does not have. Return whether the provider's roles could be read."""
    try:
        known = [role.name for role in await org.roles.list().collect()]
    except OrgError:
        return False  # the user is refused anyway
    for role in roles:
        if role not in known:
            hint = did_you_mean(role, known)
            _LOGGER.error("require_role: unknown role %r.%s Roles here: %s.", role, hint, ", ".join(known))
    return True


def _is_name(role: object) -> bool:
    return isinstance(role, str) and bool(role)


def _check_dependency(setting: str, dependency: object) -> None:
    if not callable(dependency):
        raise ConfigurationError(f"{setting} is {describe(dependency)}: pass a dependency, which is a function.")
