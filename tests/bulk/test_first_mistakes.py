"""First mistakes of a job that matches rosters: each error is one line with what to write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient, OrgError, blocking, bulk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio

untyped: Any = bulk  # for mistakes that a type checker finds
ADA = bulk.UserSpec(username="ada")
ROW: Any = {"username": "ada", "email": "ada@example.com"}
TEXT = "username,email\nada,ada@example.com\n"


async def _plan(org: Any) -> Any:
    return await bulk.plan(org, [ADA])


async def _iterate(found: Any) -> None:
    for _ in found:
        pass


async def _async_iterate(found: Any) -> None:
    async for _ in found:
        pass


async def _read(function: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    function(*args, **kwargs)


async def _plan_of_a_blocking_client() -> None:
    with blocking.OrgClient.memory() as client:
        org: Any = client.organization()
        await bulk.plan(org, [ADA])


async def _iterate_report(org: Any) -> None:
    await _iterate(await bulk.apply(await _plan(org), org))


async def _errors_of_report(org: Any) -> None:
    report: Any = await bulk.apply(await _plan(org), org)
    _ = report.errors


@pytest.mark.parametrize(
    ("do", "message"),
    [
        # The source.
        (lambda org: _read(untyped.read_csv, TEXT), "file is the text of a file: pass its path."),
        (lambda org: _read(untyped.read_jsonl, '{"username": "ada"}\n'), "file is the text of a file: pass its path."),
        (lambda org: untyped.plan(org, "roster.csv"), "of type str: pass a roster, such as bulk.read_csv(path)."),
        (lambda org: untyped.plan(org, Path("roster.csv")), "pass a roster, such as bulk.read_csv(path)."),
        (lambda org: untyped.plan(org, [ROW]), "of type dict: pass a UserSpec for each user, such as bulk.UserSpec("),
        (lambda org: untyped.plan(org, ROW), "of type dict: pass a UserSpec for each user"),
        (lambda org: untyped.plan(org, ADA), "of type UserSpec: pass a list of them."),
        (lambda org: untyped.plan(org, ["ada"]), "of type str: pass a roster"),
        (
            lambda org: _read(untyped.read_csv, "roster.csv", columns={"Login": "username"}),
            "columns names the field second: pass {'username': 'Login'}.",
        ),
        (lambda org: _read(untyped.read_csv, "roster.csv", sep=";"), "has no parameter 'sep': use delimiter=."),
        # The policy.
        (
            lambda org: _read(untyped.Policy, remove=True),
            "Policy.remove is True. Allowed: no, suspend, ",
        ),
        (lambda org: _read(untyped.Policy, remove="delete"), "Policy.remove is 'delete'. Allowed: no, suspend"),
        (lambda org: _read(untyped.Policy, create=True), "Policy.create is True. Allowed: account, invite, no."),
        (lambda org: _read(untyped.Policy, match_by="email"), "is a string: pass a tuple, such as ('email',)."),
        (lambda org: untyped.plan(org, [ADA], remove="account"), "use policy=bulk.Policy(remove=…)."),
        (lambda org: untyped.plan(org, [ADA], policy={"remove": "account"}), "pass a bulk.Policy, or leave it out."),
        # The organization.
        (lambda org: _plan_of_a_blocking_client(), "pass client.organization('id') of an async client"),
        (lambda org: untyped.plan([ADA], org), "organization is of type list: pass client.organization('id')"),
        # The plan.
        (lambda org: untyped.apply(untyped.plan(org, [ADA]), org), "plan was not awaited: write `await`"),
        (lambda org: untyped.apply("roster.csv", org), "pass the result of bulk.plan or Plan.load."),
        (lambda org: untyped.apply(_plan(org), org), "plan was not awaited: write `await`"),
        (lambda org: _read(untyped.Plan.load, Path(__file__)), "This is not a plan"),
        (_iterate_report, "A Report is no list: iterate its `outcomes` with `for`."),
    ],
)
async def test_the_error_says_what_to_write(do: Callable[[Any], Awaitable[object]], message: str) -> None:
    async with OrgClient.memory() as client:
        with pytest.raises((OrgError, TypeError)) as caught:
            await do(client.organization())
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "ada@example.com" not in str(caught.value)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda plan: _iterate(plan), "A Plan is no list: iterate its `writes` with `for`."),
        (lambda plan: _async_iterate(plan), "A Plan is complete: iterate its `writes` with `for`."),
        (
            lambda plan: untyped.apply(plan, OrgClient.memory().organization(), dry_run=True),
            "bulk.plan shows the changes",
        ),
        (lambda plan: _read(plan.apply), "use await bulk.apply(plan, organization)"),
        (lambda plan: _read(lambda: plan.changes), "use writes"),
        (lambda plan: _read(lambda: plan.organization_id), "organization"),
    ],
)
async def test_a_plan_is_used_wrongly(do: Callable[[Any], Awaitable[object]], message: str) -> None:
    async with OrgClient.memory() as client:
        plan = await _plan(client.organization())
    with pytest.raises(OrgError) as caught:
        await do(plan)
    assert message in str(caught.value)


async def _enter(run: Any) -> None:
    with run:
        pass


async def _read_name(run: Any, name: str) -> None:
    getattr(run, name)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (_enter, "A Run is async: use `async with`."),
        (_iterate, "A Run is async: use `async for`."),
        (lambda run: _read_name(run, "failures"), "Run has no 'failures': use (await run).failures, or run.report"),
        (lambda run: _read_name(run, "summary"), "Run has no 'summary': use (await run).summary, or run.report"),
    ],
)
async def test_a_run_is_used_as_if_it_were_not_async(do: Callable[[Any], Awaitable[object]], message: str) -> None:
    async with OrgClient.memory() as client:
        org = client.organization()
        run = bulk.apply(await _plan(org), org)
        with pytest.raises(OrgError) as caught:
            await do(run)
        assert message in str(caught.value)
        assert (await run).counts["created"] == 1  # nothing was done before


async def test_the_errors_of_a_report_are_its_failures() -> None:
    async with OrgClient.memory() as client:
        with pytest.raises(AttributeError, match="Report has no 'errors': use failures"):
            await _errors_of_report(client.organization())


async def test_a_roster_is_iterated_and_planned_wrongly() -> None:
    roster: Any = bulk.Roster(users=(ADA,), name="roster", fingerprint="0")
    with pytest.raises(TypeError, match="A Roster is no list: iterate its `users` with `for`"):
        await _iterate(roster)
    with pytest.raises(AttributeError, match=r"use await bulk\.plan\(organization, roster\)"):
        _ = roster.plan


def test_a_reader_of_another_library() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'from_csv'\. Did you mean 'read_csv'"):
        _ = untyped.from_csv
