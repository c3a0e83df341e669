"""Summary and table of a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from orgsdk.bulk import GuardResult, Plan, RosterProblem, Write
from orgsdk.bulk.planning.plan_text import columns, describe_duration
from orgsdk.bulk.planning.writes import Kind
from orgsdk.errors import InvalidArgumentError
from orgsdk.responses import RequestRate
from tests.bulk.planning.test_plan_file import PLAN, WRITES


def test_summary_has_totals_first_and_failed_guards() -> None:
    assert PLAN.summary().splitlines() == [
        f"Plan {PLAN.hash[:12]} for organization org1 at logto (https://t.logto.app)",
        "  made 2030-01-02 03:04 UTC from roster.csv, 2 rows",
        "  to do: 3 changes, about 3 requests",
        "    + create 1 account",
        "    ~ update 1 user",
        "    - end 1 membership",
        "  3 members: 1 with a row (0 unchanged); 1 without a row stay",
        "  2 rows have a pending invitation",
        "  4 rows have no user, and the policy creates none",
        "  protected: 1 member (no other admin would be left)",
        "  note: phone: logto does not store it; 1 row has one",
        "  REFUSED by the guard 'removals': 1 would be removed, 0 may be",
    ]


def test_summary_of_an_empty_plan_is_short() -> None:
    empty = replace(
        PLAN, writes=[], guards=(GuardResult("whole", True, "x"),), protected=(), notes=(), invited=0, absent=0
    )
    assert replace(empty, members=1).summary().splitlines()[2:] == [
        "  to do: nothing",
        "  1 member: 1 with a row (0 unchanged); 1 without a row stay",
    ]


def test_summary_states_that_all_guards_passed() -> None:
    guards = (GuardResult("whole", True, "x"), GuardResult("removals", True, "y"))
    assert replace(PLAN, guards=guards).summary().splitlines()[-1] == "  guards: all 2 passed"


@pytest.mark.parametrize(
    ("requests", "rate", "text"),
    [
        (1, None, "about 1 request"),
        (7_200, RequestRate(7_200, 3600), "about 7,200 requests"),
        (20_000, RequestRate(7_200, 3600), "about 20,000 requests at 7,200 an hour: about 3 hours"),
        (12_000, RequestRate(7_200, 3600), "about 12,000 requests at 7,200 an hour: about 1.5 hours"),
        (500_000, RequestRate(7_200, 3600), "about 500,000 requests at 7,200 an hour: about 3 days"),
        (1_000, RequestRate(200, 10), "about 1,000 requests at 200 in 10 s: about 50 seconds"),
        (20_000, RequestRate(1_000, 60), "about 20,000 requests at 1,000 a minute: about 20 minutes"),
        (9, RequestRate(2.5, 1), "about 9 requests at 2.5 a second: about 4 seconds"),
        (7_201, RequestRate(7_200, 3600), "about 7,201 requests at 7,200 an hour: about 60 minutes"),
    ],
)
def test_duration_is_estimated_from_the_rate_limit(requests: int, rate: RequestRate | None, text: str) -> None:
    assert describe_duration(requests, rate) == text


def test_table_of_an_empty_plan_says_so() -> None:
    assert replace(PLAN, writes=[]).table() == "Nothing to do."


def test_table_groups_the_writes_by_kind() -> None:
    assert PLAN.table().splitlines() == [
        "+ create 1 account",
        "  + external_id:S1  username: zoë, email: zoë@example.org, roles: teacher  (roster.csv, line 2)",
        "~ update 1 user",
        "  ~ username:ada  name: (empty) → Ada",
        "- end 1 membership",
        "  - id:u2  roles: student",
    ]


def test_each_kind_of_a_long_table_is_shown_with_a_count_of_the_others() -> None:
    many = [replace(WRITES[2], number=number) for number in range(1, 61)]
    table = replace(PLAN, writes=[WRITES[0], *many]).table()
    assert table.startswith("+ create 1 account\n  + external_id:S1")
    assert (table.count("\n  - id:u2"), table.splitlines()[-1]) == (50, "  and 10 more")
    assert replace(PLAN, writes=many).table(limit=None).count("\n") == 60
    assert replace(PLAN, writes=many).table(limit=0) == "- end 60 memberships\n  and 60 more"


CHANGES = [
    (Write(number=0, kind="set_roles", key="k", roles=("a", "b"), roles_before=("c",)), "k  roles: c → a + b"),
    (Write(number=0, kind="add_roles", key="k", roles=("a",), roles_before=("c",)), "k  roles: c → c + a"),
    (Write(number=0, kind="add_roles", key="k", roles=("a",)), "k  roles: none → a"),
    (Write(number=0, kind="set_roles", key="k", roles_before=("c",)), "k  roles: c → none"),
    (Write(number=0, kind="add", key="k"), "+ k"),
    (Write(number=0, kind="invite", key="k", fields={"email": "k@x.org"}), "k  email: k@x.org"),
]


@pytest.mark.parametrize(("write", "text"), CHANGES)
def test_table_shows_what_each_write_changes(write: Write, text: str) -> None:
    assert replace(PLAN, writes=[write]).table().splitlines()[1].endswith(text)


def test_a_deleted_account_has_a_total_of_its_own() -> None:
    removed = [replace(WRITES[2], account="delete"), WRITES[2], replace(WRITES[2], account="delete")]
    plan = replace(PLAN, writes=removed)
    assert "    - end 1 membership\n    - delete 2 accounts and their data\n" in plan.summary()
    assert [line for line in plan.table().splitlines() if not line.startswith(" ")] == [
        "- end 1 membership",
        "- delete 2 accounts and their data",
    ]


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_words_of_its_own(kind: Kind) -> None:
    assert "other change" not in replace(PLAN, writes=[Write(number=0, kind=kind, key="k")]).summary()


def long_plan() -> Plan:
    fields = {"username": "ada", "email": "ada@example.org", "given_name": "艾" * 9, "family_name": "x" * 100}
    writes = [replace(WRITES[0], number=number, fields=fields) for number in range(3)]
    return replace(PLAN, writes=[*writes, replace(WRITES[1], origin="roster.csv, line 3")])


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(width: int) -> None:
    table = long_plan().table(width=width)
    assert "…" not in table
    assert table.count("x" * 100) == 3
    assert all(columns(line) <= width or "x" * 100 in line for line in table.splitlines())
    assert "  ~ username:ada  name: (empty) → Ada  (roster.csv, line 3)" in table or width < 60


def test_without_a_width_each_write_is_one_line() -> None:
    assert len(long_plan().table().splitlines()) == 6
    with pytest.raises(InvalidArgumentError, match="width"):
        long_plan().table(width=0)


def test_table_contains_no_control_characters() -> None:
    made = replace(PLAN, writes=[replace(WRITES[0], key="username:\x1b[2Ja\nb", fields={"name": "\r\x9b"})])
    lines = made.table().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("  + username:�[2Ja�b  name: ��, roles: teacher")


def test_summary_shows_why_rows_were_left_out() -> None:
    bad = [RosterProblem(f"roster.csv, line {n}", "the email is invalid") for n in (2, 5)]
    others = [RosterProblem(f"roster.csv, line {n}", f"problem {n}") for n in range(10, 22)]
    lines = replace(PLAN, rejected=(*bad, *others)).summary().splitlines()
    start = lines.index("  14 rows left out because of problems:")
    assert lines[start + 1] == "    2 rows (roster.csv, lines 2, 5): the email is invalid"
    assert lines[start + 2] == "    roster.csv, line 10: problem 10"
    assert lines[start + 11] == "    and 3 other problems"
