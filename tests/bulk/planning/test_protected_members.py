"""Who is never removed."""

from __future__ import annotations

import pytest

from orgsdk.bulk import Policy
from orgsdk.bulk.planning.guards import protected_members
from orgsdk.bulk.planning.members import Member


def member(user_id: str, *roles: str, email: str | None = None, external_id: str | None = None) -> Member:
    return Member(user_id, external_id, f"name_{user_id}", email, None, None, None, None, roles)


ADMIN, OTHER, PUPIL = member("a", "admin", "teacher"), member("b", "owner"), member("p", email="P@School.org")
EVERYBODY = [ADMIN, OTHER, PUPIL]


def kept(removing: set[str], demoting: set[str] | None = None, *, own: str | None = None, protect: str = "") -> object:
    policy = Policy(remove="membership", protect=(protect,) if protect else ())
    return protected_members(EVERYBODY, removing, demoting or set(), policy=policy, own_user_id=own)


def test_nobody_is_kept_without_a_reason() -> None:
    assert kept({"p"}) == {}
    assert kept({"a", "p"}) == {}
    assert kept({"p"}, {"b"}) == {}
    assert kept(set(), own="a", protect="*") == {}


def test_the_credentials_own_user_is_neither_removed_nor_demoted() -> None:
    assert kept({"p"}, own="p") == {"p": "own_user"}
    assert kept(set(), {"a"}, own="a") == {"a": "own_user"}


@pytest.mark.parametrize("pattern", ["p", "P", "*@school.ORG", "NAME_?", "name_[op]", "*"])
def test_protected_patterns_are_held_against_every_name_without_regard_to_case(pattern: str) -> None:
    assert kept({"p"}, protect=pattern) == {"p": "protected"}


@pytest.mark.parametrize("pattern", ["q", "*@school.org.uk", "name", "school.org", "@"])
def test_a_pattern_is_held_against_the_whole_name(pattern: str) -> None:
    assert kept({"p"}, protect=pattern) == {}


def test_an_external_id_can_be_protected() -> None:
    policy = Policy(remove="account", protect=("STAFF-*", "x"))
    people = [member("u1", external_id="staff-7"), member("u2", external_id="S7")]
    assert protected_members(people, {"u1", "u2"}, set(), policy=policy, own_user_id=None) == {"u1": "protected"}


def test_where_no_admin_would_be_left_all_of_them_stay() -> None:
    assert kept({"a", "b", "p"}) == {"a": "last_admin", "b": "last_admin"}
    assert kept({"a"}, {"b"}) == {"a": "last_admin", "b": "last_admin"}
    assert kept(set(), {"a", "b"}) == {"a": "last_admin", "b": "last_admin"}


def test_an_admin_who_is_kept_for_another_reason_is_enough() -> None:
    assert kept({"a", "b"}, own="a") == {"a": "own_user"}
    assert kept({"a", "b"}, protect="a") == {"a": "protected"}


def test_without_any_admin_nobody_is_the_last() -> None:
    policy = Policy(remove="membership", admin_roles=("principal",))
    assert protected_members(EVERYBODY, {"a", "b", "p"}, set(), policy=policy, own_user_id=None) == {}


def test_a_member_shows_nobodys_address() -> None:
    assert repr(PUPIL) == "Member('p')"
