"""Rows that could be taken for another user: exchanged and reused keys, case, zeros, and users who left."""

from __future__ import annotations

from typing import Any

import pytest

from orgsdk import UnsupportedError
from orgsdk.bulk import GuardError, Policy, SourceError, UserSpec, apply
from orgsdk.domain import Capability
from orgsdk.providers import Memory
from tests.bulk.planning.organizations import ANY, LikeFlat, School, any_policy, row

pytestmark = pytest.mark.anyio


def x(number: int) -> str:
    return f"u{number}@x.org"


async def problems(school: School, rows: list[UserSpec], policy: Policy = ANY) -> list[str]:
    with pytest.raises(SourceError) as caught:
        await school.plan(rows, policy)
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture(params=[Memory, LikeFlat])
async def school(request: pytest.FixtureRequest) -> School:
    """Return an organization of u1 to u4, with addresses and without external ids."""
    made = School.of(request.param)
    for number in range(1, 5):
        await made.add(f"u{number}", x(number))
    return made


# Keys of several members


EXCHANGES: dict[str, list[UserSpec]] = {
    "addresses": [row("u1", x(2), roles=("teacher",)), row("u2", x(1), roles=("student",))],
    "addresses in another case": [row("u1", x(2).upper()), row("u2", x(1))],
    "a cycle of three": [row("u1", x(2)), row("u2", x(3)), row("u3", x(1))],
    "two pairs": [row("u1", x(2)), row("u2", x(1)), row("u3", x(4)), row("u4", x(3))],
    "one row of two members": [row("u1", x(2))],
    "one row of two members, both named": [row("u1", x(2)), row("new", x(1)), row("u2", "new@x.org")],
    "a chain": [row("u1", x(2)), row("u2", x(3)), row("u3", "new@x.org")],
    "a chain of usernames": [row("u2", x(1)), row("u3", x(2)), row("new", x(3))],
    "external ids that no member has": [row("u1", x(2), external_id="S1"), row("u2", x(1), external_id="S2")],
}


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("order", [1, -1])
async def test_keys_of_several_members_are_refused_with_the_rows_and_the_remedy(
    school: School, exchange: str, order: int
) -> None:
    rows = EXCHANGES[exchange][::order]
    with pytest.raises(SourceError) as caught:
        await school.plan(rows, ANY)
    mixed = [str(problem) for problem in caught.value.problems if " belongs to member user_" in str(problem)]
    assert mixed
    assert 'Policy(match_by=("username",))' in str(caught.value)
    if "named" in exchange or "pair" in exchange or "addresses" in exchange:
        assert all("row of " in message.partition(": ")[2] for message in mixed)
    # No row of the exchange is carried out when the others are.
    made = await school.plan([*rows, row("fresh", "fresh@x.org")], _skipping())
    named = {one.username for one in rows} | {(one.email or "").lower().removesuffix("@x.org") for one in rows}
    spared = {user_id for username, user_id in (await school.usernames()).items() if username in named}
    assert [write.key for write in made.writes if write.user_id in spared] == []
    assert made.counts["create"] == 1


def _skipping() -> Policy:
    return Policy(on_error="skip", max_bad_rows=9, remove="membership", max_removal_share=1, min_matched_share=0)


async def test_one_key_that_identifies_allows_an_exchange_of_the_other(school: School) -> None:
    rows = [row("u1", "u9@x.org"), row("u2", x(1)), row("u3"), row("u4")]
    policy = Policy(match_by=("username",))
    made = await school.run(rows, policy)
    assert made.counts["update"] == 2


async def test_external_ids_allow_chains_and_leave_out_exchanges() -> None:
    school = School.of()
    for number in range(1, 5):
        await school.add(f"u{number}", x(number), external_id=f"S{number}")
    rows = [
        row("u2", x(2), external_id="S1"),
        row("u3", x(3), external_id="S2"),
        row("u9", x(9), external_id="S3"),
        row("u4", x(4), external_id="S4"),
    ]
    before = await school.usernames()
    made = await school.run(rows)
    after = await school.usernames()
    assert (after["u2"], after["u3"], after["u9"]) == (before["u1"], before["u2"], before["u3"])
    assert made.counts["update"] == 3
    exchanged = [row("u3", external_id="S1"), row("u2", external_id="S2")]
    made = await school.plan(exchanged)
    assert made.is_empty
    assert "these rows exchange values" in " ".join(made.notes)


