"""Members that are never removed."""

from __future__ import annotations

from typing import Any

import pytest

from orgsdk import OrgClient
from orgsdk.bulk import Policy, UserSpec, plan
from orgsdk.bulk.planning.guards import protected_members
from orgsdk.bulk.planning.members import Member


def member(user_id: str, *roles: str, email: str | None = None, external_id: str | None = None) -> Member:
    return Member(id=user_id, external_id=external_id, username=f"name_{user_id}", email=email, roles=roles)


ADMIN, OTHER, PUPIL = member("a", "admin", "teacher"), member("b", "owner"), member("p", email="P@School.org")
MEMBERS = [ADMIN, OTHER, PUPIL]


def protected(
    removing: set[str], demoting: set[str] | None = None, *, own: str | None = None, protect: str = ""
) -> object:
    policy = Policy(remove="membership", protect=(protect,) if protect else ())
    return protected_members(MEMBERS, removing, demoting or set(), policy=policy, own_user_id=own)


def test_without_a_reason_no_member_is_protected() -> None:
    assert protected({"p"}) == {}
    assert protected({"a", "p"}) == {}
    assert protected({"p"}, {"b"}) == {}
    assert protected(set(), own="a", protect="*") == {}


def test_user_of_the_credentials_is_neither_removed_nor_demoted() -> None:
    assert protected({"p"}, own="p") == {"p": "own_user"}
    assert protected(set(), {"a"}, own="a") == {"a": "own_user"}


@pytest.mark.parametrize("pattern", ["p", "P", "*@school.ORG", "NAME_?", "name_[op]", "*"])
def test_protected_patterns_match_every_name_ignoring_case(pattern: str) -> None:
    assert protected({"p"}, protect=pattern) == {"p": "protected"}


@pytest.mark.parametrize("pattern", ["q", "*@school.org.uk", "name", "school.org", "@"])
def test_pattern_must_match_the_whole_name(pattern: str) -> None:
    assert protected({"p"}, protect=pattern) == {}


def test_external_id_can_be_protected() -> None:
    policy = Policy(remove="account", protect=("STAFF-*", "x"))
    members = [member("u1", external_id="staff-7"), member("u2", external_id="S7")]
    assert protected_members(members, {"u1", "u2"}, set(), policy=policy, own_user_id=None) == {"u1": "protected"}


def test_all_admins_stay_if_none_would_remain() -> None:
    assert protected({"a", "b", "p"}) == {"a": "last_admin", "b": "last_admin"}
    assert protected({"a"}, {"b"}) == {"a": "last_admin", "b": "last_admin"}
    assert protected(set(), {"a", "b"}) == {"a": "last_admin", "b": "last_admin"}


def test_one_admin_protected_for_another_reason_is_enough() -> None:
    assert protected({"a", "b"}, own="a") == {"a": "own_user"}
    assert protected({"a", "b"}, protect="a") == {"a": "protected"}


def test_without_admins_there_is_no_last_admin() -> None:
    policy = Policy(remove="membership", admin_roles=("principal",))
    assert protected_members(MEMBERS, {"a", "b", "p"}, set(), policy=policy, own_user_id=None) == {}


def test_repr_of_a_member_shows_only_its_id() -> None:
    assert repr(PUPIL) == "Member('p')"


# Spellings, suspended admins, and roles in another case


@pytest.mark.parametrize(
    ("pattern", "address"),
    [
        ("*@xn--*", "a@bücher.example"),
        ("*@xn--*", "a@xn--bcher-kva.example"),
        ("*@XN--BCHER-KVA.*", "a@bücher.example"),
        ("*@b?cher.example", "a@xn--bcher-kva.example"),
        ("*@xn--ls8h.example", "a@💩.example"),
        ("*@💩.example", "a@xn--ls8h.example"),
        ("*@例え.jp", "a@例え。jp"),
        ("*@例え｡jp", "a@xn--r8jz45g.jp"),
        ("o\u2019neil@*", "o'neil@school.example"),
        ("an\u2011li@*", "an-li@school.example"),
        ("ISIK@*", "\u0131s\u0131k@school.example"),
        ("\u0130pek@*", "ipek@school.example"),
    ],
)
@pytest.mark.anyio
async def test_domains_match_in_each_spelling(pattern: str, address: str) -> None:
    client = OrgClient.memory()
    org = client.organization()
    for name, email in (("other", "other@x.org"), ("ada", address)):
        await org.users.create(username=name, email=email, roles=["student"])
    policy = Policy(remove="account", max_removal_share=1, min_matched_share=0, protect=(pattern,))
    made = await plan(org, [UserSpec(username="other")], policy)
    assert [member.reason for member in made.protected] == ["protected"]
    assert made.is_empty


@pytest.mark.parametrize(
    ("settings", "row"),
    [
        ({"remove": "account", "remove_roles": ("admin", "Admin", "OWNER")}, None),
        ({"remove": "suspend", "remove_roles": ("admin", "Admin", "OWNER")}, None),
        ({"suspended": "suspend"}, {"state": "suspended"}),
        ({}, {"roles": ("student",)}),
    ],
)
@pytest.mark.parametrize("role", ["admin", "Admin", "OWNER"])
@pytest.mark.anyio
async def test_suspended_admin_does_not_count_as_another_admin(
    settings: dict[str, Any], row: dict[str, Any] | None, role: str
) -> None:
    client = OrgClient.memory()
    org = client.organization()
    if role != "admin":
        await client.roles.create(role)
    ids = [(await org.users.create(username=name, roles=[role])).id for name in ("one", "two")]
    await org.users.suspend(ids[1])
    policy = Policy(**{"max_removal_share": 1, "min_matched_share": 0, **settings})
    rows = [UserSpec(username="two")] if row is None else [UserSpec(username="two"), UserSpec(username="one", **row)]
    made = await plan(org, rows, policy)
    assert [(member.user_id, member.reason) for member in made.protected] == [(ids[0], "last_admin")]
    assert ids[0] not in {write.user_id for write in made.writes}
