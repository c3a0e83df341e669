"""Users: the members of one organization, who are its active and inactive memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Role, mark_adopted
from orgsdk.errors import BadRequestError, ConflictError, NotFoundError, UnprocessableError, UnsupportedError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import UserOperations
from orgsdk.providers.http import PartialResult
from orgsdk.providers.workos.capabilities import ONE_ROLE_ADVICE
from orgsdk.providers.workos.models import CreateOrganizationMembership, UpdateOrganizationMembership
from orgsdk.providers.workos.native.routes import IDS, MAX_PAGE_SIZE, NAME, PAGES, build, build_page
from orgsdk.providers.workos.records import account_reader, member_reader, with_user
from orgsdk.providers.workos.roles import OrganizationScope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import User, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.base import AccountAction

_LIST = "list_organization_memberships"
# The default is active ones alone. A pending one belongs to an invitation: its user is no member yet.
_STATUSES = ("statuses", "active,inactive")


class WorkOSUsers(OrganizationScope, UserOperations):
    """Operations on the members of the organization `organization_id`. Each has one role at least."""

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of the memberships, which have roles and users: one request for 100 members.

        Servers that leave the users out cost one more request for 100. A role is filtered here. An empty first page
        costs one request, to check the organization.
        """
        fetch_rows = self._checked(
            self._fetcher(member_reader, _LIST, self._in_organization, _STATUSES, complete=query.complete)
        )
        role = query.role
        accounts: dict[str, User] = {}

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            nonlocal role
            if query.role is not None:
                role = await self._roles.slug_of(query.role)
            found = await fetch_rows(position, page_size)
            bare = {member.id for member in found.items if member.email is None}
            if bare - accounts.keys():
                of_organization = self._fetcher(account_reader, "list_users", self._in_organization)
                listed = Paginator(self._listing("users.list", (), of_organization))
                accounts.update({account.id: account async for account in listed})
            found.items[:] = [
                with_user(member, accounts[member.id].raw) if member.id in bare else member
                for member in found.items
                if member.id not in bare or member.id in accounts
            ]
            return found

        return self._listing(
            "users.list",
            (self._organization_id, query.role),
            fetch,
            keep=lambda user: user.is_suspended is not None and role in {None, *user.roles},
            complete=query.complete,
        )

    async def get(self, user_id: str) -> User:
        """Return one member by the list of the user's memberships."""
        return (await self._memberships_of_member(user_id))[0]

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the member with this address: one request for the user, and one for the membership."""
        bounded = self._within_timeout()
        account = await bounded._accounts.find(email=email, username=username)
        found: Sequence[User] = () if account is None else await bounded._memberships(account.id)
        return found[0] if found else None

    def check_create(self, draft: UserDraft) -> None:
        """Check that WorkOS accepts the draft, without a request. `create` looks up the role."""
        self._accounts.check_create(draft)

    def check_update(self, changes: UserChanges) -> None:
        """Check that WorkOS accepts the changes, without a request."""
        self._accounts.check_update(changes)

    async def create(self, draft: UserDraft) -> User:
        """Create the user, then the membership with the role. Without a role, WorkOS gives the default one.

        If the membership fails, the error's partial result is the user.
        """
        self.check_create(draft)
        slug = await self._roles.only_slug_of(draft.roles, "users.create")
        account = await self._accounts.create(draft)
        with PartialResult(account):
            member = await self._holding(draft.password)._join(account.id, slug)
        if account.adopted:
            mark_adopted(member)
        return member

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Make users members, one request each. A member gets the role, and an inactive member becomes active.

        If a user does not exist, the memberships that this call has created are deleted again. After another error, the
        partial result is the ids of the members so far.
        """
        for user_id in user_ids:
            IDS.check(user_id, "user id")
        slug = await self._roles.only_slug_of(roles, "users.add")
        created: dict[str, User] = {}
        with PartialResult[tuple[str, ...]]() as done:
            for user_id in dict.fromkeys(user_ids):
                try:
                    created[user_id] = await self._join(user_id, slug)
                except (BadRequestError, ConflictError, UnprocessableError):
                    found = await self._memberships(user_id)
                    if not found:
                        raise
                    await self._set_slugs(found[0], [slug] if slug else found[0].roles)  # a member already
                except NotFoundError:
                    # An activated membership existed before: it was changed after it was created.
                    new = [one for one in created.values() if one.raw.get("created_at") == one.raw.get("updated_at")]
                    for member in new:
                        await self._delete(member)
                    undone = {member.id for member in new}
                    done.result = tuple(each for each in done.result or () if each not in undone) or None
                    raise
                done.result = (*(done.result or ()), user_id)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update the user of a member."""
        self.check_update(changes)  # before the first request
        member = await self.get(user_id)
        return with_user(member, (await self._accounts.update(user_id, changes)).raw)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """End the membership, or delete the member's user."""
        memberships = await self._memberships_of_member(user_id)
        if account == "delete":
            await self._accounts.remove(user_id, account)
            return
        for membership in memberships:
            await self._delete(membership)

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Deactivate the membership, or activate it again. The user can still sign in to other organizations."""
        member = await self.get(user_id)
        if member.is_suspended is suspended:
            return member
        operation = f"{'deactivate' if suspended else 'reactivate'}_organization_membership"
        changed = await self._one(member_reader, operation, organization_membership_id=_membership_id(member))
        return changed if changed.email is not None else with_user(changed, member.raw["user"])

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Return the member's roles: one request for the membership, and one for the roles."""
        member = await self.get(user_id)
        known = {role.name: role for role in await self._roles.read()}
        return [known.get(slug) or Role(id=slug, name=slug) for slug in member.roles]

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Replace the member's role."""
        IDS.check(user_id, "user id")  # before the role: an unknown one is no invalid argument
        slug = await self._roles.only_slug_of(roles, "users.set_roles")
        if slug is None:
            raise UnsupportedError(NAME, "users.set_roles with 0 roles", ONE_ROLE_ADVICE)
        await self._set_slugs(await self.get(user_id), [slug])

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Do nothing if the member has the roles; a second role is not added."""
        IDS.check(user_id, "user id")
        slugs = {await self._roles.slug_of(role) for role in roles}
        if not slugs <= set((await self.get(user_id)).roles):
            raise UnsupportedError(NAME, "users.add_roles with a second role", ONE_ROLE_ADVICE)

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Take roles from a member who has several; the only role cannot be removed."""
        IDS.check(user_id, "user id")
        slugs = {await self._roles.slug_of(role) for role in roles}
        member = await self.get(user_id)
        left = [slug for slug in member.roles if slug not in slugs]
        if member.roles and not left:
            raise UnsupportedError(NAME, "users.remove_roles of the only role", ONE_ROLE_ADVICE)
        await self._set_slugs(member, left)

    async def _memberships_of_member(self, user_id: str) -> Sequence[User]:
        found = await self._memberships(user_id)
        if not found:
            message = f"organization {self._organization_id} has no member {user_id}."
            raise NotFoundError(message, provider=NAME, operation=_LIST)
        return found

    async def _memberships(self, user_id: str) -> Sequence[User]:
        """Return the user's memberships of the organization, an active one first. An emulator may have two."""
        IDS.check(user_id, "user id")
        filters = (self._in_organization, ("user_id", user_id), _STATUSES)
        request = build_page(_LIST, None, MAX_PAGE_SIZE, *filters)
        page = await self._connection.read_page(request, member_reader, PAGES, None, MAX_PAGE_SIZE)
        found = [member for member in page.items if member.id == user_id and member.is_suspended is not None]
        if any(member.email is None for member in found):
            user = (await self._accounts.get(user_id)).raw
            found = [with_user(member, user) for member in found]
        return sorted(found, key=lambda member: bool(member.is_suspended))

    async def _join(self, user_id: str, slug: str | None) -> User:
        fields = {"user_id": user_id, "organization_id": self._organization_id, "role_slug": slug}
        body = CreateOrganizationMembership.of(fields)
        bounded = self._within_timeout()

        async def look_up() -> User | None:
            found = await bounded._memberships(user_id)
            return found[0] if found and not found[0].is_suspended and slug in {None, *found[0].roles} else None

        async with self._roles.explain_refusal(slug):
            request = build("create_organization_membership", body)
            member = await bounded._connection.create_or_adopt(request, member_reader, look_up)
        if member.email is not None:
            return member
        try:
            return with_user(member, (await bounded._accounts.get(user_id)).raw)
        except NotFoundError:  # an emulator accepts a user who does not exist (section 7)
            await bounded._delete(member)
            raise

    async def _set_slugs(self, member: User, slugs: Sequence[str]) -> None:
        if set(slugs) != set(member.roles):
            several = len(slugs) > 1
            body = UpdateOrganizationMembership.of(
                {"role_slug": None if several else slugs[0], "role_slugs": [*slugs] if several else None}
            )
            async with self._roles.explain_refusal(slugs[0]):
                await self._send(
                    "update_organization_membership", body, organization_membership_id=_membership_id(member)
                )

    async def _delete(self, member: User) -> None:
        await self._send("delete_organization_membership", organization_membership_id=_membership_id(member))


def _membership_id(member: User) -> str:
    return str(member.raw["id"])
