"""Random organizations and the rosters of several nights, as objects and as files of presets."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from hypothesis import strategies as st

from orgsdk.bulk import Policy, Roster, State, UserSpec, read_roster
from orgsdk.sandbox import Person
from tests.bulk.exports import WRITERS
from tests.bulk.scenario import name_of, roster_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DrawFn

    from tests.reliability.servers import Name

Source = Literal["objects", "csv", "json", "okta", "keycloak", "scim", "workos"]

ROLES: dict[Name, tuple[str, ...]] = {"flat": ("user", "teacher", "admin"), "logto": ("student", "teacher", "admin")}
ROLES["workos"] = ROLES["logto"]
GRACE = timedelta(days=9)
_NO_ROLE = "no such role"


@dataclass(frozen=True, slots=True)
class Night:
    """A roster, the days since the night before, and the system that writes it. `bad` are names of bad rows."""

    rows: list[UserSpec]
    days: int
    source: Source
    bad: frozenset[str] = frozenset()

    def roster(self, policy: Policy) -> Roster:
        """Return the roster as it is read."""
        rows = [replace(row, roles=(_NO_ROLE,)) if name_of(row) in self.bad else row for row in self.rows]
        if self.source == "objects":
            return roster_of(rows)
        export = WRITERS[self.source](rows)
        (text,) = export.files.values()
        file = io.BytesIO(text.encode())
        return read_roster(file, self.source, columns=export.columns, on_error=policy.on_error, complete=True)


@dataclass(frozen=True, slots=True)
class Case:
    """An organization, a policy, and the rosters of some nights.

    `suspended` are usernames of members who are suspended before, and `accounts` rows whose users have an account.
    """

    people: list[Person]
    policy: Policy
    nights: list[Night]
    concurrency: int
    suspended: frozenset[str] = frozenset()
    accounts: list[UserSpec] = field(default_factory=list[UserSpec])


@st.composite
def cases(draw: DrawFn, name: Name) -> Case:
    """Draw an organization with one to four nights."""
    policy = draw(policies(name))
    # At WorkOS, a user who returns cannot be created without an address. Flat invites nobody as "user".
    needs_email = name == "workos" or policy.create == "invite"
    people = _people(draw, needs_email=needs_email)
    roles = ROLES[name][1:] if policy.create == "invite" else ROLES[name]
    # Flat does not let a user return whose membership ended: the username stays with the account.
    leave_for_good = name == "flat" and policy.remove == "membership"
    roster = _RandomRoster(draw, name, people, roles, invites=policy.create == "invite")
    nights: list[Night] = []
    left: set[str | None] = set()
    for number in range(draw(st.integers(1, 4))):
        rows = [row for row in roster.of_night(number) if name_of(row) not in left]
        names = [str(name_of(row)) for row in rows if name_of(row) != "boss"]
        skipped = draw(st.sets(st.sampled_from(names), max_size=2)) if names and policy.on_error == "skip" else set()
        nights.append(
            Night(
                rows=draw(st.permutations(rows)),
                days=draw(st.sampled_from((1, GRACE.days, 30))),
                source=draw(st.sampled_from(get_args(Source))),
                bad=frozenset(skipped),
            )
        )
        if leave_for_good:
            present = {name_of(row) for row in rows if row.state == "active"}
            left |= {person.username for person in people} | {f"new_{n}" for n in range(roster.most_new)}
            left -= present
    new = {name_of(row): row for night in nights for row in night.rows if str(name_of(row)).startswith("new_")}
    return Case(
        people=people,
        policy=policy,
        nights=nights,
        concurrency=draw(st.sampled_from((1, 3, 16))),
        suspended=frozenset()
        if name == "flat"
        else frozenset(person.username for person in people[1:] if _happens(draw, 4)),
        accounts=[] if name == "flat" else [row for row in new.values() if _happens(draw, 5)],
    )


@st.composite
def policies(draw: DrawFn, name: Name) -> Policy:
    """Draw a policy that the provider can carry out."""
    suspends = name != "flat"
    removals = ("no", "membership", "account", *(("suspend",) if suspends else ()))
    states = ("ignore", "remove", *(("suspend",) if suspends else ()))
    roles = ("set", "leave", *(("add",) if name == "logto" else ()))
    values: dict[str, Any] = {
        "create": draw(st.sampled_from(("account", "invite", "no"))),
        "remove": draw(st.sampled_from(removals)),
        "suspended": draw(st.sampled_from(states)),
        "roles": draw(st.sampled_from(roles)),
        "on_error": draw(st.sampled_from(("raise", "skip"))),
        "grace": draw(st.sampled_from((None, GRACE))),
    }
    return Policy(
        match_by=("external_id",) if name == "workos" else ("username",),
        max_bad_rows=99,
        max_removal_share=1.0,
        min_matched_share=0.0,
        # A new user may get the provider's default role, which the next plan counts as named by the source.
        remove_roles=ROLES[name],
        **values,
    )


def _happens(draw: DrawFn, one_of: int) -> bool:
    return draw(st.integers(1, one_of)) == one_of


def _people(draw: DrawFn, *, needs_email: bool) -> list[Person]:
    """Draw the users of an organization: an admin (at Flat the user of the token), and some others."""
    found = [Person("x0", "boss", "boss@example.com", "Boss", "Example", "admin", None)]
    for number in range(1, draw(st.integers(1, 12))):
        role = draw(st.sampled_from(("student", "teacher", "admin")))
        email = None if _happens(draw, 9) and not needs_email else f"old{number}@example.com"
        found.append(Person(f"x{number}", f"old_{number}", email, f"Old{number}", "Example", role, None))
    return found


class _RandomRoster:
    """Draw the rosters of an organization: users who change, leave, return or give their address to another one."""

    most_new = 6

    def __init__(
        self, draw: DrawFn, name: Name, people: list[Person], roles: tuple[str, ...], *, invites: bool
    ) -> None:
        self._draw, self._name, self._people, self._roles, self._invites = draw, name, people, roles, invites
        # The address that each user has after the last night.
        self._emails = {person.username: person.email for person in people}

    def of_night(self, number: int) -> list[UserSpec]:
        """Draw the roster of one night."""
        draw, freed, rows = self._draw, list[str](), list[UserSpec]()
        for person in self._people:
            if person.username != "boss" and _happens(draw, 4):
                continue
            email, given = self._emails[person.username], person.first_name
            if _happens(draw, 3):
                # A user who left may keep an address: only one that is freed tonight is given to another user.
                taken = freed.pop() if freed and not number and _happens(draw, 2) else None
                if email is not None:
                    freed.append(email)
                email = taken or f"moved.{number}.{person.username}@example.com"
            if _happens(draw, 3):
                given = f"{given}-{draw(st.integers(0, 8))}"
            roles = ("admin",) if person.username == "boss" else (draw(st.sampled_from(self._roles)),)
            rows.append(
                UserSpec(
                    external_id=person.external_id if _happens(draw, 5) else None,
                    username=person.username,
                    email=email,
                    given_name=given,
                    # The last admin gives up the role the night after another one has got it.
                    roles=None if person.username != "boss" and _happens(draw, 5) else roles,
                )
            )
        rows = self._with_states(rows)
        self._emails |= {str(row.username): row.email for row in rows if row.state == "active"}
        # Nobody is invited with an address that a member still has.
        rows = [*(rows if number and self._invites else self._with_exchange(rows)), *self._new()]
        if self._name == "workos":  # no usernames: the external ids are the keys
            return [replace(row, username=None, external_id=row.username) for row in rows]
        return rows

    def _with_states(self, rows: list[UserSpec]) -> list[UserSpec]:
        found = list(rows)
        for position, row in enumerate(rows):
            if row.username == "boss" or not _happens(self._draw, 5):
                continue
            # No row takes over an address of a user who is not active: who has it, is another test's subject.
            own = self._emails[str(row.username)]
            if all(own is None or other.email != own for other in found if other is not row):
                state: State = self._draw(st.sampled_from(("suspended", "gone")))
                found[position] = replace(row, state=state, email=own, word=state.upper())
        return found

    def _with_exchange(self, rows: list[UserSpec]) -> list[UserSpec]:
        """Let two users exchange their addresses, which no order of writes can do: both keep their own."""
        unchanged = [at for at, row in enumerate(rows) if row.state == "active" and (row.email or "").startswith("old")]
        own = {person.username: person.email for person in self._people}
        unchanged = [at for at in unchanged if rows[at].email == own[str(rows[at].username)]]
        if len(unchanged) > 1 and _happens(self._draw, 5):
            one, other = unchanged[:2]
            first, second = rows[one], rows[other]
            rows[one], rows[other] = replace(first, email=second.email), replace(second, email=first.email)
        return rows

    def _new(self) -> Iterable[UserSpec]:
        draw = self._draw
        for number in range(draw(st.integers(0, self.most_new))):
            roles = [draw(st.sampled_from(ROLES[self._name][1:]))]
            if self._name == "logto" and _happens(draw, 4):
                roles = list(ROLES["logto"][1:])
            yield UserSpec(
                external_id=f"n{number}" if self._name == "logto" and _happens(draw, 3) else None,
                username=f"new_{number}",
                email=f"new{number}@example.com",
                family_name="Newman",
                roles=None if _happens(draw, 9) else tuple(roles),
            )
