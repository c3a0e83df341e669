"""State of one WorkOS environment: its API keys, clock, settings and tables."""

import gc
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from orgsdk.sandbox.roster import Person
from orgsdk.sandbox.workos.formats import stable_id, stable_token, wire_time
from orgsdk.sandbox.workos.records import ApiKey, OneTimeCode, SentMail, StoredEvent
from orgsdk.sandbox.workos.seed import SCHOOL, organization_id, seeded_store
from orgsdk.sandbox.workos.store import Store
from orgsdk.sandbox.workos.variants import DOCUMENT, Variant
from orgsdk.sandbox.workos.wire import RenderCache

DEFAULT_ROLE = "member"
"""The role of a membership that was created without one (facts, section 7)."""

SERVICE_RATE_LIMIT = (6000, 60.0)
"""Requests of one key, and in how many seconds, by the service's public pages (facts, section 4)."""

EMULATOR_RATE_LIMIT = (1000, 60.0)
"""The same on the emulator (facts, section 4)."""

_MANY_PEOPLE = 10_000
_EMULATOR_PREFIXES = {"invitation_": "inv_", "event_": "evt_"}


@dataclass(frozen=True, slots=True)
class RateWindow:
    """How many requests of a key were used, and when the limit resets."""

    used: int
    resets_at: float


class WorkOSState:
    """State of one WorkOS environment: tables, API keys, clock and settings.

    `seed` resets everything except the API key and the id of the organization, so that a configured client keeps
    working.

    Args:
        people: The people to seed it with.
        api_key: The environment's API key. Default: one that begins with `sk_test_`, the same in every run.
        clock: Returns the current time in epoch seconds; `seed` restores it.

    Attributes:
        api_key: The API key with every right.
        api_keys: Accepted keys. Tests may add more.
        organization_id: Id of the organization that all people of the roster belong to.
        clock: Returns the current time in epoch seconds; tests may replace it.
        multiple_roles: Whether a membership may have several roles, a switch of the environment.
        password_length: Shortest accepted password; the document has the error, not the rule.
        organization_deletion_status: 200 or 202; the document has both.
        fixed_emails: Ids of users whose address cannot be changed (`email_change_not_allowed`).
        fixed_users: Ids of users who cannot be deleted (`user_deletion_not_allowed`).
        blocked_organizations: Ids of organizations that may not invite.
        undeliverable_domains: Domains of addresses that no mail reaches.
        mail_quota: How many one-time codes a user may be sent in a day (`daily_quota_exceeded`).
        code_ttl: Lifetime of a one-time code in seconds.
        mails: Every e-mail that was sent, oldest first.
        codes: The last one-time code of a user, by its purpose and the user's id.
        code_times: When codes were sent to a user, by the user's id.
    """

    def __init__(
        self, people: Sequence[Person] = (), *, api_key: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.api_key: str = f"sk_test_{stable_token('api key')}" if api_key is None else api_key
        self.organization_id: str = organization_id(SCHOOL)
        self._first_clock = clock
        # The test and the server run in different threads.
        self._lock = threading.Lock()
        self._seeded: tuple[tuple[Person, ...], Store] | None = None
        self._variant = DOCUMENT
        self.rendered: RenderCache = RenderCache(emulator=False)
        self.seed(people)

    def seed(self, people: Sequence[Person]) -> None:
        """Replace the tables with seed data for these people, and reset every setting. The API key stays valid."""
        self._people = tuple(people)
        self._store: Store | None = None
        self.clock: Callable[[], float] = self._first_clock
        self.api_keys: dict[str, ApiKey] = {self.api_key: ApiKey()}
        self.multiple_roles = False
        self.password_length = 8
        self.organization_deletion_status = 202
        self.fixed_emails: set[str] = set()
        self.fixed_users: set[str] = set()
        self.blocked_organizations: set[str] = set()
        self.undeliverable_domains: set[str] = set()
        self.mail_quota: int = 50
        self.code_ttl: float = 600.0
        self.mails: list[SentMail] = []
        self.codes: dict[tuple[str, str], OneTimeCode] = {}
        self.code_times: dict[str, list[int]] = {}
        self.rate_windows: dict[str, RateWindow] = {}
        self._rate_limit: tuple[int, float] | None = None
        self._id_count = 0
        self._last_creation = 0
        if self._variant != DOCUMENT:
            self.variant = DOCUMENT

    @property
    def store(self) -> Store:
        """The tables. They are filled on first use: most tests reset the sandbox and use another of its servers."""
        with self._lock:
            if self._store is None:
                self._store = self._seeded_store().copy()
                if len(self._people) > _MANY_PEOPLE:
                    gc.collect(1)  # the many new objects: the first page would take three times as long
            return self._store

    def _seeded_store(self) -> Store:
        # Tests reset often, and to the same people. The same rows have the same JSON, which `rendered` keeps.
        if self._seeded is None or self._seeded[0] != self._people:
            self._seeded = (self._people, seeded_store(self._people))
        return self._seeded[1]

    @property
    def variant(self) -> Variant:
        """What the server plays where document and emulator differ: `DOCUMENT`, `EMULATOR` or single differences."""
        return self._variant

    @variant.setter
    def variant(self, variant: Variant) -> None:
        self._variant = variant
        self.rendered = RenderCache(emulator=variant.is_emulator)

    @property
    def rate_limit(self) -> tuple[int, float]:
        """Number of allowed requests of one key, and in how many seconds."""
        default = EMULATOR_RATE_LIMIT if self._variant.is_emulator else SERVICE_RATE_LIMIT
        return self._rate_limit or default

    @rate_limit.setter
    def rate_limit(self, limit: tuple[int, float]) -> None:
        self._rate_limit = limit

    def now(self) -> int:
        """Return the current time in epoch milliseconds."""
        return round(self.clock() * 1000)

    def creation_time(self) -> int:
        """Return the current time, at least a millisecond after the last creation time.

        Lists are in the order of creation, and then of ids: with equal times the order would be random.
        """
        self._last_creation = max(self.now(), self._last_creation + 1)
        return self._last_creation

    def new_id(self, prefix: str, created_at: int) -> str:
        """Return a new unique id; the same in every run, but for its time."""
        self._id_count += 1
        shown = _EMULATOR_PREFIXES.get(prefix, prefix) if self._variant.is_emulator else prefix
        return stable_id(shown, f"made {self._id_count}", created_at)

    def new_token(self) -> str:
        """Return a new secret; the same in every run."""
        self._id_count += 1
        return stable_token(f"token {self._id_count}")

    def count_request(self, api_key: str) -> RateWindow:
        """Count one more request of a key, and return its window."""
        now, seconds = self.clock(), self.rate_limit[1]
        window = self.rate_windows.get(api_key)
        ended = window is None or now >= window.resets_at
        counted = RateWindow(1, now + seconds) if window is None or ended else replace(window, used=window.used + 1)
        self.rate_windows[api_key] = counted
        return counted

    def emit(self, name: str, data: Mapping[str, object], organization_id: str | None = None) -> None:
        """Store an event.

        Args:
            name: Name of the event, such as `user.created`.
            data: The object, as it is now.
            organization_id: The organization it belongs to, or None.
        """
        moment = self.creation_time()
        event_id = self.new_id("event_", moment)
        body: dict[str, object] = {
            "object": "event",
            "id": event_id,
            "event": name,
            "data": data,
            "created_at": wire_time(moment),
        }
        if self._variant.is_emulator:
            body["environment_id"] = None
        self.store.events.put(StoredEvent(event_id, moment, name, organization_id, body))
