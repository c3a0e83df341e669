"""Servers with the organizations of a fleet, for the proofs with kills: what they received, by limit key, and when.

Every second key is of Flat, where each organization has a token; the others are tenants of Logto. The server finds the
key by the token or the port. So its log judges apart from the client which keys were worked on at once.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import anyio

from orgsdk.bulk import Policy
from orgsdk.fleet import FleetCredentials, FleetEntry
from orgsdk.sandbox.flat.app import create_app as create_flat_app
from orgsdk.sandbox.flat.auth import bearer_token
from orgsdk.sandbox.flat.state import FlatState
from orgsdk.sandbox.logto.app import create_app as create_logto_app
from orgsdk.sandbox.logto.formats import SHORT_ID, stable_id
from orgsdk.sandbox.logto.records import StoredOrganization
from orgsdk.sandbox.logto.seed import role_id, user_id
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.loopback import HOST, LoopbackServer
from orgsdk.sandbox.roster import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = Policy(remove="membership", max_removal_share=1.0, max_update_share=1.0, max_renamed=1_000)
_CREATED_AT = 1_767_225_600_000
Member = tuple[str, str, str]
"""Username, given name and role of a member."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request, as the server has received and answered it."""

    key: str
    unit: str
    method: str
    path: str
    received: float
    answered: float
    status: int | None