async def test_external_id_of_one_member_with_the_address_of_another_is_refused() -> None:
    school = School.of()
    one = await school.add("u1", x(1), external_id="S1")
    other = await school.add("u2", x(2))
    wrong = row("u1", x(2), external_id="S1")
    assert await problems(school, [wrong]) == [
        f"row of u1: its external_id belongs to member {one.id}, its email to {other.id}"
    ]
    assert await problems(school, [wrong, row("u2")]) == [
        f"row of u1: its external_id belongs to member {one.id}, its email to {other.id}, named by row of u2"
    ]
    # The other member's row gives the address up.
    made = await school.run([wrong, row("u2", "second@x.org")])
    assert made.counts["update"] == 2


# Usernames in another case


@pytest.mark.parametrize("spelling", ["U2", "u2"])
async def test_same_username_in_another_case_is_the_same_user(spelling: str) -> None:
    school = School.of(LikeFlat)
    for number in range(1, 4):
        await school.add(f"u{number}")
    before = await school.usernames()
    policy = Policy(remove="account", max_removal_share=1, min_matched_share=0)
    made = await school.run([row("u1"), row(spelling, given_name="Ada"), row("U3")], policy)
    assert [(write.kind, dict(write.fields)) for write in made.writes] == [("update", {"given_name": "Ada"})]
    assert await school.usernames() == before


async def test_case_that_a_provider_distinguishes_is_refused_for_a_member_without_a_row() -> None:
    school = School.of()
    first = await school.add("ada")
    await school.add("bob")
    for remove in ("no", "account"):
        policy = Policy(remove=remove, max_removal_share=1, min_matched_share=0)
        (problem,) = await problems(school, [row("ADA"), row("bob")], policy)
        assert problem.startswith(f"row of ADA: its username differs only in case from that of member {first.id}")
    # Both have a row: they are two users.
    made = await school.run([row("ada"), row("ADA"), row("bob")])
    assert made.counts["create"] == 1
    assert set(await school.usernames()) == {"ada", "ADA", "bob"}


async def test_external_ids_distinguish_users_whose_usernames_differ_in_case() -> None:
    school = School.of()
    await school.add("ada", external_id="S1")
    made = await school.run([row("ADA", external_id="S2")], Policy())
    assert made.counts["create"] == 1


@pytest.mark.parametrize("provider", [Memory, LikeFlat])
async def test_two_rows_in_another_case(provider: type[Memory]) -> None:
    school = School.of(provider)
    await school.add("other")
    rows = [row("other"), row("ada"), row("ADA")]
    if provider is Memory:
        assert (await school.plan(rows)).counts["create"] == 2
    else:
        assert await problems(school, rows) == [
            "row of ADA: the username differs only in case from that in row of ada, which may be the same here"
        ]


async def test_both_spellings_at_a_provider_that_has_both() -> None:
    school = School.of(LikeFlat)
    one, other = await school.add("ada"), await school.add("ADA")
    made = await school.plan([row("ada", given_name="A"), row("ADA", given_name="B")])
    assert {write.user_id: write.fields["given_name"] for write in made.writes} == {one.id: "A", other.id: "B"}
    (problem,) = await problems(school, [row("Ada")])
    assert "belongs to 2 members" in problem


# Other forms of the same characters

FORMS = [
    ("username", "ISIK", "\u0131s\u0131k", "the form of characters"),
    ("username", "anna-lena", "anna\u2011lena", "the form of characters"),
    ("username", "o'neil", "O\u2019Neil", "the form of characters"),
    ("username", "ann", "\uff41\uff4e\uff4e", "the form of characters"),
    ("email", "o'neil@x.org", "o\u2019neil@x.org", "the form of characters"),
    ("email", "ann@x.org", "\uff41nn@x.org", "the form of characters"),
    ("email", "\u00c9mil@x.org", "\u00e9mil@x.org", "case"),
    ("external_id", "S1-ab", "S1\u2013AB", "the form of characters"),
    ("external_id", "A7b", "a7B", "case"),
    ("external_id", "417", "\uff14\uff11\uff17", "the form of characters"),
]


