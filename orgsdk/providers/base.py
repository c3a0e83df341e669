"""The contract between the client and a provider.

A provider is one object with a room for each noun. A room's verb takes what the client has already checked:
filters and drafts that the capabilities allow, ids that are not empty, a page size that the paginator has bounded.
HTTP is no part of the contract: a provider over a database or a directory is as good. docs/writing_a_provider.md
walks through one, and `orgsdk.testing.conformance` holds a provider to everything that stands here.

What must be there: `name`, `contract`, `capabilities`, `from_env`, `users` and `aclose`; and of a room that is there,
its `list` and `get` (of users `find` and `count` too). All else is optional: a verb stands behind the capability of
the same name (`users.create` behind `Capability.USERS_CREATE`), and one that is not declared is never called and need
not be written. What is declared works, and what is not declared raises `UnsupportedError`.

Errors. A verb raises those of `orgsdk.errors` and nothing else: `NotFoundError` for an id that nobody has,
`InvalidArgumentError` for what can be none, `ConflictError` for what is taken,
`UnsupportedError` for a field that the provider does not have, `TransportError` and `OutcomeUnknownError` where no
answer came. They can be pickled, and show no secret and no person's address. A cancellation passes through.

Lists. `list` sends nothing and gives a `Listing`, whose `fetch(position, page_size)` gives a `Slice`: at most
`page_size` items (a list that is never paged comes whole) and the `position` of the pages beside it, a text in the
provider's own terms. The paginator makes cursors of positions, so that a position alone leads to its page, in another
process too, and one that the provider never gave raises `InvalidCursorError`. The listing's `scope` holds the
organization and every filter: a cursor of a list narrowed otherwise is refused by it.

Completeness. With `query.complete` each item that is there from the first page to the last comes once, whatever comes
and goes meanwhile. Where positions name a row and not a number of rows, every list does; where pages can shift, the
listing's `walk` drops what came and looks for what is missing, or raises `PaginationError`.

Changes. `UNSET` leaves a field as it is, None clears it. What is repeated after a lost answer is only what does no
harm twice; a create is looked up by its natural key and marked (`mark_adopted`), or ends in `OutcomeUnknownError`.

Records are read from JSON by a `RecordReader`, so that `raw` is the provider's own object as it came. A role, status
or type that nobody has heard of is a plain text, never an error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, NoReturn, TypeAlias

from orgsdk.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from typing_extensions import TypeVar

    from orgsdk.domain import (
        Capability,
        Invitation,
        InvitationDraft,
        InvitationQuery,
        Organization,
        OrganizationChanges,
        OrganizationDraft,
        OrganizationQuery,
        Role,
        RoleChanges,
        RoleDraft,
        RoleQuery,
        User,
        UserChanges,
        UserDraft,
        UserQuery,
    )
    from orgsdk.options import CallOptions
    from orgsdk.pagination import Listing
    from orgsdk.responses import RateLimit

    NativeT_co = TypeVar("NativeT_co", covariant=True, default=object)
else:
    from typing import TypeVar

    NativeT_co = TypeVar("NativeT_co", covariant=True)

CONTRACT_VERSION = 1
"""Raised when a provider that was written for the version before works no more; what is added does not raise it."""

AccountAction: TypeAlias = Literal["keep", "delete"]
"""What becomes of the account of a member who is removed."""


def _undeclared(room: object, verb: str) -> NoReturn:
    raise UnsupportedError(type(room).__name__, verb, "It is not written, though its capability is declared.")


class OrganizationOperations(ABC):
    """What a provider does with organizations."""

    @abstractmethod
    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list of the organizations that the credentials reach; send nothing yet."""

    @abstractmethod
    async def get(self, organization_id: str) -> Organization:
        """Give one organization. Raises `NotFoundError` where there is none of that id."""

    async def create(self, draft: OrganizationDraft) -> Organization:
        """Make an organization and give it as the provider now has it."""
        _undeclared(self, "organizations.create")

    async def update(self, organization_id: str, changes: OrganizationChanges) -> Organization:
        """Change what `changes` sets and give the organization as it is now; with nothing set, as it is."""
        _undeclared(self, "organizations.update")

    async def remove(self, organization_id: str) -> None:
        """Delete the organization, its memberships and invitations, for good."""
        _undeclared(self, "organizations.remove")