class _Recorder:
    """Record each request, and answer it late."""

    def __init__(self, app: ASGIApp, key: str, schools: Schools) -> None:
        self._app, self._key, self._schools = app, key, schools

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = time.monotonic()
        status: int | None = None
        await anyio.sleep(self._schools.latency)

        async def observe(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            unit = dict(scope["headers"]).get(b"x-unit", b"").decode()
            self._schools.log.append(
                Received(self._key, unit, scope["method"], scope["path"], received, time.monotonic(), status)
            )


class _ByToken:
    """Send each request to the account of its token."""

    def __init__(self) -> None:
        self.apps: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.apps[bearer_token(scope) or ""](scope, receive, send)


@dataclass
class Schools:
    """The organizations of a fleet, their servers, and their rosters.

    Attributes:
        organizations: Number of organizations.
        keys: Number of limit keys.
        people: Number of members of each.
        latency: Seconds before each response.
        log: Every request.
        night: Number of the night; each has other rosters.
    """

    organizations: int
    keys: int
    people: int
    latency: float
    log: list[Received] = field(default_factory=list)
    night: int = 0
    _flat: dict[str, FlatState] = field(default_factory=dict)
    _logto: dict[str, LogtoState] = field(default_factory=dict)
    _settings: dict[str, dict[str, str]] = field(default_factory=dict)

    def key(self, number: int) -> str:
        """Return the limit key of an organization."""
        return f"key-{number % self.keys:02}"

    def is_flat(self, number: int) -> bool:
        return number % self.keys % 2 == 0

    def roster(self, number: int, night: int) -> list[Member]:
        """Return the members of a night. Each night two have left, two are new, and a quarter has another name."""
        roles = ("user" if self.is_flat(number) else "student", "teacher")
        found: list[Member] = []
        for one in range(2 * night, 2 * night + self.people):
            renamed = max(0, night - (night - one) % 4)
            found.append((f"s{number:03}u{one:04}", f"Given{renamed}", roles[one % 5 == 0]))
        return found

    def missing(self) -> list[str]:
        """Return what is not as the rosters of the night describe it."""
        found: list[str] = []
        for number in range(self.organizations):
            expected, there = sorted(self.roster(number, self.night)), self.members(number)
            if expected != there:
                found.append(f"school-{number:03}: {[one for one in expected if one not in there]} are missing")
        nights = range(self.night + 1)
        ever = {one[0] for n in range(self.organizations) for night in nights for one in self.roster(n, night)}
        accounts = self._accounts()
        found += [f"{name} has {many} accounts" for name, many in accounts.items() if many > 1]
        return found + [f"{name} was never in a roster" for name in accounts if name not in ever]

    def members(self, number: int) -> list[Member]:
        """Return the members that the server has."""
        if self.is_flat(number):
            listed = self._flat[f"token-{number}"].users.values()
            return sorted((one.username, one.firstname or "", one.role) for one in listed)
        state = self._logto[self.key(number)]
        users = {one.id: one for one in state.store.users}
        names = {role_id(name): name for name in ("student", "teacher")}
        return sorted(
            (users[one].username or "", str(users[one].profile.get("givenName", "")), names[roles[0]])
            for one, roles in state.store.memberships.members(_organization_id(number)).items()
        )

    def _accounts(self) -> Counter[str]:
        """Return how many accounts the servers have with each username."""
        flat = [one for state in self._flat.values() for one in (*state.users.values(), *state.individuals.values())]
        logto = [one for state in self._logto.values() for one in state.store.users]
        return Counter([one.username for one in flat] + [one.username or "" for one in logto])

    def write_rosters(self, folder: Path) -> None:
        """Write the rosters of the next night."""
        self.night += 1
        for number in range(self.organizations):
            with (folder / f"{number}.csv").open("w", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(("username", "given_name", "roles"))
                rows.writerows(self.roster(number, self.night))

    def entries(self, folder: Path) -> Iterator[FleetEntry]:
        """Yield the entries of the fleet."""
        for number in range(self.organizations):
            yield FleetEntry(
                name=f"school-{number:03}",
                roster=folder / f"{number}.csv",
                credentials=f"token-{number}" if self.is_flat(number) else self.key(number),
                organization=None if self.is_flat(number) else _organization_id(number),
                policy=POLICY,
                key=self.key(number),
            )

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """The settings of each credentials, with secrets in place of references."""
        return self._settings

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Run the servers."""
        flat = _ByToken()
        servers = [LoopbackServer(flat, 0)]
        for number in range(self.organizations):
            people = [self._person(*one) for one in self.roster(number, 0)]
            if self.is_flat(number):
                token = f"token-{number}"
                state = self._flat[token] = FlatState(people, token=token)
                state.rate_limit = 10**9
                url = f"http://{HOST}:{servers[0].port}/v2"
                self._settings[token] = {"FLAT_ACCESS_TOKEN": token, "FLAT_BASE_URL": url}
                flat.apps[token] = _Recorder(create_flat_app(state), self.key(number), self)
        for key in {self.key(number) for number in range(self.organizations) if not self.is_flat(number)}:
            numbers = [one for one in range(self.organizations) if self.key(one) == key]
            tenant = self._logto[key] = self._tenant(numbers)
            server = LoopbackServer(_Recorder(create_logto_app(tenant), key, self), 0)
            self._settings[key] = {
                "LOGTO_ENDPOINT": f"http://{HOST}:{server.port}",
                "LOGTO_APP_ID": tenant.app_id,
                "LOGTO_APP_SECRET": tenant.app_secret,
            }
            servers.append(server)
        try:
            for one in servers:
                one.start()
            yield
        finally:
            for one in servers:
                one.stop()

    def _tenant(self, numbers: list[int]) -> LogtoState:
        state = LogtoState()
        members = {number: self.roster(number, 0) for number in numbers}
        state.seed([self._person(*one) for some in members.values() for one in some])
        for number, some in members.items():
            name = f"school-{number:03}"
            state.store.organizations.put(StoredOrganization(_organization_id(number), name, _CREATED_AT + number))
            for username, _, role in some:
                state.store.memberships.put(_organization_id(number), user_id(username), (role_id(role),))
        return state

    def _person(self, username: str, given: str, role: str) -> Person:
        return Person("", username, None, given, "Family", "student" if role == "user" else role, None)


def _organization_id(number: int) -> str:
    return stable_id("organization", f"school-{number:03}", SHORT_ID)


def credentials_of(settings: dict[str, dict[str, str]]) -> tuple[dict[str, FleetCredentials], dict[str, str]]:
    """Return the credentials of a fleet, and the environment variables that they refer to."""
    environ: dict[str, str] = {}
    found: dict[str, FleetCredentials] = {}
    for name, values in settings.items():
        referring: dict[str, str] = {}
        for variable, value in values.items():
            secret = variable in {"FLAT_ACCESS_TOKEN", "LOGTO_APP_SECRET"}
            unique = f"{variable}_{name}".replace("-", "_").upper()
            environ |= {unique: value} if secret else {}
            referring[variable] = f"env:{unique}" if secret else value
        provider = "flat" if "FLAT_ACCESS_TOKEN" in values else "logto"
        found[name] = FleetCredentials(provider=provider, settings=referring)
    return found, environ


def overlaps(log: list[Received]) -> list[str]:
    """Return which units of one key were worked on at once, by what the server received."""
    spans: dict[tuple[str, str], tuple[float, float]] = {}
    for one in log:
        first, last = spans.get((one.key, one.unit), (one.received, one.received))
        spans[one.key, one.unit] = min(first, one.received), max(last, one.received)
    found: list[str] = []
    ordered = sorted((key, *span, unit) for (key, unit), span in spans.items())
    for (key, first, last, unit), (next_key, next_first, _, next_unit) in pairwise(ordered):
        if key == next_key and next_first < last:
            found.append(f"{key}: {unit} from {first:.3f} to {last:.3f}, {next_unit} from {next_first:.3f}")
    return found


def longest_gap(log: list[Received]) -> float:
    """Return the longest time, in seconds, that a key was left alone between two of its requests."""
    by_key: dict[str, list[float]] = {}
    for one in log:
        by_key.setdefault(one.key, []).append(one.received)
    gaps = [b - a for times in by_key.values() for a, b in pairwise(sorted(times))]
    return max(gaps, default=0.0)


def longest_wait(signs: list[tuple[float, str, int]], hits: list[tuple[float, int | None]]) -> float:
    """Return the longest time, in seconds, that a key waited for a worker.

    It waits from the last sign of its worker, or from what then happened to that worker, until the next sign.

    Args:
        signs: Time, key and worker of each request, and of each organization that was taken.
        hits: Time and worker of each event that ends or delays its work; None as the worker for the database.
    """
    by_key: dict[str, list[tuple[float, int]]] = {}
    for moment, key, worker in sorted(signs):
        by_key.setdefault(key, []).append((moment, worker))
    longest = 0.0
    for times in by_key.values():
        for (before, worker), (after, _) in pairwise(times):
            marks = [
                before,
                *(moment for moment, hit in hits if before < moment < after and hit in {None, worker}),
                after,
            ]
            longest = max(longest, *(second - first for first, second in pairwise(marks)))
    return longest
