"""The contract between the client and a provider.

A provider is one object with a room for each noun. A room's methods take what the client has already checked:
filters that the capabilities allow, a page size that the paginator has bounded. They raise the errors of
`orgsdk.errors` and nothing else. HTTP is no part of the contract.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from orgsdk.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from orgsdk.domain import Capability, Organization, OrganizationQuery, Role, RoleQuery, User, UserQuery
    from orgsdk.pagination import Listing


class OrganizationOperations(ABC):
    """What a provider does with organizations."""

    @abstractmethod
    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list of the organizations that the credentials reach; send nothing yet."""

    @abstractmethod
    async def get(self, organization_id: str) -> Organization:
        """Give one organization. Raises `NotFoundError` where there is none of that id."""


class UserOperations(ABC):
    """What a provider does with the members of one organization."""

    @abstractmethod
    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of the users that `query` asks for; send nothing yet."""

    @abstractmethod
    async def get(self, user_id: str) -> User:
        """Give one user. Raises `NotFoundError` where the organization has none of that id."""

    @abstractmethod
    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the one user who has this e-mail address or this username, exactly one of which is given.

        None where nobody has it. Addresses are compared without regard to case, but one that is spelled as asked
        goes first; raises `ConflictError` where several are left.
        """

    @abstractmethod
    async def count(self, query: UserQuery) -> int:
        """Count the users that `query` asks for, by the cheapest request there is."""


class RoleOperations(ABC):
    """What a provider does with roles."""

    @abstractmethod
    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of the roles that members of an organization can hold; send nothing yet."""


class Provider(ABC):
    """One provider, with its settings and its connection.

    `name` stands in errors, cursors and `ORGSDK_PROVIDER`. `capabilities` is all that it can do; `advice` says
    what to do instead of what it cannot. `environment` names the variables that `from_env` reads, the required
    ones first.
    """

    name: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    advice: ClassVar[Mapping[Capability, str]] = {}
    environment: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @abstractmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Make the provider from environment variables.

        Raises `ConfigurationError` naming the variable that is missing or wrong.
        """

    @property
    @abstractmethod
    def organizations(self) -> OrganizationOperations:
        """Give the room of organizations."""

    @property
    @abstractmethod
    def roles(self) -> RoleOperations:
        """Give the room of roles."""

    @abstractmethod
    def users(self, organization_id: str | None) -> UserOperations:
        """Give the room of one organization's users; None stands for the credentials' own organization.

        Raises `InvalidArgumentError` where the id cannot be one of this provider's.
        """

    @abstractmethod
    async def aclose(self) -> None:
        """Close whatever the provider opened."""

    def require(self, capability: Capability) -> None:
        """Raise `UnsupportedError`, with advice, where the provider does not have `capability`."""
        if capability not in self.capabilities:
            raise UnsupportedError(self.name, capability.value, self.advice.get(capability))
