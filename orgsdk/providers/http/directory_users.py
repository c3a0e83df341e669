"""Users of a directory: whole operations on users who have unique usernames, and groups as roles."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterable, Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import ClassVar

from pydantic import SecretStr

from orgsdk.domain import USER_FIELDS, Capability, Role, Unset, User, UserChanges, UserDraft, UserQuery
from orgsdk.errors import BadRequestError, InvalidArgumentError, UnsupportedError
from orgsdk.pagination import Fetch, Listing, Paginator, Slice
from orgsdk.providers.http.conditional import delete_resource
from orgsdk.providers.http.connection import BodyReader, HTTPConnection
from orgsdk.providers.http.creation import create_or_adopt_new
from orgsdk.providers.http.filter_proofs import FilterProofs
from orgsdk.providers.http.group_roles import GroupRoles
from orgsdk.providers.http.joins import add_member_roles
from orgsdk.providers.http.lists import describe_list
from orgsdk.providers.http.matching import check_stored, find_by_email, has_values
from orgsdk.providers.http.operations import PartialResult
from orgsdk.providers.http.routes import RoutedOperations
from orgsdk.providers.user_operations import AccountAction, UserOperations
from orgsdk.transport import Request

_KEYS = ("username", "email")


class DirectoryUsers(RoutedOperations, UserOperations):
    """Operations on the users of a directory, which is one organization: every user of it is a member.

    A subclass has `_routes` and `_reader`, builds the requests and filters, and changes a user by `_change`. The rest
    is here:

    - A lookup uses a filter of the server only after it was proved. Otherwise the list is read.
    - A user whose create was lost is adopted by the username, if it has the values that were sent, and is new.
    - A value that the server ignores, with success, is an error.
    - Users have their groups' names as roles. A list reads the groups once, and one user by a filter.
    - Roles change by one request for each group.

    Args:
        connection: Sends the requests.
        roles: The operations on groups. None if the server has none.
        proofs: The filters that the server has.
        max_page_size: The server's largest page.
        capabilities: What the server supports. Other fields of users are refused.

    Attributes:
        _reader: Reads users.

    Example:
        ``class AcmeUsers(DirectoryUsers): ...``
    """

    _reader: ClassVar[BodyReader[User]]

    def __init__(
        self,
        connection: HTTPConnection,
        roles: GroupRoles | None,
        proofs: FilterProofs,
        max_page_size: int,
        capabilities: Collection[Capability],
    ) -> None:
        super().__init__(connection)
        self._roles = roles
        self._proofs = proofs
        self._max_page_size = max_page_size
        self._capabilities = capabilities

    # What a provider writes

    @abstractmethod
    def _fetch_users(self, filter_text: str | None = None, *, complete: bool = False) -> Fetch[User]:
        """Return the `fetch` of the users that a filter finds."""

    @abstractmethod
    def _username_filter(self, username: str) -> str:
        """Return the filter for a username."""

    @abstractmethod
    def _email_filters(self) -> Sequence[Callable[[str], str]]:
        """Return functions that build the filter for an address of any type. The first that the server has is used."""

    @abstractmethod
    def _work_email_filter(self, email: str) -> str:
        """Return the filter for a work address, which some servers have instead."""

    @abstractmethod
    def _group_filter(self, group_id: str) -> str:
        """Return the filter for the users in a group."""

    @abstractmethod
    def _text_filter(self, text: str) -> str:
        """Return the filter for a part of a name, username or address."""

    @abstractmethod
    def _emails_of(self, user: User) -> Sequence[str]:
        """Return all addresses of a user."""

    @abstractmethod
    def _get_request(self, user_id: str) -> Request:
        """Build the request that reads one user."""

    @abstractmethod
    def _create_request(self, draft: UserDraft) -> Request:
        """Build the request that creates a user. Without a username, the address is one."""

    @abstractmethod
    def _search_request(self, username: str) -> Request:
        """Build the request that finds the user with a username, after a lost create."""

    @abstractmethod
    def _delete_request(self, user_id: str) -> Request:
        """Build the request that deletes a user."""

    @abstractmethod
    async def _change(self, user_id: str, changes: UserChanges) -> User:
        """Change a user."""

    @abstractmethod
    async def _set_suspended(self, user_id: str, *, suspended: bool) -> User:
        """Block a user, or unblock one."""

    def _lacks_roles(self, user: User) -> bool:
        """Return whether a user came without groups. The groups are then read."""
        return True

    # What follows from it

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of users with their roles. What the server cannot filter is filtered here.

        No order is promised, so that a complete list is read until it is proved.
        """
        return self._list(query, has_roles=True)

    def _list(self, query: UserQuery, *, has_roles: bool) -> Listing[User]:
        members: Fetch[User] | None = None
        role = query.role

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            nonlocal members, role
            if members is None:
                filter_text = None if query.query is None else await self._proven_text(query.query)
                if query.role is not None and self._roles is not None:
                    (group,) = (await self._roles.resolve([query.role])).values()
                    role = group.name
                    filter_text = filter_text or await self._proven_group(group, self._roles)
                users = self._fetch_users(filter_text, complete=query.complete)
                members = self._with_groups(users) if has_roles else users
            return await members(position, page_size)

        def keep(user: User) -> bool:
            return (query.query is None or self._has_text(user, query.query)) and role in {None, *user.roles}

        is_filtered = query.query is not None or query.role is not None
        return self._describe(
            "users.list", fetch, query.query, query.role, keep=keep if is_filtered else None, complete=query.complete
        )

    async def get(self, user_id: str) -> User:
        """Return one user, and read the groups if the user came without them."""
        bounded = self._within_timeout()
        return await bounded._with_roles(await bounded._connection.read_one(self._get_request(user_id), self._reader))

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the user with this address or username, in any case. The exact spelling is preferred."""
        bounded = self._within_timeout()
        if username is None:
            provider = self._connection.provider
            found = await find_by_email(bounded._with_email, email or "", provider=provider, operation="users.find")
        else:
            named = await self._proofs.search(
                [self._username_filter], bounded._users, username, lambda user: [user.username]
            )
            found = next((user for user in named if user.username == username), next(iter(named), None))
        return None if found is None else await bounded._with_roles(found)

    async def count(self, query: UserQuery) -> int:
        """Count the users by the total of a page, or those that a filter keeps."""
        return await Paginator(self._list(query, has_roles=query.role is not None)).count()

    def check_create(self, draft: UserDraft) -> None:
        """Check the draft without a request."""
        if draft.username is None and draft.email is None:
            raise InvalidArgumentError("A user needs a username: pass username=, or email= to use the address.")
        given = [name for name in USER_FIELDS if getattr(draft, name) is not None]
        self._check_fields({USER_FIELDS[name].create_capability for name in given}, draft.password)

    def check_update(self, changes: UserChanges) -> None:
        """Check the changes without a request."""
        if changes.username is None:
            raise UnsupportedError(self._connection.provider, "an empty username", "Pass another username instead.")
        given = [name for name in USER_FIELDS if not isinstance(getattr(changes, name), Unset)]
        self._check_fields({USER_FIELDS[name].update_capability for name in given}, changes.password or None)

    async def create(self, draft: UserDraft) -> User:
        """Create a user, or adopt the one of this call after a lost response. Then add the user to the groups."""
        self.check_create(draft)
        bounded = self._within_timeout()._holding(draft.password)
        groups = await bounded._resolve(draft.roles)
        sent = {name: value for name in USER_FIELDS if (value := getattr(draft, name)) is not None}
        user = await create_or_adopt_new(
            bounded._connection,
            self._create_request(draft),
            self._reader,
            self._search_request(draft.username or draft.email or ""),
            lambda user: has_values(user, sent, ignore_case=_KEYS),
            adopt_undated=True,
        )
        check_stored(user, sent, provider=self._connection.provider, ignore_case=_KEYS)
        if not groups or bounded._roles is None:
            return user
        with PartialResult(user):
            await bounded._roles.change_groups(user.id, [*groups.values()])
        return user.model_copy(update={"roles": tuple(group.name for group in groups.values())})

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change a user. A value that the server ignores is an error, whose partial result is the user."""
        self.check_update(changes)
        bounded = self._within_timeout()._holding(changes.password or None)
        wanted = {name: value for name in USER_FIELDS if not isinstance(value := getattr(changes, name), Unset)}
        if not wanted and not changes.password:
            return await bounded.get(user_id)
        with self._explain_refused_clearing(wanted):
            user = await bounded._change(user_id, changes)
        check_stored(user, wanted, provider=self._connection.provider, ignore_case=_KEYS)
        with PartialResult(user):
            return await bounded._with_roles(user)

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Block a user, or unblock one. The groups stay."""
        bounded = self._within_timeout()
        user = await bounded._set_suspended(user_id, suspended=suspended)
        check_stored(user, {"is_suspended": suspended}, provider=self._connection.provider)
        with PartialResult(user):
            return await bounded._with_roles(user)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Delete a user. There are no accounts apart from users, so that none can be kept."""
        if account == "keep":
            advice = "Pass account='delete', or suspend the user."
            raise UnsupportedError(self._connection.provider, 'users.remove(account="keep")', advice)
        bounded = self._within_timeout()
        await delete_resource(bounded._connection, self._delete_request(user_id))

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Return the user's groups: the user is read, and then the groups."""
        self._check_groups("users.list_roles")
        return [*(await self._within_timeout()._groups_of(user_id)).values()]

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Replace the user's groups, with one request for each group that changes."""
        await self._change_groups(user_id, roles, lambda _, given: given)

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Add the user to groups."""
        await self._change_groups(user_id, roles, lambda current, given: {**current, **given})

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Remove the user from groups."""
        await self._change_groups(
            user_id, roles, lambda current, given: {key: role for key, role in current.items() if key not in given}
        )

    @contextmanager
    def _explain_refused_clearing(self, wanted: Mapping[str, object]) -> Generator[None]:
        """Raise the error for what a server lacks if it does not accept a change that clears a field."""
        try:
            yield
        except BadRequestError as error:
            cleared = [name for name, value in wanted.items() if value is None]
            if not cleared:
                raise
            advice = f"The server refused it: {error.message}"
            raise UnsupportedError(self._connection.provider, f"an empty {' or '.join(cleared)}", advice) from error

    async def _change_groups(
        self,
        user_id: str,
        roles: Sequence[str],
        choose: Callable[[Mapping[str, Role], Mapping[str, Role]], Mapping[str, Role]],
    ) -> None:
        self._check_groups("roles of users")
        self._routes.ids.check(user_id, "user id")  # before the roles: an unknown one is no invalid argument
        bounded = self._within_timeout()
        given = await bounded._resolve(roles)
        current = await bounded._groups_of(user_id)
        wanted = choose(current, given)
        if bounded._roles is not None:
            joined = [role for key, role in wanted.items() if key not in current]
            left = [role for key, role in current.items() if key not in wanted]
            await bounded._roles.change_groups(user_id, joined, left)

    def _check_fields(self, needed: Collection[Capability | None], password: SecretStr | None) -> None:
        for capability in (*needed, None if password is None else Capability.USERS_PASSWORD):
            if capability is not None and capability not in self._capabilities:
                raise UnsupportedError(self._connection.provider, capability.value, "The server does not store it.")

    def _check_groups(self, feature: str) -> None:
        if self._roles is None:
            raise UnsupportedError(self._connection.provider, feature, "The server has no groups.")

    async def _groups_of(self, user_id: str) -> Mapping[str, Role]:
        """Return the groups of a user who exists."""
        await self._connection.read_one(self._get_request(user_id), self._reader)
        return {} if self._roles is None else await self._roles.of_user(user_id)

    async def _resolve(self, roles: Sequence[str]) -> Mapping[str, Role]:
        return {} if self._roles is None else await self._roles.resolve(roles)

    async def _with_roles(self, user: User) -> User:
        if self._roles is None or not self._lacks_roles(user):
            return user
        names = [role.name for role in (await self._roles.of_user(user.id)).values()]
        return user.model_copy(update={"roles": tuple(names)})

    def _with_groups(self, fetch: Fetch[User]) -> Fetch[User]:
        """Return the `fetch` of users with their roles: the groups are read once for a walk, with their members."""
        roles = self._roles
        if roles is None:
            return fetch
        return add_member_roles(
            fetch,
            roles.fetch_with_members(),
            lambda group: dict.fromkeys(roles.members_of(group), (group.name,)),
            page_size=self._max_page_size,
            one_row_per_user=False,
            lacks_roles=self._lacks_roles,
        )

    def _users(self, filter_text: str | None) -> AsyncIterable[User]:
        return Paginator(self._describe("users.find", self._fetch_users(filter_text), filter_text))

    def _describe(
        self,
        name: str,
        fetch: Fetch[User],
        query: str | None = None,
        role: str | None = None,
        *,
        keep: Callable[[User], bool] | None = None,
        complete: bool = False,
    ) -> Listing[User]:
        return describe_list(
            provider=self._connection.provider,
            name=name,
            scope=(query, role),
            max_page_size=self._max_page_size,
            fetch=fetch,
            keep=keep,
            has_total=keep is None,
            complete=complete,
            drop_duplicates=True,
        )

    async def _with_email(self, email: str) -> Sequence[User]:
        search = partial(self._proofs.search, self._email_filters(), self._users, email, self._emails_of)
        found = await search(narrow=self._work_email_filter)
        if not found or any(user.email is not None and user.email.casefold() == email.casefold() for user in found):
            return found
        return await search()  # the work address of these users is not their primary one, and others may have it so

    async def _proven_group(self, group: Role, roles: GroupRoles) -> str | None:
        """Return the filter for the users in a group, if it has found the members of a group."""
        works = self._proofs.result(self._group_filter(""))
        if works is None and (members := await roles.read_members(group.id)):
            works = await self._proofs.prove(
                self._group_filter, self._users, group.id, lambda user, _: user.id in members
            )
        return self._group_filter(group.id) if works else None

    async def _proven_text(self, text: str) -> str | None:
        works = await self._proofs.works(self._text_filter, self._users, lambda user: user.username, self._has_text)
        return self._text_filter(text) if works else None

    def _has_text(self, user: User, text: str) -> bool:
        texts = (user.id, user.username, user.name, user.given_name, user.family_name, *self._emails_of(user))
        return any(text.casefold() in each.casefold() for each in texts if each is not None)
