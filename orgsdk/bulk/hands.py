"""From a write to the calls that do it, and to those that find out whether it was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from orgsdk.bulk.comparing import is_same, kept_fields
from orgsdk.bulk.errors import PlanError
from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, UnprocessableError
from orgsdk.resources import Accounts

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Sequence

    from pydantic import SecretStr

    from orgsdk.bulk.outcome import Status
    from orgsdk.bulk.spec import Field
    from orgsdk.bulk.writes import Write
    from orgsdk.domain import User
    from orgsdk.resources import OrganizationHandle

# An account is made by itself, and many become members together: one request a person where there would be three.
_BATCHES = frozenset({Capability.ACCOUNTS_CREATE, Capability.ACCOUNTS_FIND, Capability.USERS_ADD})


@dataclass(frozen=True, slots=True)
class Found:
    """Hold an account, and how it was had.

    `made` by this call, `regained` where it was made by one whose answer was lost, `found` where it is somebody's who
    made just the same.
    """

    user: User
    how: Literal["made", "regained", "found"]


class Hands:
    """Do what writes say to one organization. Each call raises what the client's own raises."""

    def __init__(self, organization: OrganizationHandle) -> None:
        self._organization = organization
        self._provider = organization.provider
        self.makes_members_later: bool = self._provider.capabilities >= _BATCHES
        self.fields: tuple[Field, ...] = kept_fields(self._provider.capabilities)

    async def create(self, write: Write, password: SecretStr | None, *, uncertain: bool) -> Found:
        """Make the account; where it is there, in all as was asked, it is adopted.

        It becomes a member with roles by `add` where `makes_members_later`, else by this. An `uncertain` one is
        looked for before it is made.
        """
        if uncertain:
            user = await self._find_same(write)
            if user is not None:
                return Found(user, "regained")
        try:
            user = await self._create(write, password)
        except (ConflictError, UnprocessableError):
            # What was asked for may be taken by the very thing that was asked for.
            user = await self._find_same(write)
            if user is None:
                raise
            return Found(user, "regained" if uncertain else "found")
        return Found(user, "regained" if user.adopted else "made")

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Make members of accounts, with these roles; done before, it changes nothing."""
        await self._organization.users.add(user_ids, roles=roles)

    async def is_invited(self, write: Write) -> bool:
        """Tell whether there is a pending invitation of the address, with the roles."""
        pending = self._organization.invitations.list(status="pending", email=write.fields["email"])
        return any(not write.roles or set(found.roles) == set(write.roles) for found in await pending.collect())

    async def invite(self, write: Write) -> Status:
        """Send the invitation; a member's address may have them changed instead."""
        invitation = await self._organization.invitations.create(write.fields["email"], roles=write.roles)
        if invitation.changed_member:
            return "updated"
        return "adopted" if invitation.adopted else "invited"

    async def change(self, write: Write) -> None:
        """Change a member, or remove them."""
        users, user_id = self._organization.users, write.user_id or ""
        if write.kind == "update":
            await users.update(user_id, **write.fields)
        elif write.kind == "set_roles":
            await users.set_roles(user_id, write.roles)
        elif write.kind == "add_roles":
            await users.add_roles(user_id, write.roles)
        elif write.account is not None:
            await users.remove(user_id, account=write.account)
        else:
            raise PlanError(f"Write {write.number} is no change of a member.")

    async def _create(self, write: Write, password: SecretStr | None) -> User:
        if self.makes_members_later:
            return await Accounts(self._provider).create(**write.fields, password=password)
        return await self._organization.users.create(**write.fields, password=password, roles=write.roles)

    async def _find_same(self, write: Write) -> User | None:
        people = Accounts(self._provider) if self.makes_members_later else self._organization.users
        username, email = write.fields.get("username"), write.fields.get("email")
        if username is not None:
            found = await people.find(username=username)
        elif email is not None:
            found = await people.find(email=email)
        else:
            found = await _first(people.list(query=write.fields.get("phone")), write)
        return found if found is not None and self._is_as_asked(found, write) else None

    def _is_as_asked(self, user: User, write: Write) -> bool:
        roles = self.makes_members_later or not write.roles or set(user.roles) == set(write.roles)
        return roles and _has_fields(user, write)


async def _first(users: AsyncIterable[User], write: Write) -> User | None:
    async for user in users:
        if _has_fields(user, write):
            return user
    return None


def _has_fields(user: User, write: Write) -> bool:
    return all(is_same(name, value, getattr(user, name)) for name, value in write.fields.items())
