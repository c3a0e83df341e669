"""What every store of a fleet must do.

Inherit `FleetStoreContract` in a test class, with a fixture `open_store`: a function that returns another open store of
the same data each time, as another process would have one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import bulk
from orgsdk.bulk import LockedError
from orgsdk.fleet import DuplicateNameError, FencedError, OrganizationRecord, RunRecord, UnitRecord
from orgsdk.responses import RequestRate
from tests.bulk.samples import outcome, plan_of, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orgsdk.fleet import FleetStore, KeySession

NIGHT, NOW = date(2026, 12, 1), datetime(2026, 12, 1, 22, tzinfo=UTC)
RUN = RunRecord(night=NIGHT, mode="sync", started_at=NOW, deadline=NOW + timedelta(hours=8), confirmed=("a", "b"))


def unit(number: int, **values: Any) -> UnitRecord:
    given = {"name": f"school-{number}", "key": f"key-{number % 2}", "entry": '{"roster": "a.csv"}', **values}
    return UnitRecord(number=number, **given)


def start(store: FleetStore, units: Sequence[UnitRecord], *, run: RunRecord = RUN, after: int = 0) -> RunRecord:
    epoch = store.start_run(run, after=after)
    store.add_units(epoch, units)
    working = replace(run, epoch=epoch, state="applying")
    assert store.update_run(working, expected="starting")
    return working


def take(session: KeySession, *states: Any, **values: Any) -> UnitRecord:
    found = session.next_unit(states or ("waiting",), **values)
    assert found is not None
    return found


class FleetStoreContract:
    """Contract of a `FleetStore`."""

    def test_runs_are_numbered_and_the_latest_one_is_written_to(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        assert (store.run(), store.run(3), store.runs(9)) == (None, None, [])
        first = start(store, [unit(0), unit(1)])
        assert (first.epoch, open_store().run(), store.run(1)) == (1, first, first)
        session = store.open_key(1, "key-0")
        second = start(store, [unit(0)], after=1)
        assert [run.epoch for run in store.runs(9)] == [2, 1]
        replaced = store.run(1)
        assert replaced is not None
        assert (replaced.state, store.latest_states(1, 9)) == ("cancelled", ["cancelled", "cancelled"])
        for refused in (
            lambda: store.start_run(RUN, after=1),
            lambda: store.add_units(1, [unit(7)]),
            lambda: store.update_run(first, expected="cancelled"),
            lambda: store.move_units(1, {"cancelled": "waiting"}),
            lambda: store.open_key(1, "key-0"),
            session.run,
            lambda: session.save(unit(0, state="done")),
            lambda: session.save_plan(unit(0), b"{}"),
            lambda: session.pause(NOW),
            lambda: session.stop("why"),
        ):
            with pytest.raises(FencedError):
                refused()
        session.close()
        assert store.run() == second
        assert not store.update_run(replace(second, state="finished"), expected="planning")
        assert store.run() == second

    def test_a_cancelled_run_is_fenced(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        start(store, [unit(0), unit(2), unit(4)])
        session = store.open_key(1, "key-0")
        session.save(unit(0, state="done", ended_at=NOW))
        journal = session.journal(unit(2))
        session.save_plan(unit(2, state="applying"), plan_of(write(0)).to_json())
        journal.open()
        journal.start(plan_of(write(0)), {})
        open_store().cancel(1, NOW)
        with pytest.raises(FencedError):
            journal.put([])
        journal.close()
        session.close()
        assert [one.state for one in store.units(1)] == ["done", "cancelled", "cancelled"]
        found = store.run()
        assert found is not None
        assert (found.state, found.ended_at) == ("cancelled", NOW)

    def test_names_are_unique_in_a_run_and_a_batch_is_added_as_a_whole(
        self, open_store: Callable[[], FleetStore]
    ) -> None:
        store = open_store()
        epoch = store.start_run(RUN, after=0)
        store.add_units(epoch, [unit(0)])
        for batch in ([unit(1), unit(2, name="school-0")], [unit(1), unit(2, name="school-1")]):
            with pytest.raises(DuplicateNameError, match=batch[1].name):
                store.add_units(epoch, batch)
        assert [one.name for one in store.units(epoch)] == ["school-0"]

    def test_a_key_is_open_once_and_hands_out_what_was_verified_first(
        self, open_store: Callable[[], FleetStore]
    ) -> None:
        store, other = open_store(), open_store()
        nights = [NIGHT, None, NIGHT - timedelta(2), None]
        start(store, [unit(2 * number, verified=night, estimate=number) for number, night in enumerate(nights)])
        session = store.open_key(1, "key-0")
        assert (session.epoch, session.key, session.run().epoch) == (1, "key-0", 1)
        for stranger in (store, other):
            with pytest.raises(LockedError, match="key-0"):
                stranger.open_key(1, "key-0")
        order = []
        while (found := session.next_unit(["waiting"])) is not None:
            order.append(found.number)
            session.save(replace(found, state="done", ended_at=NOW))
        assert order == [2, 6, 4, 0]
        session.close()
        other.open_key(1, "key-0").close()

    def test_what_was_interrupted_comes_first_and_what_is_too_large_is_left_out(
        self, open_store: Callable[[], FleetStore]
    ) -> None:
        store = open_store()
        start(store, [unit(0, estimate=9), unit(2, estimate=3), unit(4, estimate=50)])
        session = store.open_key(1, "key-0")
        assert take(session, "planning", "waiting", largest=5).number == 2
        session.save(unit(4, state="planning", estimate=50))
        assert take(session, "planning", "waiting", largest=5).number == 4
        assert take(session, "applying", "planning", "waiting", largest=-1).number == 4
        assert session.next_unit(["waiting"], largest=2) is None
        session.close()

    def test_all_values_of_a_unit_are_kept(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        start(store, [unit(0, key="key-0", name="Schule Zürich; '--", entry='{"ä": 1}', verify=True, verified=NIGHT)])
        session = store.open_key(1, "key-0")
        changed = replace(
            take(session),
            state="failed",
            reason="because\nof ü",
            taken=3,
            attempts=2,
            fingerprint="f" * 64,
            plan_hash="h" * 64,
            members=7,
            writes=6,
            removals=5,
            new_admins=4,
            failures=3,
            estimate=2,
            requests=1,
            started_at=NOW,
            ended_at=NOW + timedelta(microseconds=1),
        )
        session.save(changed)
        session.close()
        assert open_store().units(1) == [changed]

    def test_keys_have_the_sums_of_their_units(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        epoch = store.start_run(RUN, after=0)
        store.add_units(epoch, [unit(number, estimate=10) for number in range(5)])
        store.set_allowances(epoch, {"key-0": 100})
        assert store.update_run(replace(RUN, epoch=epoch, state="applying"), expected="starting")
        session = store.open_key(epoch, "key-0")
        session.save(unit(0, state="planned", estimate=4, requests=2, members=9, writes=3, removals=2, new_admins=1))
        session.save(unit(2, state="done", requests=5, members=1, writes=1, failures=1, ended_at=NOW))
        session.pause(NOW)
        session.record_rate(RequestRate(7200, 3600))
        first, second = store.keys(epoch)
        assert session.record() == first
        assert first.counts == {"planned": 1, "done": 1, "waiting": 1}
        assert (first.requests, first.estimate, first.reserved, first.allowance) == (7, 14, 4, 100)
        assert (first.members, first.writes, first.removals, first.new_admins, first.failures) == (10, 4, 2, 1, 1)
        assert (first.until, first.stopped, first.rate) == (NOW, None, RequestRate(7200, 3600))
        assert (second.key, second.counts, second.estimate, second.allowance) == ("key-1", {"waiting": 2}, 20, None)
        session.stop("the sign-in was refused")
        session.close()
        store.wake_keys(epoch, stopped_for="over the budget")
        assert store.keys(epoch)[0].stopped == "the sign-in was refused"
        store.wake_keys(epoch)
        assert (store.keys(epoch)[0].stopped, store.keys(epoch)[0].until) == (None, None)

    def test_keys_wake_up_by_the_reason_that_they_were_stopped_for(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        reasons = {"key-0": "over 5 % for 3 organizations", "key-1": "over 5 x", "key-2": "the sign-in was refused"}
        start(store, [unit(number, key=key) for number, key in enumerate([*reasons, "key-3"])])
        for key, reason in reasons.items():
            session = store.open_key(1, key)
            session.pause(NOW)
            session.stop(reason)
            session.close()
        session = store.open_key(1, "key-3")
        session.pause(NOW)
        session.close()
        open_store().wake_keys(1, stopped_for="over 5 %")
        woken = {key.key: (key.stopped, key.until) for key in store.keys(1)}
        assert woken == {
            "key-0": (None, None),
            "key-1": ("over 5 x", NOW),
            "key-2": ("the sign-in was refused", NOW),
            "key-3": (None, NOW),
        }

    def test_units_are_found_by_state_and_key_in_batches(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        start(store, [unit(number, state="done" if number > 3 else "waiting") for number in range(9)])
        assert [one.number for one in store.units(1, limit=3)] == [0, 1, 2]
        assert [one.number for one in store.units(1, after=6)] == [7, 8]
        assert [one.number for one in store.units(1, states={"done"}, key="key-0")] == [4, 6, 8]
        assert store.units(1, states=[]) == store.units(9) == []

    def test_units_are_moved_by_state_and_by_the_hash_of_their_plan(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        start(store, [unit(0, state="failed", taken=5, attempts=3, ended_at=NOW), unit(1, state="stopped")])
        store2 = [unit(2, state="guarded", plan_hash="x"), unit(3, state="guarded", plan_hash="y")]
        start(
            store,
            [unit(0, state="failed", taken=5, attempts=3, ended_at=NOW), unit(1, state="stopped"), *store2],
            after=1,
        )
        assert store.move_units(2, {"failed": "waiting", "stopped": "applying"}) == 2
        assert store.move_units(2, {"guarded": "planned"}, plan_hashes=["y", "z"]) == 1
        assert [one.state for one in store.units(2)] == ["waiting", "applying", "guarded", "planned"]
        first = store.units(2)[0]
        assert (first.taken, first.attempts, first.ended_at) == (0, 0, None)

    def test_the_latest_states_leave_out_what_is_unchanged(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        start(store, [unit(2 * number) for number in range(4)])
        session = store.open_key(1, "key-0")
        for minute, (number, state) in enumerate(((6, "done"), (0, "guarded"), (4, "unchanged"))):
            session.save(unit(number, state=state, ended_at=NOW + timedelta(minutes=minute)))
        session.close()
        assert store.latest_states(1, 9) == ["guarded", "done"]
        assert store.latest_states(1, 1) == ["guarded"]

    def test_what_is_kept_of_an_organization_outlives_its_runs(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        start(store, [unit(0)])
        session = store.open_key(1, "key-0")
        assert session.organization("school-0") is None
        kept = OrganizationRecord(
            name="school-0",
            fingerprint="f",
            verified=NIGHT,
            requests=25,
            latest_requests=0,
            rate=RequestRate(200, 10),
            due=NIGHT + timedelta(30),
            previous=b'{"plan": 1}',
        )
        session.save(unit(0, state="done", ended_at=NOW), kept)
        assert session.organization("school-0") == kept
        session.close()
        for number in range(1, 4):
            later = replace(RUN, night=NIGHT + timedelta(number))
            start(store, [unit(0)], run=later, after=number)
        store.prune(2)
        assert [run.epoch for run in store.runs(9)] == [4, 3]
        assert (store.units(1), store.keys(1)) == ([], [])
        assert store.organizations(["school-0", "unknown"]) == {"school-0": kept}
        store.prune(1)
        assert [run.epoch for run in store.runs(9)] == [4]

    def test_a_plan_is_stored_with_its_unit_and_ends_an_earlier_journal(
        self, open_store: Callable[[], FleetStore]
    ) -> None:
        store = open_store()
        start(store, [unit(0)])
        session = store.open_key(1, "key-0")
        assert session.plan(unit(0)) is None
        plan = plan_of(write(0))
        session.save_plan(unit(0, state="planned"), plan.to_json(), OrganizationRecord(name="school-0", requests=3))
        assert session.plan(unit(0)) == plan.to_json()
        assert (take(session, "planned").state, session.organization("school-0")) == (
            "planned",
            OrganizationRecord(name="school-0", requests=3),
        )
        journal = session.journal(unit(0))
        journal.open()
        journal.start(plan, {"audit": "store:x"})
        journal.close()
        session.save_plan(unit(0, state="planned"), plan.to_json())
        journal = session.journal(unit(0))
        journal.open()
        assert not journal.has_started
        journal.close()
        session.close()

    def test_an_audit_is_one_chain_over_all_runs(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        for epoch in (1, 2):
            start(store, [unit(0)], after=epoch - 1)
            session = store.open_key(epoch, "key-0")
            audit = session.audit(unit(0))
            audit.open(str(epoch) * 64)
            audit.append([outcome(0), outcome(1)])
            audit.close()
            session.close()
        store.prune(1)
        lines = list(store.audit_lines("school-0"))
        assert bulk.verify_audit(lines).lines == 4
        assert list(store.audit_lines("unknown")) == []

    def test_a_closed_session_writes_nothing(self, open_store: Callable[[], FleetStore]) -> None:
        store = open_store()
        start(store, [unit(0)])
        session = store.open_key(1, "key-0")
        session.close()
        session.close()
        with pytest.raises(FencedError):
            session.save(unit(0, state="done"))
