"""`orgsdk demo`: list and match users at two providers, on a sandbox of its own."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
from rich.text import Text

from orgsdk import bulk
from orgsdk.cli.commands.sandbox import load_roster, sandbox_settings
from orgsdk.cli.errors import ExitCode
from orgsdk.cli.options.common import PathOption, PositiveOption
from orgsdk.cli.output.console import clean, count_noun, make_console
from orgsdk.cli.output.formats import RowTable
from orgsdk.cli.output.rows import to_row
from orgsdk.client import OrgClient

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from orgsdk.domain import User
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Person, Sandbox

CODE = (
    "plan = await bulk.plan(organization, roster, policy)",
    "report = await bulk.apply(plan, organization)",
)
POLICY = bulk.Policy(remove="membership")
_NEW, _LEAVING = 3, 2
# Of fewer, the guard would refuse to remove so many: they would be over 5 %.
_ENOUGH = 100
_ROLES = {"flat": {"student": "user"}}


@dataclass(frozen=True, slots=True)
class Term:
    """Hold what became of one provider's organization."""

    plan: bulk.Plan
    report: bulk.Report
    requests: int
    again: bulk.Plan
    expected: int

    @property
    def holds(self) -> bool:
        """Tell whether what was planned was done, all of it, and nothing is left to do."""
        done = self.report.planned == self.expected and not (self.report.failed or self.report.skipped)
        return done and self.again.is_empty


async def begin_term(sandbox: Sandbox, provider: str, variables: dict[str, str], people: list[Person]) -> Term:
    """Make one provider match the roster of the new term."""
    roster = new_roster(people, _ROLES.get(provider, {}))
    async with OrgClient.from_env(variables) as client:
        organization = client.organization()
        sandbox.requests.clear()
        plan, report = await match(organization, roster, POLICY)
        requests = sum(not exchange.path.endswith("/token") for exchange in sandbox.requests)
        again = await bulk.plan(organization, roster, POLICY)
    leaving = _LEAVING if len(people) >= _ENOUGH else 0
    return Term(plan, report, requests, again, _NEW + leaving + bool(people))


async def match(
    organization: OrganizationHandle, roster: list[bulk.UserSpec], policy: bulk.Policy
) -> tuple[bulk.Plan, bulk.Report]:
    """Make an organization match a roster: the code that both providers have in common."""
    plan = await bulk.plan(organization, roster, policy)
    report = await bulk.apply(plan, organization)
    return plan, report


def new_roster(people: list[Person], roles: dict[str, str]) -> list[bulk.UserSpec]:
    """Give the roster of the new term: somebody has another name, three are new, and of many two have left."""
    staying = people[:-_LEAVING] if len(people) >= _ENOUGH else people
    known = [
        bulk.UserSpec(
            username=person.username,
            email=person.email,
            given_name=person.first_name,
            family_name=person.last_name if number else "Newname",
            roles=(roles.get(person.role, person.role),),
        )
        for number, person in enumerate(staying)
    ]
    new = [
        bulk.UserSpec(
            username=f"orgsdk_demo_{number}",
            email=f"orgsdk_demo_{number}@example.org",
            given_name="New",
            family_name=f"Person {number}",
            roles=(roles.get("student", "student"),),
        )
        for number in range(1, _NEW + 1)
    ]
    return [*known, *new]


PAGE_SIZE = 5
# Without the id, whose 24 characters at Flat would leave too little of 80 columns to names and addresses.
_COLUMNS = ("username", "name", "email", "roles")

_NEXT = """\
  Your Flat:   export FLAT_ACCESS_TOKEN=...
  Your Logto:  export LOGTO_ENDPOINT=... LOGTO_APP_ID=... LOGTO_APP_SECRET=...
               export ORGSDK_ORGANIZATION=...
  then:        orgsdk users list
               orgsdk plan roster.csv -o plan.json
  From code:   README.md"""


@dataclass(frozen=True, slots=True)
class Visit:
    """Hold what one provider gave."""

    users: list[User]
    requests: int
    token_requests: int
    seconds: float
    cursor: str | None
    resumed: User | None

    @property
    def cursor_holds(self) -> bool:
        """Tell whether the cursor led to the very user who follows the page."""
        if self.cursor is None:
            return len(self.users) <= PAGE_SIZE
        return self.resumed is not None and self.resumed.id == self.users[PAGE_SIZE].id


def run_demo(roster: Path | None, show: int) -> ExitCode:
    """Show the demo and give its exit code."""
    return anyio.run(_demo, load_roster(roster), show, make_console())


async def list_users(organization: OrganizationHandle) -> list[User]:
    """List every user: the code that both providers have in common."""
    return [user async for user in organization.users.list()]


