"""What the Flat server holds: accounts, tokens, and the settings a test may turn."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from orgsdk.sandbox.flat.auth import TokenInfo
from orgsdk.sandbox.flat.records import FlatUser, object_id
from orgsdk.sandbox.flat.seeding import accounts, first_admin, groups
from orgsdk.sandbox.flat.wire import AdminViews
from orgsdk.sandbox.roster import Person


@dataclass(frozen=True, slots=True)
class RateWindow:
    """Count a token's requests until the allowance is renewed."""

    used: int
    resets_at: float


class FlatState:
    """Hold one organization and the settings of its server.

    `seed` puts back all but the organization's id and the token, so that a configured client stays valid.
    """

    def __init__(self, people: Sequence[Person]) -> None:
        self.organization_id: str = object_id("organization", "sandbox")
        self.token: str = secrets.token_hex(44)
        """A token with every scope, of the first admin."""
        self.views = AdminViews(self.organization_id)
        self._people: list[Person] = []
        self._accounts: dict[str, FlatUser] = {}
        self.seed(people)

    def seed(self, people: Sequence[Person]) -> None:
        """Forget everything and start anew with these people."""
        # Tests reset often, and to the same people; accounts are frozen, so they can be kept.
        if self._people != list(people):
            self._people, self._accounts = list(people), accounts(people)
        self.users: dict[str, FlatUser] = self._accounts.copy()
        """Every account by id, in the order of creation."""
        self.groups: dict[str, str] = groups(people)
        """The id of every group by its name in the roster."""
        self.own_account: FlatUser = first_admin(self.users)
        self.tokens: dict[str, TokenInfo] = {self.token: TokenInfo()}
        """Every token that is accepted; a test may add its own."""

        self.clock: Callable[[], float] = time.time
        """What time it is, in UTC epoch seconds."""
        self.rate_limit: int = 7200
        """How many requests a token may send in an hour."""
        self.rate_windows: dict[str, RateWindow] = {}
        self.rate_remaining_below_zero: bool = False
        """Whether `X-RateLimit-Remaining` goes on counting below 0; the facts tell of both."""

        self.back_relation: Literal["previous", "prev"] = "previous"
        """The name of the `Link` relation for the way back, which is not documented."""
        self.page_cap: int | None = None
        """The most rows a page holds whatever `limit` says; such a page may have a next one."""
        self.filter_after_paging: bool = False
        """Whether filters apply to a page already cut, so that it may be short, or empty, and have a next."""
        self.only_ids_as: Literal["strings", "objects"] = "strings"
        """How `onlyIds` answers, which is not documented: bare ids, or objects with an `id` alone."""
