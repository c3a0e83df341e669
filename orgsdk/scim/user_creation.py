"""Create users, and adopt those that a lost create has left."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from orgsdk.domain import Capability, User
from orgsdk.errors import ConflictError, InvalidArgumentError, NotFoundError, OrgError
from orgsdk.scim.directory import Directory
from orgsdk.scim.errors import RefusedError
from orgsdk.scim.group_lookup import GroupLookup
from orgsdk.scim.id_map import MapEntry, check_storable, fold
from orgsdk.scim.user_lookup import UserLookup, is_email
from orgsdk.scim.users import LoadedUser, UserValues, has_values, kept_details, state_of

if TYPE_CHECKING:
    from orgsdk.domain import UserFields

# An account that is older than the create whose response was lost is another user's. The clocks may differ.
_CLOCK_SKEW: Final = timedelta(minutes=2)
_INTENT_AGE: Final = timedelta(days=1)
# A client that changes one of these can sign in as the user.
_SIGN_IN: Final = frozenset({"username", "email", "phone", "password"})


class UserCreation:
    """Create the users of one tenant.

    Args:
        directory: The organization.
        users: Finds users.
        groups: Finds groups.
    """

    def __init__(self, directory: Directory, users: UserLookup, groups: GroupLookup) -> None:
        self._directory = directory
        self._users = users
        self._groups = groups
        self._map = directory.id_map
        self._tenant = directory.tenant

    async def create(self, values: UserValues) -> LoadedUser:
        """Create a user, or adopt the one that an earlier create of the same name has left.

        Args:
            values: The user.

        Returns:
            The user.

        Raises:
            ConflictError: The name, the address or the telephone number belongs to another user.
            InvalidArgumentError: A value is invalid.
        """
        self.check_storable(values)
        async with self._map.lock(self._tenant, f"name/{fold(values.user_name)}"):
            started = await self.check_free(values.user_name)
            draft = self.draft(values)
            # Not every provider refuses a second account with the address.
            same = await self._directory.users.find(email=values.email) if values.email else None
            await self.check_name(values)
            if same is None:
                record = await self._create_member(values, draft, started)
            else:
                record = await self._adopt_member(same, values, draft, started)
            self._directory.forget_members()
            entry = await self._users.put(
                MapEntry(
                    *(self._tenant, "user", record.id, record.id, values.external_id, values.user_name),
                    details=kept_details(values),
                )
            )
            return self._users.remember(await self._users.loaded(record, entry))

    async def _create_member(self, values: UserValues, draft: UserFields[str | None], started: MapEntry | None) -> User:
        """Create a member. Where this takes two steps, the map has an entry while it lasts."""
        intent = started
        if intent is None and self._directory.can(Capability.ACCOUNTS_CREATE):
            intent = await self._users.put(self._intent(values))
        is_over = True
        try:
            roles = await self._groups.role_names(())
            return await self._directory.writes.create_user(draft, values.password, roles)
        except ConflictError:
            record = await self._adopt(values, draft, started)
            if record is None:
                raise
            return record
        except OrgError as error:
            is_over = not error.may_have_happened and error.partial_result is None
            raise
        except BaseException:  # the time is over
            is_over = False
            raise
        finally:
            if is_over and intent is not None:
                await self._map.delete(self._tenant, "user", intent.id)

    async def recreate(self, values: UserValues, roles: Sequence[str]) -> User:
        """Create a new account for an inactive user whose account cannot become a member again.

        Args:
            values: The user.
            roles: Names of the roles.

        Returns:
            The member, or the one that an earlier call has left whose response was lost.

        Raises:
            ConflictError: The address belongs to another member.
            RefusedError: The former account still has the username or the address.
        """
        draft = self.draft(values)
        same = await self._directory.users.find(email=values.email) if values.email else None
        if same is None:
            try:
                return await self._directory.writes.create_user(draft, values.password, roles)
            except ConflictError:
                username = draft.get("username")
                same = await self._directory.users.find(username=username) if username else None
                if same is None:
                    raise RefusedError(
                        "The user's former account left the organization and has this name, and the provider adds no "
                        "account again: invite the user at the provider."
                    ) from None
        return await self._adopt_member(same, values, draft)

    async def check_free(self, user_name: str) -> MapEntry | None:
        """Return the entry of a create that was started before. Raise `ConflictError` if a user has the name."""
        entry = await self._map.find(self._tenant, "user", name=user_name)
        if entry is None or state_of(entry) == "creating":
            return entry
        try:
            await self._users.get(entry.id)
        except NotFoundError:
            return None
        raise _conflict()

    def check_storable(self, values: UserValues) -> None:
        """Raise `InvalidArgumentError` before anything is sent, if the map cannot keep the userName or externalId."""
        if not values.user_name.strip():
            raise InvalidArgumentError("The userName is empty: pass a text.")
        check_storable(values.user_name, values.external_id)

    async def check_name(self, values: UserValues, user: LoadedUser | None = None) -> None:
        """Raise `ConflictError` if the userName is the address of another member, who would be found by it.

        A member whose userName was given is found by that alone, and usernames are unique at the provider.

        Args:
            values: The user as it shall be.
            user: The user as it is. None for a new one.
        """
        own = {fold(values.email or ""), fold((user and user.values.email) or "")}
        if fold(values.user_name) in own or not is_email(values.user_name):
            return
        found = await self._directory.users.find(email=values.user_name)
        if found is None or (user is not None and found.id == user.provider_id):
            return
        known = (await self._map.lookup(self._tenant, "user", [found.id])).get(found.id)
        if known is None or known.name is None:
            raise _conflict()

    async def check_sign_in(self, account_id: str, names: Collection[str], *, is_member: bool = True) -> None:
        """Refuse to change how a user signs in who belongs to another organization too, which trusts that sign-in.

        Args:
            account_id: The provider's id of the account.
            names: Names of the fields that change.
            is_member: Whether the account belongs to this organization.

        Raises:
            RefusedError: The account belongs to another organization too.
        """
        if not _SIGN_IN.isdisjoint(names) and await self._directory.is_shared(account_id, is_member=is_member):
            raise RefusedError(
                "The user belongs to another organization too: change the userName, the address, the telephone number "
                "and the password at the provider."
            )

    def draft(self, values: UserValues) -> UserFields[str | None]:
        """Return the fields of a new account.

        Args:
            values: The user.

        Returns:
            The fields by name.

        Raises:
            InvalidArgumentError: There is no e-mail address, and the provider needs one.
        """
        fields = values.provider_fields(self._directory.stored)
        fields["username"] = self._users.username(values.user_name, values.email)
        chosen = {name: value for name, value in fields.items() if value is not None}
        if not (chosen.get("username") or values.email or values.phone):
            raise InvalidArgumentError("This provider needs an e-mail address for each user: map one to emails.")
        return cast("UserFields[str | None]", chosen)

    def _intent(self, values: UserValues) -> MapEntry:
        digest = hashlib.sha256(fold(values.user_name).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        key = f"creating{digest}"  # letters and digits: it is looked up as an id when the map is checked
        return MapEntry(
            *(self._tenant, "user", key, key, None, values.user_name), active=False, details={"state": "creating"}
        )

    async def _adopt(self, values: UserValues, draft: Mapping[str, Any], started: MapEntry | None) -> User | None:
        """Return the user that an earlier create has left, as a member. None if the conflict is with another user."""
        username = draft.get("username")
        member = await self._directory.users.find(username=username) if username else None
        if member is not None:
            return await self._adopt_member(member, values, draft, started)
        if not self._directory.can(Capability.ACCOUNTS_FIND, Capability.USERS_ADD):
            return None
        account = await self._find_account(draft)
        if account is None:
            return None
        # Accounts that are no members: another customer's, unless the map knows better.
        former = (await self._map.lookup(self._tenant, "user", [account.id])).get(account.id)
        if former is not None and state_of(former) == "removed":
            return await self._take_back(account, former, values, draft)
        if started is not None and await self._is_left_by(account, draft, started):
            return await self._directory.writes.add_user(account.id, await self._groups.role_names(()))
        return None

    async def _take_back(self, account: User, former: MapEntry, values: UserValues, draft: Mapping[str, Any]) -> User:
        """Make the account of a user who was deleted a member again, with the values of the new user."""
        changes = {name: value for name, value in draft.items() if value != getattr(account, name)}
        names = set(changes) if values.password is None else {*changes, "password"}
        # Another organization may have added the account since.
        await self.check_sign_in(account.id, names, is_member=False)
        member = await self._directory.writes.add_user(account.id, await self._groups.role_names(()))
        await self._map.delete(self._tenant, "user", former.id)
        return await self._directory.writes.update_user(member, changes, values.password) if names else member

    async def _adopt_member(
        self, member: User, values: UserValues, draft: Mapping[str, Any], started: MapEntry | None = None
    ) -> User:
        """Return a member that an earlier create has left. Raise `ConflictError` for any other member."""
        known = await self._map.lookup(self._tenant, "user", [member.id])
        # A create of an inactive user must not deactivate a member of before: updates are counted, creates are not.
        is_deactivated = values.active is False and member.is_suspended is not True and started is None
        if known or is_deactivated or not has_values(member, draft):
            raise _conflict()
        return await self._directory.writes.adopted(member)

    async def _find_account(self, draft: Mapping[str, Any]) -> User | None:
        accounts = self._directory.accounts
        if draft.get("username"):
            found = await accounts.find(username=draft["username"])
            if found is not None:
                return found
        return await accounts.find(email=draft["email"]) if draft.get("email") else None

    async def _is_left_by(self, account: User, draft: Mapping[str, Any], started: MapEntry) -> bool:
        """Return whether an account was made by a create that was started and did not end.

        It may be another customer's otherwise: of any other account, the identity provider must not get hold.
        """
        is_old = datetime.now(UTC) - started.created > _INTENT_AGE
        if is_old or account.created_at is None or account.created_at < started.created - _CLOCK_SKEW:
            return False
        if not has_values(account, draft) or not self._directory.can(Capability.ACCOUNTS_LIST_ORGANIZATIONS):
            return False
        return not await self._directory.accounts.list_organizations(account.id)


def _conflict() -> ConflictError:
    return ConflictError("The userName belongs to another user.", provider="scim", operation="users.create")