@pytest.mark.parametrize(("kind", "stored", "wanted", "difference"), FORMS)
@pytest.mark.parametrize("remove", ["no", "account"])
async def test_key_in_another_form_is_neither_a_new_user_nor_the_end_of_the_old_one(
    kind: str, stored: str, wanted: str, difference: str, remove: str
) -> None:
    school = School.of()
    of_member: dict[str, Any] = {"username": "old", kind: stored}
    member = await school.add(of_member.pop("username"), of_member.pop("email", None), **of_member)
    await school.add("bob")
    of_row: dict[str, Any] = {"username": "new", kind: wanted}
    policy = Policy(remove=remove, max_removal_share=1, min_matched_share=0)  # type: ignore[arg-type]  # a parameter
    (problem,) = await problems(school, [row(**of_row), row("bob")], policy)
    assert f"its {kind} differs only in {difference}" in problem
    assert f"from that of member {member.id}, which no row names: write it in the same way" in problem
    # With a row of the member, they are two users.
    made = await school.plan([row(**of_row), row(**{"username": "old", kind: stored}), row("bob")], policy)
    assert (made.counts["create"], made.counts["remove"]) == (1, 0)


async def test_each_member_with_nearly_the_username_needs_a_row() -> None:
    school = School.of()
    await school.add("ada")
    second = await school.add("Ada")
    (problem,) = await problems(school, [row("ada"), row("ADA")])
    assert f"from that of member {second.id}" in problem


# Zeros at the start


@pytest.mark.parametrize(("stored", "wanted"), [("00417", "417"), ("417", "00417"), ("0417", "000417"), ("0", "00")])
async def test_ids_that_differ_in_zeros_are_refused(stored: str, wanted: str) -> None:
    school = School.of()
    one = await school.add("ada", x(1), external_id=stored)
    numbered = await school.add(stored, x(2), external_id="S2")
    zeros = "but for zeros at the start, which a spreadsheet may have removed"
    for rows in (
        [row("new", external_id=wanted)],
        [row("ada", x(1), external_id=wanted)],
        [row(None, "new@x.org", external_id=wanted, state="gone")],
    ):
        (problem,) = await problems(school, rows)
        assert f"its external_id is that of member {one.id} {zeros}" in problem
    for rows in ([row(wanted, "new@x.org")], [row(wanted, x(2), external_id="S2")]):
        (problem,) = await problems(school, rows)
        assert f"its username is that of member {numbered.id} {zeros}" in problem
    # With a row of the member, they are two users.
    made = await school.plan([row("ada", external_id=stored), row("new", external_id=wanted)])
    assert made.counts["create"] == 1


@pytest.mark.parametrize(("stored", "wanted"), [("S00417", "S417"), ("417", "4170"), ("00417", "0417a")])
async def test_other_ids_are_other_users(stored: str, wanted: str) -> None:
    school = School.of()
    await school.add("ada", external_id=stored)
    assert (await school.plan([row("new", external_id=wanted)])).counts["create"] == 1


# External ids of another system


@pytest.mark.parametrize(("external_ids", "after"), [("replace", "B7"), ("keep", "A1")])
async def test_user_from_a_second_system(external_ids: Any, after: str) -> None:
    school = School.of()
    await school.add("ada", x(1), external_id="A1")
    rows = [row("ada", x(1), external_id="B7", given_name="Ada")]
    (problem,) = await problems(school, rows)
    assert "which has another external_id: the email was reused, or the external_id was changed" in problem
    await school.run(rows, Policy(external_ids=external_ids))
    (user,) = await school.org.users.list().collect()
    assert (user.external_id, user.given_name) == (after, "Ada")


# Usernames and addresses that are given again


async def with_leaver(remove: Any = "account") -> tuple[School, Policy]:
    school = School.of()
    await school.add("jsmith", "j@x.org", external_id="S1")
    for number in range(2, 5):
        await school.add(f"u{number}", x(number), external_id=f"S{number}")
    return school, Policy(remove=remove, max_removal_share=1, min_matched_share=0)


REST = [row(f"u{number}", x(number), external_id=f"S{number}") for number in range(2, 5)]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "keys", [{"username": "jsmith"}, {"email": "j@x.org"}, {"username": "jsmith", "email": "J@X.org"}]
)
async def test_deleted_account_frees_its_keys_for_a_newcomer(order: int, keys: dict[str, str]) -> None:
    school, policy = await with_leaver()
    before = await school.usernames()
    leaver = row("jsmith", "j@x.org", external_id="S1", state="gone")
    newcomer = row(**{"username": "jsmith9", **keys}, external_id="S9")
    rows = [leaver, newcomer, *REST][::order]
    made = await school.run(rows, policy)
    assert [(write.kind, write.account) for write in made.writes] == [("create", None), ("remove", "delete")]
    assert before["jsmith"] not in (await school.usernames()).values()


