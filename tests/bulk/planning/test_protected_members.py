"""Members that are never removed."""

from __future__ import annotations

import pytest

from orgsdk.bulk import Policy
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
