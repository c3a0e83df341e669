"""What refuses a plan: its organization, its age, and each guard by its numbers."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orgsdk.bulk import GuardError, Plan, PlanError, Policy, RosterProblem, SourceError, Write
from orgsdk.bulk.planning.confirmation import Confirmation
from orgsdk.bulk.planning.guards import GuardFigures, check_plan, evaluate_guards, removal_limit
from orgsdk.bulk.planning.target import Target
from orgsdk.bulk.planning.writes import GuardResult, RosterRecord

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
TARGET = Target("logto", "https://t.logto.app", "org1")
COLUMNS = ("username", "email")


def record(rows: int, columns: tuple[str, ...] = COLUMNS) -> RosterRecord:
    return RosterRecord("roster.csv", "0" * 64, rows, columns)


def figures(**changed: Any) -> GuardFigures:
    healthy = GuardFigures(
        removals=5, members=105, matched=100, source=record(100), previous=record(104), incomplete=False
    )
    return replace(healthy, **changed)


def failed(judged: GuardFigures, policy: Policy | None = None) -> list[str]:
    return [result.name for result in evaluate_guards(judged, policy or Policy()) if not result.passed]


def test_a_healthy_roster_passes() -> None:
    results = evaluate_guards(figures(), Policy())
    assert [(result.name, result.passed) for result in results] == [
        ("whole", True),
        ("header", True),
        ("rows", True),
        ("matched", True),
        ("removals", True),
        ("removed_roles", True),
    ]
    assert results[4].detail == ("5 would be removed, 5 may be: the smaller of 5 % of 100 matched members and 500")
    assert failed(figures(previous=None)) == []


def test_numbers_are_told_as_in_the_summary() -> None:
    results = evaluate_guards(figures(members=1005, matched=1002, source=record(1002), previous=record(1001)), Policy())
    whole, _, rows, matched, removals, _ = (result.detail for result in results)
    assert whole == "the source has 1,002 rows"
    assert rows == "the source has 1,002 rows, 1,001 at the earlier plan"
    assert matched.startswith("1,002 of 1,005 members")
    assert removals.endswith("5 % of 1,002 matched members and 500")


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"incomplete": True}, ["whole"]),
        ({"source": record(0)}, ["whole", "rows"]),
        ({"source": record(100, ("username",))}, ["header"]),
        ({"source": record(100, (*COLUMNS, "roles"))}, ["header"]),
        ({"source": record(100, ("email", "username"))}, []),
        ({"source": record(52)}, ["rows"]),
        ({"source": record(53)}, []),
        ({"members": 200, "matched": 100, "removals": 5}, ["matched"]),
        ({"members": 199, "matched": 100, "removals": 5}, []),
        ({"removals": 6}, ["removals"]),
        # A partial source: the number of members decides, and one removal is always allowed.
        ({"incomplete": True, "explicit": 5}, []),
        ({"incomplete": True, "explicit": 4}, ["whole"]),
        (
            {"incomplete": True, "removals": 6, "explicit": 6, "source": record(6, ()), "matched": 0},
            ["header", "removals"],
        ),
        ({"incomplete": True, "removals": 1, "explicit": 1, "members": 4, "matched": 0}, []),
        ({"incomplete": True, "removals": 2, "explicit": 2, "members": 4, "matched": 0}, ["removals"]),
        ({"by_role": {"teacher": (3, 6), "student": (49, 99)}}, []),
        ({"by_role": {"teacher": (4, 6), "student": (1, 99)}}, ["removed_roles"]),
        ({"by_role": {"teacher": (5, 10)}}, ["removed_roles"]),
        ({"removals": 0, "members": 0, "matched": 0, "source": record(0), "incomplete": True}, []),
    ],
)
def test_each_guard_fails_at_its_limit(changed: dict[str, Any], names: list[str]) -> None:
    assert failed(figures(**changed)) == names


def test_header_guard_names_the_changed_columns() -> None:
    header = evaluate_guards(figures(source=record(100, ("login", "email"))), Policy())[1]
    assert header.detail == "the columns changed since the earlier plan: 'username' is missing, 'login' is new"


def test_all_guards_pass_without_removals() -> None:
    results = evaluate_guards(figures(removals=0, source=record(0, ()), incomplete=True), Policy())
    assert {(result.passed, result.detail) for result in results} == {(True, "no member is removed")}


@pytest.mark.parametrize(
    ("matched", "share", "most", "limit"),
    [
        (100, 0.05, 500, 5),
        (119, 0.05, 500, 5),
        (19, 0.05, 500, 0),
        (100_000, 0.05, 500, 500),
        (100, 0.29, 500, 29),
        (100, 0.07, 500, 7),
        (10, 1.0, 500, 10),
        (10, 1.0, 3, 3),
        (0, 1.0, 500, 0),
    ],
)
def test_removal_limit_is_the_smaller_of_share_and_number(matched: int, share: float, most: int, limit: int) -> None:
    assert removal_limit(matched, Policy(max_removal_share=share, max_removals=most)) == limit


def test_matched_share_is_configurable() -> None:
    lost = figures(members=100, matched=10, removals=0)
    assert failed(replace(lost, removals=1), Policy(max_removal_share=1)) == ["matched"]
    assert failed(replace(lost, removals=1), Policy(max_removal_share=1, min_matched_share=0)) == []
    assert failed(replace(lost, removals=1), Policy(max_removal_share=1, min_matched_share=0.05)) == []


# Before a plan is applied


def plan(*guards: GuardResult, removals: int = 3, **changed: Any) -> Plan:
    writes = [Write(number=n, kind="remove", key=f"id:u{n}", user_id=f"u{n}", account="keep") for n in range(removals)]
    settings: dict[str, Any] = {
        "provider": "logto",
        "tenant": "https://t.logto.app",
        "organization": "org1",
        "created_at": NOW - timedelta(hours=1),
        "policy": Policy(remove="membership"),
        "source": record(10),
        "writes": writes,
        "guards": guards,
    }
    return Plan(**{**settings, **changed})


TOO_MANY = GuardResult("removals", False, "3 would be removed, 0 may be", overridable=True)
HALVED = GuardResult("matched", False, "1 of 4")


def test_plan_of_this_target_and_age_passes() -> None:
    check_plan(plan(), TARGET, now=NOW)
    check_plan(plan(created_at=NOW - timedelta(hours=24)), TARGET, now=NOW)
    check_plan(plan(created_at=NOW + timedelta(minutes=5)), TARGET, now=NOW)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"provider": "flat"}, "for provider 'flat', this is 'logto'"),
        ({"tenant": "https://other.logto.app"}, "for tenant 'https://other.logto.app'"),
        ({"organization": "org2"}, "for organization 'org2', this is 'org1'"),
        ({"created_at": NOW - timedelta(hours=24, seconds=1)}, "made 1 day, 0:00:01 ago, and may be at most 1 day"),
        ({"created_at": NOW + timedelta(hours=25)}, "in the future"),
        ({"policy": Policy(max_age=timedelta(minutes=5))}, "may be at most 0:05:00 old"),
    ],
)
def test_plan_of_another_target_or_age_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        check_plan(plan(**changed), TARGET, now=NOW)


def test_guard_error_lists_the_failed_guards() -> None:
    with pytest.raises(GuardError, match="matched: 1 of 4") as caught:
        check_plan(plan(TOO_MANY, HALVED), TARGET, now=NOW)
    assert caught.value.failed == (TOO_MANY, HALVED)
    assert pickle.loads(pickle.dumps(caught.value)).failed == (TOO_MANY, HALVED)


def test_removal_limit_is_overridden_by_number_and_hash() -> None:
    refused = plan(TOO_MANY)
    check_plan(refused, TARGET, now=NOW, confirmation=Confirmation(removals=(3, refused.hash)))
    for wrong in ((2, refused.hash), (3, plan(TOO_MANY, removals=4).hash), (3, "")):
        with pytest.raises(PlanError, match=f"removes 3 and has the hash {refused.hash}"):
            check_plan(refused, TARGET, now=NOW, confirmation=Confirmation(removals=wrong))


def test_guard_error_states_how_to_confirm_if_nothing_else_is_refused() -> None:
    with pytest.raises(GuardError) as caught:
        check_plan(plan(TOO_MANY), TARGET, now=NOW)
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert str(error).endswith("bulk.apply(plan, org, confirm=plan.hash).")
    with pytest.raises(GuardError) as caught:
        check_plan(plan(TOO_MANY, HALVED), TARGET, now=NOW)
    assert "confirm=" not in str(caught.value)


def test_every_limit_is_overridden_by_the_hash() -> None:
    renamed = GuardResult("renamed", False, "6 users, 5 may", overridable=True)
    refused = plan(TOO_MANY, renamed)
    check_plan(refused, TARGET, now=NOW, confirmation=Confirmation(refused.hash))
    with pytest.raises(GuardError) as caught:
        check_plan(refused, TARGET, now=NOW, confirmation=Confirmation(removals=(3, refused.hash)))
    assert caught.value.failed == (renamed,)
    with pytest.raises(PlanError, match="confirm is not the hash of this plan"):
        check_plan(refused, TARGET, now=NOW, confirmation=Confirmation(plan(TOO_MANY).hash))
    halved = plan(TOO_MANY, HALVED)
    with pytest.raises(GuardError, match="matched: 1 of 4"):
        check_plan(halved, TARGET, now=NOW, confirmation=Confirmation(halved.hash))


def test_other_guards_are_not_overridden() -> None:
    refused = plan(TOO_MANY, HALVED)
    with pytest.raises(GuardError) as caught:
        check_plan(refused, TARGET, now=NOW, confirmation=Confirmation(removals=(3, refused.hash)))
    assert caught.value.failed == (HALVED,)


def test_confirmation_of_another_plan_is_refused_even_if_none_is_needed() -> None:
    with pytest.raises(PlanError, match="confirm_removals does not match this plan"):
        check_plan(plan(), TARGET, now=NOW, confirmation=Confirmation(removals=(4, plan().hash)))


def test_source_error_shows_the_first_problems_and_has_all() -> None:
    one = SourceError([RosterProblem("row 1", "is wrong")])
    assert str(one) == "There is 1 problem with the source; nothing was sent.\n  row 1: is wrong"
    many = SourceError([RosterProblem(None, f"wrong {number}") for number in range(23)])
    assert str(many).startswith("There are 23 problems")
    assert str(many).endswith("  wrong 19\n  and 3 more")
    assert len(pickle.loads(pickle.dumps(many)).problems) == 23
