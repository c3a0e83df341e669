"""Rows that share a key: copies of a row, leavers whose username a new user has, and addresses of a family.

The order of the rows decides nothing: no row gets a username or an address because it is the first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, cast

from orgsdk._messages import count_noun
from orgsdk.bulk.roster import keys
from orgsdk.bulk.roster.columns import KEYS
from orgsdk.bulk.roster.keys import KEY_FUNCTIONS, Key
from orgsdk.bulk.roster.names import are_other_names
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.bulk.stores.rows import RowStore
from orgsdk.domain import EMAIL_FORM, check_email
from orgsdk.errors import Advice, InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from orgsdk.bulk.roster.problems import ProblemCollector
    from orgsdk.bulk.roster.spec import UserSpec

ROWS_ADVICE = Advice(
    'If each row is one membership of a user, such as one for each school, read the roster with rows="memberships": '
    "a user then has the roles of all their rows.",
    command="--rows memberships joins the roles of a user's rows",
)
SHARED_EMAIL_ADVICE = Advice(
    "If a family shares the address, read the roster with omit_shared_emails=True: rows with a username or an external "
    "id are read without it.",
    command="--omit-shared-emails leaves the address out of rows with a username or an external id",
)
_LEAVERS = "users who are not active, with a username or an address of another row: {rows} matched by the other keys"
_COMPARED: Final = (*FIELDS, "state")


class RowCollector:
    """Collect rows in the order of their source, and resolve or report the keys that several rows have.

    Args:
        problems: Where rows without a key, with an invalid address, or with the key of another user are reported.
        memberships: Rows of one user that differ in their roles are joined.
        omit_shared_emails: True: an e-mail address of several active users is left out. Names of roles: it is left out
            of the users with one of these roles.
        id_advice: What may solve it if two different rows have one external id.
    """

    def __init__(
        self,
        problems: ProblemCollector,
        *,
        memberships: bool = False,
        omit_shared_emails: bool | Collection[str] = False,
        id_advice: Advice | None = None,
    ) -> None:
        self._problems = problems
        self._id_advice = id_advice
        self._memberships = memberships
        self._omit = omit_shared_emails
        self._store = RowStore()
        # Rows that may share a key with another, and their positions in the store.
        self._rows: list[UserSpec] = []
        self._positions: list[int] = []
        self._rejected: set[int] = set()
        self._leavers: set[int] = set()
        self._ids: dict[str, int] = {}
        self._usernames: dict[str, int] = {}
        self._emails: dict[str, int] = {}
        self._shared: dict[Literal["username", "email"], dict[str, list[int]]] = {"username": {}, "email": {}}
        self._counts: Counter[str] = Counter()

    @property
    def is_empty(self) -> bool:
        """Whether no row was added."""
        return not self._store

    def add(self, row: UserSpec) -> None:
        """Add a row. A problem is reported if it has no key, an invalid address, or the key of another user."""
        email = None
        if row.email:
            try:
                email = keys.email_key(check_email(keys.strip_text(row.email)))
            except InvalidArgumentError:
                return self._reject_email(row, f"write {EMAIL_FORM}")
            except ValueError as error:
                return self._reject_email(row, str(error))
        if not (email or _key("external_id", row) or _key("username", row)):
            return self._problems.reject(row.origin, f"the row has no key: {', '.join(KEYS)} are all empty")
        self._store.append(row)
        self._problems.position = len(self._store)
        return None

    def finish(self) -> Sequence[UserSpec]:
        """Resolve or report the keys that several rows have, and return the rows."""
        sharing = sorted({position for kind in KEYS for position in self._store.key_index(kind).repeated()})
        for position, row in zip(sharing, self._store.take(sharing), strict=True):
            self._problems.position = position
            self._add_sharing(position, row)
        for kind in ("username", "email"):
            for positions in self._shared[kind].values():
                self._resolve(kind, positions)
        resolved: dict[int, UserSpec | None] = dict.fromkeys(sharing)
        resolved.update(
            (self._positions[number], row) for number, row in enumerate(self._rows) if number not in self._rejected
        )
        if self._store.take(sharing) == list(resolved.values()):
            return self._store
        return RowStore(
            found for position, row in enumerate(self._store) if (found := resolved.get(position, row)) is not None
        )

    @property
    def notes(self) -> list[str]:
        """A note for each way in which rows that share a key were resolved, with the number of rows."""
        return [
            note.format(rows=f"{count_noun(number, 'row')} {'was' if number == 1 else 'were'}")
            for note, number in self._counts.items()
        ]

    def _reject_email(self, row: UserSpec, reason: str) -> None:
        problem = f"the email is invalid: {reason}"
        self._problems.reject(row.origin, problem, replace(row, email=None), unreadable=("email",))

    def _add_sharing(self, position: int, row: UserSpec) -> None:
        external_id, username, email = _key("external_id", row), _key("username", row), _key("email", row)
        kind, first = self._find_same_user(row, external_id, username, email)
        if kind is not None:
            differing = _differing_fields(self._rows[first], row)
            if not differing:
                return self._join(first, row, kind)
            # Without an external id, rows of two states are a leaver and the user who has the key now.
            if kind == "external_id" or "state" not in differing:
                return self._refuse(first, row, kind, differing)
            for other in self._shared[kind].get((username if kind == "username" else email) or "", ()):
                if not _differing_fields(self._rows[other], row):
                    return self._join(other, row, kind)
        number = len(self._rows)
        self._rows.append(row)
        self._positions.append(position)
        if external_id:
            self._ids.setdefault(external_id, number)
        if username:
            self._share("username", self._usernames, username, number)
        if email:
            self._share("email", self._emails, email, number)
        return None

    def _find_same_user(
        self, row: UserSpec, external_id: str | None, username: str | None, email: str | None
    ) -> tuple[Key | None, int]:
        """Return the earlier row of the same user, and by which key; rows with other ids are of two users."""
        if external_id is not None and external_id in self._ids:
            return "external_id", self._ids[external_id]
        if username is not None and username in self._usernames:
            first = self._usernames[username]
            if not (external_id and self._rows[first].external_id):
                return "username", first
        if email is not None and email in self._emails:
            first = self._emails[email]
            other = self._rows[first]
            if not ((external_id and other.external_id) or (username and other.username)):
                return "email", first
        return None, -1

    def _share(self, kind: Literal["username", "email"], known: dict[str, int], key: str, position: int) -> None:
        first = known.setdefault(key, position)
        if first != position:
            self._shared[kind].setdefault(key, [first]).append(position)

    def _join(self, first: int, row: UserSpec, kind: Key) -> None:
        earlier = self._rows[first]
        is_copy = earlier.roles == row.roles or (self._memberships and set(row.roles or ()) <= set(earlier.roles or ()))
        if is_copy:
            self._counts["copies of an earlier row in all columns that are read: {rows} passed over"] += 1
        elif self._memberships:
            self._counts["roles of an earlier row of the same user: {rows} joined with it"] += 1
            self._rows[first] = replace(earlier, roles=tuple(dict.fromkeys((earlier.roles or ()) + (row.roles or ()))))
        else:
            self._refuse(first, row, kind, ["roles"], advice=ROWS_ADVICE)

    def _refuse(
        self, first: int, row: UserSpec, kind: Key, differing: Iterable[str], advice: Advice | None = None
    ) -> None:
        earlier = self._rows[first]
        *others, last = differing
        columns = f"{', the '.join(others)} and the {last}" if others else last
        self._problems.reject(
            row.origin,
            f"the {kind} is the same as in {_origin(earlier)}, but the {columns} differ"
            f"{'' if ' and ' in columns or columns.endswith('s') else 's'}",
            row,
            advice=advice or (self._id_advice if kind == "external_id" else None),
        )
        self._reject_first(first, kind, row)

    def _reject_first(self, first: int, kind: Key, other: UserSpec) -> None:
        if self._problems.skip and first not in self._rejected:
            self._rejected.add(first)
            row, self._problems.position = self._rows[first], self._positions[first]
            self._problems.reject(row.origin, f"the {kind} is the same as in {_origin(other)}", row)

    def _resolve(self, kind: Literal["username", "email"], positions: list[int]) -> None:
        sharing = [one for one in positions if one not in self._rejected and getattr(self._rows[one], kind)]
        active = [one for one in sharing if self._rows[one].enabled]
        if len(sharing) < 2:  # another key of the rows was resolved before
            return
        leavers = [one for one in sharing if one not in active]
        for one in leavers:
            other = next(other for other in (*active, *sharing) if other != one)
            self._resolve_leaver(kind, one, other, alone=len(leavers) == 1)
        if kind == "email":
            active = self._omit_addresses(active)
        if len(active) > 1:
            first = active[0]
            for one in active[1:]:
                self._rejected.add(one)
                self._problems.position = self._positions[one]
                self._problems.reject(
                    self._rows[one].origin,
                    f"the {kind} is the same as in {_origin(self._rows[first])}",
                    self._rows[one],
                    advice=SHARED_EMAIL_ADVICE if kind == "email" else None,
                )
            self._reject_first(first, kind, self._rows[active[1]])

    def _resolve_leaver(self, kind: Literal["username", "email"], position: int, other: int, *, alone: bool) -> None:
        row = self._rows[position]
        if row.external_id or self._is_other_user(kind, row, self._rows[other]):
            # The plan compares the keys with those of the active row: a provider may store no external ids (Flat).
            # Of several users who left, the key names none.
            if not alone:
                self._rows[position] = replace(row, username=None) if kind == "username" else replace(row, email=None)
            if position not in self._leavers:
                self._leavers.add(position)
                self._counts[_LEAVERS] += 1
            return
        self._rejected.add(position)
        self._problems.position = self._positions[position]
        self._problems.reject(
            row.origin,
            f"the {kind} is the same as in {_origin(self._rows[other])}, and the row is not active: only external "
            "ids, or names and another key, could distinguish the two users",
            row,
        )

    def _is_other_user(self, kind: Literal["username", "email"], row: UserSpec, other: UserSpec) -> bool:
        """Return whether names and another key distinguish a user who left from the one who has the key now."""
        own: Key = "email" if kind == "username" else "username"
        return _key(own, row) not in {None, _key(own, other)} and are_other_names(row, other)

    def _omit_addresses(self, active: list[int]) -> list[int]:
        """Leave the address out where that is asked for, and return the rows that still have it."""
        if len(active) < 2 or self._omit is False:
            return active
        remaining: list[int] = []
        for position in active:
            row = self._rows[position]
            is_omitted = self._omit is True or not frozenset(self._omit).isdisjoint(row.roles or ())
            if is_omitted and (row.external_id or row.username):
                self._rows[position] = replace(row, email=None)
                self._counts["an email that other rows have too: {rows} read without it"] += 1
            else:
                remaining.append(position)
        return remaining


def _key(kind: Key, row: UserSpec) -> str | None:
    value: str | None = getattr(row, kind)
    return (KEY_FUNCTIONS[kind](value) or None) if value else None


def _origin(row: UserSpec) -> str:
    return row.origin or "another row"


def _differing_fields(one: UserSpec, other: UserSpec) -> list[str]:
    return [name for name in _COMPARED if _compared(one, name) != _compared(other, name)]


def _compared(row: UserSpec, name: str) -> str | None:
    value: str | None = getattr(row, name)
    if not value:
        return None
    return KEY_FUNCTIONS[cast("Key", name)](value) if name in KEYS else keys.normalize_text(value)
