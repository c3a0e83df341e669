"""The request for the account that a token belongs to."""

from __future__ import annotations

from orgsdk.providers.flat.wire.common import flag
from orgsdk.transport import Request


def get_authenticated_user(*, only_id: bool | None = None) -> Request:
    """Ask for the account that the token belongs to."""
    query = flag("onlyId", value=only_id)
    return Request(operation="get_authenticated_user", method="GET", path="/me", query=query)
