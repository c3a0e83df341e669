"""Guards against mass changes, patterns, and bad rows that are left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orgsdk.bulk import GuardError, Policy, Roster, RosterProblem, SourceError, UserSpec, apply, plan
from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.planning.patterns import UserPatterns
from orgsdk.bulk.roster.spec import RejectedRow
from orgsdk.errors import ConfigurationError
from tests.bulk.planning.organizations import LikeFlat, School, row

pytestmark = pytest.mark.anyio


async def of_size(number: int, **fields: Any) -> School:
    school = School.of()
    await school.add("head", roles=["admin"])
    for n in range(number):
        await school.add(f"u{n}", f"u{n}@x.org", family_name="F", external_id=f"S{n}", **fields)
    return school


def everybody(number: int, **fields: Any) -> list[UserSpec]:
    return [row("head"), *(row(f"u{n}", f"u{n}@x.org", external_id=f"S{n}", **fields) for n in range(number))]


# Mass changes


@pytest.mark.parametrize(
    ("fields", "failed"),
    [
        ({"family_name": "a shifted column"}, ["updates"]),
        ({"roles": ("teacher",)}, ["roles"]),
        ({"roles": ()}, ["roles"]),
        ({"roles": ("admin",)}, ["roles", "new_admins"]),
        ({"given_name": "first value"}, []),
        ({"family_name": "F"}, []),
    ],
)
async def test_mass_changes_are_refused_and_confirmed_by_the_hash(fields: dict[str, Any], failed: list[str]) -> None:
    school = await of_size(10)
    made = await school.plan(everybody(10, **fields), Policy())
    assert [guard.name for guard in made.guards if not guard.passed] == failed
    assert all(guard.overridable for guard in made.guards if not guard.passed)
    if failed:
        with pytest.raises(GuardError, match="If the changes are intended"):
            await apply(made, school.org)
    assert not (await apply(made, school.org, confirm=made.hash)).failures


@pytest.mark.parametrize(
    ("policy", "failed"),
    [
        (Policy(), ["new_admins"]),
        (Policy(max_new_admins=4), []),
        (Policy(max_role_share=0), ["roles", "new_admins"]),
        (Policy(max_update_share=0, max_new_admins=9), ["updates"]),
    ],
)
async def test_limits_of_mass_changes(policy: Policy, failed: list[str]) -> None:
    school = await of_size(20)
    promoted = [replace(one, roles=("admin",), family_name="G") for one in everybody(20)[1:5]]
    made = await school.plan([*promoted, *everybody(20)[5:]], policy)
    assert [guard.name for guard in made.guards if not guard.passed] == failed


async def test_new_users_with_an_admin_role_are_new_admins() -> None:
    school = await of_size(1)
    new = [row(f"n{n}", roles=("admin",)) for n in range(4)]
    made = await school.plan([*everybody(1), *new], Policy())
    assert [guard.name for guard in made.guards if not guard.passed] == ["new_admins"]


# Patterns


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("zoë*", {"username": "zoe\u0308_m"}),
        ("zoe\u0308*", {"username": "ZOË_M"}),
        ("*@münchen.example", {"email": "ada@xn--mnchen-3ya.example"}),
        ("*@xn--mnchen-3ya.example", {"email": "ada@München.example"}),
        ("*@XN--MNCHEN-3YA.example", {"email": "ada@mu\u0308nchen.example"}),
        ("*.münchen.example", {"email": "ada@mail.xn--mnchen-3ya.example"}),
        ("ad\u200ba", {"username": "ada"}),
        ("ada", {"username": "\ufeffada\u00ad"}),
        (" ada ", {"username": "ada"}),
        ("staff-*", {"external_id": "STAFF-\uff17"}),
    ],
)
def test_patterns_are_compared_as_keys_are(pattern: str, name: dict[str, Any]) -> None:
    member = Member(id="u1", roles=(), **name)
    assert UserPatterns([pattern]).match(member)
    assert UserPatterns(["other", pattern]).match(member)
    assert not UserPatterns(["other"]).match(member)


@pytest.mark.parametrize("pattern", ["xn--", "*@xn--a-.example", "xn--\u200b*"])
def test_invalid_punycode_is_a_plain_text(pattern: str) -> None:
    assert not UserPatterns([pattern]).match(Member(id="u1", roles=(), email="ada@münchen.example"))


# Bad rows


def bad(number: int) -> list[UserSpec]:
    return [row(f"bad{n}", f"bad{n}@x.org", roles=("pilot",)) for n in range(number)]


@pytest.mark.parametrize(
    ("limit", "number", "passes"),
    [(2, 2, True), (2, 3, False), (0, 1, False), (0.05, 1, True), (0.05, 2, False), (0.5, 9, True), (0.99, 20, True)],
)
async def test_bound_of_bad_rows_is_a_number_or_a_share(limit: float, number: int, *, passes: bool) -> None:
    school = await of_size(8)
    wanted = [*everybody(8), row("new"), *bad(number)]
    policy = Policy(on_error="skip", max_bad_rows=limit)
    if passes:
        made = await school.plan(wanted, policy)
        assert ([write.key for write in made.writes], len(made.rejected)) == (["username:new"], number)
        assert "is no role here" in made.rejected[0].message
        assert f"{number} row{'' if number == 1 else 's'} left out because of problems" in made.summary()
    else:
        with pytest.raises(SourceError, match=f"{number} row.* bad, ") as caught:
            await school.plan(wanted, policy)
        assert len(caught.value.problems) == number
        assert str(caught.value).endswith("pass a larger Policy.max_bad_rows.")


@pytest.mark.parametrize("share", [1.0, 2.0, 99.5])
async def test_bound_of_bad_rows_is_no_fraction_above_1(share: float) -> None:
    with pytest.raises(
        ConfigurationError, match="pass a whole number of rows, such as 1, or a share below 1"
    ) as caught:
        Policy(on_error="skip", max_bad_rows=share)
    assert f"max_bad_rows is {share}:" in str(caught.value)


async def test_default_is_strict_and_reports_the_problems_of_all_stages_at_once() -> None:
    school = await of_size(3)
    wanted = [
        *everybody(3),
        row("pilot", roles=("pilot",)),
        UserSpec(phone="1", origin="no key"),
        UserSpec(external_id="X", origin="no name"),
        row("u0", "u1@x.org", origin="mixed"),
    ]
    with pytest.raises(SourceError) as caught:
        await school.plan(wanted, Policy())
    assert {problem.origin for problem in caught.value.problems} == {"row of pilot", "no key", "no name", "mixed"}


async def test_members_of_bad_rows_are_not_removed() -> None:
    school = await of_size(6)
    policy = Policy(on_error="skip", max_bad_rows=9, remove="account", max_removal_share=1, min_matched_share=0)
    wanted = [
        *everybody(6)[:3],
        row("u2", roles=("pilot",)),
        row(None, "U3@x.org", roles=("pilot",)),
        row("another", "new@x.org", external_id="S4", roles=("pilot",)),
    ]
    made = await school.plan(wanted, policy)
    assert [write.key for write in made.writes] == ["external_id:S5"]
    assert "3 members stay, because rows that were left out name them" in made.notes
    keyless = await school.plan([*wanted, UserSpec(phone="1", origin="row 9")], policy)
    assert keyless.is_empty
    assert any("a row that was left out has no readable key" in note for note in keyless.notes)


async def test_rows_that_a_reader_rejected_count_with_those_of_the_plan() -> None:
    school = await of_size(6)
    found = RejectedRow(RosterProblem("line 9", "the email is invalid"), row("u4"))
    unreadable = RejectedRow(RosterProblem("line 10", "the row is cut"))
    roster = Roster(users=everybody(6)[:4], name="r", fingerprint="", rejected=(found,))
    with pytest.raises(SourceError, match="line 9: the email is invalid"):
        await plan(school.org, roster)
    policy = Policy(on_error="skip", max_bad_rows=2, remove="account", max_removal_share=1, min_matched_share=0)
    made = await plan(school.org, roster, policy)
    assert [write.key for write in made.writes] == ["external_id:S3", "external_id:S5"]
    assert made.rejected == (found.problem,)
    both = replace(roster, rejected=(found, unreadable))
    assert (await plan(school.org, both, policy)).is_empty
    with pytest.raises(SourceError, match="2 rows of 6 are bad, at most 1 may be"):
        await plan(school.org, both, replace(policy, max_bad_rows=1))


# Usernames that the provider cannot store


async def test_username_is_omitted_where_an_address_identifies(monkeypatch: pytest.MonkeyPatch) -> None:
    from orgsdk.errors import InvalidArgumentError
    from orgsdk.providers.memory.users import MemoryUsers

    def refuse(self: MemoryUsers, wanted: Any) -> None:
        if isinstance(wanted.username, str) and " " in wanted.username:
            raise InvalidArgumentError("The username has a space.")

    monkeypatch.setattr(MemoryUsers, "check_create", refuse)
    monkeypatch.setattr(MemoryUsers, "check_update", refuse)
    school = School.of(LikeFlat)
    await school.add("u1", "u1@x.org")
    wanted = [row("u 1", "u1@x.org", given_name="Ada"), row("u 2", "u2@x.org")]
    with pytest.raises(SourceError, match="The username has a space") as caught:
        await school.plan(wanted, Policy())
    (advice,) = caught.value.advice
    assert advice.command.startswith("--username omit leaves out usernames that cannot be stored")
    made = await school.run(wanted, Policy(username="omit"))
    assert [(write.kind, dict(write.fields)) for write in made.writes] == [
        ("create", {"email": "u2@x.org"}),
        ("update", {"given_name": "Ada"}),
    ]
    assert "2 usernames that cannot be stored are left out" in " ".join(made.notes)
    with pytest.raises(SourceError, match="The username has a space") as caught:
        await school.plan([*wanted, row("u 3")], Policy(username="omit"))
    assert caught.value.advice == ()


# Users who were not created from the source


async def test_adopted_users_are_reported() -> None:
    school = School.of()
    await school.add("known", external_id="S1")
    await school.add("found")
    await school.client.accounts.create(username="outside")
    wanted = [
        row("known", external_id="S1", given_name="Ada"),
        row("found", external_id="S2"),
        row("outside", external_id="S3"),
        row("new", external_id="S4"),
    ]
    made = await school.run(wanted)
    assert {(write.kind, write.origin) for write in made.adopted} == {
        ("add", "row of outside"),
        ("update", "row of outside"),
        ("update", "row of found"),
    }


async def test_end_of_many_suspensions_is_refused() -> None:
    school = await of_size(10)
    for user_id in (await school.usernames()).values():
        await school.org.users.suspend(user_id)
    made = await school.plan(everybody(10), Policy(suspended="suspend"))
    (failed,) = [guard for guard in made.guards if not guard.passed]
    assert failed.detail.startswith("11 members would get other roles or be activated, 5 may")
    assert failed.overridable


async def test_activated_admins_count_as_new_admins() -> None:
    school = School.of()
    for number in range(4):
        user = await school.add(f"u{number}", roles=["admin"])
        await school.org.users.suspend(user.id)
    made = await school.plan([row(f"u{number}") for number in range(4)], Policy(suspended="suspend"))
    assert [guard.name for guard in made.guards if not guard.passed] == ["new_admins"]
