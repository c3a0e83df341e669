"""Summary and table of a plan."""

from __future__ import annotations

from dataclasses import replace

from orgsdk.bulk import GuardResult, Write
from tests.bulk.planning.test_plan_file import PLAN, WRITES


def test_summary_has_target_counts_and_failed_guards() -> None:
    assert PLAN.summary().splitlines() == [
        f"Plan {PLAN.hash[:12]} for organization org1 at logto (https://t.logto.app)",
        "  made 2030-01-02 03:04 UTC from roster.csv, 2 rows",
        "  3 members: 1 in the source, 0 of them unchanged; 1 not in the source stay",
        "  2 rows with a pending invitation",
        "  4 rows without a user, which the policy does not create",
        "  to do: create 1, update 1, remove 1",
        "  protected: 1 (last_admin)",
        "  note: phone: logto does not store it; 1 row has one",
        "  REFUSED by the guard 'removals': 1 would be removed, 0 may be",
    ]


def test_summary_of_an_empty_plan_is_short() -> None:
    empty = replace(
        PLAN, writes=[], guards=(GuardResult("whole", True, "x"),), protected=(), notes=(), invited=0, absent=0
    )
    lines = replace(empty, members=1).summary().splitlines()
    assert lines[2:] == [
        "  1 member: 1 in the source, 0 of them unchanged; 1 not in the source stay",
        "  to do: nothing",
    ]


def test_table_of_an_empty_plan_says_so() -> None:
    assert replace(PLAN, writes=[]).table() == "Nothing to do."


def test_table_has_one_line_for_each_write() -> None:
    assert PLAN.table().splitlines() == [
        "   what    user            how                                                    row",
        "0  create  external_id:S1  username: zoë, email: zoë@example.org, roles: teacher  roster.csv, line 2",
        "1  update  username:ada    name: (empty) → Ada",
        "2  remove  id:u2           end the membership",
    ]


def test_long_table_is_truncated_with_a_count() -> None:
    many = replace(PLAN, writes=[replace(WRITES[2], number=number) for number in range(60)])
    lines = many.table().splitlines()
    assert len(lines) == 52
    assert lines[-1] == "… and 10 more"
    assert len(many.table(limit=None).splitlines()) == 61
    assert many.table(limit=0).splitlines()[-1] == "… and 60 more"


def test_table_describes_role_changes_and_deletions() -> None:
    made = replace(
        PLAN,
        writes=[
            Write(number=0, kind="set_roles", key="k", roles=("a", "b"), roles_before=("c",)),
            Write(number=1, kind="add_roles", key="k", roles=("a",)),
            Write(number=2, kind="remove", key="k", account="delete"),
            Write(number=3, kind="add", key="k"),
        ],
    )
    found = made.table()
    assert "roles: c → a + b" in found
    assert "roles: none → a" in found
    assert "delete the account and its data" in found
    assert "add again" in found


def test_table_contains_no_control_characters() -> None:
    made = replace(PLAN, writes=[replace(WRITES[0], key="username:\x1b[2Ja\nb", fields={"name": "x" * 100})])
    lines = made.table().splitlines()
    assert len(lines) == 2
    assert "\x1b" not in lines[1]
    assert "username:�[2Ja�b" in lines[1]
    assert "…" in lines[1]
