"""What a provider would refuse of a write without being asked: found when a plan is made, with the row's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import UNSET, Capability, InvitationDraft, UserChanges, UserDraft
from orgsdk.errors import InvalidArgumentError, UnsupportedError
from orgsdk.resources.checking import check_email

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orgsdk.providers.base import Provider


class Checks:
    """Say what is wrong with a write, None where nothing is; sends nothing."""

    def __init__(self, provider: Provider, organization_id: str) -> None:
        self._users = provider.users(organization_id)
        able = Capability.INVITATIONS_CREATE in provider.capabilities
        self._invitations = provider.invitations(organization_id) if able else None

    def creation(self, fields: Mapping[str, str], roles: tuple[str, ...]) -> str | None:
        """Check an account that is to be made."""
        if not fields.keys() & {"username", "email", "phone"}:
            return "a new person needs a username, an e-mail address or a phone number"
        draft = UserDraft(
            external_id=fields.get("external_id"),
            username=fields.get("username"),
            email=fields.get("email"),
            phone=fields.get("phone"),
            name=fields.get("name"),
            given_name=fields.get("given_name"),
            family_name=fields.get("family_name"),
            roles=roles,
        )
        return _complaint(fields, lambda: self._users.check_create(draft))

    def update(self, fields: Mapping[str, str]) -> str | None:
        """Check the changes of a user."""
        changes = UserChanges(
            external_id=fields.get("external_id", UNSET),
            username=fields.get("username", UNSET),
            email=fields.get("email", UNSET),
            phone=fields.get("phone", UNSET),
            name=fields.get("name", UNSET),
            given_name=fields.get("given_name", UNSET),
            family_name=fields.get("family_name", UNSET),
        )
        return _complaint(fields, lambda: self._users.check_update(changes))

    def invitation(self, email: str | None, roles: tuple[str, ...]) -> str | None:
        """Check an invitation; where the provider has none, that is said of the whole plan elsewhere."""
        if email is None:
            return "it has no e-mail address to invite"
        if self._invitations is None:
            return None
        check = self._invitations.check_create
        return _complaint({"email": email}, lambda: check(InvitationDraft(email=email, roles=roles)))


def _complaint(fields: Mapping[str, str], check: Callable[[], None]) -> str | None:
    try:
        if "email" in fields:
            check_email(fields["email"])
        "".join(fields.values()).encode()
        check()
    except UnicodeEncodeError:
        return "a text has half a character in it"
    except (InvalidArgumentError, UnsupportedError) as error:
        return str(error)
    return None
