"""From what a caller of the common domain asks for to what Flat takes. Pure."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, get_args

from pydantic import SecretStr

from orgsdk.domain import Unset
from orgsdk.errors import InvalidArgumentError, UnsupportedError
from orgsdk.providers.flat.capabilities import SEVERAL_ROLES
from orgsdk.providers.flat.models.invitation import OrganizationInvitationCreation
from orgsdk.providers.flat.models.user import UserAdminUpdate, UserCreation
from orgsdk.providers.flat.models.words import InvitedRole
from orgsdk.providers.flat.wire.common import NAME, check_role, check_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import InvitationDraft, UnsetType, User, UserChanges, UserDraft
    from orgsdk.providers.flat.models.words import OrganizationRole

# 64 letters and digits: nobody needs to know it, and nobody guesses it.
_PASSWORD_BYTES = 48


def one_role(roles: Sequence[str], verb: str) -> OrganizationRole:
    """Give the only one of `roles`, checked.

    Raises `UnsupportedError` for none or several: a member of a Flat organization holds exactly one.
    """
    if len(roles) != 1:
        raise UnsupportedError(NAME, f"{verb} with {len(roles)} roles", SEVERAL_ROLES)
    return check_role(roles[0])


def user_creation(draft: UserDraft) -> UserCreation:
    """Give the account that is to be made; without a password it gets a long random one that nobody learns.

    Raises `UnsupportedError` for several roles, and `InvalidArgumentError` for what Flat does not take.
    """
    if draft.username is None:
        raise InvalidArgumentError("A user of Flat needs a username: pass username=, of 1 to 30 characters.")
    return UserCreation(
        username=draft.username,
        password=draft.password or SecretStr(secrets.token_urlsafe(_PASSWORD_BYTES)),
        firstname=draft.given_name,
        lastname=draft.family_name,
        email=draft.email,
        role=one_role(draft.roles, "users.create") if draft.roles else None,
    )


def is_as_created(user: User, wanted: UserCreation) -> bool:
    """Tell whether a user may be the one that a create with a lost answer made: nothing of them says otherwise.

    One who had the username before would have been the reason for a refusal that was lost; theirs is another
    name, address or role.
    """
    return (
        (user.given_name or None) == (wanted.firstname or None)
        and (user.family_name or None) == (wanted.lastname or None)
        and (user.email or "").casefold() == (wanted.email or "").casefold()
        and user.roles in {(), (wanted.role or "user",)}
    )


def user_update(changes: UserChanges) -> UserAdminUpdate | None:
    """Give what is to be changed of a user, None where nothing is.

    Raises `UnsupportedError` for what Flat cannot clear, and `InvalidArgumentError` for what it does not take.
    """
    update = UserAdminUpdate(
        password=_given(changes.password),
        username=_never_cleared(changes.username, "username"),
        firstname=_empty_to_clear(changes.given_name),
        lastname=_empty_to_clear(changes.family_name),
        email=_never_cleared(changes.email, "email"),
    )
    return None if update == UserAdminUpdate() else update


def invitation_creation(draft: InvitationDraft) -> OrganizationInvitationCreation:
    """Give the invitation that is to be made; without a role it gets Flat's own default.

    Raises `InvalidArgumentError` for a role to which Flat does not invite.
    """
    role: InvitedRole | None = None
    if draft.roles:
        role = check_word(one_role(draft.roles, "invitations.create"), get_args(InvitedRole), "invitation role")
    return OrganizationInvitationCreation(email=draft.email, organization_role=role)


def _given(value: SecretStr | UnsetType) -> SecretStr | None:
    return None if isinstance(value, Unset) else value


def _never_cleared(value: str | UnsetType | None, name: str) -> str | None:
    if value is None:
        raise UnsupportedError(NAME, f"users.update({name}=None)", f"Flat cannot clear it: pass another {name}.")
    return None if isinstance(value, Unset) else value


def _empty_to_clear(value: str | UnsetType | None) -> str | None:
    # The document has no null here and no least length: an empty name is how one is cleared.
    return None if isinstance(value, Unset) else value or ""
