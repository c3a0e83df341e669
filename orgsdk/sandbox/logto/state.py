"""The tenant a sandbox server answers for."""

import time
from collections.abc import Callable, Sequence

from orgsdk.sandbox.logto.auth import MANAGEMENT_SCOPE
from orgsdk.sandbox.logto.ids import LONG, stable_id
from orgsdk.sandbox.logto.rate_limit import TokenBucket
from orgsdk.sandbox.logto.records import Application
from orgsdk.sandbox.logto.seed import SCHOOL, organization_id, seeded_store
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.logto.tokens import TokenSigner
from orgsdk.sandbox.logto.wire import RenderCache
from orgsdk.sandbox.roster import Person


class LogtoState:
    """Hold one Logto tenant: its accounts and organizations, its application, its tokens' key and its clock.

    Attributes:
        app_id: the id of the machine-to-machine application that may call the Management API.
        app_secret: its secret; the same in every run, for nothing real stands behind it.
        organization_id: the organization everybody of the roster belongs to.
        resource: the Management API's resource indicator.
        clock: the present time in epoch seconds; tests put their own here.
        token_ttl: how many seconds a token lives.
        applications: further applications by id.
        resources: further resource indicators a token can be had for.
        store: the tables.
    """

    def __init__(self, people: Sequence[Person] = (), *, clock: Callable[[], float] = time.time) -> None:
        self.app_id = stable_id("application", "sandbox", LONG)
        self.app_secret = stable_id("application-secret", "sandbox", 32)
        self.organization_id = organization_id(SCHOOL)
        self.resource = "https://default.logto.app/api"
        self.clock = clock
        self.token_ttl = 3600
        self.applications: dict[str, Application] = {}
        self.resources: set[str] = set()
        self.signer = TokenSigner()
        self.rendered = RenderCache()
        self.store = Store()
        self._bucket: TokenBucket | None = None
        self.seed(people)

    def seed(self, people: Sequence[Person], *, created_at: int | None = None) -> None:
        """Forget every change and start anew with these people.

        Tokens stay good. `created_at`, in epoch milliseconds, gives every account this one creation time.
        """
        store = seeded_store(people, created_at=created_at)
        self.rendered = RenderCache()
        self.store = store

    @property
    def rate_limit(self) -> tuple[int, float] | None:
        """Return how many requests may come in how many seconds; None, as self-hosted, is no limit."""
        return None if self._bucket is None else (self._bucket.requests, self._bucket.seconds)

    @rate_limit.setter
    def rate_limit(self, limit: tuple[int, float] | None) -> None:
        self._bucket = None if limit is None else TokenBucket(*limit, clock=self._now)

    def _now(self) -> float:
        return self.clock()

    def admits_request(self) -> bool:
        """Return whether the edge lets one more request through."""
        return self._bucket is None or self._bucket.take()

    def application(self, application_id: str) -> Application | None:
        """Return the application with this id."""
        if application_id == self.app_id:
            return Application(self.app_id, self.app_secret, {self.resource: frozenset({MANAGEMENT_SCOPE})})
        return self.applications.get(application_id)
