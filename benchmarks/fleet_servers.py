"""Servers with thousands of organizations, for `benchmarks.fleet`, and the rosters of their nights.

Half of the organizations are at Flat, each with an account and a token of its own. The other half is in tenants of
Logto. Nothing limits the requests: waiting is not what is measured.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks import figures
from orgsdk.sandbox.flat.app import create_app as create_flat_app
from orgsdk.sandbox.flat.auth import bearer_token
from orgsdk.sandbox.flat.records import AccountJsonCache, object_id
from orgsdk.sandbox.flat.state import FlatState
from orgsdk.sandbox.logto.app import create_app as create_logto_app
from orgsdk.sandbox.logto.formats import SHORT_ID, stable_id
from orgsdk.sandbox.logto.records import StoredOrganization
from orgsdk.sandbox.logto.seed import role_id, user_id
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.loopback import HOST, LoopbackServer
from orgsdk.sandbox.roster import Person

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send

COLUMNS: Final = ("username", "email", "given_name", "family_name", "roles", "external_id")
_CREATED_AT: Final = 1_767_225_600_000
_ROLES: Final = {"flat": {"student": "user"}, "logto": {"student": "student"}}


@dataclass(frozen=True, slots=True)
class School:
    """One organization of the fleet, with its credentials' name: its own at Flat, its tenant's at Logto."""

    number: int
    people: int
    tenants: int

    @property
    def name(self) -> str:
        return f"school-{self.number:05}"

    @property
    def provider(self) -> str:
        return "flat" if self.number % 2 == 0 else "logto"

    @property
    def tenant(self) -> int:
        """Number of the tenant at Logto."""
        return self.number // 2 % self.tenants

    @property
    def credentials(self) -> str:
        return self.name if self.provider == "flat" else f"tenant-{self.tenant}"

    @property
    def token(self) -> str:
        return f"token-of-{self.name}"

    @property
    def organization_id(self) -> str:
        return stable_id("organization", self.name, SHORT_ID)

    def members(self) -> list[Person]:
        """Return the people before the first night."""
        return [self._person(number) for number in range(self.people)]

    def _person(self, number: int) -> Person:
        username = f"s{self.number:05}u{number:04}"
        role = "teacher" if number % 10 == 0 else "student"
        given, family = f"Given{number % 97}", f"Family{number % 89}"
        return Person(username, username, f"{username}@school.example.org", given, family, role, None)

    def rows(
        self, *, renamed: int = 0, new: int = 0, gone: int = 0, external_ids: bool = False
    ) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a roster: the first members have another name, the last ones have left, others are new.

        Logto cannot search external ids: a new row that has one makes a plan look for it among all accounts.
        """
        role_names = _ROLES[self.provider]
        for number in range(self.people - gone + new):
            shift = gone if number >= self.people - gone else 0
            person = self._person(number + shift)
            given = f"Renamed{number}" if number < renamed else person.first_name
            role = role_names.get(person.role, person.role)
            external_id = (person.external_id or "") if external_ids else ""
            yield (person.username, person.email or "", given, person.last_name, role, external_id)

    def write_roster(
        self, path: Path, *, renamed: int = 0, new: int = 0, gone: int = 0, external_ids: bool = False
    ) -> None:
        """Write the roster of a night as a CSV file."""
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            rows.writerows(self.rows(renamed=renamed, new=new, gone=gone, external_ids=external_ids))


class FlatSchools:
    """An ASGI app with one Flat account for each token. An account is made when its token is first used."""

    def __init__(self, schools: Sequence[School]) -> None:
        self._schools = {school.token: school for school in schools if school.provider == "flat"}
        self._apps: dict[str, Starlette] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = bearer_token(scope) or ""
        app = self._apps.get(token)
        if app is None and token in self._schools:
            school = self._schools[token]
            state = FlatState([], token=token)
            state.organization_id = object_id("organization", school.name)
            state.views = AccountJsonCache(state.organization_id)
            state.seed(school.members())
            state.rate_limit = 10**9
            app = self._apps[token] = create_flat_app(state)
        if app is None:
            raise ValueError("no school has this token")
        await app(scope, receive, send)


def logto_tenant(schools: Sequence[School]) -> LogtoState:
    """Return a tenant with these organizations and their members."""
    state = LogtoState()
    members = {school: school.members() for school in schools}
    state.seed([person for people in members.values() for person in people], created_at=None)
    for number, (school, people) in enumerate(members.items()):
        found = StoredOrganization(school.organization_id, school.name, _CREATED_AT + number)
        state.store.organizations.put(found)
        for person in people:
            state.store.memberships.put(school.organization_id, user_id(person.username), (role_id(person.role),))
    return state


def make_schools(organizations: int, people: int, tenants: int) -> list[School]:
    """Return the organizations of a fleet."""
    return [School(number, people, tenants) for number in range(organizations)]


def serve(organizations: int, people: int, tenants: int) -> None:
    """Serve the organizations until standard input ends. Print the settings of the credentials, by name, as JSON."""
    schools = make_schools(organizations, people, tenants)
    with ExitStack() as stack:
        flat = LoopbackServer(FlatSchools(schools), 0)
        stack.callback(flat.stop)
        flat.start()
        settings: dict[str, dict[str, str]] = {}
        for school in schools:
            if school.provider == "flat":
                url = f"http://{HOST}:{flat.port}/v2"
                settings[school.credentials] = {"FLAT_ACCESS_TOKEN": school.token, "FLAT_BASE_URL": url}
        for tenant in range(tenants):
            state = logto_tenant([one for one in schools if one.provider == "logto" and one.tenant == tenant])
            server = LoopbackServer(create_logto_app(state), 0)
            stack.callback(server.stop)
            server.start()
            settings[f"tenant-{tenant}"] = {
                "LOGTO_ENDPOINT": f"http://{HOST}:{server.port}",
                "LOGTO_APP_ID": state.app_id,
                "LOGTO_APP_SECRET": state.app_secret,
            }
        print(json.dumps(settings), flush=True)
        sys.stdin.read()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet_servers", description=__doc__)
    for name, what in (
        ("organizations", "number of organizations"),
        ("people", "members of each"),
        ("tenants", "tenants of Logto"),
    ):
        parser.add_argument(name, type=figures.number, help=what)
    serve(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
