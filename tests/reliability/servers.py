"""The servers in memory, with seed users, and one clock for client and servers: three sandboxes, and scim2-server."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import anyio

from orgsdk import OrgClient
from orgsdk.providers import SCIM, Flat, Logto, WorkOS
from orgsdk.providers.scim import SCIMServer
from orgsdk.sandbox import Person
from orgsdk.sandbox.flat.app import create_app as create_flat
from orgsdk.sandbox.flat.state import FlatState
from orgsdk.sandbox.logto.app import create_app as create_logto
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.request_log import LogMiddleware, RequestLog
from orgsdk.sandbox.workos.app import create_app as create_workos
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.transport import Transport
from tests.reliability.event_loops import LOOPS, Loop
from tests.reliability.scim_server import SCIMState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle
    from orgsdk.transport.backends.base import Backend
    from orgsdk.transport.backends.libraries import HTTPLibrary

Name = Literal["flat", "logto", "workos", "scim"]
NAMES: tuple[Name, ...] = ("flat", "logto", "workos")  # of the sandboxes
ALL_NAMES: tuple[Name, ...] = (*NAMES, "scim")
PROVIDERS: dict[Name, type[Flat | Logto | WorkOS | SCIM]] = {
    "flat": Flat,
    "logto": Logto,
    "workos": WorkOS,
    "scim": SCIM,
}
# The short runs have WorkOS on one loop. The proofs have every pair.
SHORT: list[tuple[Name, Loop]] = [
    (name, loop) for name in NAMES for loop in LOOPS if (name, loop) != ("workos", "trio")
]
ALL_SHORT: list[tuple[Name, Loop]] = [*SHORT, ("scim", "trio")]
# What scim2-server announces. No request asks for it, so that every exchange of a call can have a fault.
_ANNOUNCED = SCIMServer(max_page_size=1000)


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
    """One provider's server: its state, its app, and the requests that it received."""

    name: Name
    flat: FlatState
    logto: LogtoState
    workos: WorkOSState
    scim: SCIMState
    app: ASGIApp
    requests: RequestLog = field(repr=False)
    started: float = 0.0

    def now(self) -> float:
        """Return the server's time, which follows the loop's clock: a token expires at the same time for both sides."""
        return self.started + anyio.current_time()

    @classmethod
    def of(cls, name: Name) -> SimulatedServers:
        """Create a server. It can be used for many runs, each of which starts with `seed`."""
        log = RequestLog()
        flat, logto, workos = FlatState(SEED_USERS), LogtoState(SEED_USERS), WorkOSState(SEED_USERS)
        scim = SCIMState()
        apps: dict[Name, Callable[[], Any]] = {
            "flat": lambda: create_flat(flat),
            "logto": lambda: create_logto(logto),
            "workos": lambda: create_workos(workos),
            "scim": lambda: scim.app,
        }
        return cls(name, flat, logto, workos, scim, LogMiddleware(apps[name](), log, cast("Any", name)), log)

    @property
    def state(self) -> FlatState | LogtoState | WorkOSState | SCIMState:
        """Return the state of the provider's server."""
        states: dict[Name, FlatState | LogtoState | WorkOSState | SCIMState]
        states = {"flat": self.flat, "logto": self.logto, "workos": self.workos, "scim": self.scim}
        return states[self.name]

    def seed(self, people: Sequence[Person] = SEED_USERS) -> None:
        """Reset the server's data."""
        # The client uses the machine's clock: both agree at the start of a run.
        self.started = self.started or time.time() - anyio.current_time()
        self.state.seed(people)
        self.state.clock = self.now
        self.flat.page_cap = 4
        self.requests.clear()

    def client(self, backend: Backend, max_concurrency: int = 16) -> OrgClient[Provider]:
        """Create a client that sends with `backend`."""
        client = self.client_at(f"http://{self.name}.localhost", max_concurrency)
        # Replace the backend of this transport only; nothing global is patched.
        transport_of(client)._sender._open_backend = lambda: backend
        return client

    def client_at(
        self, origin: str, max_concurrency: int = 16, *, library: HTTPLibrary = "httpx", **options: Any
    ) -> OrgClient[Provider]:
        """Create a client that sends to the server at `origin`, with an HTTP library."""
        shared: dict[str, Any] = {"max_concurrency": max_concurrency, "http_library": library}
        provider: Flat | Logto | WorkOS | SCIM
        if self.name == "flat":
            provider = Flat(self.flat.token, base_url=f"{origin}/v2", **shared)
        elif self.name == "workos":
            provider = WorkOS(self.workos.api_key, base_url=origin, **shared)
        elif self.name == "scim":
            provider = SCIM(f"{origin}/v2", token=self.scim.token, server=_ANNOUNCED, **shared)
        else:
            secret = self.logto.app_secret
            provider = Logto(origin, app_id=self.logto.app_id, app_secret=secret, **shared)
        return cast("OrgClient[Provider]", OrgClient(provider, **options))

    def org(self, client: OrgClient[Provider]) -> OrganizationHandle:
        """Return the handle of the organization of all `SEED_USERS`."""
        return client.organization(self.organization_id)

    @property
    def organization_id(self) -> str:
        """Return the id of the organization."""
        return self.state.organization_id

    def user_id(self, number: int) -> str:
        """Return the id of a seed user."""
        email = SEED_USERS[number].email
        if self.name == "logto":
            return next(user.id for user in self.logto.store.users if user.primary_email == email)
        if self.name == "scim":
            users_of_scim = self.scim.resources("User")
            return next(str(user["id"]) for user in users_of_scim if user["userName"] == SEED_USERS[number].username)
        users = self.flat.users.values() if self.name == "flat" else self.workos.store.users
        return next(user.id for user in users if user.email == email)

    def digest(self) -> str:
        """Return the whole state as a text, which is equal if nothing changed."""
        if self.name == "flat":
            flat = self.flat
            return repr((flat.users, flat.individuals, flat.deleted, flat.invitations, flat.lti))
        if self.name == "workos":
            own = self.workos.store
            return repr([[*own.organizations], [*own.users], [*own.memberships], [*own.invitations], [*own.roles]])
        if self.name == "scim":
            return repr(sorted(repr(one) for kind in ("User", "Group") for one in self.scim.resources(kind)))
        store = self.logto.store
        tables = (store.users, store.organizations, store.roles, store.scopes, store.invitations, store.tenant_roles)
        rows = [sorted(repr(row) for row in table) for table in tables]
        members = {one.id: sorted(store.memberships.members(one.id).items()) for one in store.organizations}
        return repr((rows, members))


def transport_of(client: OrgClient[Any]) -> Transport:
    """Return the transport of a client's provider. The proofs read internals on purpose."""
    provider: Any = client.provider
    found = provider._connection.transport
    assert isinstance(found, Transport)
    return found


def middleware_of(transport: Transport) -> dict[str, Any]:
    """Return the transport's middleware by class name."""
    found: dict[str, Any] = {}
    call: Any = transport._pipeline
    while hasattr(call, "func"):
        middleware = call.func.__self__
        found[type(middleware).__name__] = middleware
        call = call.keywords["call_next"]
    return found
