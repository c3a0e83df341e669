"""Validate writes by the provider's own rules, without a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from orgsdk.domain import Capability, InvitationDraft, UserChanges, UserDraft, check_email
from orgsdk.errors import InvalidArgumentError, NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orgsdk.domain import UnsetType, UserFields
    from orgsdk.resources import OrganizationHandle


class WriteValidator:
    """Validate writes; each method returns the problem, or None."""

    def __init__(self, organization: OrganizationHandle, organization_id: str) -> None:
        provider = organization.provider
        self._users = provider.users(organization_id)
        can_invite = Capability.INVITATIONS_CREATE in provider.capabilities
        self._invitations = provider.invitations(organization_id) if can_invite else None

    def creation(self, fields: Mapping[str, str], roles: tuple[str, ...]) -> str | None:
        """Validate a new account."""
        if not fields.keys() & {"username", "email", "phone"}:
            return "a new user needs a username, an e-mail address or a phone number"
        draft = UserDraft(roles=roles, **cast("UserFields[str | None]", fields))
        return _problem_with(fields, lambda: self._users.check_create(draft))

    def update(self, fields: Mapping[str, str]) -> str | None:
        """Validate the changes of a user."""
        changes = UserChanges(**cast("UserFields[str | UnsetType | None]", fields))
        return _problem_with(fields, lambda: self._users.check_update(changes))

    def invitation(self, email: str | None, roles: tuple[str, ...]) -> str | None:
        """Validate an invitation. The planner checks elsewhere that the provider has invitations."""
        if email is None:
            return "it has no e-mail address for an invitation"
        if self._invitations is None:
            return None
        check = self._invitations.check_create
        return _problem_with({"email": email}, lambda: check(InvitationDraft(email=email, roles=roles)))


def _problem_with(fields: Mapping[str, str], check: Callable[[], None]) -> str | None:
    try:
        if "email" in fields:
            check_email(fields["email"])
        "".join(fields.values()).encode()
        check()
    except UnicodeEncodeError:
        return "a value contains half of a surrogate pair, which cannot be sent"
    except (InvalidArgumentError, NotFoundError, UnsupportedError) as error:
        return str(error)
    return None
