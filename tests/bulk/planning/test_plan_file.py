"""A plan as a file: what was read is what is carried out, to the byte."""

from __future__ import annotations

import json
import stat
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from orgsdk.bulk import FileError, GuardResult, Plan, PlanError, Policy, Write
from orgsdk.bulk.planning.writes import ProtectedMember, RosterRecord
from orgsdk.responses import RequestRate

if TYPE_CHECKING:
    from pathlib import Path

WRITES = [
    Write(
        number=0,
        kind="create",
        key="external_id:S1",
        fields={"username": "zoë", "email": "zoë@example.org"},
        roles=("teacher",),
        origin="roster.csv, line 2",
    ),
    Write(
        number=1,
        kind="update",
        key="username:ada",
        user_id="u1",
        fields={"name": "Ada"},
        before={"name": None},
        fingerprint="f" * 32,
    ),
    Write(number=2, kind="remove", key="id:u2", user_id="u2", before={}, roles_before=("student",), account="keep"),
]
PLAN = Plan(
    provider="logto",
    tenant="https://t.logto.app",
    organization="org1",
    created_at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
    policy=Policy(remove="membership", protect=("*@staff.example.org",), max_age=timedelta(hours=2)),
    source=RosterRecord("roster.csv", "a" * 64, 2, ("username", "email")),
    previous=RosterRecord("roster.csv", "b" * 64, 3, ("username", "email")),
    members=3,
    matched=1,
    unchanged=0,
    left=1,
    invited=2,
    absent=4,
    protected=(ProtectedMember("u3", "last_admin"),),
    notes=("phone: logto does not store it; 1 row has one",),
    requests=3,
    rate=RequestRate(200, 10),
    writes=WRITES,
    guards=(GuardResult("removals", False, "1 would be removed, 0 may be", overridable=True),),
)


def read(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plan.to_json())
    return found


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_round_trip_through_json() -> None:
    assert Plan.from_json(PLAN.to_json()) == PLAN
    bare = replace(PLAN, writes=[], previous=None, guards=(), protected=(), notes=(), policy=Policy())
    assert Plan.from_json(bare.to_json()) == bare
    assert (bare.is_empty, PLAN.is_empty) == (True, False)


def test_file_is_canonical_json_with_a_hash_of_the_rest() -> None:
    import hashlib

    written = read(PLAN)
    assert PLAN.to_json() == canonical(written) + b"\n"
    stated = written.pop("hash")
    assert stated == hashlib.sha256(canonical(written)).hexdigest() == PLAN.hash
    assert list(written)[-1] == "writes"


@pytest.mark.parametrize(
    "changed",
    [
        {"members": 4},
        {"organization": "org2"},
        {"policy": Policy()},
        {"writes": WRITES[:2]},
        {"writes": [*WRITES[:2], replace(WRITES[2], account="delete")]},
        {"guards": ()},
        {"created_at": PLAN.created_at + timedelta(seconds=1)},
        {"previous": None},
    ],
)
def test_every_change_changes_the_hash(changed: dict[str, Any]) -> None:
    assert replace(PLAN, **changed).hash != PLAN.hash


@pytest.mark.parametrize("size", [0, 1, 10, 100, -2])
def test_truncated_file_is_refused(size: int) -> None:
    with pytest.raises(PlanError, match="not a JSON object, or it is truncated"):
        Plan.from_json(PLAN.to_json()[:size])


@pytest.mark.parametrize("content", [b"[]", b'"plan"', b"\xff\xfe", b"[" * 100_000])
def test_other_content_is_refused(content: bytes) -> None:
    with pytest.raises(PlanError, match="not a plan"):
        Plan.from_json(content)


def test_other_format_version_is_refused() -> None:
    with pytest.raises(PlanError, match="format is not 'orgsdk plan 3'"):
        Plan.from_json(canonical({**read(PLAN), "format": "orgsdk plan 1"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"members": 4},
        {"hash": "0" * 64},
        {"hash": None},
        {"extra": 1},
        {"writes": None},
        {"writes": [*map(dict, read(PLAN)["writes"][:2])]},
    ],
)
def test_changed_file_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="was changed after it was saved"):
        Plan.from_json(canonical({**read(PLAN), **changed}))


@pytest.mark.parametrize(
    "changed",
    [
        {"policy": {**read(PLAN)["policy"], "remove": "all"}},
        {"policy": {}},
        {"created_at": "yesterday"},
        {"source": {}},
        {"writes": [{"number": 0}]},
        {"writes": [1]},
        {"members": None, "guards": [1]},
    ],
)
def test_invalid_plan_with_a_correct_hash_is_refused(changed: dict[str, Any]) -> None:
    import hashlib

    forged = {**read(PLAN), **changed}
    forged.pop("hash")
    forged["hash"] = hashlib.sha256(canonical(forged)).hexdigest()
    with pytest.raises(PlanError, match="was changed after it was saved"):
        Plan.from_json(canonical(forged))


def test_saved_plan_is_private_and_replaces_an_existing_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    replace(PLAN, writes=[]).save(path)
    PLAN.save(str(path))
    assert Plan.load(path) == PLAN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]
    with pytest.raises(FileError):
        Plan.load(tmp_path / "none.json")


def test_repr_shows_no_personal_data() -> None:
    assert "zoë@" not in repr(PLAN)
    assert "zoë" not in repr(WRITES[0])
    assert "roster.csv, line 2" in repr(WRITES[0])


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(suppress_health_check=[HealthCheck.too_slow])  # drawing is slow on a busy machine
@given(
    st.lists(
        st.builds(
            Write,
            number=st.integers(0, 9),
            kind=st.sampled_from(["create", "update", "remove"]),
            key=TEXT,
            user_id=st.none() | TEXT,
            fields=st.dictionaries(st.sampled_from(["name", "email"]), TEXT),
            before=st.dictionaries(st.sampled_from(["name", "email"]), st.none() | TEXT),
            roles=st.lists(TEXT, max_size=2).map(tuple),
            origin=st.none() | TEXT,
        ),
        max_size=3,
    ),
    st.floats(0, 1),
)
def test_round_trip_of_generated_plans(writes: list[Write], share: float) -> None:
    made = replace(PLAN, writes=writes, policy=Policy(max_removal_share=share))
    assert Plan.from_json(made.to_json()) == made


@given(st.integers(0, len(PLAN.to_json()) - 3), st.sampled_from(string.printable))
def test_every_changed_character_is_detected(position: int, character: str) -> None:
    content = PLAN.to_json().decode()
    changed = content[:position] + character + content[position + 1 :]
    if changed == content:
        return
    try:
        found = Plan.from_json(changed.encode())
    except PlanError:
        return
    assert found == PLAN  # only white space between two values
