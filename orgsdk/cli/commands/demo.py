"""`orgsdk demo`: list users and apply a roster at three providers, in a sandbox."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
from rich.text import Text

from orgsdk import bulk
from orgsdk._messages import count_noun
from orgsdk.cli.commands.sandbox import TITLES, load_roster, sandbox_settings
from orgsdk.cli.errors import ExitCode
from orgsdk.cli.options.common import PathOption, PositiveOption
from orgsdk.cli.output.console import clean, make_console
from orgsdk.cli.output.formats import RowTable
from orgsdk.cli.output.rows import to_row
from orgsdk.client import OrgClient
from orgsdk.domain import User

if TYPE_CHECKING:
    from rich.console import Console

    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Person, Sandbox

# The number of users on the page whose cursor a second client resumes from.
PAGE_SIZE = 5
# Without the id: Flat's has 24 characters, which leaves too little of 80 columns for names and addresses.
_COLUMNS = ("username", "name", "email", "roles")
# The field by which the users of a provider without usernames are compared with the roster.
_KEYS = {"workos": "external_id"}

# The code of `match_roster`, as the demo shows it.
CODE = (
    "plan = await bulk.plan(org, roster, policy)",
    "report = await bulk.apply(plan, org)",
)
POLICY = bulk.Policy(remove="membership")
_NEW_USERS, _REMOVED_USERS = 3, 2
# With fewer users, two removals exceed 5 %, and the guard refuses them.
_MIN_USERS_FOR_REMOVALS = 100
# Names of the sandbox roster's roles at a provider that has other names.
_ROLES = {"flat": {"student": "user"}}

_NEXT_STEPS = """\
  Your Flat:   export FLAT_ACCESS_TOKEN=...
  Your Logto:  export LOGTO_ENDPOINT=... LOGTO_APP_ID=... LOGTO_APP_SECRET=...
               export ORGSDK_ORGANIZATION=...
  Your WorkOS: export WORKOS_API_KEY=... ORGSDK_ORGANIZATION=...
  Any SCIM:    export SCIM_BASE_URL=... SCIM_TOKEN=...
  then:        orgsdk users list
               orgsdk plan roster.csv -o plan.json
  Okta, Entra: orgsdk scim serve, which lets them provision your users
  From code:   README.md"""


def demo(*, roster: PathOption = None, show: PositiveOption = 5) -> int:
    """List the users of one organization at Flat, Logto and WorkOS, in a sandbox on this machine.

    It needs no account: it starts a sandbox that implements the APIs of all three, fills it with a roster, and
    stops it at the end.

    Args:
        roster: A CSV file of users to fill the sandbox with. Default: the 1,000 users that orgsdk includes.
        show: Number of users to show per provider.
    """
    return anyio.run(_demo, load_roster(roster), show, make_console())


async def list_users(org: OrganizationHandle) -> list[User]:
    """List every user: the same code for each provider."""
    return [user async for user in org.users.list()]


async def match_roster(
    org: OrganizationHandle, roster: list[bulk.UserSpec], policy: bulk.Policy
) -> tuple[bulk.Plan, bulk.Report]:
    """Make an organization match a roster: the same code for each provider."""
    plan = await bulk.plan(org, roster, policy)
    report = await bulk.apply(plan, org)
    return plan, report


async def _demo(users: list[Person], show: int, console: Console) -> ExitCode:
    from orgsdk.sandbox import Sandbox

    _print_heading(console, "orgsdk demo: one organization, three providers, the same code")
    results: list[ListResult] = []
    async with Sandbox(users) as sandbox:
        console.print(
            "\nA sandbox now runs on this machine: a server with the API of Flat, one with Logto's and one with "
            f"WorkOS's. All are filled with the same roster of {count_noun(len(users), 'user')}. "
            "No account and no internet is needed. The lists come from this code:\n"
        )
        console.print("    [user async for user in org.users.list()]")
        for provider, variables in sandbox_settings(sandbox).items():
            result = await _list(sandbox, provider, variables)
            _print_list(console, provider, result, show)
            results.append(result)
        _print_heading(console, "The lists, compared with the roster", before="\n")
        lists_match = _print_comparison(console, users, results)
        _print_heading(console, "A changed roster: plan and apply at each", before="\n")
        runs_match = await _match(console, sandbox, users)
    console.print("\nWhat to do next:")
    console.print(Text(_NEXT_STEPS, overflow="fold"))
    return ExitCode.OK if lists_match and runs_match else ExitCode.FAILURE


def _print_heading(console: Console, text: str, *, before: str = "") -> None:
    console.print(Text(before).append(text, style="bold"))


# Listing


@dataclass(frozen=True, slots=True)
class ListResult:
    """The users of one provider, and how they were listed."""

    users: list[User]
    requests: int
    token_requests: int
    seconds: float
    cursor: str | None
    resumed: User | None
    key: str = "username"

    @property
    def cursor_is_right(self) -> bool:
        """Whether the cursor resumed at the user after the page."""
        if self.cursor is None:
            return len(self.users) <= PAGE_SIZE
        return self.resumed is not None and self.resumed.id == self.users[PAGE_SIZE].id


async def _list(sandbox: Sandbox, provider: str, variables: dict[str, str]) -> ListResult:
    # The first call loads the HTTP library. The measured time is that of the list only.
    async with OrgClient.from_env(environ=variables) as client:
        await client.organization().users.list(page_size=1)
    sandbox.requests.clear()
    async with OrgClient.from_env(environ=variables) as client:
        started = time.perf_counter()
        users = await list_users(client.organization())
        seconds = time.perf_counter() - started
        paths = [exchange.path for exchange in sandbox.requests]
        cursor = (await client.organization().users.list(page_size=PAGE_SIZE)).next_cursor
    resumed = None
    if cursor is not None:
        # The second client gets nothing but the cursor.
        async with OrgClient.from_env(environ=variables) as second:
            resumed = next(iter(await second.organization().users.list(cursor=cursor)), None)
    tokens = sum(path.endswith("/token") for path in paths)
    return ListResult(users, len(paths) - tokens, tokens, seconds, cursor, resumed, _KEYS.get(provider, "username"))


def _print_list(console: Console, provider: str, result: ListResult, show: int) -> None:
    _print_heading(console, f"{TITLES[provider]}: {count_noun(len(result.users), 'user')}", before="\n")
    if result.users:
        console.print()
        columns = _COLUMNS if result.key in _COLUMNS[:1] else _COLUMNS[1:]
        rows = [to_row(user, columns) for user in result.users[:show]]
        console.print(RowTable(console.width, columns).rows(rows))
    if (hidden := len(result.users) - show) > 0:
        console.print(f"... and {hidden:,} more")
    token = f", and {result.token_requests} for an access token" if result.token_requests else ""
    console.print(f"\nListed with {count_noun(result.requests, 'request')}{token}, in {result.seconds:.2f} s.")
    console.print(_cursor_sentence(result))


def _cursor_sentence(result: ListResult) -> str:
    if result.cursor is None:
        return f"All of them fit on one page of {PAGE_SIZE}, so there is no cursor to resume from."
    resumed = (
        f"A page of {PAGE_SIZE} ended with the cursor {result.cursor[:8]}...{result.cursor[-4:]}; "
        "a second client resumed from it"
    )
    if result.resumed is None:
        return f"{resumed} and received no user."
    first = clean(result.resumed.name or result.resumed.username or result.resumed.id)
    position = f"user {PAGE_SIZE + 1}" if result.cursor_is_right else f"not user {PAGE_SIZE + 1}"
    return f"{resumed}. The first user after it is {first}, {position} of the list."


def _print_comparison(console: Console, users: list[Person], results: list[ListResult]) -> bool:
    complete = all(
        Counter(getattr(user, result.key) for user in result.users)
        == Counter(getattr(user, result.key) for user in users)
        for result in results
    )
    if complete:
        console.print("\nEach listed every user of the roster, in its own order and with its own role names.")
    else:
        console.print("\nA list differs from the roster. This is a bug, please report it.")
    return complete and all(result.cursor_is_right for result in results)


# Plan and apply


@dataclass(frozen=True, slots=True)
class DemoRun:
    """The plan and the run at one provider, and a second plan after the run."""

    plan: bulk.Plan
    report: bulk.Report
    requests: int
    second_plan: bulk.Plan
    expected_writes: int

    @property
    def succeeded(self) -> bool:
        """Whether all planned writes were done and the second plan is empty."""
        done = self.report.planned == self.expected_writes and not (self.report.failed or self.report.skipped)
        return done and self.second_plan.is_empty


async def _match(console: Console, sandbox: Sandbox, users: list[Person]) -> bool:
    console.print("\nA plan shows what would change, a run makes these changes, and a second plan is empty:\n")
    for line in CODE:
        console.print(f"    {line}")
    succeeded = True
    for provider, variables in sandbox_settings(sandbox).items():
        result = await _plan_and_apply(sandbox, provider, variables, users)
        console.print()
        console.print(Text(result.plan.summary(), overflow="fold"))
        requests = count_noun(result.requests, "request")
        console.print(f"Planned and applied with {requests}. {result.report.summary()}")
        if result.succeeded:
            console.print("A second plan is empty.")
        else:
            console.print("Some changes were not made. This is a bug, please report it.")
        succeeded = succeeded and result.succeeded
    return succeeded


async def _plan_and_apply(sandbox: Sandbox, provider: str, variables: dict[str, str], users: list[Person]) -> DemoRun:
    roster = changed_roster(users, _ROLES.get(provider, {}))
    async with OrgClient.from_env(environ=variables) as client:
        org = client.organization()
        sandbox.requests.clear()
        plan, report = await match_roster(org, roster, POLICY)
        requests = sum(not exchange.path.endswith("/token") for exchange in sandbox.requests)
        second_plan = await bulk.plan(org, roster, POLICY)
    removed = _REMOVED_USERS if len(users) >= _MIN_USERS_FOR_REMOVALS else 0
    return DemoRun(plan, report, requests, second_plan, _NEW_USERS + removed + bool(users))


def changed_roster(users: list[Person], roles: dict[str, str]) -> list[bulk.UserSpec]:
    """Return the roster with one changed name, three new users and, if there are many users, two removed users."""
    remaining = users[:-_REMOVED_USERS] if len(users) >= _MIN_USERS_FOR_REMOVALS else users
    existing = [
        bulk.UserSpec(
            external_id=user.external_id or None,
            username=user.username,
            email=user.email,
            given_name=user.first_name,
            family_name=user.last_name if number else "Newname",
            roles=(roles.get(user.role, user.role),),
        )
        for number, user in enumerate(remaining)
    ]
    new = [
        bulk.UserSpec(
            username=f"orgsdk_demo_{number}",
            email=f"orgsdk_demo_{number}@example.org",
            given_name="New",
            family_name=f"User {number}",
            roles=(roles.get("student", "student"),),
        )
        for number in range(1, _NEW_USERS + 1)
    ]
    return [*existing, *new]
