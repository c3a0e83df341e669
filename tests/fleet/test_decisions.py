"""Pure decisions: fingerprints and turns, guards of the fleet, the budget, and what an error means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from orgsdk import ConfigurationError
from orgsdk.bulk import LockedError, Policy, StoppedError
from orgsdk.bulk.run.report import Report
from orgsdk.errors import AuthenticationError, NotSentError, PermissionDeniedError, RateLimitError, ServerError
from orgsdk.fleet import (
    FleetBudget,
    FleetConfigError,
    FleetEntry,
    FleetFigures,
    FleetGuards,
    FleetOptions,
    KeyRecord,
    OrganizationRecord,
    RunRecord,
)
from orgsdk.fleet.budget import KeyForecast, expected_requests, largest_unit, make_forecast, plan_excess
from orgsdk.fleet.failures import describe_error, judge_error
from orgsdk.fleet.fingerprints import digest_of_files, fingerprint_of, is_verified_on
from orgsdk.fleet.guards import count_new_admins, count_removals, judge_fleet, trips_stream
from orgsdk.fleet.runs import night_of
from orgsdk.responses import RequestRate
from tests.bulk.memories import ERROR_ARGS
from tests.bulk.samples import plan_of, write

if TYPE_CHECKING:
    from pathlib import Path

NIGHT, NOW = date(2026, 12, 1), datetime(2026, 12, 1, 22, tzinfo=UTC)
HOURLY = RequestRate(7200, 3600)
RUN = RunRecord(epoch=1, night=NIGHT, mode="sync", started_at=NOW, state="planning")


@settings(max_examples=50, deadline=None)
@given(name=st.text(), share=st.floats(0.05, 1), start=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_organization_has_its_turn(name: str, share: float, start: date) -> None:
    nights = -int(-1 // share)  # 1 / share, rounded up
    assert any(is_verified_on(name, start + timedelta(number), share) for number in range(nights + 1))


def test_a_turn_comes_once_in_seven_nights_for_a_seventh_each() -> None:
    names = [f"school-{number}" for number in range(700)]
    turns = [[name for name in names if is_verified_on(name, NIGHT + timedelta(day), 1 / 7)] for day in range(7)]
    assert sorted(chain.from_iterable(turns)) == sorted(names)
    assert all(60 < len(turn) < 140 for turn in turns)
    assert not any(is_verified_on(name, NIGHT, 0) for name in names)
    assert all(is_verified_on(name, NIGHT, 1) for name in names)


def test_a_fingerprint_changes_with_whatever_changes_the_plan(tmp_path: Path) -> None:
    roster, mapping = tmp_path / "roster.csv", tmp_path / "mapping.toml"
    roster.write_text("username\nada\n")
    mapping.write_text("")
    entry = FleetEntry(name="a", roster=roster, provider="memory", reader={"mapping": str(mapping)})
    seen = {fingerprint_of(entry, {}, digest_of_files(entry))}
    for changed in (
        replace(entry, preset="csv"),
        replace(entry, policy=Policy(remove="membership")),
        replace(entry, organization="org"),
        replace(entry, reader={**entry.reader, "on_error": "skip"}),
        replace(entry, settings={"MEMORY_USERS": "3"}),
    ):
        seen.add(fingerprint_of(changed, {}, digest_of_files(changed)))
    seen.add(fingerprint_of(entry, {"LOGTO_ENDPOINT": "https://other"}, digest_of_files(entry)))
    mapping.write_text("preset = 'csv'")
    seen.add(fingerprint_of(entry, {}, digest_of_files(entry)))
    roster.write_text("username\nada\nbob\n")
    seen.add(fingerprint_of(entry, {}, digest_of_files(entry)))
    assert len(seen) == 9
    folder = replace(entry, roster=tmp_path)
    before = digest_of_files(folder)
    roster.rename(tmp_path / "renamed.csv")
    assert digest_of_files(folder) != before
    with pytest.raises(OSError, match="No such file"):
        digest_of_files(entry)


def test_the_guards_of_the_fleet_have_limits() -> None:
    guards = FleetGuards(max_refused_share=0.1, max_removal_share=0.02, max_removals=300, max_new_admins=2)

    def failed(**figures: int) -> list[str]:
        return [one.name for one in judge_fleet(FleetFigures(**figures), guards) if not one.passed]

    assert failed() == []
    assert failed(judged=4, refused=3, members=10, removals=20, new_admins=2) == []
    assert failed(judged=4, refused=4) == failed(judged=100, refused=11) == ["organizations"]
    assert failed(judged=100, refused=10, members=5_000, removals=100) == []
    assert failed(members=5_000, removals=101) == failed(members=10**6, removals=301) == ["removals"]
    assert failed(new_admins=3) == ["new_admins"]
    stream = FleetGuards(judge="stream", stop_after=2, of_latest=3)
    assert trips_stream(["guarded", "done", "guarded"], stream)
    assert not trips_stream(["guarded", "done", "done", "guarded"], stream)


def test_what_a_plan_adds_to_the_night_is_counted() -> None:
    plan = plan_of(
        write(0, kind="create", key="a", roles=("Admin",)),
        write(1, kind="set_roles", key="b", user_id="2", roles=("owner",), roles_before=("student",)),
        write(2, kind="set_roles", key="c", user_id="3", roles=("admin",), roles_before=("owner",)),
        write(3, kind="remove", key="d", user_id="4", account="keep"),
        write(4, kind="suspend", key="e", user_id="5"),
        write(5, kind="update", key="f", user_id="6"),
    )
    assert (count_new_admins(plan), count_removals(plan)) == (2, 2)


def test_expected_requests_are_those_of_last_night() -> None:
    budget = FleetBudget(new_requests=30)
    known = OrganizationRecord(name="a", fingerprint="f", requests=25, latest_requests=0)
    assert expected_requests(None, verify=False, budget=budget) == 30
    assert expected_requests(known, verify=False, budget=budget) == 0
    assert expected_requests(known, verify=True, budget=budget) == 25
    assert expected_requests(replace(known, fingerprint=None), verify=False, budget=budget) == 25


def test_a_budget_is_shared_by_the_keys_and_states_what_is_not_reached() -> None:
    keys = {"a": KeyForecast(6_000, 10, HOURLY), "b": KeyForecast(2_000, 5, None)}
    free = make_forecast(keys, FleetBudget())
    assert (free.requests, free.slowest, free.allowances, free.statement) == (8_000, "a", {}, None)
    assert free.hours == pytest.approx(6_000 / 7_200)
    short = make_forecast(keys, FleetBudget(requests=4_000))
    assert (short.allowances, short.unreached) == ({"a": 3_000, "b": 1_000}, {"a": 3_000, "b": 1_000})
    assert short.statement is not None
    assert "short by about 4,000 requests of 8,000, at the keys a (3,000), b (1,000)" in short.statement
    ample = make_forecast(keys, FleetBudget(requests=9_000, key_requests=6_100))
    assert ample.allowances == {"a": 6_100, "b": 2_500}
    hours = make_forecast(keys, FleetBudget(hours=0.5))
    assert (hours.allowances, hours.unreached, hours.hours) == ({"a": 3_600}, {"a": 2_400}, 0.5)
    assert make_forecast({}, FleetBudget(requests=5)).requests == 0


def test_the_next_unit_fits_into_what_is_left() -> None:
    key = KeyRecord(key="a", requests=40, reserved=30, allowance=100, rate=HOURLY)
    assert largest_unit(replace(key, allowance=None), RUN, NOW) is None
    assert largest_unit(key, RUN, NOW) == 30
    assert largest_unit(key, replace(RUN, state="applying"), NOW) == 60
    assert largest_unit(replace(key, requests=300), RUN, NOW) == 0
    ending = replace(RUN, deadline=NOW + timedelta(seconds=10))
    assert largest_unit(key, ending, NOW) == 20
    assert largest_unit(key, ending, NOW + timedelta(minutes=1)) == -1
    assert plan_excess([replace(key, requests=90), KeyRecord(key="b", requests=5)]) is not None
    assert plan_excess([key]) is None


@pytest.mark.parametrize(
    ("error", "attempts", "verdict", "seconds"),
    [
        (AuthenticationError("expired", status_code=401, **ERROR_ARGS), 1, "stop_key", None),
        (PermissionDeniedError("no", status_code=403, **ERROR_ARGS), 1, "fail", None),
        (RateLimitError("slow", status_code=429, retry_after=90, **ERROR_ARGS), 9, "sleep", 90),
        (RateLimitError("slow", status_code=429, **ERROR_ARGS), 9, "sleep", 60),
        (NotSentError("no network", **ERROR_ARGS), 1, "retry", 30),
        (ServerError("down", status_code=503, **ERROR_ARGS), 2, "retry", 60),
        (ServerError("down", status_code=503, **ERROR_ARGS), 3, "fail", None),
        (LockedError("another run"), 1, "retry", 30),
        (StoppedError("too many", Report(1, (), "hash")), 1, "stop_unit", None),
        (ConfigurationError("no"), 1, "fail", None),
    ],
)
def test_an_error_is_judged(error: Any, attempts: int, verdict: str, seconds: float | None) -> None:
    found = judge_error(error, attempts, FleetOptions(), NOW)
    assert found.verdict == verdict
    assert found.until == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_a_reason_is_one_short_line_without_addresses() -> None:
    error = ValueError("the row of ada.lovelace@example.com\nand <grace@example.org>: " + "x" * 900 + "\ud800")
    text = describe_error(error)
    assert text.startswith("the row of [address] and <[address]>: x")
    assert len(text) == 500
    assert describe_error(ValueError()) == "ValueError"
    describe_error(ValueError("\ud800")).encode()


def test_a_night_lasts_from_noon_to_noon() -> None:
    evening = datetime(2026, 12, 1, 21).astimezone()
    assert {night_of(evening + timedelta(hours=hours)) for hours in (-8, 0, 5, 14)} == {NIGHT}
    assert night_of(evening + timedelta(hours=16)) == NIGHT + timedelta(1)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (FleetGuards, {"judge": "all"}, "judge is not one of"),
        (FleetGuards, {"max_refused_share": 2}, "max_refused_share is 2"),
        (FleetGuards, {"of_latest": 2}, "of_latest is 2"),
        (FleetBudget, {"hours": 0}, "hours is 0"),
        (FleetBudget, {"requests": 0.5}, "requests is 0.5"),
        (FleetBudget, {"excess": "ignore"}, "excess is not one of"),
        (FleetOptions, {"concurrency": 0}, "concurrency is 0"),
        (FleetOptions, {"verify_share": -1}, "verify_share is -1"),
        (FleetOptions, {"max_pause": 5}, "max_pause is 5"),
        (FleetOptions, {"retry_pause": timedelta(-1)}, "retry_pause is negative"),
        (FleetOptions, {"guards": {}}, "guards is of type dict"),
        (FleetOptions, {"passwords": "s3cret"}, "no reference"),
        (FleetEntry, {"name": "", "roster": "a", "provider": "memory"}, "name must be"),
        (FleetEntry, {"name": "a", "roster": [], "provider": "memory"}, "roster is empty"),
        (FleetEntry, {"name": "a", "roster": ["https://x", "b"], "provider": "memory"}, "an address must be alone"),
        (FleetEntry, {"name": "a", "roster": "a", "provider": "memory", "credentials": "b"}, "and not both"),
        (FleetEntry, {"name": "a", "roster": "a", "provider": "memory", "reader": {"presets": 1}}, "unknown key"),
        (FleetEntry, {"name": "a", "roster": "a", "provider": "memory", "policy": {}}, "policy must be"),
    ],
)
def test_wrong_settings_are_named(kind: Any, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        kind(**values)


def test_a_stored_entry_of_another_version_is_refused() -> None:
    for text in ("[]", "{", '{"roster": "a", "provider": "memory", "colour": 1}', '{"policy": {"remove": "all"}}'):
        with pytest.raises(FleetConfigError):
            FleetEntry.from_json(text, name="a", key="b")