@pytest.mark.parametrize("remove", ["no", "suspend", "membership"])
@pytest.mark.parametrize("state", ["gone", "suspended"])
async def test_account_that_stays_keeps_its_keys_and_the_others_go_on(remove: Any, state: Any) -> None:
    school, policy = await with_leaver(remove)
    leaver = row("jsmith", "j@x.org", external_id="S1", state=state, origin="row of the leaver")
    newcomer = row("jsmith", "new@x.org", external_id="S9", origin="row of the newcomer")
    made = await school.plan([leaver, newcomer, row("fresh", external_id="S8"), *REST], policy)
    assert [write.key for write in made.writes if write.kind == "create"] == ["external_id:S8"]
    assert "row of the newcomer (username of row of the leaver)" in " ".join(made.notes)


async def test_member_who_may_not_take_a_key_gets_the_other_changes() -> None:
    school, policy = await with_leaver("membership")
    leaver = row("jsmith", external_id="S1", state="gone")
    changed = row("jsmith", x(2), external_id="S2", given_name="Ada", origin="row of S2")
    made = await school.plan([leaver, changed, *REST[1:]], policy)
    assert [(write.kind, dict(write.fields)) for write in made.writes] == [
        ("update", {"given_name": "Ada"}),
        ("remove", {}),
    ]
    assert "row of S2 (username of row of jsmith)" in " ".join(made.notes)


async def test_leaver_and_newcomer_without_external_ids_are_refused() -> None:
    for provider, ids in ((Memory, (None, None)), (LikeFlat, ("S1", "S9"))):
        school = School.of(provider)
        await school.add("jsmith", "j@x.org")
        await school.add("other", "o@x.org")
        leaver = row("jsmith", "j@x.org", external_id=ids[0], state="gone", origin="row 1")
        newcomer = row("jsmith", "new@x.org", external_id=ids[1], origin="row 2")
        with pytest.raises(SourceError, match=r"row [12]: .*row [12]"):
            await school.plan([leaver, newcomer, row("other")], Policy(remove="account", max_removal_share=1))


@pytest.mark.parametrize(
    ("fields", "renamed"),
    [
        ({"given_name": "James"}, True),
        ({"given_name": "James", "family_name": "Jones"}, True),
        ({"given_name": "johnny"}, False),
        ({"given_name": "JOHN-PAUL"}, False),
        ({"given_name": "Jóhn"}, False),
        ({"family_name": "Jones"}, False),
    ],
)
async def test_other_given_name_without_an_external_id_is_noted_and_guarded(
    fields: dict[str, str], *, renamed: bool
) -> None:
    school = School.of(LikeFlat)
    for number in range(12):
        await school.add(f"john{number}", f"john{number}@x.org", given_name="John", family_name="Smith")
    rows = [row(f"john{number}", f"john{number}@x.org", **fields) for number in range(6)]
    made = await school.plan([*rows, *(row(f"john{number}") for number in range(6, 12))], Policy())
    guards = {guard.name: guard for guard in made.guards}
    assert guards["renamed"].passed is not renamed
    assert any("row of john0; row of john1" in note for note in made.notes) is renamed
    if renamed:
        with pytest.raises(GuardError, match="renamed: 6 users would get another given name, 5 may"):
            await apply(made, school.org)
    assert (await apply(made, school.org, confirm=made.hash)).updated == 6


async def test_other_given_name_with_an_external_id_is_no_other_user() -> None:
    school = School.of()
    for number in range(9):
        await school.add(f"john{number}", given_name="John", external_id=f"S{number}")
    rows = [row(f"john{number}", external_id=f"S{number}", given_name="James") for number in range(9)]
    made = await school.plan(rows, Policy())
    assert [guard.name for guard in made.guards if not guard.passed] == ["updates"]


async def test_a_row_of_which_nothing_can_be_stored_creates_no_account() -> None:
    school = School.of(LikeFlat)
    for only in (UserSpec(external_id="Summe"), UserSpec(external_id="1", roles=("student",))):
        with pytest.raises(SourceError, match="a new user needs a username, an e-mail address or a phone number"):
            await school.plan([only])


