"""Filters of invitations that a provider lacks, and the checks before an invitation is changed."""

from __future__ import annotations

from collections.abc import Callable

from orgsdk.domain import Invitation, InvitationQuery, User
from orgsdk.errors import ConflictError, NotFoundError

PENDING = "pending"


def filter_invitations(query: InvitationQuery) -> Callable[[Invitation], bool] | None:
    """Return the filter for a query, for a provider that has none.

    Args:
        query: The query. A state is compared in lower case, an address without regard to case.

    Returns:
        The `keep` of a `Listing`. None if the query has no filter.
    """
    if query.status is None and query.email is None:
        return None
    status = None if query.status is None else query.status.lower()
    email = None if query.email is None else query.email.casefold()

    def matches(invitation: Invitation) -> bool:
        return status in {None, invitation.status} and email in {None, (invitation.email or "").casefold()}

    return matches


def check_organization_of(invitation: Invitation, organization_id: str, *, provider: str, operation: str) -> Invitation:
    """Check that an invitation, which was read by its id alone, belongs to the organization.

    Args:
        invitation: The invitation.
        organization_id: The organization.
        provider: Name of the provider, for the error.
        operation: The provider's own name of the operation, for the error.

    Returns:
        The invitation.

    Raises:
        NotFoundError: It belongs to another organization.
    """
    if invitation.organization_id != organization_id:
        message = f"organization {organization_id} has no invitation {invitation.id}."
        raise NotFoundError(message, provider=provider, operation=operation)
    return invitation


def check_pending(invitation: Invitation, *, provider: str, operation: str) -> Invitation:
    """Check that an invitation can be changed.

    Args:
        invitation: The invitation.
        provider: Name of the provider, for the error.
        operation: The provider's own name of the operation, for the error.

    Returns:
        The invitation.

    Raises:
        ConflictError: It was accepted or revoked, or it has expired.
    """
    if invitation.status != PENDING:
        raise ConflictError(not_pending_message(invitation), provider=provider, operation=operation)
    return invitation


def not_pending_message(invitation: Invitation) -> str:
    """Return the text of the error for an invitation that has ended. Private to orgsdk."""
    return f"the invitation is {invitation.status}. Only a pending invitation can be changed."


def check_recipient(invitation: Invitation, user: User, *, provider: str, operation: str) -> None:
    """Check that a user can accept an invitation, which the provider gives to the user with the invited address.

    Args:
        invitation: The invitation.
        user: The user who is to accept it.
        provider: Name of the provider, for the error.
        operation: The provider's own name of the operation, for the error.

    Raises:
        ConflictError: The user has another address.
    """
    if (user.email or "").casefold() != (invitation.email or "").casefold():
        message = f"the user {user.id} has another e-mail address than the invitation."
        raise ConflictError(message, provider=provider, operation=operation)
