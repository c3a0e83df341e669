"""Making a plan: creations, changes, roles, invitations, removals, and problems."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import ConfigurationError, OrgClient, UnsupportedError
from orgsdk.bulk import Plan, PlanError, Policy, Roster, SourceError, State, UserSpec, Write, apply, plan
from orgsdk.bulk.planning.members import fingerprint
from orgsdk.domain import Capability
from orgsdk.providers.memory import Memory
from orgsdk.resources import Accounts

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect, Connected

pytestmark = pytest.mark.anyio


@pytest.fixture
def memory() -> Memory:
    """Return an organization of three: an admin (user1) and two students."""
    return Memory(users=3)


@pytest.fixture
def org(memory: Memory) -> OrganizationHandle:
    return OrgClient(memory).organization()


def row(number: int, **values: Any) -> UserSpec:
    """Return the row of a seeded user, with changed values."""
    return UserSpec(**{"username": f"user{number}", "origin": f"row {number}", **values})


ALL = [row(1), row(2), row(3)]


def shown(made: Plan) -> list[tuple[object, ...]]:
    """Return the writes in short: kind, key, and fields or roles."""
    return [(write.kind, write.key, dict(write.fields) or write.roles) for write in made.writes]


async def problems(org: OrganizationHandle, rows: list[UserSpec] | Roster, policy: Policy | None = None) -> list[str]:
    with pytest.raises(SourceError) as caught:
        await plan(org, rows, policy)
    return [str(problem) for problem in caught.value.problems]


def without(monkeypatch: pytest.MonkeyPatch, *missing: Capability) -> None:
    monkeypatch.setattr(Memory, "capabilities", frozenset(Capability) - set(missing))


# Members


async def test_matching_roster_needs_no_write_and_one_list(org: OrganizationHandle, memory: Memory) -> None:
    made = await plan(org, ALL)
    assert made.is_empty
    assert (made.members, made.matched, made.unchanged, made.left) == (3, 3, 3, 0)
    assert (made.provider, made.tenant, made.organization) == ("memory", "memory", await memory.own_organization_id())
    assert made.source.rows == 3
    assert memory.calls == ["users.list"]


async def test_changed_fields_are_updated(org: OrganizationHandle) -> None:
    rows = [row(1), row(2, given_name="Ada", family_name="2", email="USER2@Example.com"), row(3, phone="+12 025 5")]
    made = await plan(org, rows)
    user2 = await org.users.find(username="user2")
    assert user2 is not None
    assert list(made.writes) == [
        Write(
            number=0,
            kind="update",
            key="email:user2@example.com",
            user_id=user2.id,
            fields={"given_name": "Ada"},
            before={"given_name": "User"},
            fingerprint=fingerprint(user2),
            origin="row 2",
        ),
        replace(made.writes[1], number=1, fields={"phone": "+12 025 5"}, before={"phone": None}),
    ]
    assert made.unchanged == 1


async def test_empty_fields_of_a_row_change_nothing(org: OrganizationHandle) -> None:
    assert (await plan(org, [row(1, given_name=None, email="", name="  "), *ALL[1:]])).is_empty


async def test_invalid_address_at_the_provider_is_replaced(connect: Connect, sandbox: Sandbox) -> None:
    client = await connect("logto")
    store = sandbox.logto.store
    one = next(iter(store.users))
    store.users.put(replace(one, primary_email="no address"))
    made = await plan(
        client.organization(sandbox.logto.organization_id), [UserSpec(username=one.username, email="ada@example.org")]
    )
    assert dict(made.writes[0].before) == {"email": "no address"}


async def test_only_the_fields_of_the_policy_are_updated(org: OrganizationHandle) -> None:
    rows = [row(1, given_name="Ada", family_name="L", external_id="S1"), *ALL[1:]]
    made = await plan(org, rows, Policy(update=("family_name",)))
    assert shown(made) == [("update", "external_id:S1", {"family_name": "L"})]
    assert (await plan(org, rows, Policy(update=()))).unchanged == 3


async def test_other_spelling_is_not_a_change(org: OrganizationHandle) -> None:
    await org.users.create(username="zoë", email="zoë@münchen.example", phone="4915112345", name="Zoë")
    rows = [
        *ALL,
        UserSpec(username="zoe\u0308", email="zoë@xn--mnchen-3ya.example", phone="+49 151 12345", name=" Zoë"),
    ]
    assert (await plan(org, rows)).is_empty


@pytest.mark.parametrize(
    ("policy", "wanted", "planned"),
    [
        ("set", ("student",), []),
        ("set", ("teacher", "student"), [("set_roles", ("teacher", "student"))]),
        ("set", (), [("set_roles", ())]),
        ("set", None, []),
        ("add", ("teacher", "student", "teacher"), [("add_roles", ("teacher",))]),
        ("add", ("student",), []),
        ("leave", ("teacher",), []),
    ],
)
async def test_roles_are_set_added_or_left_by_the_policy(
    org: OrganizationHandle, policy: Any, wanted: tuple[str, ...] | None, planned: list[Any]
) -> None:
    made = await plan(org, [row(1), row(2, roles=wanted), row(3)], Policy(roles=policy))
    assert [(write.kind, write.roles) for write in made.writes] == planned
    assert all(write.roles_before == ("student",) and write.fingerprint for write in made.writes)


async def test_roles_may_be_named_by_id(org: OrganizationHandle, memory: Memory) -> None:
    teacher = next(role for role in await OrgClient(memory).roles.list().collect() if role.name == "teacher")
    made = await plan(org, [row(1), row(2, roles=(teacher.id,)), row(3)])
    assert [write.roles for write in made.writes] == [("teacher",)]


async def test_writes_are_in_the_order_of_their_kinds(org: OrganizationHandle) -> None:
    rows = [row(1), row(2, given_name="Ada", roles=("teacher",)), UserSpec(username="new", roles=("student",))]
    made = await plan(org, rows, Policy(remove="membership", max_removal_share=1))
    assert [(write.number, write.kind) for write in made.writes] == [
        (0, "create"),
        (1, "update"),
        (2, "set_roles"),
        (3, "remove"),
    ]
    assert dict(made.counts) == {
        "create": 1,
        "add": 0,
        "invite": 0,
        "activate": 0,
        "update": 1,
        "set_roles": 1,
        "add_roles": 0,
        "suspend": 0,
        "remove": 1,
    }


async def test_exchanged_usernames_are_left_out_and_noted(connect: Connect, sandbox: Sandbox) -> None:
    client = await connect("logto")
    org = client.organization(sandbox.logto.organization_id)
    one, other, third = (await org.users.list()).items[:3]
    await org.users.update(one.id, external_id="S1")
    await org.users.update(other.id, external_id="S2")
    rows = [
        UserSpec(external_id="S1", username=other.username, given_name="Ada", origin="row 1"),
        UserSpec(external_id="S2", username=one.username, origin="row 2"),
        UserSpec(username=third.username, given_name="Grace", origin="row 3"),
    ]
    made = await plan(org, rows)
    assert [(write.origin, dict(write.fields)) for write in made.writes] == [
        ("row 1", {"given_name": "Ada"}),
        ("row 3", {"given_name": "Grace"}),
    ]
    assert "  note: these rows exchange values that must be unique, " in made.summary()
    assert "row 1 (username); row 2 (username); change one of them" in made.summary()
    report = await apply(made, org)
    assert (report.updated, report.failed) == (2, 0)
    # As the note advises.
    await org.users.update(one.id, username="for_now")
    report = await apply(await plan(org, rows), org)
    assert (report.updated, report.failed) == (2, 0)
    assert (await plan(org, rows)).is_empty


# Users that are not members


async def test_unknown_user_is_created_with_every_field_of_the_row(org: OrganizationHandle) -> None:
    new = UserSpec(username=" ada ", email="Ada@Example.org", phone="12", name="Zoe\u0308", external_id="S1")
    made = await plan(
        org, [*ALL, new, UserSpec(username="bob", roles=("teacher",))], Policy(default_roles=("student",))
    )
    fields = {"external_id": "S1", "username": "ada", "email": "Ada@Example.org", "phone": "12", "name": "Zoë"}
    assert shown(made) == [("create", "external_id:S1", fields), ("create", "username:bob", {"username": "bob"})]
    assert [write.roles for write in made.writes] == [("student",), ("teacher",)]
    assert [write.user_id for write in made.writes] == [None, None]


async def test_existing_account_is_added_and_then_updated(org: OrganizationHandle, memory: Memory) -> None:
    account = await OrgClient(memory).accounts.create(username="ada", external_id="S1")
    made = await plan(org, [*ALL, UserSpec(external_id="S1", given_name="Ada", roles=("teacher",))])
    assert [(write.kind, write.user_id, write.roles, dict(write.fields)) for write in made.writes] == [
        ("add", account.id, ("teacher",), {}),
        ("update", account.id, (), {"given_name": "Ada"}),
    ]
    assert {write.fingerprint for write in made.writes} == {fingerprint(account)}


@pytest.mark.parametrize(
    ("search", "rows", "calls"),
    [
        ("auto", [UserSpec(username="ada")], ["accounts.list", "accounts.list"]),
        ("list", [UserSpec(username="ada")], ["accounts.list"]),
        ("find", [UserSpec(username="ada", email="a@x.org")], ["accounts.find", "accounts.find"]),
    ],
)
async def test_accounts_are_searched_by_the_policy(
    org: OrganizationHandle, memory: Memory, search: Any, rows: list[UserSpec], calls: list[str]
) -> None:
    await OrgClient(memory).accounts.create(username="ada", email="a@x.org")
    memory.calls.clear()
    made = await plan(org, [*ALL, *rows], Policy(search=search))
    assert made.counts["add"] == 1
    assert memory.calls == ["users.list", *calls]


@pytest.mark.parametrize(
    ("spec", "calls"),
    [
        (UserSpec(username="ada"), {"accounts.list": 1, "accounts.find": 1}),
        # The first page has the total; then the list is read from the start.
        (UserSpec(username="ada", external_id="S1"), {"accounts.list": 1 + 31}),
    ],
)
async def test_cheaper_search_is_chosen_unless_an_external_id_needs_the_list(
    spec: UserSpec, calls: dict[str, int]
) -> None:
    memory = Memory(users=30, max_page_size=1)
    await OrgClient(memory).accounts.create(username="outsider")
    memory.calls.clear()
    org = OrgClient(memory).organization()
    made = await plan(org, [*(row(number) for number in range(1, 31)), spec])
    assert made.counts["create"] == 1
    assert Counter(call for call in memory.calls if call.startswith("accounts")) == calls


@pytest.mark.parametrize("spec", [UserSpec(username="ada"), UserSpec(username="ada", external_id="S1")])
async def test_tenant_without_other_accounts_is_not_read(spec: UserSpec) -> None:
    memory = Memory(users=30, max_page_size=1)
    made = await plan(OrgClient(memory).organization(), [row(1), spec])
    assert made.counts["create"] == 1
    assert memory.calls.count("accounts.list") == 1
    assert "accounts.find" not in memory.calls


@pytest.mark.parametrize(
    ("others", "calls"),
    [
        # One page shows that there is no total. Reading on shows which search is shorter.
        (1, {"accounts.list": 1 + 4}),
        (30, {"accounts.list": 1 + 6, "accounts.find": 5}),
    ],
)
async def test_without_a_total_few_rows_are_searched_for_in_a_long_list(
    monkeypatch: pytest.MonkeyPatch, others: int, calls: dict[str, int]
) -> None:
    memory = Memory(users=3, max_page_size=1)
    client = OrgClient(memory)
    for number in range(others):
        await client.accounts.create(username=f"other{number}")
    listed = Accounts.list

    def list_without_total(self: Accounts, **asked: Any) -> Any:
        found = listed(self, **asked)
        fetch = found._listing.fetch
        object.__setattr__(found._listing, "fetch", _without_total(fetch))
        return found

    monkeypatch.setattr(Accounts, "list", list_without_total)
    memory.calls.clear()
    rows = [UserSpec(username=f"new{number}") for number in range(4)]
    made = await plan(client.organization(), [*rows, UserSpec(username="other0")])
    assert (made.counts["create"], made.counts["add"]) == (4, 1)
    assert Counter(call for call in memory.calls if call.startswith("accounts")) == calls


def _without_total(fetch: Any) -> Any:
    async def fetched(position: str | None, page_size: int) -> Any:
        return replace(await fetch(position, page_size), total=None)

    return fetched


async def test_accounts_are_not_searched_if_none_can_be_added(
    org: OrganizationHandle, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, Capability.USERS_ADD)
    await OrgClient(memory).accounts.create(username="ada")
    memory.calls.clear()
    assert (await plan(org, [*ALL, UserSpec(username="ada")])).counts["create"] == 1
    assert memory.calls == ["users.list"]


async def test_users_without_a_pending_invitation_are_invited(org: OrganizationHandle, memory: Memory) -> None:
    await org.invitations.create("Ada@example.org", roles=["teacher"])
    memory.calls.clear()
    new = [UserSpec(email="ada@Example.ORG", roles=("teacher",)), UserSpec(email="bob@example.org", roles=("student",))]
    made = await plan(org, [*ALL, *new], Policy(create="invite"))
    assert shown(made) == [("invite", "email:bob@example.org", {"email": "bob@example.org"})]
    assert made.writes[0].roles == ("student",)
    assert made.invited == 1
    assert "accounts.list" not in memory.calls
    assert (await plan(org, ALL, Policy(create="invite"))).is_empty
    assert memory.calls.count("invitations.list") == 1


async def test_pending_invitation_with_an_invalid_address_is_ignored(connect: Connect, sandbox: Sandbox) -> None:
    org = (await connect("flat")).organization()
    await org.invitations.create("bob@example.org")
    held = sandbox.flat.invitations
    first = next(iter(held.values()))
    held[first.id] = replace(first, email="bob")
    made = await plan(org, [UserSpec(email="bob@example.org")], Policy(create="invite"))
    assert (made.invited, made.counts["invite"]) == (0, 1)


async def test_policy_may_create_no_user(org: OrganizationHandle) -> None:
    made = await plan(org, [*ALL, UserSpec(username="ada")], Policy(create="no"))
    assert (made.is_empty, made.absent) == (True, 1)


@pytest.mark.parametrize("state", ["suspended", "gone"])
async def test_row_that_is_not_active_is_not_created(org: OrganizationHandle, state: State) -> None:
    made = await plan(org, [*ALL, UserSpec(username="ada", state=state)])
    assert (made.is_empty, made.absent) == (True, 0)


# Removals


async def test_default_policy_removes_no_member(org: OrganizationHandle) -> None:
    made = await plan(org, [row(1), row(2, state="gone", given_name="Other")])
    assert (made.is_empty, made.matched, made.unchanged, made.left) == (True, 1, 1, 2)


@pytest.mark.parametrize("remove", ["no", "membership", "account"])
async def test_suspended_row_neither_changes_nor_removes_its_member(org: OrganizationHandle, remove: Any) -> None:
    policy = Policy(remove=remove, max_removal_share=1)
    made = await plan(org, [row(1), row(2, state="suspended", given_name="Other"), row(3)], policy)
    assert (made.is_empty, made.matched, made.unchanged, made.left) == (True, 3, 3, 0)


async def test_notes_of_the_roster_are_shown_first(org: OrganizationHandle) -> None:
    notes = ("2 copies of rows were passed over",)
    made = await plan(org, Roster(users=ALL, name="mine", fingerprint="f", notes=notes))
    assert made.notes == notes


@pytest.mark.parametrize(("remove", "account"), [("membership", "keep"), ("account", "delete")])
async def test_missing_and_gone_members_are_removed(org: OrganizationHandle, remove: Any, account: str) -> None:
    policy = Policy(
        remove=remove,
        remove_roles=("admin", "student"),
        max_removal_share=1,
        min_matched_share=0,
        match_by=("external_id", "username"),
    )
    made = await plan(org, [row(1), row(2, state="gone")], policy)
    assert [(write.kind, write.key, write.account, write.origin) for write in made.writes] == [
        ("remove", "username:user2", account, "row 2"),
        ("remove", "username:user3", account, None),
    ]
    assert made.writes[0].before == {
        "username": "user2",
        "email": "user2@example.com",
        "name": "User 2",
        "given_name": "User",
        "family_name": "2",
    }
    assert made.writes[0].roles_before == ("student",)
    assert (made.left, made.matched) == (0, 1)
    # Two removals are more than one matched member allows.
    assert [guard.name for guard in made.guards if not guard.passed] == ["removals"]


async def test_member_without_a_key_is_named_by_its_id(org: OrganizationHandle) -> None:
    made = await plan(
        org, [UserSpec(external_id="S1", username="x")], Policy(remove="account", match_by=("external_id",))
    )
    assert {write.key for write in made.writes if write.kind == "remove"} == {
        f"id:{one.user_id}" for one in made.writes[1:]
    }


async def test_own_user_protected_member_and_last_admin_stay(org: OrganizationHandle, memory: Memory) -> None:
    user2 = await org.users.find(username="user2")
    assert user2 is not None
    memory.act_as(user2.id)
    made = await plan(org, [UserSpec(username="new")], Policy(remove="account", protect=("USER3@*",)))
    assert {member.reason: member.user_id == user2.id for member in made.protected} == {
        "last_admin": False,
        "own_user": True,
        "protected": False,
    }
    assert made.counts["remove"] == 0
    assert made.left == 3


async def test_last_admin_is_not_demoted(org: OrganizationHandle) -> None:
    made = await plan(org, [row(1, roles=("student",), given_name="Ada"), row(2, roles=("admin",)), row(3)])
    assert [(write.kind, write.origin) for write in made.writes] == [("update", "row 1"), ("set_roles", "row 2")]
    assert [member.reason for member in made.protected] == ["last_admin"]
    assert made.unchanged == 1


# Problems


@pytest.mark.parametrize(
    ("rows", "patterns"),
    [
        ([UserSpec(name="Ada", origin="row 9")], ["row 9: the row has no key"]),
        (
            [row(2, roles=("teacher", "pilot"))],
            ["row 2: 'pilot' is no role here. Roles here: admin, student, teacher"],
        ),
        (
            [row(2, roles=("ada@example.com",))],
            [r"row 2: '\[address\]' is no role here. Roles here: admin, student, teacher"],
        ),
        (
            [row(2), row(3, username=None, email="user2@example.com")],
            ["row 3: it names member .* as row 2 does"],
        ),
        ([UserSpec(external_id="S1", origin="row 8")], ["row 8: a new user needs a username"]),
        ([UserSpec(username="\ud800", origin="row 8")], ["row 8: .*half of a surrogate pair"]),
    ],
)
async def test_problem_names_its_row(org: OrganizationHandle, rows: list[UserSpec], patterns: list[str]) -> None:
    with pytest.raises(SourceError) as caught:
        await plan(org, rows)
    assert len(caught.value.problems) == len(patterns)
    for problem, pattern in zip(caught.value.problems, patterns, strict=True):
        assert re.search(pattern, str(problem))


async def test_problems_of_all_stages_are_raised_at_once(org: OrganizationHandle) -> None:
    await org.users.create(username="taken", external_id="S1")
    rows = [
        UserSpec(name="without a key", origin="row 1"),
        UserSpec(username="taken", external_id="S2", origin="row 2"),
        UserSpec(username="ada", roles=("x",), origin="row 3"),
        UserSpec(external_id="S9", origin="row 4"),
    ]
    found = await problems(org, Roster(rows, "by hand", ""))
    assert [one.partition(":")[0] for one in found] == ["row 1", "row 2", "row 3", "row 4"]


@pytest.mark.parametrize(
    ("count", "rows"),
    [(1, "row 0: "), (2, "2 rows (rows 0, 1): "), (3, "3 rows (rows 0, 1, 2): "), (9, "9 rows (rows 0, 1, 2, …): ")],
)
async def test_unknown_role_of_many_rows_is_one_line(org: OrganizationHandle, count: int, rows: str) -> None:
    roster = [UserSpec(username=f"n{n}", roles=("pupil",), origin=f"row {n}") for n in range(count)]
    with pytest.raises(SourceError) as caught:
        await plan(org, roster)
    line = f"{rows}'pupil' is no role here. Roles here: admin, student, teacher"
    assert [str(group) for group in caught.value.groups] == [line]
    assert [problem.origin for problem in caught.value.problems] == [f"row {n}" for n in range(count)]
    assert f"  {line}\n" in str(caught.value)


@pytest.mark.parametrize(
    ("role", "message", "argument", "option"),
    [
        ("pupil", "'pupil' is no role here. Roles here:", "roles={'pupil': 'ROLE'}", "--map-role pupil=ROLE maps it"),
        ("Teacher", "Did you mean 'teacher'?", "roles={'Teacher': 'teacher'}", "--map-role Teacher=teacher maps it"),
        ("my teachers", "Did you mean", "roles={'my teachers': 'teacher'}", "--map-role 'my teachers'=teacher maps"),
        ("a@example.com", "'[address]' is no role", 'roles={"NAME": "ROLE"}', "--map-role FROM=TO maps a role"),
    ],
)
async def test_the_error_of_an_unknown_role_names_the_argument_that_maps_it(
    org: OrganizationHandle, role: str, message: str, argument: str, option: str
) -> None:
    with pytest.raises(SourceError) as caught:
        await plan(org, [UserSpec(username="n1", roles=(role,))])
    (group,), (advice,) = caught.value.groups, caught.value.advice
    assert message in group.message
    assert argument in str(caught.value)
    assert advice.command.startswith(option)


@pytest.mark.parametrize(
    ("sources", "option"),
    [
        (("Lehrer",), "in place of Lehrer=Teacher: --map-role Lehrer=teacher maps it, --map-role Lehrer= ignores it"),
        (
            ("Lehrer", "Teacher"),
            (
                "in place of Lehrer=Teacher: --map-role Lehrer=teacher --map-role Teacher=teacher maps it, "
                "--map-role Lehrer= --map-role Teacher= ignores it"
            ),
        ),
        (("a=b",), "--map-role FROM=TO maps a role to one of the provider's, --map-role FROM= ignores it"),
        (("a@example.com",), "--map-role FROM=TO maps a role to one of the provider's, --map-role FROM= ignores it"),
    ],
)
async def test_advice_for_a_mapped_role_names_it_as_the_source_does(
    org: OrganizationHandle, sources: tuple[str, ...], option: str
) -> None:
    rows = [UserSpec(username="n1", roles=("Teacher",))]
    with pytest.raises(SourceError) as caught:
        await plan(org, Roster(rows, "r", "", role_sources={"Teacher": sources}))
    assert [advice.command for advice in caught.value.advice] == [option]


async def test_a_wrong_default_role_has_no_advice_for_the_roster(org: OrganizationHandle) -> None:
    with pytest.raises(SourceError) as caught:
        await plan(org, [UserSpec(username="n1")], Policy(default_roles=("pilot",)))
    assert caught.value.advice == ()


async def test_wrong_default_role_is_one_problem(org: OrganizationHandle) -> None:
    rows = [UserSpec(username=f"n{n}") for n in range(4)]
    messages = await problems(org, rows, Policy(default_roles=("pilot",)))
    assert messages == ["Policy.default_roles: 'pilot' is no role here. Roles here: admin, student, teacher"]


async def test_role_for_machines_is_refused_and_not_a_choice(connect: Connect) -> None:
    org = (await connect("logto")).organization(connect.organization_id("logto"))
    rows = [UserSpec(username=name, roles=(name,), origin=name) for name in ("importer", "nope", "teacher")]
    machine, unknown = await problems(org, rows)
    assert machine == "importer: The role 'importer' is for machines. Choose a role for users."
    assert unknown.startswith("nope: 'nope' is no role here. Roles here: admin,")
    assert "importer" not in unknown


async def test_duplicate_new_row_names_both_rows(org: OrganizationHandle) -> None:
    # A roster built by hand was not checked by a reader.
    rows = [UserSpec(username="ada", origin="row 1"), UserSpec(username="ada", origin="row 2")]
    with pytest.raises(SourceError, match="row 2: the username is the same as in row 1"):
        await plan(org, Roster(rows, "by hand", ""))


async def test_an_invitation_needs_an_address(org: OrganizationHandle) -> None:
    messages = await problems(org, [UserSpec(username="ada", origin="row 1")], Policy(create="invite"))
    assert messages == ["row 1: it has no e-mail address for an invitation"]


async def test_address_of_several_accounts_is_a_problem(connect: Connect, sandbox: Sandbox) -> None:
    client = await connect("logto")
    store = sandbox.logto.store
    one = next(iter(store.users))
    for number, email in enumerate(("Twin@example.org", "twin@Example.org")):
        store.users.put(replace(one, id=f"twin{number:08}", username=f"twin{number}", primary_email=email))
    org = client.organization(sandbox.logto.organization_id)
    wanted = UserSpec(email="TWIN@EXAMPLE.ORG", origin="row 7")
    with pytest.raises(SourceError, match="row 7: several accounts have its email, in different spellings"):
        await plan(org, [wanted], Policy(search="find"))
    with pytest.raises(SourceError, match="row 7: its email belongs to 2 accounts: twin00000000, twin00000001"):
        await plan(org, [wanted], Policy(search="list"))


# Missing capabilities


@pytest.mark.parametrize(
    ("missing", "policy", "rows"),
    [
        (Capability.USERS_CREATE, Policy(), [UserSpec(username="ada")]),
        (Capability.INVITATIONS_CREATE, Policy(create="invite"), [UserSpec(email="ada@example.org")]),
        (Capability.USERS_UPDATE, Policy(), [row(2, given_name="Ada")]),
        (Capability.USERS_SET_ROLES, Policy(), [row(2, roles=("teacher",))]),
        (Capability.USERS_ADD_ROLES, Policy(roles="add"), [row(2, roles=("teacher",))]),
        (Capability.USERS_SEVERAL_ROLES, Policy(roles="add"), [row(2, roles=("teacher",))]),
        (Capability.USERS_REMOVE, Policy(remove="account"), [row(1), row(2)]),
        (Capability.USERS_SUSPEND, Policy(remove="suspend"), ALL),
        (Capability.USERS_SUSPEND, Policy(suspended="suspend"), ALL),
    ],
)
async def test_missing_capability_raises(
    org: OrganizationHandle,
    monkeypatch: pytest.MonkeyPatch,
    missing: Capability,
    policy: Policy,
    rows: list[UserSpec],
) -> None:
    without(monkeypatch, missing)
    with pytest.raises(UnsupportedError) as caught:
        await plan(org, rows, policy)
    assert caught.value.operation == missing.value


async def test_unsupported_fields_are_left_out_and_noted(
    org: OrganizationHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, Capability.USERS_PHONE, Capability.USERS_EXTERNAL_ID)
    rows = [row(1, phone="1"), row(2, phone="2", external_id="S2"), UserSpec(username="ada", phone="3")]
    made = await plan(org, rows)
    assert shown(made) == [("create", "username:ada", {"username": "ada"})]
    assert made.notes == (
        "external_id: memory does not store it; 1 row has one",
        "phone: memory does not store it; 3 rows have one",
    )


async def test_with_exactly_one_role_per_member_two_roles_are_a_problem(
    org: OrganizationHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, Capability.USERS_SEVERAL_ROLES)
    assert (await plan(org, [row(1), row(2, roles=()), row(3)])).is_empty
    messages = await problems(org, [row(2, roles=("teacher", "admin"))])
    assert messages == ["row 2: it names 2 roles (teacher, admin), but a member has exactly one role here"]


async def test_roles_are_not_checked_if_the_provider_cannot_list_them(
    org: OrganizationHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, Capability.ROLES_LIST)
    made = await plan(org, [row(1), row(2, roles=("pilot",)), row(3)])
    assert [write.roles for write in made.writes] == [("pilot",)]


async def test_credentials_without_an_organization_need_its_id(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(self: Memory) -> None:
        return None

    monkeypatch.setattr(Memory, "own_organization_id", none)
    with pytest.raises(ConfigurationError, match="pass its id"):
        await plan(OrgClient(memory).organization(), ALL)


# The previous plan


async def test_previous_plan_must_be_of_this_organization(org: OrganizationHandle) -> None:
    before = await plan(org, ALL)
    with pytest.raises(PlanError, match="another organization"):
        await plan(org, ALL, previous=replace(before, organization="other"))
    assert (await plan(org, ALL, previous=before)).previous == before.source


async def test_refused_plan_is_not_used_for_comparison(org: OrganizationHandle) -> None:
    policy = Policy(remove="membership", max_removal_share=1, min_matched_share=0)
    whole = Roster([*ALL, row(4, username="user4")], "r", "", ("username",))
    first = await plan(org, whole, replace(policy, create="no"))
    half = Roster([row(1), row(2)], "r", "", ("username",))
    second = await plan(org, half, policy, previous=first)
    assert [guard.name for guard in second.guards if not guard.passed] == ["rows"]
    third = await plan(org, half, policy, previous=second)
    assert third.previous == first.source
    assert [guard.name for guard in third.guards if not guard.passed] == ["rows"]


# Both providers


async def test_planning_sends_only_reads(either: Connected, sandbox: Sandbox) -> None:
    users = await either.org.users.list(complete=True).collect()
    role = {"flat": "user", "logto": "student"}[either.name]
    rows = [
        UserSpec(username=user.username, given_name="Other", roles=(role,), origin=f"row {number}")
        for number, user in enumerate(users[:990])
    ]
    rows += [UserSpec(username=f"new_{number}", external_id=f"N{number}") for number in range(20)]
    sandbox.requests.clear()
    made = await plan(either.org, rows, Policy(remove="account", max_removal_share=0.05))
    assert {seen.method for seen in sandbox.requests if seen.path != "/oidc/token"} == {"GET"}
    counts = made.counts
    assert (counts["create"], counts["update"]) == (20, 990)
    assert counts["remove"] == 10
    assert (made.provider, made.organization) == (either.name, either.organization_id)


async def test_number_of_requests_of_a_plan(either: Connected, sandbox: Sandbox) -> None:
    users = await either.org.users.list(complete=True).collect()
    rows = [
        UserSpec(username=user.username, email=user.email, given_name=user.given_name, roles=user.roles)
        for user in users
    ]
    sandbox.requests.clear()
    made = await plan(either.org, rows, Policy(remove="membership"))
    assert made.is_empty
    # Flat: one page of 1,000, for the account was asked for before; Logto: twelve pages that overlap.
    asked = [seen for seen in sandbox.requests if seen.path != "/oidc/token"]
    assert len(asked) == {"flat": 1, "logto": 12}[either.name]


async def test_flat_plan_has_the_organization_and_protects_the_user_of_the_token(
    connect: Connect, sandbox: Sandbox
) -> None:
    client = await connect("flat")
    made = await plan(client.organization(), [UserSpec(username="new_one")], Policy(remove="account", admin_roles=()))
    assert (made.tenant, made.organization) == (sandbox.flat_url, sandbox.flat.organization_id)
    assert [member.reason for member in made.protected] == ["own_user"]
    assert made.protected[0].user_id == await client.provider.own_user_id()


@pytest.mark.parametrize(
    ("provider", "new", "pattern"),
    [
        ("flat", UserSpec(email="ada@example.org", origin="row 5"), "row 5: .*needs a username"),
        ("flat", UserSpec(username="a" * 31, origin="row 5"), "row 5: .*at most 30"),
        ("flat", UserSpec(username="ada", roles=("student",), origin="row 5"), "row 5: 'student' is no role"),
        ("flat", UserSpec(username="ada", roles=("user", "admin"), origin="row 5"), "row 5: it names 2 roles"),
        ("logto", UserSpec(username="ada lovelace", origin="row 5"), "row 5: .*does not accept this username"),
        ("logto", UserSpec(username="ada", phone="call", origin="row 5"), "row 5: The phone number is invalid"),
        ("logto", UserSpec(username="ada", roles=("user",), origin="row 5"), "row 5: 'user' is no role"),
    ],
)
async def test_row_that_the_provider_would_refuse_is_a_problem(
    connect: Connect, sandbox: Sandbox, provider: str, new: UserSpec, pattern: str
) -> None:
    client = await connect(provider)
    with pytest.raises(SourceError, match=pattern):
        await plan(client.organization(connect.organization_id(provider)), [new])
    assert {seen.method for seen in sandbox.requests if seen.path != "/oidc/token"} <= {"GET"}


async def test_invitation_that_the_provider_would_refuse_is_a_problem(connect: Connect) -> None:
    client = await connect("flat")
    new = UserSpec(email="ada@example.org", roles=("user",), origin="row 5")
    with pytest.raises(SourceError, match="row 5: Unknown invitation role 'user'"):
        await plan(client.organization(), [new], Policy(create="invite"))