# Keys that do not match users


async def test_policy_without_a_stored_key_is_refused() -> None:
    school = School.of(LikeFlat)
    await school.add("ada")
    with pytest.raises(UnsupportedError) as caught:
        await school.plan([row("ada", external_id="S1")], Policy(match_by=("external_id",), remove="account"))
    assert caught.value.operation == Capability.USERS_EXTERNAL_ID.value
    made = await school.plan([row("ada", external_id="S1")], Policy(match_by=("external_id", "username")))
    assert made.is_empty


async def test_usernames_in_another_case_are_compared_if_only_addresses_match() -> None:
    rows = [row("ada", x(1)), row("ADA", x(2))]
    (problem,) = await problems(School.of(LikeFlat), rows, Policy(match_by=("email",)))
    assert "the username differs only in case" in problem


async def test_row_without_a_value_that_the_provider_stores_is_refused() -> None:
    (problem,) = await problems(School.of(LikeFlat), [row(external_id="S1")])
    assert "has no" in problem or "needs a username" in problem


# Another external id


ADA = {"username": "a.smith", "email": "a.smith@x.org", "given_name": "Ada", "family_name": "Smith"}


@pytest.mark.parametrize("external_ids", ["replace", "keep"])
@pytest.mark.parametrize(
    "fields",
    [
        {"username": "a.smith"},
        {"email": "a.smith@x.org"},
        {**ADA, "given_name": "Alan"},
        {"username": "a.smith", "given_name": "Alan", "family_name": "Smith"},
        {"username": "a.smith", "given_name": "Ada", "family_name": "Jones"},
        {"email": "a.smith@x.org", "username": "other", "family_name": "Smith"},
        {"username": "a.smith", "email": "new@x.org", "name": "Alan Smith"},
    ],
)
async def test_newcomer_with_a_reused_key_does_not_take_over_an_account(
    fields: dict[str, Any], external_ids: Any
) -> None:
    school = School.of()
    old = await school.add(**ADA, external_id="S1", name="Ada Smith")
    values: dict[str, Any] = {**fields, "external_id": "S9"}
    (problem,) = await problems(school, [UserSpec(**values)], Policy(external_ids=external_ids))
    assert f"belongs to member {old.id}, which has another external_id" in problem
    assert "Nothing else shows the same user" in problem
    left = row(**values, state="gone")
    made = await school.plan([left], any_policy(external_ids=external_ids, remove="account", remove_roles=("admin",)))
    assert made.is_empty


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "a.smith", "email": "A.Smith@x.org"},
        {"username": "a.smith", "email": "new@x.org", "given_name": "Ada"},
        {"email": "a.smith@x.org", "given_name": "Adá", "family_name": "Smith-Jones"},
        {"email": "a.smith@x.org", "name": "Ada Smith"},
        {**ADA, "family_name": "Jones"},
    ],
)
async def test_user_of_another_system_gets_its_external_id_if_something_else_agrees(fields: dict[str, Any]) -> None:
    school = School.of()
    old = await school.add(**ADA, external_id="S1", name="Ada Smith")
    values: dict[str, Any] = {**fields, "external_id": "S9"}
    made = await school.run([UserSpec(**values)], any_policy(external_ids="replace"))
    assert [(write.kind, write.user_id, write.fields["external_id"]) for write in made.writes] == [
        ("update", old.id, "S9")
    ]


@pytest.mark.parametrize(("provider", "stores_ids"), [(Memory, True), (LikeFlat, False)])
@pytest.mark.parametrize("state", ["gone", "suspended"])
async def test_remedy_for_a_leaver_with_the_keys_of_a_new_user_is_one_that_the_provider_allows(
    provider: type[Memory], state: Any, *, stores_ids: bool
) -> None:
    school = School.of(provider)
    await school.add("ada", x(1))
    ids: list[dict[str, Any]] = [{}, {}] if stores_ids else [{"external_id": "S1"}, {"external_id": "S2"}]
    rows = [row("ada", x(1), state=state, **ids[0]), row("ada", x(1), **ids[1])]
    (problem,) = await problems(school, rows)
    expected = "give both rows external ids" if stores_ids else "leave the new user's row out until the old account is"
    assert expected in problem
