"""The storage that scim2-server reads and writes: users and groups of one tenant, in the form of SCIM."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import anyio.lowlevel
from scim2_models import (
    InvalidFilterException,
    NotImplementedException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    ScimProvider,
    SearchRequest,
)
from scim2_server.storage import AsyncScimStorage, SearchPage

from orgsdk.errors import InvalidArgumentError, OrgError
from orgsdk.scim.errors import scim_error
from orgsdk.scim.filters import Lookup, find_lookups
from orgsdk.scim.group_lookup import GroupLookup
from orgsdk.scim.group_store import GroupStore, write_group
from orgsdk.scim.groups import LoadedGroup, MemberChange, RoleGroup, change_of
from orgsdk.scim.user_lookup import UserLookup
from orgsdk.scim.user_store import UserStore
from orgsdk.scim.users import LoadedUser, Payload, read_user, write_user

if TYPE_CHECKING:
    from orgsdk.scim.directory import Directory

# Resources that are compared with a filter before other tasks get a turn.
_CHUNK = 100


class GatewayStorage(AsyncScimStorage):
    """Users are members of an organization, groups are roles.

    Args:
        directory: The organization.
        users: Finds its users.
        user_store: Writes its users.
        groups: Finds its groups.
        group_store: Reads the members of its groups, and writes groups.
        announcement: The models of both.
    """

    def __init__(
        self,
        directory: Directory,
        users: UserLookup,
        user_store: UserStore,
        groups: GroupLookup,
        group_store: GroupStore,
        announcement: ScimProvider,
    ) -> None:
        self._directory = directory
        self._users = users
        self._user_store = user_store
        self._groups = groups
        self._group_store = group_store
        self.announcement = announcement

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """Return a resource. The members of a group are read only if the answer has them."""
        with _scim_errors():
            return await self._get(resource_type, resource_id, response_parameters)

    async def _get(
        self, resource_type: ResourceType, resource_id: str, response_parameters: ResponseParameters[Any] | None
    ) -> Resource[Any]:
        if _is_user(resource_type):
            return self._user(await self._users.get(resource_id))
        members = shows_members(response_parameters)
        return self._group(await self._group_store.get(resource_id, members=members))

    async def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        """Return a page of the resources that match."""
        if len(resource_types) > 1:
            raise NotImplementedException(detail="Search /Users or /Groups")
        start = search_request.start_index_0 or 0
        count = self._directory.options.scan_limit if search_request.count is None else search_request.count
        with _scim_errors():
            if _is_user(resource_types[0]):
                return await self._search_users(search_request, start, count)
            return await self._search_groups(search_request, start, count)

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Create a resource."""
        payload = resource.model_dump()
        with _scim_errors():
            if _is_user(resource_type):
                return self._user(await self._user_store.create(read_user(payload)))
            members = _member_ids(payload)
            return self._group(
                await self._group_store.create(_name_of(payload), payload.get("externalId") or None, members)
            )

    async def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Replace a resource."""
        with _scim_errors():
            return await self._update(resource_type, resource, expected_version)

    async def _update(
        self, resource_type: ResourceType, resource: Resource[Any], expected_version: str | None
    ) -> Resource[Any]:
        payload, resource_id = resource.model_dump(), cast("str", resource.id)
        if _is_user(resource_type):
            user = await self._users.get(resource_id)
            _check_version(self._user(user), expected_version)
            return self._user(await self._user_store.update(user, read_user(payload)))
        loaded = await self._group_store.get(resource_id, members=True)
        _check_version(self._group(loaded), expected_version)
        before = [user.id for user in loaded.members or ()]
        change = change_of(before, _member_ids(payload))
        return await self.change_group(loaded.group, payload, change)

    async def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        """Delete a resource."""
        with _scim_errors():
            if _is_user(resource_type):
                user = await self._users.get(resource_id)
                _check_version(self._user(user), expected_version)
                await self._user_store.delete(user)
            else:
                if expected_version is not None:
                    _check_version(await self._get(resource_type, resource_id, None), expected_version)
                await self._group_store.delete(await self._group_store.known(resource_id))

    async def change_group(self, group: RoleGroup, payload: Payload, change: MemberChange) -> Resource[Any]:
        """Change a group without reading its members.

        Args:
            group: The group as it is.
            payload: The group as it shall be; its members do not count.
            change: The members to add and to remove.

        Returns:
            The group, with its members if they were read for this request.
        """
        with _scim_errors():
            external_id = payload.get("externalId") or None
            return self._group(await self._group_store.update(group, _name_of(payload), external_id, change))

    async def group_without_members(self, group_id: str) -> tuple[RoleGroup, Resource[Any]]:
        """Return a group, and its resource without members."""
        with _scim_errors():
            group = await self._group_store.known(group_id)
            return group, self._group(LoadedGroup(group=group))

    # Searching

    async def _search_users(self, request: SearchRequest[Any], start: int, count: int) -> SearchPage:
        if request.filter is None:
            return await self._list_users(start, count)
        lookups = find_lookups(request.filter.ast, "user")
        users = await self._scan_users() if lookups is None else await self._look_up_users(lookups)
        return _page(await _matching(request, [self._user(user) for user in users]), start, count)

    async def _look_up_users(self, lookups: Sequence[Lookup]) -> list[LoadedUser]:
        found = [await self._users.search(lookup) for lookup in lookups]
        return list({user.id: user for user in found if user is not None}.values())

    async def _scan_users(self) -> list[LoadedUser]:
        await self._check_scan()
        return [*await self._users.load_all(await self._directory.members.get()), *await self._users.ended()]

    async def _check_scan(self) -> None:
        if not self._directory.options.scan_limit:
            raise InvalidFilterException(
                detail="This filter is not supported: compare id, userName, externalId or emails by eq"
            )

    async def _list_users(self, start: int, count: int) -> SearchPage:
        """Return members, then inactive users who are no members any more."""
        members, total = await self._directory.page(start, count)
        users = await self._users.load_all(members)
        # After the members: one who was inactive and is a member again is no longer among these.
        ended = await self._users.ended()
        missing = count - len(users)
        if missing and start + len(users) >= total:
            skipped = max(0, start - total)
            users += ended[skipped : skipped + missing]
        return SearchPage(total + len(ended), [self._user(user) for user in users])

    async def _search_groups(self, request: SearchRequest[Any], start: int, count: int) -> SearchPage:
        with_members = shows_members(request)
        if request.filter is None:
            groups = await self._groups.all()
            page = groups[start : start + count]
            loaded = await self._load_groups(page, with_members=with_members)
            return SearchPage(len(groups), [self._group(one) for one in loaded])
        lookups = find_lookups(request.filter.ast, "group")
        if lookups is None:
            await self._check_scan()
            found = await self._groups.all()
        else:
            listed = [group for lookup in lookups for group in await self._group_store.search(lookup)]
            found = list({group.id: group for group in listed}.values())
        needs_members = "members" in str(request.filter).lower()
        loaded = await self._load_groups(found, with_members=with_members or needs_members)
        return _page(await _matching(request, [self._group(one) for one in loaded]), start, count)

    async def _load_groups(self, groups: Sequence[RoleGroup], *, with_members: bool) -> Sequence[LoadedGroup]:
        if not with_members or not groups:
            return [LoadedGroup(group=group) for group in groups]
        return await self._group_store.with_members(groups)

    # Resources

    def _user(self, user: LoadedUser) -> Resource[Any]:
        return self._resource("User", write_user(user, self._directory.stored))

    def _group(self, group: LoadedGroup) -> Resource[Any]:
        return self._resource("Group", write_group(group))

    def _resource(self, name: str, payload: Payload) -> Resource[Any]:
        model = self.announcement.model_for(name)
        assert model is not None  # noqa: S101  # both are announced
        return cast("Resource[Any]", model.model_validate(payload, scim_provider=self.announcement))


@contextmanager
def _scim_errors() -> Generator[None]:
    """Turn errors of orgsdk into those that scim2-server answers with."""
    try:
        yield
    except OrgError as error:
        raise scim_error(error) from error


def shows_members(parameters: ResponseParameters[Any] | None) -> bool:
    """Return whether an answer has the members of groups.

    Args:
        parameters: What the request asks for. None for everything.

    Returns:
        False if ``members`` is excluded, or is not among the attributes that are asked for.
    """
    if parameters is None:
        return True
    if parameters.attributes:
        return any(_names_members(path) for path in parameters.attributes)
    return not any(_names_members(path, whole=True) for path in parameters.excluded_attributes or ())


def _names_members(path: Any, *, whole: bool = False) -> bool:
    parts = path.parts
    return bool(parts) and parts[0].lower() == "members" and (len(parts) == 1 or not whole)


def _is_user(resource_type: ResourceType) -> bool:
    return resource_type.name == "User"


def _name_of(payload: Payload) -> str:
    name: str = payload["displayName"]
    if not name.strip():
        raise InvalidArgumentError("The displayName is empty: pass a text.")
    return name


def _member_ids(payload: Payload) -> list[str]:
    return list(dict.fromkeys(member["value"] for member in payload.get("members", ()) if member.get("value")))


def _check_version(resource: Resource[Any], expected_version: str | None) -> None:
    if expected_version is not None and (resource.meta is None or resource.meta.version != expected_version):
        raise PreconditionFailedException


async def _matching(request: SearchRequest[Any], resources: Sequence[Resource[Any]]) -> list[Resource[Any]]:
    assert request.filter is not None  # noqa: S101  # of a search with a filter
    found: list[Resource[Any]] = []
    for number, resource in enumerate(resources, 1):
        if request.filter.match(resource):
            found.append(resource)
        if number % _CHUNK == 0:
            await anyio.lowlevel.checkpoint()
    return found


def _page(found: Sequence[Resource[Any]], start: int, count: int) -> SearchPage:
    return SearchPage(len(found), list(found[start : start + count]))
