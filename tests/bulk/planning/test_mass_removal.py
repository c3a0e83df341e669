"""A damaged source, provider response or plan removes no member: each ends in an error, and the server gets no write.

The rest of the nightly job is as usual: removals are enabled and delete accounts, the previous plan is known, and the
plan is applied at once.
"""

from __future__ import annotations

import codecs
import io
import json
import zipfile
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import APIError, DecodeError, OrgError, PaginationError, TransportError, UnsupportedError
from orgsdk.bulk import (
    FileError,
    GuardError,
    Plan,
    PlanError,
    Policy,
    Roster,
    SourceError,
    UserSpec,
    apply,
    from_users,
    plan,
    read_csv,
)
from orgsdk.domain import User
from orgsdk.pagination import Listing, Paginator, Slice
from orgsdk.providers.memory import Memory
from orgsdk.sandbox import Person, Sandbox
from orgsdk.sandbox.faults import CloseConnection, Respond
from tests.bulk.scenario import STUDENT, client_of
from tests.reliability.servers import Name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from orgsdk import OrgClient
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio

# The guards need no request, so two providers are enough.
NAMES: tuple[Name, ...] = ("flat", "logto")

SIZE = 60
POLICY = Policy(remove="account")
COLUMNS = "external_id,username,email,given_name,family_name,state,roles"


def person(number: int, school: str = "") -> Person:
    role = "admin" if number == 0 else "teacher" if number % 10 == 0 else "student"
    username = f"{school}pupil_{number:02}"
    return Person(f"{school}S{number:03}", username, f"{username}@example.org", f"Zoé{number}", "Müller", role, None)


def line(number: int, name: Name, school: str = "") -> str:
    one = person(number, school)
    role = STUDENT[name] if one.role == "student" else one.role
    cells = (one.external_id, one.username, one.email, one.first_name, one.last_name, "active", role)
    return ",".join(str(cell) for cell in cells)


def text_of(name: Name, size: int = SIZE) -> str:
    """Return the complete, correct roster."""
    return "\n".join([COLUMNS, *(line(number, name) for number in range(size))]) + "\n"


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    sandbox = Sandbox([person(number) for number in range(SIZE)])
    sandbox.start()
    yield sandbox
    sandbox.stop()


@dataclass
class Job:
    """The nightly job at one provider."""

    name: Name
    school: Sandbox
    client: OrgClient[Provider]
    folder: Path

    @property
    def org(self) -> OrganizationHandle:
        return self.client.organization()

    def roster(self, content: bytes) -> Roster:
        path = self.folder / "roster.csv"
        path.write_bytes(content)
        return read_csv(path)

    async def last_night(self) -> Plan:
        return await plan(self.org, self.roster(text_of(self.name).encode()), POLICY)

    async def tonight(self, content: bytes, policy: Policy = POLICY, previous: Plan | None = None) -> None:
        await apply(await plan(self.org, self.roster(content), policy, previous=previous), self.org)

    def assert_nothing_was_written(self) -> None:
        writes = [f"{seen.method} {seen.path}" for seen in self.school.requests if seen.method != "GET"]
        assert [write for write in writes if write != "POST /oidc/token"] == []


# Each provider on one loop: the guards depend on neither.
@pytest.fixture(params=[("flat", "asyncio"), ("logto", "trio")], ids="-".join)
def name_and_loop(request: pytest.FixtureRequest) -> tuple[Name, str]:
    return request.param  # type: ignore[no-any-return]  # the pairs above


@pytest.fixture
def anyio_backend(name_and_loop: tuple[Name, str]) -> str:
    return name_and_loop[1]


@pytest.fixture
async def job(
    name_and_loop: tuple[Name, str], school: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Job]:
    name = name_and_loop[0]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with client_of(school, name) as client:
        school.requests.clear()
        yield Job(name, school, client.with_options(max_attempts=1), tmp_path)
    school.flat_faults.clear()
    school.logto_faults.clear()
    school.logto.applications.clear()


# Damaged files


def lines(change: Callable[[list[str]], list[str]]) -> Callable[[str], bytes]:
    """Return a function that changes the rows, but not the header."""

    def changed(text: str) -> bytes:
        header, *rows = text.splitlines()
        return ("\n".join([header, *change(rows)]) + "\n").encode()

    return changed


