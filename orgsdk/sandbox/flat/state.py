"""State of the Flat server: accounts seeded from the roster, tokens, and settings that tests change.

Everything about a seeded account follows from its username, so it is the same in every run.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from orgsdk.sandbox.flat.auth import TokenInfo
from orgsdk.sandbox.flat.records import (
    CLASS_ROLES,
    AccountJsonCache,
    AccountRecord,
    AccountTable,
    InvitationRecord,
    LicenseRecord,
    LtiConfiguration,
    OrganizationRole,
    SentMail,
    SigninLink,
    object_id,
    wire_date,
)
from orgsdk.sandbox.roster import Person

_ORGANIZATION_ROLES: dict[str, OrganizationRole] = {"student": "user", "teacher": "teacher", "admin": "admin"}

_FIRST_ACTIVITY = datetime(2025, 9, 1, 6, tzinfo=UTC)

_ACTIVITY_SECONDS = 280 * 24 * 3600

# Far from the day of any test run, so that `active` agrees with the dates.
_RUNNING_UNTIL = ("2061-06-30T00:00:00.000Z", "2061-12-31T00:00:00.000Z", "2062-06-30T00:00:00.000Z")

_EXPIRED_ON = ("2024-06-30T00:00:00.000Z", "2024-12-31T00:00:00.000Z")


@dataclass(frozen=True, slots=True)
class RateWindow:
    """How many requests of a token were used, and when the limit resets."""

    used: int
    resets_at: float


class FlatState:
    """State of the Flat server: one organization, its tokens, and the settings of the server.

    `seed` resets everything except the id of the organization, the token and the OAuth application, so that a
    configured client keeps working.

    Args:
        people: The people of the roster.
        token: Token with every scope, of the first admin. Default: a random one.
    """

    def __init__(self, people: Sequence[Person], *, token: str | None = None) -> None:
        self.organization_id: str = object_id("organization", "sandbox")
        self.token: str = secrets.token_hex(44) if token is None else token
        """Token with every scope, of the first admin."""
        self.oauth_client_id: str = object_id("application", "sandbox")
        self.oauth_client_secret: str = secrets.token_hex(20)
        self._first_refresh_token: str = secrets.token_hex(44)
        self.views: AccountJsonCache = AccountJsonCache(self.organization_id)
        self._people: list[Person] = []
        self._accounts: AccountTable = AccountTable()
        self.seed(people)

    def seed(self, people: Sequence[Person]) -> None:
        """Replace the whole state with accounts for these people, and reset every setting."""
        # Tests reset often, and to the same people. Accounts are frozen and can be reused.
        if self._people != list(people):
            self._people, self._accounts = list(people), seed_accounts(people)
        self.users: AccountTable = AccountTable(self._accounts.data)
        """Accounts by id, in the order of creation."""
        self.groups: dict[str, str] = group_ids(people)
        """Ids of the groups, by their names in the roster."""
        self.individuals: dict[str, AccountRecord] = {}
        """Accounts that were removed from the organization but not deleted (`convertToIndividual`), by id."""
        self.deleted: dict[str, AccountRecord] = {}
        """Accounts that were deleted with all their data, by id, as they were before."""
        self.invitations: dict[str, InvitationRecord] = {}
        """Invitations by id, in the order of creation."""
        self.mails: list[SentMail] = []
        """E-mails that the server sent, oldest first."""
        self.signin_links: list[SigninLink] = []
        self.lti: dict[str, LtiConfiguration] = {}
        """LTI configurations by id, in the order of creation. Those of LTI 1.1 are the credentials too."""
        self._last_sequence = len(self.users)
        self._first_account = first_admin(self.users)
        self.tokens: dict[str, TokenInfo] = {self.token: TokenInfo()}
        """Accepted tokens. Tests may add more."""
        self.refresh_token: str = self._first_refresh_token
        """The refresh token that is valid for the next access token."""

        self.clock: Callable[[], float] = time.time
        """Returns the current time in UTC epoch seconds."""
        self.rate_limit: int = 7200
        """Requests that a token may send in an hour."""
        self.rate_windows: dict[str, RateWindow] = {}
        self.rate_remaining_below_zero: bool = False
        """Whether `X-RateLimit-Remaining` counts below 0; the facts have both."""

        self.back_relation: Literal["previous", "prev"] = "previous"
        """Name of the `Link` relation of the previous page, which is not documented."""
        self.page_cap: int | None = None
        """Maximum number of rows in a page, whatever `limit` is; None for no maximum."""
        self.filter_after_paging: bool = False
        """Whether filters apply after paging, so that a page can be short or empty and still have a next one."""
        self.only_ids_as: Literal["strings", "objects"] = "strings"
        """What `onlyIds` returns, which is not documented: ids, or objects with only an `id`."""

        self.token_ttl: float = 86_400.0
        """Lifetime in seconds of refreshed and delegated tokens; a day, as in the provider's example."""
        self.rotates_refresh_token: bool = True
        """Whether a refresh also replaces the refresh token (RFC 6749, section 6, allows both)."""
        self.signin_link_ttl: float = 3600.0
        """Lifetime in seconds of a sign-in link; not documented."""
        self.conflict_status: int = 409
        """Status for a username that is already used; not documented, so HTTP's own (RFC 9110, 15.5.10)."""
        self.new_picture: str | None = None
        """Picture of a new account. The official document allows null, which `flat-api` 2.0.4 cannot read."""
        self.unique_emails: bool = False
        """Whether e-mail addresses must be unique; only usernames are documented to be unique."""
        self.lti_teachers_allowed: bool = False
        """Whether teachers may use LTI 1.1 credentials (the setting `lti1p1AllowTeachersCredentials`)."""

    @property
    def own_account(self) -> AccountRecord:
        """The account of the server's own token. It remains valid after its removal, so that a test can continue."""
        return self.users.get(self._first_account.id, self._first_account)

    def next_id(self, kind: str) -> tuple[int, str]:
        """Return the sequence number and the id for a new object; the same in every run."""
        self._last_sequence += 1
        return self._last_sequence, object_id(kind, f"#{self._last_sequence}")

    def date(self, *, after: float = 0.0) -> str:
        """Return the current time, plus `after` seconds, in Flat's format."""
        return wire_date(datetime.fromtimestamp(self.clock(), UTC) + timedelta(seconds=after))

    def page_size(self, limit: int) -> int:
        """Return the maximum number of rows in a page for a request with this limit."""
        return limit if self.page_cap is None else min(limit, self.page_cap)