async def _demo(people: list[Person], show: int, console: Console) -> ExitCode:
    from orgsdk.sandbox import Sandbox

    _heading(console, "orgsdk demo: one organization, two providers, the same code")
    visits: list[Visit] = []
    async with Sandbox(people) as sandbox:
        console.print(
            "\nA sandbox now runs on this machine: one server that speaks as Flat does and one that speaks as Logto "
            f"does, over HTTP, each filled with the same roster of {count_noun(len(people), 'user')}. "
            "No account and no internet is needed. Both lists come from this code:\n"
        )
        console.print("    [user async for user in organization.users.list()]")
        for provider, variables in sandbox_settings(sandbox).items():
            visit = await _visit(sandbox, provider, variables)
            _show(console, provider, visit, show)
            visits.append(visit)
        _heading(console, "Both together, against the roster", before="\n")
        listed = _conclude(console, people, visits)
        _heading(console, "A new term: both are made to match another roster", before="\n")
        matched = await _term(console, sandbox, people)
    console.print("\nWhat to do next:")
    console.print(Text(_NEXT, overflow="fold"))
    return ExitCode.OK if listed and matched else ExitCode.FAILURE


async def _term(console: Console, sandbox: Sandbox, people: list[Person]) -> bool:
    console.print("\nA plan says what would change, a run does exactly that, and a second plan is empty:\n")
    for line in CODE:
        console.print(f"    {line}")
    holds = True
    for provider, variables in sandbox_settings(sandbox).items():
        term = await begin_term(sandbox, provider, variables, people)
        console.print()
        console.print(Text(term.plan.summary(), overflow="fold"))
        console.print(f"Planned and applied with {count_noun(term.requests, 'request')}. {term.report.summary()}")
        if term.holds:
            console.print("A second plan finds nothing to do.")
        else:
            console.print("Something of it was not done: this is a fault, please report it.")
        holds = holds and term.holds
    return holds


async def _visit(sandbox: Sandbox, provider: str, variables: dict[str, str]) -> Visit:
    # A first call loads the HTTP client; the times shall tell of the lists alone.
    async with OrgClient.from_env(variables) as client:
        await client.organization().users.count()
    sandbox.requests.clear()
    async with OrgClient.from_env(variables) as client:
        began = time.perf_counter()
        users = await list_users(client.organization())
        seconds = time.perf_counter() - began
        paths = [exchange.path for exchange in sandbox.requests]
        cursor = (await client.organization().users.list(page_size=PAGE_SIZE)).next_cursor
    resumed = None
    if cursor is not None:
        # The cursor is all that the second client knows of the first.
        async with OrgClient.from_env(variables) as second:
            resumed = next(iter(await second.organization().users.list(cursor=cursor)), None)
    tokens = sum(path.endswith("/token") for path in paths)
    return Visit(users, len(paths) - tokens, tokens, seconds, cursor, resumed)


def _show(console: Console, provider: str, visit: Visit, show: int) -> None:
    _heading(console, f"{provider.capitalize()}: {count_noun(len(visit.users), 'user')}", before="\n")
    if visit.users:
        console.print()
        rows = [to_row(user, _COLUMNS) for user in visit.users[:show]]
        console.print(RowTable(console.width, _COLUMNS).rows(rows))
    if (hidden := len(visit.users) - show) > 0:
        console.print(f"... and {hidden:,} more")
    token = f", and {visit.token_requests} for an access token" if visit.token_requests else ""
    console.print(f"\nListed with {count_noun(visit.requests, 'request')}{token}, in {visit.seconds:.2f} s.")
    console.print(_resumption(visit))


def _resumption(visit: Visit) -> str:
    if visit.cursor is None:
        return f"All of them fit on one page of {PAGE_SIZE}, so there is no cursor to resume from."
    told = (
        f"A page of {PAGE_SIZE} ended with the cursor {visit.cursor[:8]}...{visit.cursor[-4:]}; "
        "a second client resumed from it"
    )
    if visit.resumed is None:
        return f"{told} and was given nobody."
    first = clean(visit.resumed.name or visit.resumed.username or visit.resumed.id)
    where = f"user {PAGE_SIZE + 1}" if visit.cursor_holds else f"not user {PAGE_SIZE + 1}"
    return f"{told}. The first user after it is {first}, {where} of the list."


def _conclude(console: Console, people: list[Person], visits: list[Visit]) -> bool:
    expected = Counter(person.username for person in people)
    complete = all(Counter(user.username for user in visit.users) == expected for visit in visits)
    if complete:
        console.print("\nBoth listed everybody of the roster, each in its own order and with its own names of roles.")
    else:
        console.print("\nA list differs from the roster: this is a fault, please report it.")
    return complete and all(visit.cursor_holds for visit in visits)


def _heading(console: Console, text: str, *, before: str = "") -> None:
    console.print(Text(before).append(text, style="bold"))


def demo(*, roster: PathOption = None, show: PositiveOption = 5) -> int:
    """List the users of one organization through Flat and through Logto, on this machine alone.

    Needs no account: it starts a sandbox that speaks as Flat and Logto do, fills it with a roster, and stops it at
    the end.

    Args:
        roster: A CSV file of people to fill the sandbox with; without it, the 1,000 that come with orgsdk.
        show: How many users to show of each provider.
    """

    return run_demo(roster, show)
