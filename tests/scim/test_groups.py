"""Groups as roles: several, or one that follows from an order."""

from __future__ import annotations

import pytest

from orgsdk.domain import Role
from orgsdk.scim import MapEntry
from orgsdk.scim.groups import change_of, effective_role, groups_of_roles, held_groups, role_for_name

USER, TEACHER, ADMIN = (Role(id=f"r{number}", name=name) for number, name in enumerate(("user", "teacher", "admin")))
ROLES = [USER, TEACHER, ADMIN]


@pytest.mark.parametrize(
    ("groups", "order", "expected"),
    [
        ([], [], None),
        (["r1"], [], "r1"),
        # Without an order, the last one counts.
        (["r2", "r1"], [], "r1"),
        (["r1", "r0"], ["r2", "r1", "r0"], "r1"),
        (["r0", "r2", "r1"], ["r2", "r1", "r0"], "r2"),
        # Of those that the order lacks, the last one.
        (["r8", "r9"], ["r2"], "r9"),
        (["r2", "r9"], ["r2"], "r2"),
    ],
)
def test_the_one_role_of_a_user_in_several_groups(groups: list[str], order: list[str], expected: str | None) -> None:
    assert effective_role(groups, order) == expected


@pytest.mark.parametrize(
    ("kept", "role", "order", "default", "expected"),
    [
        (["r0", "r1"], "r1", [], None, ("r0", "r1")),
        # Changed at the provider to a role that no identity provider has named.
        (["r0", "r1"], "r2", [], None, ("r2",)),
        ([], "r2", [], None, ("r2",)),
        # The role of a user in no group is no membership, unless it was named.
        ([], "r0", [], "r0", ()),
        (["r1"], "r0", [], "r0", ()),
        (["r0"], "r0", [], "r0", ("r0",)),
        (["r0", "r1"], "r0", [], "r0", ("r0",)),
        # A group that counts more than the role was not joined yet, or has been left. The others are kept.
        (["r0", "r1", "r2"], "r1", ["r2", "r1", "r0"], "r0", ("r0", "r1")),
        (["r2", "r0", "r1"], "r1", ["r2", "r1", "r0"], "r0", ("r0", "r1")),
        (["r2", "r0", "r1"], "r0", [], "r0", ("r2", "r0")),
    ],
)
def test_the_groups_of_a_user_with_one_role(
    kept: list[str], role: str, order: list[str], default: str | None, expected: tuple[str, ...]
) -> None:
    assert held_groups(kept, [role], order, default) == expected


def test_groups_are_roles_by_their_names_or_by_a_table() -> None:
    renamed = MapEntry("acme", "group", "r1", "r1", name="Choir")
    forgotten = MapEntry("acme", "group", "r0", "r0", details={"state": "forgotten"})
    entries = {"r1": renamed, "r0": forgotten}
    assert [(group.id, group.name) for group in groups_of_roles(ROLES, {}, None)] == [
        ("r0", "user"),
        ("r1", "teacher"),
        ("r2", "admin"),
    ]
    assert [(group.id, group.name) for group in groups_of_roles(ROLES, entries, None)] == [
        ("r1", "Choir"),
        ("r2", "admin"),
    ]
    table = {"All teachers": "teacher", "Staff": "r2"}
    assert [(group.id, group.name) for group in groups_of_roles(ROLES, {}, table)] == [
        ("r1", "All teachers"),
        ("r2", "Staff"),
    ]
    assert role_for_name("TEACHER", ROLES, None) == TEACHER
    assert role_for_name("all teachers", ROLES, table) == TEACHER
    assert role_for_name("teacher", ROLES, table) is None


def test_the_change_from_one_set_of_members_to_another() -> None:
    change = change_of(["a", "b"], ["b", "c", "c"])
    assert (change.add, change.remove) == (("c",), ("a",))
