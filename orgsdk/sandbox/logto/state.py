"""State of one Logto tenant: settings, clock, rate limit and tables.

A self-hosted Logto does not limit. What the edge answers beyond the status was not observed: no core is
behind it, so there is neither a Logto body nor a request id, and no Retry-After either (facts/logto.md
section 9: none anywhere).
"""

import time
from collections.abc import Callable, Sequence

from orgsdk.sandbox.logto.formats import LONG_ID, stable_id
from orgsdk.sandbox.logto.records import Application, EmailService, SentMessage
from orgsdk.sandbox.logto.seed import SCHOOL, organization_id, seeded_store
from orgsdk.sandbox.logto.tokens import TokenSigner
from orgsdk.sandbox.logto.wire import RenderCache
from orgsdk.sandbox.roster import Person

MANAGEMENT_SCOPE = "all"
"""The scope that a token needs for the Management API (facts/logto.md section 2)."""


class TokenBucket:
    """Let `requests` pass at once, and as many more in every `seconds`."""

    __slots__ = ("_clock", "_filled_at", "_left", "requests", "seconds")

    def __init__(self, requests: int, seconds: float, clock: Callable[[], float]) -> None:
        self.requests: int = requests
        self.seconds: float = seconds
        self._clock = clock
        self._left = float(requests)
        self._filled_at = clock()

    def take(self) -> bool:
        """Return whether one more request may pass."""
        now = self._clock()
        gained = (now - self._filled_at) * self.requests / self.seconds
        self._left = min(float(self.requests), self._left + max(0.0, gained))
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class LogtoState:
    """Hold one Logto tenant: its accounts and organizations, its application, its tokens' key and its clock.

    `seed` puts back all but the application's id and secret, the tokens' key and the organization's id, so that a
    configured client stays valid.

    Args:
        people: whom to seed it with.
        clock: the clock it starts with, and goes back to when it is seeded anew.

    Attributes:
        app_id: the id of the machine-to-machine application that may call the Management API.
        app_secret: its secret; the same in every run, for nothing real stands behind it.
        organization_id: the organization everybody of the roster belongs to.
        resource: the Management API's resource indicator.
        clock: the present time in epoch seconds; tests put their own here.
        token_ttl: how many seconds a token lives.
        applications: further applications by id.
        resources: further resource indicators a token can be had for.
        email_service: whether invitations can be mailed: `works`, `no_connector` (501), `no_template` or
            `server_down` (400).
        message_limit: how many messages a recipient may be sent in how many seconds; None is no limit.
        sent_messages: every e-mail that was sent; the limit counts these.
        status_changes_race: whether a change of an invitation's status misses the one made before it, as two in
            parallel do (`race.accept_vs_revoke`): both are answered 200.
        new_id: what makes the id of a new thing, of a length.
        store: the tables.
    """

    def __init__(self, people: Sequence[Person] = (), *, clock: Callable[[], float] = time.time) -> None:
        self.app_id: str = stable_id("application", "sandbox", LONG_ID)
        self.app_secret: str = stable_id("application-secret", "sandbox", 32)
        self.organization_id: str = organization_id(SCHOOL)
        self.resource = "https://default.logto.app/api"
        self.signer: TokenSigner = TokenSigner()
        self._first_clock = clock
        self.seed(people)

    def seed(self, people: Sequence[Person], *, created_at: int | None = None) -> None:
        """Forget every change and start anew with these people; every setting goes back to its default.

        Tokens stay good. `created_at`, in epoch milliseconds, gives every account this one creation time.
        """
        # First, for it may fail, and the state should then be as it was.
        store = seeded_store(people, created_at=created_at)
        self.clock: Callable[[], float] = self._first_clock
        self.token_ttl = 3600
        self.applications: dict[str, Application] = {}
        self.resources: set[str] = set()
        self.email_service: EmailService = "works"
        self.message_limit: tuple[int, float] | None = (10, 600.0)
        self.sent_messages: list[SentMessage] = []
        self.status_changes_race = False
        self.new_id: Callable[[int], str] = self._next_id
        self._bucket: TokenBucket | None = None
        self._made = 0
        self._last_creation = 0
        self.rendered: RenderCache = RenderCache()
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

    def now(self) -> int:
        """Return the present time in epoch milliseconds."""
        return round(self.clock() * 1000)

    def creation_time(self) -> int:
        """Return the present time, and a millisecond after the last one if that has not passed.

        What is created one after the other has different times in PostgreSQL, which counts microseconds; without,
        accounts made quickly, or with a clock that stands still, would come on no page (see heapsort.py).
        """
        self._last_creation = max(self.now(), self._last_creation + 1)
        return self._last_creation

    def _next_id(self, length: int) -> str:
        """Return an id no other thing has; the same in every run."""
        self._made += 1
        return stable_id("made", str(self._made), length)

    def admits_request(self) -> bool:
        """Return whether the edge lets one more request through."""
        return self._bucket is None or self._bucket.take()

    def application(self, application_id: str) -> Application | None:
        """Return the application with this id."""
        if application_id == self.app_id:
            return Application(self.app_id, self.app_secret, {self.resource: frozenset({MANAGEMENT_SCOPE})})
        return self.applications.get(application_id)
