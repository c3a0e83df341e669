"""Rows that share a key: copies, memberships, leavers and families."""

from __future__ import annotations

import io
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from orgsdk.bulk import Roster, SourceError, UserSpec, from_users, read_csv
from orgsdk.bulk.roster.iterables import as_roster
from orgsdk.domain import User
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def read(text: str, **settings: object) -> Roster:
    return read_csv(io.BytesIO(text.encode()), **settings)  # type: ignore[arg-type]  # different in each test


def problems_of(text: str, **settings: object) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read(text, **settings)
    return [str(problem).removeprefix("the file, ") for problem in caught.value.problems]


HEADER = "external_id,username,email,given_name,role,enabled\n"


def test_copy_of_a_row_is_passed_over_and_counted() -> None:
    text = (
        "external_id,email,role,class\nS1,a@x,student,MUS7\nS1, A@X ,student,CHOIR\nS2,b@x,student,\nS1,a@x,student,\n"
    )
    roster = read(text, ignore=["class"])
    assert [(user.external_id, user.origin) for user in roster.users] == [
        ("S1", "the file, line 2"),
        ("S2", "the file, line 4"),
    ]
    assert roster.notes == ("copies of an earlier row in all columns that are read: 2 rows were passed over",)


@pytest.mark.parametrize("key", ["external_id", "username", "email"])
def test_copy_is_found_by_any_key(key: str) -> None:
    assert len(read(f"{key},name\na@x,A\na@x,A\n").users) == 1


@pytest.mark.parametrize(
    ("first", "second", "columns"),
    [
        ("S1,ada,a@x,Ada,t,", "S1,ada,a@x,Eve,t,", "given_name differs"),
        ("S1,ada,a@x,Ada,t,", "S1,ada,b@x,Ada,t,", "email differs"),
        ("S1,ada,a@x,Ada,t,", "S1,eve,b@x,Ada,t,", "username and the email differ"),
        ("S1,ada,a@x,Ada,t,", "S1,eve,b@x,Eve,t,", "username, the email and the given_name differ"),
        ("S1,ada,a@x,Ada,t,", "S1,ada,a@x,Ada,t,no", "state differs"),
        ("S1,ada,a@x,Ada,t,", "S1,ada,a@x,Ada,s,", "roles differ"),
        ("S1,ada,a@x,Ada,t,", "S1,ada,a@x,,t,", "given_name differs"),
    ],
)
def test_same_user_with_another_value_is_refused_with_both_rows_and_the_column(
    first: str, second: str, columns: str
) -> None:
    assert problems_of(f"{HEADER}{first}\n{second}\n") == [
        f"line 3: the external_id is the same as in the file, line 2, but the {columns}"
    ]


def test_row_without_an_external_id_is_not_the_user_who_has_one() -> None:
    assert problems_of(f"{HEADER}S1,ada,,Ada,t,\n,ada,,Ada,t,\n") == [
        "line 3: the username is the same as in the file, line 2, but the external_id differs"
    ]


def test_roles_of_memberships_are_joined_in_order() -> None:
    text = f"{HEADER}S1,ada,a@x,Ada,teacher,\nS2,bob,,Bob,student,\nS1,ada,a@x,Ada,admin,\nS1,ada,a@x,Ada,teacher,\n"
    roster = read(text, rows="memberships")
    assert [user.roles for user in roster.users] == [("teacher", "admin"), ("student",)]
    assert roster.notes == (
        "roles of an earlier row of the same user: 1 row was joined with it",
        "copies of an earlier row in all columns that are read: 1 row was passed over",
    )
    with pytest.raises(SourceError) as caught:
        read(text)
    assert 'rows="memberships"' in str(caught.value)
    assert problems_of(text.replace("Ada,admin", "Eve,admin"), rows="memberships") == [
        "line 4: the external_id is the same as in the file, line 2, but the given_name differs"
    ]


# Leavers

LEAVER = "00301,itarrow,ilva@example.org,Isak,student,false"
NEWCOMER = "00417,itarrow,ilva@example.org,Ilva,student,true"


@pytest.mark.parametrize("rows", [(LEAVER, NEWCOMER), (NEWCOMER, LEAVER)])
@pytest.mark.parametrize("state", ["false", "no"])
def test_active_row_has_the_username_and_the_leaver_is_known_by_the_external_id(
    rows: tuple[str, str], state: str
) -> None:
    roster = read(HEADER + "\n".join(rows).replace("false", state) + "\n")
    users = {user.external_id: (user.username, user.email, user.state) for user in roster.users}
    # The plan needs the keys of both: a provider may store no external ids.
    assert users == {
        "00301": ("itarrow", "ilva@example.org", "suspended"),
        "00417": ("itarrow", "ilva@example.org", "active"),
    }
    (note,) = roster.notes
    assert note.endswith("of another row: 1 row was matched by the other keys")


def test_leaver_without_an_external_id_is_refused() -> None:
    text = "username,given_name,state\nitarrow,Isak,gone\nitarrow,Ilva,active\n"
    (message,) = problems_of(text)
    assert message.startswith("line 2: the username is the same as in the file, line 3, and the row is not active")


def test_two_active_users_with_one_username_are_refused() -> None:
    assert problems_of(f"{HEADER}S1,ada,,Ada,t,\nS2,ada,,Eve,t,\n") == [
        "line 3: the username is the same as in the file, line 2"
    ]


def test_two_leavers_keep_no_shared_key() -> None:
    roster = read(f"{HEADER}S1,ada,,Ada,t,no\nS2,ada,,Eve,t,no\n")
    assert [(user.external_id, user.username) for user in roster.users] == [("S1", None), ("S2", None)]


# Families