def seed_accounts(people: Sequence[Person]) -> AccountTable:
    """Return an account for every person, by id, in the order of the roster.

    Args:
        people: The people of the roster.

    Returns:
        Accounts by id.

    Raises:
        ValueError: Two people have the same username.
    """
    users = (_seed_account(sequence, person) for sequence, person in enumerate(people, start=1))
    by_id = AccountTable({user.id: user for user in users})
    if len(by_id) != len(people):
        raise ValueError("two people of the roster have the same username")
    return by_id


def group_ids(people: Sequence[Person]) -> dict[str, str]:
    """Return the id of every group, by name."""
    names = dict.fromkeys(person.group for person in people if person.group is not None)
    return {name: object_id("group", name) for name in names}


def first_admin(users: AccountTable) -> AccountRecord:
    """Return the account of the server's token: the first admin, or an unlisted account if the roster has no admin."""
    admins = (user for user in users.listed() if user.role == "admin")
    return next(admins, AccountRecord(0, object_id("user", "sandbox_admin"), "sandbox_admin", "admin"))


def _seed_account(sequence: int, person: Person) -> AccountRecord:
    dice = hashlib.sha256(f"account:{person.username}".encode()).digest()
    user_id = object_id("user", person.username)
    return AccountRecord(
        sequence=sequence,
        id=user_id,
        username=person.username,
        role=_ORGANIZATION_ROLES[person.role],
        firstname=person.first_name or None,
        lastname=person.last_name or None,
        email=person.email,
        picture=f"https://pictures.example.org/{user_id}.png" if dice[0] % 12 == 0 else None,
        class_role=CLASS_ROLES.get(_ORGANIZATION_ROLES[person.role]),
        badges=("ambassador",) if person.role == "teacher" and dice[1] % 10 == 0 else (),
        groups=() if person.group is None else (object_id("group", person.group),),
        last_activity_date=_seed_activity(dice),
        license=_seed_license(person, dice),
        is_testing_student=dice[2] % 32 == 0 if person.role == "student" else None,
    )


def _seed_activity(dice: bytes) -> str | None:
    if dice[3] % 6 == 0:
        return None
    moment = _FIRST_ACTIVITY + timedelta(
        seconds=int.from_bytes(dice[4:8]) % _ACTIVITY_SECONDS, milliseconds=dice[8] * 3
    )
    return wire_date(moment)


def _seed_license(person: Person, dice: bytes) -> LicenseRecord | None:
    if person.role == "admin" or dice[9] % 5 == 0:
        return None
    active = dice[10] % 5 != 0
    dates = _RUNNING_UNTIL if active else _EXPIRED_ON
    return LicenseRecord(
        id=object_id("license", person.username),
        expiration_date=dates[dice[11] % len(dates)],
        source=("order", "trial", "distributor")[dice[12] % 3],
        mode=("site", "credit")[dice[13] % 2],
        active=active,
    )