class AccountOperations(ABC):
    """What a provider does with accounts, whatever organization they belong to."""

    @abstractmethod
    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of the users that `query` asks for; send nothing yet."""

    @abstractmethod
    async def get(self, user_id: str) -> User:
        """Give one user. Raises `NotFoundError` where there is none of that id."""

    @abstractmethod
    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the one user who has this e-mail address or this username, exactly one of which is given.

        None where nobody has it. Addresses are compared without regard to case, but one that is spelled as asked
        goes first; raises `ConflictError` where several are left.
        """

    @abstractmethod
    async def count(self, query: UserQuery) -> int:
        """Count the users that `query` asks for, by the cheapest request there is."""

    def check_create(self, draft: UserDraft) -> None:  # noqa: B027  # what is not checked passes
        """Raise what `create` would raise of this draft before it sends anything; send nothing.

        `InvalidArgumentError` and `UnsupportedError` are all that it raises. Roles may be left to `create`.
        """

    def check_update(self, changes: UserChanges) -> None:  # noqa: B027  # what is not checked passes
        """Raise what `update` would raise of these changes before it sends anything; send nothing.

        `InvalidArgumentError` and `UnsupportedError` are all that it raises.
        """

    async def create(self, draft: UserDraft) -> User:
        """Make an account and give it as the provider now has it.

        Raises `ConflictError` where username or address are taken. Where a later step fails (membership, roles), the
        error's `partial_result` is the account that was made.
        """
        _undeclared(self, "users.create")

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change what `changes` sets and give the user as they are now; with nothing set, as they are."""
        _undeclared(self, "users.update")

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """End the membership and keep the account, or delete the account and its data for good."""
        _undeclared(self, "users.remove")

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Keep the user from signing in, or let them again; give them as they are now."""
        _undeclared(self, "users.suspend")


class UserOperations(AccountOperations):
    """What a provider does with the members of one organization."""

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Make members of existing accounts, with these roles. One who is a member already is no error."""
        _undeclared(self, "users.add")

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Give the roles that the member holds."""
        _undeclared(self, "users.list_roles")

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Have the member hold exactly these roles, given by name or id."""
        _undeclared(self, "users.set_roles")

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Have the member hold these roles too."""
        _undeclared(self, "users.add_roles")

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Take these roles from the member. One that they do not hold is no error."""
        _undeclared(self, "users.remove_roles")


class InvitationOperations(ABC):
    """What a provider does with the invitations to one organization."""

    @abstractmethod
    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        """Describe the list of the invitations that `query` asks for; send nothing yet."""

    @abstractmethod
    async def get(self, invitation_id: str) -> Invitation:
        """Give one invitation. Raises `NotFoundError` where there is none of that id."""

    def check_create(self, draft: InvitationDraft) -> None:  # noqa: B027  # what is not checked passes
        """Raise what `create` would raise of this draft before it sends anything; send nothing.

        `InvalidArgumentError` and `UnsupportedError` are all that it raises. Roles may be left to `create`.
        """

    async def create(self, draft: InvitationDraft) -> Invitation:
        """Invite an address and give the invitation."""
        _undeclared(self, "invitations.create")

    async def resend(self, invitation_id: str) -> None:
        """Send the invitation's message again."""
        _undeclared(self, "invitations.resend")

    async def accept(self, invitation_id: str, user_id: str) -> Invitation:
        """Make the user a member in the invitation's name, and give it as it is now."""
        _undeclared(self, "invitations.accept")

    async def revoke(self, invitation_id: str) -> Invitation:
        """End a pending invitation so that it cannot be accepted, and give it as it is now."""
        _undeclared(self, "invitations.revoke")

    async def remove(self, invitation_id: str) -> None:
        """Delete the invitation. A membership that came of it stays."""
        _undeclared(self, "invitations.remove")


