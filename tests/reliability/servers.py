"""Both sandbox servers in memory, a seeded people, and the one clock of client and servers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import anyio

from orgsdk import OrgClient
from orgsdk.providers import Flat, Logto
from orgsdk.sandbox import Person
from orgsdk.sandbox.flat.app import create_app as create_flat
from orgsdk.sandbox.flat.state import FlatState
from orgsdk.sandbox.logto.app import create_app as create_logto
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.request_log import LogMiddleware, RequestLog
from orgsdk.transport import Transport

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle
    from orgsdk.transport.backends.base import Backend

Name = Literal["flat", "logto"]
NAMES: tuple[Name, ...] = ("flat", "logto")


SEED_USERS = [
    Person(f"x{number}", f"{name}_{number}", f"{name}{number}@example.com", name.title(), "Example", role, "violin")
    for number, (name, role) in enumerate(
        [
            ("ada", "admin"),
            ("bob", "teacher"),
            ("cleo", "teacher"),
            ("dan", "student"),
            ("eve", "student"),
            ("fay", "student"),
            ("gus", "student"),
        ]
    )
]


@dataclass(slots=True)
class SimulatedServers:
    """Hold one provider's server: its state, its app, and what reached it."""

    name: Name
    flat: FlatState
    logto: LogtoState
    app: ASGIApp
    requests: RequestLog = field(repr=False)
    began: float = 0.0

    def now(self) -> float:
        """Give the servers' time, which goes with the loop's: a token's end is the same moment for both."""
        return self.began + anyio.current_time()

    @classmethod
    def of(cls, name: Name) -> SimulatedServers:
        """Make a server; one is enough for any number of runs, each of which begins with `seed`."""
        log = RequestLog()
        flat, logto = FlatState(SEED_USERS), LogtoState(SEED_USERS)
        app = cast("ASGIApp", create_flat(flat) if name == "flat" else create_logto(logto))
        return cls(name, flat, logto, LogMiddleware(app, log, name), log)

    def seed(self) -> None:
        """Forget all that was done."""
        # The client's own clock is the machine's: where a run begins the two agree.
        self.began = self.began or time.time() - anyio.current_time()
        if self.name == "flat":
            self.flat.seed(SEED_USERS)
            self.flat.clock = self.now
            self.flat.page_cap = 4
        else:
            self.logto.seed(SEED_USERS)
            self.logto.clock = self.now
        self.requests.clear()

    def client(self, backend: Backend, max_concurrency: int = 16) -> OrgClient[Provider]:
        """Make a client that sends by `backend`."""
        client = self.client_at(f"http://{self.name}.localhost", max_concurrency)
        # The seam's own hook, on this one transport: nothing global is patched.
        transport_of(client)._sender._open_backend = lambda: backend
        return client

    def client_at(self, origin: str, max_concurrency: int = 16, **options: Any) -> OrgClient[Provider]:
        """Make a client that sends to the server there, as any client does."""
        provider: Flat | Logto
        if self.name == "flat":
            provider = Flat(self.flat.token, base_url=f"{origin}/v2", max_concurrency=max_concurrency)
        else:
            secret = self.logto.app_secret
            provider = Logto(origin, app_id=self.logto.app_id, app_secret=secret, max_concurrency=max_concurrency)
        return cast("OrgClient[Provider]", OrgClient(provider, **options))

    def org(self, client: OrgClient[Provider]) -> OrganizationHandle:
        """Give the handle of the organization that all of `SEED_USERS` belong to."""
        return client.organization(self.organization_id)

    @property
    def organization_id(self) -> str:
        """Give its id."""
        return self.flat.organization_id if self.name == "flat" else self.logto.organization_id

    def user_id(self, number: int) -> str:
        """Give the id of the person of that number."""
        username = SEED_USERS[number].username
        users = self.flat.users.values() if self.name == "flat" else self.logto.store.users
        return next(user.id for user in users if user.username == username)

    def digest(self) -> str:
        """Give all that a request can change, as a text that is the same where nothing changed."""
        if self.name == "flat":
            flat = self.flat
            kept = (flat.users, flat.individuals, flat.deleted, flat.invitations, flat.lti)
            return repr(kept)
        store = self.logto.store
        tables = (store.users, store.organizations, store.roles, store.scopes, store.invitations, store.tenant_roles)
        rows = [sorted(repr(row) for row in table) for table in tables]
        members = {one.id: sorted(store.memberships.members(one.id).items()) for one in store.organizations}
        return repr((rows, members))


def transport_of(client: OrgClient[Any]) -> Transport:
    """Give the transport of a client's provider: the proof looks inside on purpose."""
    provider: Any = client.provider
    found = getattr(provider, "_transport", None) or provider._connection._transport
    assert isinstance(found, Transport)
    return found


def middleware_of(transport: Transport) -> dict[str, Any]:
    """Give the transport's policies by the names of their classes."""
    found: dict[str, Any] = {}
    way: Any = transport._pipeline
    while hasattr(way, "func"):
        policy = way.func.__self__
        found[type(policy).__name__] = policy
        way = way.keywords["call_next"]
    return found
