"""Operations of the provider under test, by noun; unknown ids; and the reason to skip a check of e-mail."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from orgsdk.errors import APIError
from orgsdk.providers.base import (
    AccountOperations,
    InvitationOperations,
    OrganizationOperations,
    Provider,
    RoleOperations,
    UserOperations,
)
from orgsdk.testing.conformance.assertions import NotApplicableError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

_NOT_IMPLEMENTED = 501
# The code of an error of the service that sends e-mail, such as Logto's `connector.template_not_found`.
_EMAIL_CODE = "connector."

# The contract's classes, by the first part of a capability's name.
OPERATION_CLASSES: Mapping[str, type] = {
    "organizations": OrganizationOperations,
    "users": UserOperations,
    "accounts": AccountOperations,
    "invitations": InvitationOperations,
    "roles": RoleOperations,
}


@contextmanager
def skip_without_email() -> Generator[None]:
    """Raise `NotApplicableError` for an error because the provider's service for e-mail is missing or does not work."""
    try:
        yield
    except APIError as error:
        if error.status_code != _NOT_IMPLEMENTED and not (error.code or "").startswith(_EMAIL_CODE):
            raise
        raise NotApplicableError(f"the provider cannot send e-mail: {error}") from None


def operations_of(provider: Provider, name: str, organization_id: str | None) -> object:
    """Return the provider's operations for a noun, such as ``"users"``, or raise `UnsupportedError`."""
    match name:
        case "organizations":
            return provider.organizations
        case "roles":
            return provider.roles
        case "accounts":
            return provider.accounts()
        case "users":
            return provider.users(organization_id)
        case _:
            return provider.invitations(organization_id)


def unknown_id_like(known: str) -> str:
    """Return an id with the same alphabet as a known one, but different."""
    if known.isdigit():
        return known * 3
    shifted = known.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    return shifted if shifted != known else f"{known}{known}"
