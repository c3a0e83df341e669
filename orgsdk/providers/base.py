"""The contract between the client and a provider: the class `Provider`.

A provider is one object that returns the operations of each noun (`orgsdk.providers.operations` and
`orgsdk.providers.user_operations`). Their arguments are already checked by the client: filters and drafts that the
capabilities allow, ids that are not empty, a page size within the provider's maximum. HTTP is not part of the contract:
a provider may use a database or a directory as well. ``docs/writing_a_provider.md`` is a tutorial, and
`orgsdk.testing.conformance` checks everything that is written here.

**Required** are `name`, `contract`, `capabilities`, `from_env`, `users` and `aclose`, and the abstract methods of the
operations that the provider returns. Each other method belongs to the capability of the same name (``users.create``
belongs to `Capability.USERS_CREATE`). Without the capability it is never called and need not be written. A declared
capability works, and an undeclared one raises `UnsupportedError`.

**Errors.** A method raises only errors of `orgsdk.errors`: `NotFoundError` for an unknown id, and for an unknown role
the one that `unknown_name_error` returns, which has the roles to choose from; `InvalidArgumentError`
for an invalid one, `ConflictError` for a value that is taken, `UnsupportedError` for a field that the provider lacks,
`TransportError` and `OutcomeUnknownError` if no response came. Errors can be pickled and contain no secret and no
e-mail address. Cancellation is not caught.

**Lists.** `list` sends no request and returns a `Listing`. Its ``fetch(position, page_size)`` returns a `Slice` of at
most ``page_size`` items (a list without pages returns all of them) with the ``position`` of the next and previous page,
a text in the provider's own terms. The paginator makes cursors of positions, so a position must suffice to request its
page in another process. An invalid position raises `InvalidCursorError`. The listing's ``scope`` contains the
organization and every filter: a cursor of another scope is rejected.

**Completeness.** With ``query.complete``, each item that exists during the whole list is yielded once, whatever is
added or removed meanwhile. A list whose positions name a row always does this. If pages can shift, pass the listing to
`complete_by_overlap` or `complete_in_rounds` of `orgsdk.providers.http`, which raise `PaginationError` if the
list cannot be proved complete. A stable total proves nothing.

**Changes.** `UNSET` leaves a field unchanged; None clears it. A write whose response was lost is retried only if it is
idempotent. A lost create is looked up by its natural key and marked (`mark_adopted`), or raises `OutcomeUnknownError`.

**Records** are read from JSON by a `RecordReader`, so that ``raw`` is the provider's own object. An unknown role,
status or type is a plain string, never an error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping  # get_type_hints resolves the annotations of the class
from typing import TYPE_CHECKING, ClassVar, Generic, Self, cast

from orgsdk._unpicklable import Unpicklable
from orgsdk.domain import Capability, UserFieldName  # get_type_hints resolves the annotations of the class
from orgsdk.errors import ConfigurationError, UnsupportedError
from orgsdk.options import CallOptions
from orgsdk.pagination.cursors import derive_tenant_key
from orgsdk.providers.operations import (
    InvitationOperations,
    OrganizationOperations,
    RoleOperations,
    unknown_name_error,
)
from orgsdk.providers.user_operations import AccountAction, AccountOperations, UserOperations
from orgsdk.responses import RateLimit, RequestRate

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    NativeT_co = TypeVar("NativeT_co", covariant=True, default=object)
else:
    from typing import TypeVar

    NativeT_co = TypeVar("NativeT_co", covariant=True)

__all__ = [
    "CONTRACT_VERSION",
    "AccountAction",
    "AccountOperations",
    "InvitationOperations",
    "OrganizationOperations",
    "Provider",
    "RoleOperations",
    "UserOperations",
    "check_contract",
    "unknown_name_error",
]

CONTRACT_VERSION = 2
"""The version of the contract. It increases when existing providers no longer work, not when something is added."""

# What a provider of an earlier version has to change, by that version.
_CHANGES: Mapping[object, str] = {
    1: (
        "In version 2, a provider declares which fields it stores: add Capability.USERS_USERNAME, USERS_NAMES, "
        "USERS_PASSWORD, ORGANIZATIONS_DESCRIPTION and ROLES_DESCRIPTION where they apply, then state contract = 2."
    ),
}


def check_contract(provider: type[Provider], described: str) -> None:
    """Check that a provider was written for this version of the contract.

    Args:
        provider: The provider's class.
        described: What the error calls the provider, such as ``The provider 'acme'``.

    Raises:
        ConfigurationError: It was written for another version, or states none. The error states what to change.
    """
    contract: object = getattr(provider, "contract", None)
    if contract == CONTRACT_VERSION:
        return
    version = "states no version" if contract is None else f"was written for version {contract}"
    advice = _CHANGES.get(contract, "Install versions of both that fit.")
    raise ConfigurationError(
        f"{described} {version} of the contract, and this orgsdk has version {CONTRACT_VERSION}. {advice}"
    )


class UnsupportedAttributeError(UnsupportedError, AttributeError):
    """The provider lacks what a property returns. `hasattr`, `inspect` and `unittest.mock` read it as missing."""


class Provider(Unpicklable, ABC, Generic[NativeT_co]):
    """One provider, with its settings and its connection. Generic over its `native` interface.

    Attributes:
        name: The name in errors, in cursors and for ``ORGSDK_PROVIDER``: lower-case letters, digits, ``-`` and ``_``.
        contract: The `CONTRACT_VERSION` that the provider was written for, as a literal number.
        capabilities: Everything that the provider supports. If its servers differ, the class has what any of them
            supports, and an object what its own server does: see `discover`.
        advice: What to do instead of an unsupported capability. An `orgsdk.errors.Advice` has a text for the command
            line too.
        permissions: What the credentials need for a capability, in the provider's own terms.
        environment: The required variables of `from_env`. Their names start with the provider's name
            (``FLAT_ACCESS_TOKEN``). If one of them is set, `OrgClient.from_env` chooses this provider.
        settings_by_error: The variables of `from_env` that can be the cause of a refused sign-in, by the provider's
            error code. For another code, any variable of `environment` can be the cause.
        address_variable: The variable of the provider's address, which `OrgClient.from_url` sets. None if it has none.
        requests_per_write: Number of requests that a bulk run sends for one write of a user, by the capability that the
            write needs. Those that are not named take one. Plans estimate their duration by it.
        unique_fields: Fields in which no two accounts can have the same value. The plan of a roster leaves a value out
            that another user has, instead of sending it in vain. Name only those that the provider documents.
        keeps_accounts: False if a user and the membership are one, so that no user can be removed without a deletion.
    """

    name: ClassVar[str]
    contract: ClassVar[int]
    capabilities: ClassVar[frozenset[Capability]]
    advice: ClassVar[Mapping[Capability, str]] = {}
    permissions: ClassVar[Mapping[Capability, str]] = {}
    environment: ClassVar[tuple[str, ...]] = ()
    settings_by_error: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    address_variable: ClassVar[str | None] = None
    requests_per_write: ClassVar[Mapping[Capability, int]] = {}
    unique_fields: ClassVar[frozenset[UserFieldName]] = frozenset()
    keeps_accounts: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Create the provider from environment variables.

        Args:
            environ: The variables.

        Returns:
            The new object.

        Raises:
            ConfigurationError: A variable is missing or invalid. The error names it.
        """

    @property
    def native(self) -> NativeT_co:
        """Everything else that the provider offers, under its own names.

        Raises:
            UnsupportedError: The provider has no native interface.
        """
        raise UnsupportedAttributeError(self.name, "native")

    @property
    def organizations(self) -> OrganizationOperations:
        """The operations on organizations.

        Raises:
            UnsupportedError: The provider has none.
        """
        raise UnsupportedAttributeError(self.name, "organizations")

    @property
    def roles(self) -> RoleOperations:
        """The operations on roles.

        Raises:
            UnsupportedError: The provider has no roles.
        """
        raise UnsupportedAttributeError(self.name, "roles")

    @abstractmethod
    def users(self, organization_id: str | None) -> UserOperations:
        """Return the operations on the members of an organization.

        Args:
            organization_id: The organization's id. None for the organization of the credentials.

        Returns:
            The operations on the members of an organization.

        Raises:
            InvalidArgumentError: The id is invalid, or the provider needs one.
        """

    def invitations(self, organization_id: str | None) -> InvitationOperations:
        """Return the operations on the invitations to an organization.

        Args:
            organization_id: The organization's id. None for the organization of the credentials.

        Returns:
            The operations on the invitations to an organization.

        Raises:
            UnsupportedError: The provider has no invitations.
            InvalidArgumentError: The id is invalid, or the provider needs one.
        """
        raise UnsupportedError(self.name, "invitations")

    def accounts(self) -> AccountOperations:
        """Return the operations on all accounts of the tenant.

        Returns:
            The operations on all accounts of the tenant.

        Raises:
            UnsupportedError: The provider has no accounts outside organizations.
        """
        raise UnsupportedError(self.name, "accounts")

    def check_organization_id(self, organization_id: str) -> None:  # optional: by default, every id passes
        """Check an organization's id without a request. By default, every id passes.

        Args:
            organization_id: The id as the caller passed it.

        Raises:
            InvalidArgumentError: The id is empty, or has characters that ids of this provider never have.
        """

    @property
    def tenant(self) -> str:
        """A text without secrets that distinguishes this tenant from the provider's others, such as its address.

        A plan or cursor of one tenant is rejected by another. The default is the provider's name.
        """
        return self.name

    @property
    def tenant_key(self) -> bytes:
        """The key that signs the cursors of this tenant, from `derive_tenant_key`.

        Override it with the tenant's address and its credentials, so that no cursor can be forged. The default has
        only `tenant`.
        """
        return derive_tenant_key(self.name, self.tenant)

    async def own_user_id(self) -> str | None:
        """Return the id of the user that the credentials belong to, None if they belong to no user."""
        return None

    async def own_organization_id(self) -> str | None:
        """Return the id of the organization that the credentials belong to, None if they belong to no organization."""
        return None

    async def discover(self) -> None:
        """Ask the server what it supports, if the provider's servers differ. By default, nothing is sent.

        `OrgClient` calls it when it is entered. Call it yourself if a client is used without ``async with``. Pass the
        result to `_set_supported`.
        """

    def _set_supported(self, supported: frozenset[Capability]) -> None:
        """Declare what the server of this object supports. The advice for what it lacks is that of the class."""
        advice = {lacking: text for lacking, text in type(self).advice.items() if lacking not in supported}
        # Attributes of the object, which hide those of the class. Copies of the object keep them.
        vars(self).update(capabilities=supported, advice=advice)

    async def limit_key(self) -> str:
        """Return what the provider counts its rate limit by, such as the tenant or the account of a token.

        Clients with equal keys share one limit, so that it gains nothing to use several at once. The key has no
        secret. It costs at most one request for each provider object, however often it is called. The default is the
        provider's name and `tenant`, without a request.

        Returns:
            The key.
        """
        return f"{self.name} {self.tenant}"

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit as the provider last reported it. None if it has not reported any."""
        return None

    @property
    def request_rate(self) -> RequestRate | None:
        """How many requests the provider accepts in a period: as last reported, else as documented. None if unknown."""
        return None

    def with_options(self, options: CallOptions) -> Self:
        """Return this provider with other options, sharing everything else. By default, options are ignored.

        Args:
            options: The options of each call.

        Returns:
            This provider with other options, sharing everything else.
        """
        return self

    @abstractmethod
    async def aclose(self) -> None:
        """Close what the provider opened."""

    def require(self, capability: Capability) -> None:
        """Check that the provider has a capability.

        Args:
            capability: The capability that a call needs.

        Raises:
            UnsupportedError: The provider lacks it. The error contains the provider's advice.
        """
        if capability not in self.capabilities:
            raise UnsupportedError(self.name, capability.value, self.advice.get(capability))


def check_provider_class(kind: object) -> None:
    """Raise `ConfigurationError` unless the argument of `OrgClient.from_env` is a class. Private to orgsdk."""
    # Do not echo the argument: callers pass the token here by mistake.
    if not (isinstance(kind, type) and issubclass(kind, Provider)):
        raise ConfigurationError(
            "from_env takes the class of a provider: pass Flat, Logto or WorkOS, or environ= for variables, as in "
            "OrgClient.from_env(environ=settings)."
        )


def check_provider(provider: object) -> None:
    """Raise `ConfigurationError` unless the argument of `OrgClient` is a provider. Private to orgsdk."""
    # Do not echo the argument: callers pass the token here by mistake.
    if isinstance(provider, type):
        raise ConfigurationError(f"{provider.__name__} is the class: call it, as in OrgClient({provider.__name__}(…)).")
    if not isinstance(provider, Provider):
        raise ConfigurationError(
            f"OrgClient takes a provider, not one of type {type(provider).__name__}: pass one of "
            "orgsdk.providers, such as Flat(token=…), or use OrgClient.from_env()."
        )
    checked = cast("Provider[object]", provider)
    check_contract(type(checked), f"The provider {checked.name!r}")
