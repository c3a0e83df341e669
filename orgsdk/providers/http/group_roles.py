"""Groups as roles: operations on the groups of a directory, and on the groups that a user is in."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterable, Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar

from orgsdk.domain import Capability, Role, RoleChanges, RoleDraft, RoleQuery, Unset
from orgsdk.errors import ConflictError, InvalidArgumentError, NotFoundError, UnsupportedError
from orgsdk.pagination import Fetch, Listing, Paginator, Slice
from orgsdk.providers.http.conditional import delete_resource
from orgsdk.providers.http.connection import BodyReader, HTTPConnection
from orgsdk.providers.http.filter_proofs import FilterProofs
from orgsdk.providers.http.lists import describe_list
from orgsdk.providers.http.matching import check_stored
from orgsdk.providers.http.operations import PartialResult
from orgsdk.providers.http.routes import RoutedOperations
from orgsdk.providers.operations import RoleOperations, unknown_name_error
from orgsdk.transport import Request


class GroupRoles(RoutedOperations, RoleOperations):
    """Operations on groups of users as roles. A group's name identifies it, although some servers accept it twice.

    A subclass has `_routes`, and reads and changes the groups: the methods of the first part. The rest is here:

    - A group is found by its id, or else by its name. For an unknown one, the error has the names that exist.
    - A new or changed name is looked up before. A group whose create was lost is adopted by its name.
    - Groups of earlier calls are known by id and name, so that a write looks each of them up once.
    - The groups of a user change one by one: an error has the names of those that were changed before.

    Args:
        connection: Sends the requests.
        known: Keeps the groups that were looked up. Pass the same dict for all operations of a provider.
        proofs: The filters that the server has.
        max_page_size: The server's largest page.
        capabilities: What the server supports. At some servers the groups are fixed.

    Attributes:
        _reader: Reads groups.

    Example:
        ``class AcmeRoles(GroupRoles): ...``
    """

    _reader: ClassVar[BodyReader[Role]]

    def __init__(
        self,
        connection: HTTPConnection,
        known: dict[str, Role],
        proofs: FilterProofs,
        max_page_size: int,
        capabilities: Collection[Capability],
    ) -> None:
        super().__init__(connection)
        self._known = known
        self._proofs = proofs
        self._max_page_size = max_page_size
        self._capabilities = capabilities

    # What a provider writes

    @abstractmethod
    def _fetch_groups(self, filter_text: str | None = None, *, members: bool = False) -> Fetch[Role]:
        """Return the `fetch` of the groups that a filter finds, with or without their members."""

    @abstractmethod
    def _name_filter(self, text: str, *, is_part: bool = False) -> str:
        """Return the filter for a name, or for a part of one."""

    @abstractmethod
    def _member_filter(self, user_id: str) -> str:
        """Return the filter for the groups of a user."""

    @abstractmethod
    def members_of(self, group: Role) -> Sequence[str]:
        """Return the ids of the members that a group was read with.

        Args:
            group: The group.

        Returns:
            The ids.
        """

    @abstractmethod
    def _get_request(self, group_id: str, *, members: bool = False) -> Request:
        """Build the request that reads one group, with or without its members."""

    @abstractmethod
    def _create_request(self, name: str) -> Request:
        """Build the request that creates a group."""

    @abstractmethod
    def _delete_request(self, group_id: str) -> Request:
        """Build the request that deletes a group."""

    @abstractmethod
    async def _rename(self, group_id: str, name: str) -> Role:
        """Change the name of a group."""

    @abstractmethod
    async def _change_member(self, group_id: str, user_id: str, *, joins: bool) -> None:
        """Add a user to a group, or remove one."""

    # What follows from it

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of groups whose name contains a text, by the server's filter if that is proven."""
        text = query.query
        filtered: Fetch[Role] | None = None

        async def fetch(position: str | None, page_size: int) -> Slice[Role]:
            nonlocal filtered
            if filtered is None:
                filtered = self._fetch_groups(None if text is None else await self._proven_part(text))
            return await filtered(position, page_size)

        return self._describe("roles.list", fetch, text, None if text is None else partial(_has_part, text=text))

    async def get(self, role: str) -> Role:
        """Return the group with this id, or else the one with this name."""
        bounded = self._within_timeout()
        with suppress(NotFoundError, InvalidArgumentError):  # no id
            return await bounded._connection.read_one(self._get_request(role), self._reader)
        found = await bounded._named(role)
        if found is None:
            names = [each.name async for each in bounded._groups(None)]
            raise unknown_name_error(role, names, provider=self._connection.provider, operation="roles.get")
        return found

    async def create(self, draft: RoleDraft) -> Role:
        """Create a group, whose name no group has. Without a response, adopt it by its name."""
        self._require(Capability.ROLES_CREATE)
        if draft.kind or draft.scopes:
            raise UnsupportedError(self._connection.provider, "a group with a kind or scopes", "Leave them out.")
        bounded = self._within_timeout()
        await bounded._check_name(draft.name)
        return await bounded._connection.create_or_adopt(
            self._create_request(draft.name), self._reader, lambda: bounded._named(draft.name), unique=False
        )

    async def update(self, role: str, changes: RoleChanges) -> Role:
        """Change the name of a group."""
        self._require(Capability.ROLES_UPDATE)
        if not isinstance(changes.scopes, Unset):
            raise UnsupportedError(self._connection.provider, "a group with scopes", "Leave them out.")
        bounded = self._within_timeout()
        found = await bounded.get(role)
        if isinstance(changes.name, Unset) or changes.name == found.name:
            return found
        await bounded._check_name(changes.name, but=found.id)
        changed = await bounded._rename(found.id, changes.name)
        self._known.clear()
        check_stored(changed, {"name": changes.name}, provider=self._connection.provider)
        return changed

    async def remove(self, role: str) -> None:
        """Delete a group. Its members stay."""
        self._require(Capability.ROLES_REMOVE)
        bounded = self._within_timeout()
        await delete_resource(bounded._connection, self._delete_request((await bounded.get(role)).id))
        self._known.clear()

    # The groups of users

    def fetch_with_members(self) -> Fetch[Role]:
        """Return the `fetch` of all groups with their members.

        Returns:
            The function for `add_member_roles`.
        """
        return self._fetch_groups(members=True)

    async def read_members(self, group_id: str) -> Sequence[str]:
        """Return the ids of the members of one group.

        Args:
            group_id: The group's id.

        Returns:
            The ids.

        Raises:
            NotFoundError: No such group.
        """
        group = await self._connection.read_one(self._get_request(group_id, members=True), self._reader)
        return self.members_of(group)

    async def resolve(self, roles: Sequence[str]) -> dict[str, Role]:
        """Return groups by their ids. One that an earlier call has looked up is not looked up again.

        Args:
            roles: Ids or names.

        Returns:
            The groups.

        Raises:
            NotFoundError: There is no such group.
        """
        for role in roles:
            if role not in self._known:
                self._known[role] = await self.get(role)
        return {self._known[role].id: self._known[role] for role in roles}

    async def of_user(self, user_id: str) -> dict[str, Role]:
        """Return the groups that a user is in, by their ids.

        Args:
            user_id: The user's id.

        Returns:
            The groups.
        """
        if self._proofs.result(self._member_filter("")):  # the members, who can be many, need not be compared
            found = [role async for role in self._groups(self._member_filter(user_id))]
        else:
            found = await self._proofs.search(
                [self._member_filter], lambda text: self._groups(text, members=True), user_id, self.members_of
            )
        return {role.id: role for role in found}

    async def change_groups(self, user_id: str, joined: Sequence[Role], left: Sequence[Role] = ()) -> None:
        """Add a user to groups and remove it from others.

        Args:
            user_id: The user's id.
            joined: Groups that the user is not in.
            left: Groups that the user is in.

        Raises:
            OrgError: A request failed. Its `partial_result` is the names of the groups that were changed.
        """
        with PartialResult[tuple[str, ...]]() as done:
            for group, joins in [*((group, True) for group in joined), *((group, False) for group in left)]:
                try:
                    await self._change_member(group.id, user_id, joins=joins)
                except NotFoundError:
                    self._known.clear()  # the group was deleted, and another one may have its name
                    raise
                done.result = (*(done.result or ()), group.name)

    def _require(self, capability: Capability) -> None:
        if capability not in self._capabilities:
            raise UnsupportedError(self._connection.provider, capability.value, "The server's groups are fixed.")

    def _groups(self, filter_text: str | None, *, members: bool = False) -> AsyncIterable[Role]:
        return Paginator(self._describe("roles.find", self._fetch_groups(filter_text, members=members), filter_text))

    def _describe(
        self, name: str, fetch: Fetch[Role], scope: str | None, keep: Callable[[Role], bool] | None = None
    ) -> Listing[Role]:
        return describe_list(
            provider=self._connection.provider,
            name=name,
            scope=(scope,),
            max_page_size=self._max_page_size,
            fetch=fetch,
            keep=keep,
            has_total=keep is None,
            drop_duplicates=True,
        )

    async def _proven_part(self, text: str) -> str | None:
        build = partial(self._name_filter, is_part=True)
        works = await self._proofs.works(build, self._groups, lambda role: role.name, _has_part)
        return build(text) if works else None

    async def _named(self, name: str) -> Role | None:
        found = await self._proofs.search([self._name_filter], self._groups, name, lambda role: [role.name])
        return next((role for role in found if role.name == name), next(iter(found), None))

    async def _check_name(self, name: str, but: str | None = None) -> None:
        found = await self._named(name)
        if found is not None and found.id != but:
            message = "the name belongs to another role."
            raise ConflictError(message, provider=self._connection.provider, operation="roles.list")


def _has_part(role: Role, text: str) -> bool:
    return text.casefold() in role.name.casefold()