class RoleOperations(ABC):
    """What a provider does with roles."""

    @abstractmethod
    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of the roles that members of an organization can hold; send nothing yet."""

    async def get(self, role: str) -> Role:
        """Give the role of that id, or else of that name. Raises `NotFoundError` where there is none."""
        _undeclared(self, "roles.get")

    def check_for_users(self, role: Role) -> None:  # noqa: B027  # what is not checked passes
        """Raise `InvalidArgumentError` for a role of the list that no person can hold; send nothing."""

    async def create(self, draft: RoleDraft) -> Role:
        """Make a role and give it as the provider now has it."""
        _undeclared(self, "roles.create")

    async def update(self, role: str, changes: RoleChanges) -> Role:
        """Change what `changes` sets of the role of that id or name, and give it as it is now."""
        _undeclared(self, "roles.update")

    async def remove(self, role: str) -> None:
        """Delete the role of that id or name, and take it from all who hold it."""
        _undeclared(self, "roles.remove")


class Provider(ABC, Generic[NativeT_co]):
    """One provider, with its settings and its connection; generic over its `native` interface.

    `name` stands in errors, cursors and `ORGSDK_PROVIDER`: lower-case letters, digits, `-` and `_`. `contract` is
    the `CONTRACT_VERSION` that it was written for, as a number that stands in the class itself. `capabilities` is
    all that it can do; `advice` says what to do instead of what it cannot, and `permissions` what its credentials
    must be given for what it can, in the provider's own names. `environment` names the variables that
    it cannot do without, which begin with its name (`FLAT_ACCESS_TOKEN`): where one of them is set, `from_env` takes
    it for the provider that is meant. `address_variable` is the variable that holds its address, where it has one:
    `from_url` sets it.
    """

    name: ClassVar[str]
    contract: ClassVar[int]
    capabilities: ClassVar[frozenset[Capability]]
    advice: ClassVar[Mapping[Capability, str]] = {}
    permissions: ClassVar[Mapping[Capability, str]] = {}
    environment: ClassVar[tuple[str, ...]] = ()
    address_variable: ClassVar[str | None] = None

    @classmethod
    @abstractmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Make the provider from environment variables.

        Raises `ConfigurationError` naming the variable that is missing or wrong.
        """

    @property
    def native(self) -> NativeT_co:
        """Give all that the provider has, under its own names, where it has more than the common domain."""
        raise UnsupportedError(self.name, "native")

    @property
    def organizations(self) -> OrganizationOperations:
        """Give the room of organizations, where the credentials can ask for any."""
        raise UnsupportedError(self.name, "organizations")

    @property
    def roles(self) -> RoleOperations:
        """Give the room of roles, where members can hold any."""
        raise UnsupportedError(self.name, "roles")

    @abstractmethod
    def users(self, organization_id: str | None) -> UserOperations:
        """Give the room of one organization's users; None stands for the credentials' own organization.

        Raises `InvalidArgumentError` where the id cannot be one of this provider's.
        """

    def check_organization_id(self, organization_id: str) -> None:
        """Check an organization's id without sending a request. By default every id passes.

        Args:
            organization_id: The id as the caller passed it.

        Raises:
            InvalidArgumentError: The id has characters that ids of this provider never have.
        """

    @property
    def tenant(self) -> str:
        """Give a text without secrets by which this tenant is told from the provider's others, such as its address.

        What was read of one tenant is not to be written to another. The name does where there is only one.
        """
        return self.name

    async def own_user_id(self) -> str | None:
        """Give the id of the user whom the credentials belong to, None where they are no person's."""
        return None

    async def own_organization_id(self) -> str | None:
        """Give the id of the credentials' own organization, None where they have none."""
        return None

    def invitations(self, organization_id: str | None) -> InvitationOperations:
        """Give the room of one organization's invitations, where there are any; None stands as for users."""
        raise UnsupportedError(self.name, "invitations")

    def accounts(self) -> AccountOperations:
        """Give the room of all accounts, whatever organization they belong to, where a provider has such a thing."""
        raise UnsupportedError(self.name, "accounts")

    @property
    def rate_limit(self) -> RateLimit | None:
        """Give the rate limit as the provider last told it, None where it never did."""
        return None

    def with_options(self, options: CallOptions) -> Self:
        """Give this provider with other options for each call, sharing everything else. One without HTTP has none."""
        return self

    @abstractmethod
    async def aclose(self) -> None:
        """Close whatever the provider opened."""

    def require(self, capability: Capability) -> None:
        """Raise `UnsupportedError`, with advice, where the provider does not have `capability`."""
        if capability not in self.capabilities:
            raise UnsupportedError(self.name, capability.value, self.advice.get(capability))
