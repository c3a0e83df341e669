"""Usernames and addresses of users who left, which new users get, at a provider without external ids such as Flat."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace
from typing import Any

import anyio
import pytest

from orgsdk.bulk import Policy, Roster, SourceError, UserSpec, apply, plan, read_csv
from orgsdk.sandbox import Person
from tests.bulk.planning.organizations import LikeFlat, School, row
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.network import Network
from tests.reliability.servers import SimulatedServers

pytestmark = pytest.mark.anyio


async def with_leaver_at_flat(remove: Any = "account", **fields: Any) -> tuple[School, Policy]:
    school = School.of(LikeFlat)
    await school.add("ada", "ada@x.org", **{"given_name": "Ada", **fields})
    await school.add("other", "other@x.org", given_name="Other")
    return school, Policy(remove=remove, max_removal_share=1, min_matched_share=0)


OTHER = row("other", "other@x.org", given_name="Other")


def leaver_of_flat(**fields: Any) -> UserSpec:
    values: dict[str, Any] = {"username": "ada", "email": "ada@x.org", "given_name": "Ada", **fields}
    return row(state="gone", origin="row of the leaver", **values)


def newcomer_of_flat(**fields: Any) -> UserSpec:
    values: dict[str, Any] = {"username": "eve", "email": "eve@x.org", "given_name": "Eve", **fields}
    return row(roles=("student",), origin="row of the newcomer", **values)


SHARED = [{"username": "ada"}, {"email": "ada@x.org"}, {"email": "ADA@x.org"}, {"username": "ADA"}]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("keys", SHARED)
@pytest.mark.parametrize("ids", [{}, {"external_id": "S1"}])
async def test_names_and_another_key_show_whose_account_is_deleted(
    order: int, keys: dict[str, str], ids: dict[str, str]
) -> None:
    school, policy = await with_leaver_at_flat()
    before = await school.usernames()
    rows = [leaver_of_flat(**ids), newcomer_of_flat(**keys), OTHER][::order]
    made = await school.run(rows, policy)
    assert [(write.kind, write.user_id) for write in made.writes] == [("create", None), ("remove", before["ada"])]
    after = {user.given_name: user.id async for user in school.org.users.list()}
    assert after.keys() == {"Eve", "Other"}
    assert after["Eve"] != before["ada"]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("keys", SHARED)
@pytest.mark.parametrize("remove", ["no", "membership"])
async def test_newcomer_whose_key_the_leaver_keeps_is_named_and_the_others_go_on(
    order: int, keys: dict[str, str], remove: Any
) -> None:
    school, policy = await with_leaver_at_flat(remove)
    rows = [leaver_of_flat(), newcomer_of_flat(**keys), OTHER, row("fresh", roles=("student",))][::order]
    made = await school.plan(rows, policy)
    assert [(write.kind, write.key) for write in made.writes if write.kind != "remove"] == [
        ("create", "username:fresh")
    ]
    assert made.counts["remove"] == (remove == "membership")
    assert f"row of the newcomer ({next(iter(keys))} of row of the leaver)" in " ".join(made.notes)


async def test_member_gets_the_username_of_a_leaver() -> None:
    school, policy = await with_leaver_at_flat()
    eve = await school.add("eve", "eve@x.org", given_name="Eve")
    made = await school.run([leaver_of_flat(), newcomer_of_flat(username="ada"), OTHER], policy)
    assert [write.kind for write in made.writes] == ["update", "remove"]
    assert (await school.usernames())["ada"] == eve.id


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("leaver", "newcomer", "member"),
    [
        ({}, {"username": "ada", "given_name": "Ada"}, {}),  # the same user with a new address
        ({}, {"email": "ada@x.org", "given_name": "Adá"}, {}),
        ({"external_id": "S1"}, {"username": "ada", "external_id": "S9", "given_name": "Ada"}, {}),
        ({"given_name": None}, {"username": "ada"}, {}),
        ({}, {"username": "ada", "given_name": None}, {}),
        ({}, {"username": "ada"}, {"given_name": "Eve"}),  # the account has the newcomer's name
        ({"family_name": "L"}, {"username": "ada", "family_name": "M"}, {"family_name": "M"}),
        ({"email": None}, {"username": "ada"}, {}),  # no other key
        ({"email": "first@x.org"}, {"username": "ada"}, {}),  # the other key is not that of the account
        ({}, {"username": "ada", "email": "ada@x.org"}, {}),  # all keys are shared
        ({"username": "zed"}, {"username": "ada"}, {}),  # each row has another key of the account
    ],
)
async def test_an_account_that_may_be_the_active_users_is_not_removed(
    leaver: Any, newcomer: Any, member: Any, order: int
) -> None:
    school, policy = await with_leaver_at_flat(**member)
    rows = [leaver_of_flat(**leaver), newcomer_of_flat(**newcomer), OTHER][::order]
    with suppress(SourceError):
        made = await school.plan(rows, policy)
        assert made.counts["remove"] == 0
    skipping = await school.plan(rows, replace(policy, on_error="skip", max_bad_rows=2))
    assert skipping.counts["remove"] == 0


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("on_error", ["raise", "skip"])
@pytest.mark.parametrize(
    ("newcomer", "kinds"),
    [("ada,eve@x.org,Eve", ["create", "remove"]), ("eve,ada@x.org,Eve", ["create", "remove"])],
)
async def test_a_file_with_a_leaver_and_a_newcomer_is_read(
    order: int, on_error: Any, newcomer: str, kinds: list[str]
) -> None:
    school, policy = await with_leaver_at_flat()
    lines = ["ada,ada@x.org,Ada,gone", f"{newcomer},active", "other,other@x.org,Other,active"][::order]
    file = io.BytesIO("\n".join(["username,email,given_name,state", *lines, ""]).encode())
    roster = read_csv(file, on_error=on_error)
    assert any(note.endswith("of another row: 1 row was matched by the other keys") for note in roster.notes)
    made = await plan(school.org, roster, replace(policy, on_error=on_error, default_roles=("student",)))
    assert [write.kind for write in made.writes] == kinds


@pytest.mark.parametrize("newcomer", ["ada,eve@x.org,Ada", "ada,eve@x.org,", "ada,,Eve"])
def test_a_file_that_does_not_distinguish_a_leaver_from_a_newcomer_is_refused(newcomer: str) -> None:
    file = io.BytesIO(f"username,email,given_name,state\nada,ada@x.org,Ada,gone\n{newcomer},active\n".encode())
    if newcomer.endswith("Eve"):
        assert len(read_csv(file).users) == 2
        return
    with pytest.raises(SourceError, match="only external ids, or names and another key, could distinguish"):
        read_csv(file)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("keys", [{"username": "ada"}, {"email": "ada@x.org"}])
def test_flat_deletes_the_old_account_and_then_creates_the_new_one(keys: dict[str, str], loop: Loop) -> None:
    async def main() -> dict[str, str]:
        servers = SimulatedServers.of("flat")
        servers.seed(
            [Person(name, name.lower(), f"{name.lower()}@x.org", name, "L", "student", None) for name in _NAMES]
        )
        async with anyio.create_task_group() as tasks:
            async with servers.client(Network(servers, tasks)) as client:
                org = servers.org(client)
                newcomer = replace(newcomer_of_flat(**keys), roles=("user",))
                rows = [leaver_of_flat(), newcomer, replace(OTHER, family_name="L")]
                roster = Roster(users=rows, name="rows", fingerprint="")
                policy = Policy(remove="account", max_removal_share=1, min_matched_share=0)
                report = await apply(await plan(org, roster, policy), org)
                assert (report.failed, report.skipped) == (0, 0)
                assert (await plan(org, roster, policy)).is_empty
            tasks.cancel_scope.cancel()
        return {str(user.firstname): user.username for user in servers.flat.users.values()}

    assert run_virtually(main, loop) == {"Eve": keys.get("username", "eve"), "Other": "other"}


_NAMES = ("ada", "other")
