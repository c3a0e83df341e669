"""`orgsdk demo`: the main job, on a sandbox of its own."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
from rich.text import Text

from orgsdk.cli.demo_term import CODE, begin_term
from orgsdk.cli.errors import ExitCode
from orgsdk.cli.output import clean, counted, make_console
from orgsdk.cli.rows import row_of
from orgsdk.cli.sandbox import load_roster, settings
from orgsdk.cli.table import RowTable
from orgsdk.client import OrgClient

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from orgsdk.domain import User
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Person, Sandbox

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
            f"does, over HTTP, each filled with the same roster of {counted(len(people), 'user')}. "
            "No account and no internet is needed. Both lists come from this code:\n"
        )
        console.print("    [user async for user in organization.users.list()]")
        for provider, variables in settings(sandbox).items():
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
    for provider, variables in settings(sandbox).items():
        term = await begin_term(sandbox, provider, variables, people)
        console.print()
        console.print(Text(term.plan.summary(), overflow="fold"))
        console.print(f"Planned and applied with {counted(term.requests, 'request')}. {term.report.summary()}")
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
    _heading(console, f"{provider.capitalize()}: {counted(len(visit.users), 'user')}", before="\n")
    if visit.users:
        console.print()
        rows = [row_of(user, _COLUMNS) for user in visit.users[:show]]
        console.print(RowTable(console.width, _COLUMNS).rows(rows))
    if (hidden := len(visit.users) - show) > 0:
        console.print(f"... and {hidden:,} more")
    token = f", and {visit.token_requests} for an access token" if visit.token_requests else ""
    console.print(f"\nListed with {counted(visit.requests, 'request')}{token}, in {visit.seconds:.2f} s.")
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