FAMILY = [
    "00417,ilva,f@example.org,Ilva,student,",
    "00421,runo,f@example.org,Runo,student,",
    "P5,,f@example.org,Edda,parent,",
]


@pytest.mark.parametrize("rows", list(permutations(FAMILY)))
def test_address_of_a_family_is_refused_in_any_order(rows: tuple[str, ...]) -> None:
    text = HEADER + "\n".join(rows) + "\n"
    assert problems_of(text) == [
        "line 3: the email is the same as in the file, line 2",
        "line 4: the email is the same as in the file, line 2",
    ]
    assert {user.email for user in read(text, omit_shared_emails=True).users} == {None}
    users = read(text, omit_shared_emails=["student"]).users
    assert {user.external_id: user.email for user in users} == {"00417": None, "00421": None, "P5": "f@example.org"}
    assert len(problems_of(text, omit_shared_emails=["parent"])) == 1


def test_row_with_nothing_but_the_shared_address_is_refused() -> None:
    text = "username,email,name\nada,f@x,A\n,f@x,B\n,f@x,C\n"
    assert problems_of(text, omit_shared_emails=True) == [
        "line 3: the email is the same as in the file, line 2, but the username and the name differ",
        "line 4: the email is the same as in the file, line 2, but the username and the name differ",
    ]


def test_shared_address_has_advice() -> None:
    with pytest.raises(SourceError, match="omit_shared_emails=True"):
        read("username,email\nada,f@x\nbob,f@x\n")


@pytest.mark.anyio
async def test_users_of_a_provider_may_share_an_address() -> None:
    async def users() -> AsyncIterator[User]:
        for name in ("ada", "bob"):
            yield User(id=name, username=name, email="f@example.org")

    with pytest.raises(SourceError, match="the email is the same as in user ada"):
        await from_users(users())
    roster = await from_users(users(), omit_shared_emails=True)
    assert [user.email for user in roster.users] == [None, None]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rows": "all"}, "rows is of type str: pass 'users' or 'memberships'."),
        ({"on_error": None}, "on_error is None: pass 'raise' or 'skip'."),
        ({"omit_shared_emails": "parent"}, "omit_shared_emails is of type str: pass a list of texts."),
        ({"enabled": ["no"]}, "enabled is"),
        ({"enabled": {"no": "off"}}, "The state of 'no' in enabled is of type str: pass True, False"),
        ({"header_line": 0}, "header_line is 0: pass a whole number, 1 or more."),
    ],
)
def test_invalid_arguments_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read("username\nada\n", **settings)
    assert str(caught.value).startswith(message)


# Rows that are left out


def test_bad_rows_are_left_out_with_the_keys_that_could_be_read() -> None:
    text = f"{HEADER}S1,ada,a@x,Ada,t,\n#N/A,bob,b@x,Bob,t,\nS3,cy,c@@x,Cy,t,\nS4\n,,,Di,t,\nS5,eve,e@x,Eve,t,maybe\n"
    roster = read(text, on_error="skip")
    assert [user.external_id for user in roster.users] == ["S1"]
    found = [
        (row.problem.origin, row.spec and (row.spec.external_id, row.spec.username, row.spec.email))
        for row in roster.rejected
    ]
    assert found == [
        ("the file, line 3", (None, "bob", "b@x")),
        ("the file, line 4", ("S3", "cy", None)),
        ("the file, line 5", None),
        ("the file, line 6", None),
        ("the file, line 7", ("S5", "eve", "e@x")),
    ]
    assert read(text.splitlines()[0] + "\nS1,ada,a@x,Ada,t,\n").rejected == ()


def test_both_rows_of_a_contradiction_are_left_out() -> None:
    text = f"{HEADER}S1,ada,,Ada,t,\nS1,ada,,Eve,t,\nS2,bob,,Bob,t,\nS3,bob,,Cy,t,\nS4,di,,Di,t,\n"
    roster = read(text, on_error="skip")
    assert [user.external_id for user in roster.users] == ["S4"]
    assert sorted(row.problem.origin or "" for row in roster.rejected) == [f"the file, line {n}" for n in range(2, 6)]
    assert all(row.spec for row in roster.rejected)


@pytest.mark.parametrize(
    "text", ["", "Foo,Bar\na,b\n", "username,name\nada,a\nbo", 'username\n"ada\n', "username\na\0\n"]
)
def test_problem_of_the_file_is_raised(text: str) -> None:
    assert problems_of(text, on_error="skip")


KEYS = st.sampled_from(["", "a", "b", "c"])
SPECS = st.builds(
    UserSpec,
    external_id=KEYS,
    username=KEYS,
    email=st.sampled_from(["", "a@x", "b@x"]),
    given_name=st.sampled_from(["", "Ada"]),
    state=st.sampled_from(["active", "suspended", "gone"]),
)


@pytest.mark.anyio
@given(rows=st.lists(SPECS, max_size=6))
async def test_no_two_active_rows_share_a_key_and_order_gives_no_key(rows: list[UserSpec]) -> None:
    try:
        roster = await as_roster(rows)
    except SourceError:
        return
    for kind in ("external_id", "username", "email"):
        values = {
            enabled: [value for user in roster.users if user.enabled is enabled and (value := getattr(user, kind))]
            for enabled in (True, False)
        }
        # A plan gives a key to the active row: the users who left may share it with that one.
        left = [value for value in values[False] if value not in values[True]]
        assert len(values[True]) == len(set(values[True]))
        assert len(left) == len(set(left))
    reverse = await as_roster(rows[::-1])
    assert {(user.external_id, user.username, user.email, user.state) for user in roster.users} == {
        (user.external_id, user.username, user.email, user.state) for user in reverse.users
    }
