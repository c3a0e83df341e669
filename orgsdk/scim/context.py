"""The request that is being answered: its tenant and token, what was read for it, and how many requests it took."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from orgsdk.domain import Role
from orgsdk.events import Event, RequestSent
from orgsdk.scim.groups import LoadedGroup
from orgsdk.scim.users import LoadedUser


@dataclass(slots=True)
class RequestContext:
    """One request of an identity provider.

    Attributes:
        tenant: Name of the tenant.
        token_id: Key id of the token.
        requests: Number of requests sent to the provider so far.
        scim_type: The ``scimType`` of the error that was answered.
        users: Users that were read for this request, by SCIM id.
        groups: Groups whose members were read for this request, by SCIM id.
        group_names: The roles, and the names of all groups by SCIM id that follow from them. None if they were not
            read.
    """

    tenant: str = ""
    token_id: str = ""
    requests: int = 0
    scim_type: str | None = None
    users: dict[str, LoadedUser] = field(default_factory=dict[str, LoadedUser])
    groups: dict[str, LoadedGroup] = field(default_factory=dict[str, LoadedGroup])
    group_names: tuple[Sequence[Role], Mapping[str, str]] | None = None


_CURRENT: ContextVar[RequestContext | None] = ContextVar("orgsdk_scim_request", default=None)


def current_request() -> RequestContext:
    """Return the request that this task answers. Outside of one, a new one that nothing else uses."""
    return _CURRENT.get() or RequestContext()


@contextmanager
def answering(request: RequestContext) -> Generator[None]:
    """Make a request the current one of this task."""
    token = _CURRENT.set(request)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def counting(on_event: Callable[[Event], None] | None) -> Callable[[Event], None]:
    """Return an event hook that counts the requests to the provider, and calls another hook."""

    def count(event: Event) -> None:
        if isinstance(event, RequestSent):
            current = _CURRENT.get()
            if current is not None:
                current.requests += 1
        if on_event is not None:
            on_event(event)

    return count