def cells(number: int, change: Callable[[str], str]) -> Callable[[str], bytes]:
    """Return a function that changes one cell of every row."""

    def changed(row: str) -> str:
        found = row.split(",")
        found[number] = change(found[number])
        return ",".join(found)

    return lines(lambda rows: [changed(row) for row in rows])


def header(change: Callable[[str], str]) -> Callable[[str], bytes]:
    return lambda text: text.replace(COLUMNS, change(COLUMNS), 1).encode()


def cut(share: float) -> Callable[[str], bytes]:
    return lambda text: text.encode()[: int(len(text.encode()) * share)]


def renamed(text: str) -> bytes:
    return text.replace("pupil_", "learner_").replace("S0", "X0").encode()


def zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("roster.csv", text)
    return packed.getvalue()


FILES: dict[str, Callable[[str], bytes]] = {
    "empty": lambda text: b"",
    "a byte order mark alone": lambda text: codecs.BOM_UTF8,
    "blank": lambda text: b"\n\n  \n",
    "the header alone": lambda text: f"{COLUMNS}\n".encode(),
    "the header alone, not ended": lambda text: COLUMNS.encode(),
    "the header missing": lambda text: text.partition("\n")[2].encode(),
    "the first half": lines(lambda rows: rows[: SIZE // 2]),
    "the second half": lines(lambda rows: rows[SIZE // 2 :]),
    "every other row": lines(lambda rows: rows[::2]),
    "a tenth missing": lines(lambda rows: rows[: SIZE * 9 // 10]),
    "one more missing than may be": lines(lambda rows: rows[:-3]),
    "cut at 5 %": cut(0.05),
    "cut at 25 %": cut(0.25),
    "cut at 50 %": cut(0.5),
    "cut at 75 %": cut(0.75),
    "cut at 99 %": cut(0.99),
    "zeros": lambda text: bytes(len(text)),
    "zeros from the middle on": lambda text: text.encode()[: len(text) // 2] + bytes(len(text) // 2),
    "noise": lambda text: bytes(range(256)) * 10,
    "Latin-1": lambda text: text.encode("latin-1"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "UTF-16, cut": lambda text: text.encode("utf-16")[:1501],
    "another delimiter": lambda text: text.replace(",", "#").encode(),
    "line ends lost": lambda text: text.replace("\n", " ").encode(),
    "a quote that is never closed": lambda text: text.replace("pupil_03", '"pupil_03', 1).encode(),
    "a key column renamed": header(lambda columns: columns.replace("username", "login")),
    "a column twice": header(lambda columns: columns.replace("given_name", "username")),
    "columns changed places": header(lambda columns: columns.replace("username,email", "email,username")),
    "key columns emptied": lambda text: lines(lambda rows: ["," * 6] * len(rows))(text),
    "cells moved by one": lines(lambda rows: [f",{row}" for row in rows]),
    "all renamed": renamed,
    "all of another school": lambda text: text.replace("pupil_", "other_").replace("S0", "T0").encode(),
    "all of another school and domain": lambda text: renamed(text.replace("example.org", "example.net")),
    "all gone": cells(5, lambda value: "gone"),
    "half of them gone": lines(
        lambda rows: [row.replace("active", "gone") if number % 2 else row for number, row in enumerate(rows)]
    ),
    "addresses lost": cells(2, lambda value: "#N/A"),
    "usernames of a spreadsheet": lambda text: cells(1, lambda value: "1.0E+10")(text),
    "roles unknown": cells(6, lambda value: "pilot"),
    "an error page": lambda text: b"<html><body><h1>502 Bad Gateway</h1></body></html>\n",
    "JSON": lambda text: json.dumps([{"username": "ada"}]).encode(),
    "a zip": zipped,
}


# These may be a part of the organization that has a file of its own.
PARTIAL_FILES: dict[str, Callable[[str], bytes]] = {
    "one row": lines(lambda rows: rows[:1]),
    "teachers alone": lines(lambda rows: [row for row in rows if row.endswith("teacher")]),
}


@pytest.mark.parametrize("scenario", FILES)
async def test_damaged_file_stops_the_run_before_any_write(job: Job, scenario: str) -> None:
    content = FILES[scenario](text_of(job.name))
    before = await job.last_night()
    assert before.is_empty
    for previous in (before, None):
        with pytest.raises((SourceError, GuardError)):
            await job.tonight(content, previous=previous)
    job.assert_nothing_was_written()


COPIES: dict[str, Callable[[str], bytes]] = {
    "one row again and again": lines(lambda rows: rows[:1] * SIZE),
    "the whole twice": lambda text: (text + text.partition("\n")[2]).encode(),
}


@pytest.mark.parametrize("scenario", COPIES)
async def test_copies_of_rows_write_nothing(job: Job, scenario: str) -> None:
    content = COPIES[scenario](text_of(job.name))
    for previous in (await job.last_night(), None):
        with suppress(GuardError):
            await job.tonight(content, previous=previous)
    job.assert_nothing_was_written()


async def test_missing_or_unreadable_file_stops_the_run(job: Job) -> None:
    with pytest.raises(FileError):
        read_csv(job.folder / "none.csv")
    with pytest.raises(FileError):
        read_csv(job.folder)
    job.assert_nothing_was_written()


# Comparison with the previous plan


async def test_changed_header_stops_even_few_removals(job: Job) -> None:
    text = text_of(job.name)
    before = await job.last_night()
    fewer = lines(lambda rows: [row.rpartition(",")[0] for row in rows[:-2]])(text.replace(",roles", "", 1))
    with pytest.raises(GuardError, match="header: the columns changed since the earlier plan: 'roles' is missing"):
        await job.tonight(fewer, previous=before)
    job.assert_nothing_was_written()


async def test_roster_that_lost_half_of_its_rows_stops_the_run_even_if_most_members_match(job: Job) -> None:
    # The earlier roster had many more users, and was never applied.
    extra = "".join(line(number, job.name) + "\n" for number in range(SIZE, SIZE * 3))
    before = await plan(job.org, job.roster((text_of(job.name) + extra).encode()), POLICY)
    with pytest.raises(GuardError, match="rows: the source has 58 rows, 180 at the earlier plan"):
        await job.tonight(lines(lambda rows: rows[:-2])(text_of(job.name)), previous=before)
    job.assert_nothing_was_written()


async def test_refused_plan_is_not_used_for_the_next_comparison(job: Job) -> None:
    extra = "".join(line(number, job.name) + "\n" for number in range(SIZE, SIZE * 3))
    before: Plan = await plan(job.org, job.roster((text_of(job.name) + extra).encode()), POLICY)
    short = lines(lambda rows: rows[:-2])(text_of(job.name))
    for _ in range(3):
        made = await plan(job.org, job.roster(short), POLICY, previous=before)
        with pytest.raises(GuardError, match="180 at the earlier plan"):
            await apply(made, job.org)
        before = made
    job.assert_nothing_was_written()


# Wrong settings


@pytest.mark.parametrize(
    "columns",
    [{"username": "email", "email": "username"}, {"username": "given_name"}, {"external_id": "username"}],
    ids=["swapped", "of names", "as an id"],
)
async def test_wrong_column_stops_the_run(job: Job, columns: dict[str, str]) -> None:
    path = job.folder / "roster.csv"
    path.write_text(text_of(job.name), "utf-8")
    policy = replace(POLICY, match_by=("external_id", "username"))
    with pytest.raises((SourceError, GuardError)):
        await apply(await plan(job.org, read_csv(path, columns=columns), policy), job.org)
    job.assert_nothing_was_written()


async def test_key_that_no_member_has_stops_the_run(job: Job) -> None:
    text = cells(0, lambda value: f"new-{value}")(text_of(job.name))
    with pytest.raises((SourceError, GuardError, UnsupportedError)):
        await job.tonight(text, replace(POLICY, match_by=("external_id",)))
    job.assert_nothing_was_written()


async def test_incomplete_roster_removes_no_member_for_being_missing(job: Job) -> None:
    path = job.folder / "delta.csv"
    path.write_bytes(lines(lambda rows: rows[:-2])(text_of(job.name)))
    made = await plan(job.org, read_csv(path, complete=False), POLICY)
    assert (made.is_empty, made.left) == (True, 2)
    assert any("the source lists only some of the users" in note for note in made.notes)
    await apply(made, job.org)
    job.assert_nothing_was_written()


@pytest.mark.parametrize("scenario", ["one row", "teachers alone"])
async def test_file_of_one_role_removes_no_member_with_another(job: Job, scenario: str) -> None:
    before = await job.last_night()
    for previous in (before, None):
        made = await plan(job.org, job.roster(PARTIAL_FILES[scenario](text_of(job.name))), POLICY, previous=previous)
        assert made.is_empty
        assert any("because of roles that the source does not name" in note for note in made.notes)
        await apply(made, job.org)
    job.assert_nothing_was_written()


@pytest.mark.parametrize("confirm", [(0, "x"), (5, "0" * 64), (-1, None)])
async def test_wrong_confirmation_stops_the_run(job: Job, confirm: tuple[int, Any]) -> None:
    made = await plan(job.org, job.roster(lines(lambda rows: rows[:-5])(text_of(job.name))), POLICY)
    assert made.counts["remove"] == 5
    number, digest = confirm
    with pytest.raises(PlanError, match="confirm_removals does not match this plan"):
        await apply(made, job.org, confirm_removals=(number, digest or made.hash))
    job.assert_nothing_was_written()


async def test_confirmation_does_not_override_the_matched_guard(job: Job) -> None:
    made = await plan(job.org, job.roster(lines(lambda rows: rows[: SIZE // 2])(text_of(job.name))), POLICY)
    with pytest.raises(GuardError, match="matched: 30 of 60 members are in the source, more than 50% are needed"):
        await apply(made, job.org, confirm_removals=(made.counts["remove"], made.hash))
    job.assert_nothing_was_written()


# Damaged plans


async def small_plan(job: Job) -> Plan:
    made = await plan(job.org, job.roster(lines(lambda rows: rows[:-2])(text_of(job.name))), POLICY)
    assert (made.counts["remove"], {guard.passed for guard in made.guards}) == (2, {True})
    return made


@pytest.mark.parametrize(
    "changed",
    [
        {"created_at": timedelta(hours=25)},
        {"tenant": "https://elsewhere.example"},
        {"organization": "abcdef"},
        {"provider": "elsewhere"},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_old_plan_or_plan_of_another_target_stops_the_run(job: Job, changed: dict[str, Any]) -> None:
    made = await small_plan(job)
    if "created_at" in changed:
        changed = {"created_at": made.created_at - changed["created_at"]}
    with pytest.raises(PlanError):
        await apply(replace(made, **changed), job.org)
    job.assert_nothing_was_written()


async def test_plan_of_the_other_provider_stops_the_run(job: Job) -> None:
    made = await small_plan(job)
    other = NAMES[1 - NAMES.index(job.name)]
    async with client_of(job.school, other) as client:
        with pytest.raises(PlanError, match=f"for provider '{job.name}', this is '{other}'"):
            await apply(made, client.organization())
    job.assert_nothing_was_written()


async def test_truncated_or_changed_plan_file_stops_the_run(job: Job) -> None:
    made = await small_plan(job)
    path = job.folder / "plan.json"
    made.save(path)
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], content.replace(b'"number":1', b'"number":7'), b""):
        path.write_bytes(damaged)
        with pytest.raises(PlanError):
            await apply(Plan.load(path), job.org)
    job.assert_nothing_was_written()


# Faults of the provider


def fault(job: Job, action: Any, *, nth: int = 1, path: str | None = None) -> None:
    faults = {"flat": job.school.flat_faults, "logto": job.school.logto_faults}[job.name]
    members = {"flat": "/v2/organizations/users", "logto": "/api/organizations/"}[job.name]
    faults.add(action, path=path or members, nth=nth, times=None)


JSON = (("content-type", "application/json"),)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (Respond(500, b'{"message": "x"}', JSON), APIError),
        (Respond(503, b"", ()), APIError),
        (Respond(401, b'{"code": "auth.unauthorized"}', JSON), APIError),
        (Respond(403, b'{"code": "auth.forbidden"}', JSON), APIError),
        (Respond(200, b'[{"id": "cut', JSON), DecodeError),
        (Respond(200, b'{"users": []}', JSON), DecodeError),
        (CloseConnection(), TransportError),
    ],
    ids=["500", "503", "401", "403", "cut", "no list", "closed"],
)
async def test_failed_page_stops_the_run(job: Job, action: Any, kind: type[OrgError]) -> None:
    fault(job, action)
    with pytest.raises(kind):
        await job.tonight(lines(lambda rows: rows[:-2])(text_of(job.name)))
    job.assert_nothing_was_written()


async def test_organization_that_looks_empty_has_no_removals(job: Job) -> None:
    # Every user is planned as new then: guards are only about removals.
    total = (("total-number", "0"),)
    fault(job, Respond(200, b"[]", (*JSON, *total)))
    fault(job, Respond(200, b"[]", (*JSON, *total)), path="/api/users")
    made = await plan(job.org, job.roster(text_of(job.name).encode()), POLICY)
    assert made.counts["remove"] == 0
    job.assert_nothing_was_written()


async def test_incomplete_list_of_members_stops_the_run(job: Job) -> None:
    if job.name == "flat":
        pytest.skip("Flat reports no total that could prove a list complete")
    one = json.dumps([{"id": "abc"}]).encode()
    fault(job, Respond(200, one, (*JSON, ("total-number", "60"))))
    with pytest.raises(PaginationError, match="the next page was read before"):
        await job.tonight(text_of(job.name).encode())
    job.assert_nothing_was_written()


# Sources in memory


def listed(fail_at: int, size: int) -> Paginator[User]:
    """Return another provider's list, of which one page fails."""

    async def fetch(position: str | None, page_size: int) -> Slice[User]:
        start = int(position or 0)
        if start == fail_at:
            raise TransportError("the connection broke", provider="other", operation="list")
        users = [User(id=f"u{n}", username=f"pupil_{n:02}") for n in range(start, min(start + 10, size))]
        return Slice(users, next=str(start + 10) if start + 10 < size else None)

    return Paginator(Listing("other", "users", (), 100, fetch))


@pytest.mark.parametrize("fail_at", [0, 10, 50])
async def test_failed_page_of_another_provider_stops_the_run(job: Job, fail_at: int) -> None:
    with pytest.raises(TransportError):
        await apply(await plan(job.org, await from_users(listed(fail_at, SIZE)), POLICY), job.org)
    with pytest.raises(TransportError):
        await plan(job.org, listed(fail_at, SIZE), POLICY)
    job.assert_nothing_was_written()


@pytest.mark.parametrize("size", [0, 10, 30])
async def test_short_list_of_another_provider_stops_the_run(job: Job, size: int) -> None:
    with pytest.raises(GuardError):
        await apply(await plan(job.org, listed(-1, size), POLICY), job.org)
    job.assert_nothing_was_written()


async def test_failed_iterable_stops_the_run(job: Job) -> None:
    async def people() -> AsyncIterator[UserSpec]:
        for number in range(50):
            yield UserSpec(username=person(number).username)
        raise ConnectionError("the register is down")

    source = people()
    with pytest.raises(ConnectionError):
        await apply(await plan(job.org, source, POLICY), job.org)
    job.assert_nothing_was_written()


@pytest.mark.parametrize("source", [[], (), iter(())], ids=["list", "tuple", "iterator"])
async def test_empty_source_stops_the_run(job: Job, source: Any) -> None:
    with pytest.raises(GuardError, match="whole: the source has 0 rows"):
        await apply(await plan(job.org, source, POLICY), job.org)
    job.assert_nothing_was_written()


@pytest.mark.parametrize("remove", ["no", "account"])
async def test_file_truncated_at_any_byte_stops_the_run_before_any_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remove: Any
) -> None:
    """The rest of a truncated cell is never written, even if the policy removes no member.

    A file that is truncated between two rows looks complete. With fewer than 20 members it removes none, and it changes
    none, because each row matches its member.
    """
    from orgsdk import OrgClient

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    memory = Memory()
    org = OrgClient(memory).organization()
    rows = [f"S{n:02},pupil_{n:02},p{n:02}@example.org,{'admin' if n == 0 else 'student'},Name{n}" for n in range(12)]
    content = "\n".join(["external_id,username,email,roles,family_name", *rows, ""]).encode()
    for one in rows:
        number, username, email, role, name = one.split(",")
        await org.users.create(external_id=number, username=username, email=email, roles=[role], family_name=name)
    assert len(rows) < 20
    path = tmp_path / "roster.csv"
    memory.calls.clear()
    valid, empty = set(range(len(content) + 1)), 0
    for size in range(len(content) + 1):
        path.write_bytes(content[:size])
        try:
            made = await plan(org, read_csv(path), Policy(remove=remove))
        except SourceError:
            valid.discard(size)
            continue
        empty += made.is_empty
        with suppress(GuardError):
            await apply(made, org)
    assert not {call for call in memory.calls if not call.endswith(("list", "find", "list_organizations"))}
    assert valid == {position + 1 for position, letter in enumerate(content) if letter == ord("\n")}
    # With removals enabled, the complete file has nothing to do, and the file with the admin alone names no role of the
    # others. The guards refuse the rest.
    assert empty == (len(valid) if remove == "no" else 2)


def test_there_are_at_least_forty_scenarios() -> None:
    assert len(FILES) >= 40
