"""State of one Logto tenant: settings, clock, rate limit and tables.

Logto Cloud limits requests at its edge: 200 in 10 s for a tenant (facts/logto.md). A self-hosted Logto has no limit.
Only the status of a limited request is known. Logto's core does not receive it, so the sandbox sends neither a Logto
body nor a request id, and no Retry-After (facts/logto.md section 9: none anywhere).
"""

import time
from collections.abc import Callable, Sequence

from orgsdk.sandbox.logto.formats import LONG_ID, stable_id
from orgsdk.sandbox.logto.postgres import NewestFirst
from orgsdk.sandbox.logto.records import Application, EmailService, LogtoRelease, SentMessage
from orgsdk.sandbox.logto.seed import SCHOOL, organization_id, seeded_store
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.logto.tokens import TokenSigner
from orgsdk.sandbox.logto.wire import RenderCache
from orgsdk.sandbox.roster import Person

_RELEASE: LogtoRelease = "1.42.0"

MANAGEMENT_SCOPE = "all"
"""The scope that a token needs for the Management API (facts/logto.md section 2)."""


class TokenBucket:
    """Token bucket: allow a burst of `requests`, and the same number again every `seconds`."""

    __slots__ = ("_clock", "_filled_at", "_left", "requests", "seconds")

    def __init__(self, requests: int, seconds: float, clock: Callable[[], float]) -> None:
        self.requests: int = requests
        self.seconds: float = seconds
        self._clock = clock
        self._left = float(requests)
        self._filled_at = clock()

    def take(self) -> bool:
        """Count one more request, and return whether it is allowed."""
        now = self._clock()
        gained = (now - self._filled_at) * self.requests / self.seconds
        self._left = min(float(self.requests), self._left + max(0.0, gained))
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class LogtoState:
    """State of one Logto tenant: tables, application, key of the tokens, clock and settings.

    `seed` resets everything except the id and secret of the application, the key of the tokens and the id of the
    organization, so that a configured client keeps working.

    Args:
        people: The people to seed it with.
        clock: Returns the current time in epoch seconds; `seed` restores it.

    Attributes:
        app_id: Id of the machine-to-machine application that may call the Management API.
        app_secret: Secret of that application; the same in every run.
        organization_id: Id of the organization that all people of the roster belong to.
        resource: Resource indicator of the Management API.
        clock: Returns the current time in epoch seconds; tests may replace it.
        token_ttl: Lifetime of a token in seconds.
        applications: Further applications by id.
        resources: Further resource indicators for which tokens are granted.
        email_service: Whether invitations can be sent by e-mail: `works`, `no_connector` (501), `no_template` or
            `server_down` (400).
        message_limit: Number of e-mails a recipient may get, and in how many seconds; None for no limit.
        sent_messages: Every e-mail that was sent; the limit counts these.
        status_changes_race: Whether a change of an invitation's status does not see the change before it, as two
            parallel requests do (`race.accept_vs_revoke`); both return 200.
        new_id: Returns a new id of the given length.
        store: The tables.
        rendered: The JSON of accounts and members.
        newest_first: The order of the list of accounts.
    """

    def __init__(self, people: Sequence[Person] = (), *, clock: Callable[[], float] = time.time) -> None:
        self.app_id: str = stable_id("application", "sandbox", LONG_ID)
        self.app_secret: str = stable_id("application-secret", "sandbox", 32)
        self.organization_id: str = organization_id(SCHOOL)
        self.resource = "https://default.logto.app/api"
        self.signer: TokenSigner = TokenSigner()
        self.rendered: RenderCache = RenderCache(_RELEASE)
        self.newest_first: NewestFirst = NewestFirst()
        self._first_clock = clock
        self._seeded: tuple[list[Person], int | None, Store] | None = None
        self.seed(people)

    def seed(self, people: Sequence[Person], *, created_at: int | None = None) -> None:
        """Replace the tables with seed data for these people, and reset every setting. Tokens stay valid.

        Args:
            people: The people to seed it with.
            created_at: Creation time of every account, in epoch milliseconds. Default: one second apart.
        """
        # First, because it may fail, and then the state must not change.
        store = self._seeded_store(list(people), created_at)
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
        self._id_count = 0
        self._last_creation = 0
        if self.release != _RELEASE:
            self.release = _RELEASE
        self.store = store

    def _seeded_store(self, people: list[Person], created_at: int | None) -> Store:
        # Tests reset often, and to the same people. The same rows have the same JSON, which `rendered` keeps.
        if self._seeded is None or self._seeded[:2] != (people, created_at):
            self._seeded = (people, created_at, seeded_store(people, created_at=created_at))
        return self._seeded[2].copy()

    @property
    def release(self) -> LogtoRelease:
        """The version of Logto that the server simulates: the released 1.42.0, or the development state after it.

        The recordings and the OpenAPI document are of the development state: accounts have a `cimdClientId`, and adding
        an empty list of roles to a member is no error (facts/logto.md section 0).
        """
        return self.rendered.release

    @release.setter
    def release(self, release: LogtoRelease) -> None:
        self.rendered = RenderCache(release)

    @property
    def rate_limit(self) -> tuple[int, float] | None:
        """Number of allowed requests, and in how many seconds; None (as self-hosted) for no limit."""
        return None if self._bucket is None else (self._bucket.requests, self._bucket.seconds)

    @rate_limit.setter
    def rate_limit(self, limit: tuple[int, float] | None) -> None:
        self._bucket = None if limit is None else TokenBucket(*limit, clock=self._now)

    def _now(self) -> float:
        return self.clock()

    def now(self) -> int:
        """Return the current time in epoch milliseconds."""
        return round(self.clock() * 1000)

    def creation_time(self) -> int:
        """Return the current time, at least a millisecond after the last creation time.

        PostgreSQL counts microseconds, so objects created in sequence have different times. With equal times, accounts
        created quickly, or with a stopped clock, could be on no page (see `postgres.NewestFirst`).
        """
        self._last_creation = max(self.now(), self._last_creation + 1)
        return self._last_creation

    def _next_id(self, length: int) -> str:
        """Return a new unique id; the same in every run."""
        self._id_count += 1
        return stable_id("made", str(self._id_count), length)

    def admits_request(self) -> bool:
        """Count one more request, and return whether the rate limit allows it."""
        return self._bucket is None or self._bucket.take()

    def application(self, application_id: str) -> Application | None:
        """Return the application with this id, or None."""
        if application_id == self.app_id:
            return Application(self.app_id, self.app_secret, {self.resource: frozenset({MANAGEMENT_SCOPE})})
        return self.applications.get(application_id)
