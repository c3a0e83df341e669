"""A damaged export of a system removes and suspends no more members than the guards allow, and an operator can do it.

The nightly job reads a file of a preset. The judge is the state of the server. The policies remove accounts or
memberships, suspend, leave bad rows out, and have grace periods, which all end in the same night.
`python -m pytest -m proof tests/bulk/planning/test_damaged_exports.py` is the full run.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from orgsdk import Capability
from orgsdk.bulk import Plan, Policy
from tests.bulk.damages import BAD, CELLS, ROWS, TEXTS
from tests.bulk.exports import WRITERS
from tests.bulk.nightly_job import EVERYBODY, Figures, Job
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import Loop, run_virtually
from tests.reliability.servers import NAMES, PROVIDERS, Name, SimulatedServers
from tests.reliability.simulation import scenario_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

GRACE = timedelta(days=7)
DAMAGES = (*ROWS, *CELLS, *BAD, *TEXTS)
# The username at Google and Entra is an address, which Logto does not store.
_DELETE = Policy(remove="account", suspended="remove", username="omit")
_SKIP = replace(_DELETE, on_error="skip")
POLICIES = {
    "delete": _DELETE,
    "delete without a limit": replace(_DELETE, max_removal_share=1.0),
    "end": replace(_SKIP, remove="membership", suspended="suspend"),
    "suspend": replace(_SKIP, remove="suspend", suspended="suspend"),
    "delete after grace": replace(_SKIP, suspended="ignore", grace=GRACE),
    "suspend, end after grace": replace(_SKIP, remove="membership", suspended="suspend", grace=GRACE),
}


def _policies(name: Name) -> dict[str, Policy]:
    """Return the policies that the provider can carry out."""
    if Capability.USERS_SUSPEND in PROVIDERS[name].capabilities:
        return POLICIES
    return {
        label: replace(policy, suspended="ignore") if policy.suspended == "suspend" else policy
        for label, policy in POLICIES.items()
        if policy.remove != "suspend"
    }


def _damaged(system: str, damage: str) -> dict[str, bytes]:
    """Return the files of the system with this damage; empty if they are the undamaged ones."""
    whole = WRITERS[system](EVERYBODY).files
    if damage in TEXTS:
        largest = max(whole, key=lambda name: len(whole[name]))
        found = {name: text.encode() for name, text in whole.items()}
        found[largest] = TEXTS[damage](whole[largest])
    else:
        rows = (ROWS | CELLS | BAD)[damage](EVERYBODY)
        found = {name: text.encode() for name, text in WRITERS[system](rows).files.items()}
    return {} if found == {name: text.encode() for name, text in whole.items()} else found


def _after_grace(previous: Plan) -> Plan:
    """Return a plan as if it was made before the grace period."""
    missing = {user_id: since - GRACE for user_id, since in previous.missing.items()}
    return replace(previous, missing=missing, created_at=previous.created_at - GRACE)


def _staying(damage: str) -> set[str | None]:
    """Return the addresses of those who must stay, even if all guards are overridden: those who have a row."""
    if damage in ROWS:
        return {row.email for row in ROWS[damage](EVERYBODY) if row.state == "active"}
    return {row.email for row in EVERYBODY} if damage in BAD else set()


async def _check(
    name: Name, systems: Sequence[str], damages: Sequence[str], policies: Sequence[str], folder: Path, figures: Figures
) -> None:
    found = _policies(name)
    async with scenario_of(SimulatedServers.of(name)) as (scenario, _network):
        for system in systems:
            for label in policies:
                if label in found:
                    await _check_system(Job(system, scenario, folder, figures), found[label], label, damages)


async def _check_system(job: Job, policy: Policy, label: str, damages: Sequence[str]) -> None:
    job.whole = None
    seen: list[dict[str, bytes]] = []
    for damage in damages:
        files = _damaged(job.system, damage)
        if not files or files in seen:  # such as damage between lines where a file has one line
            continue
        seen.append(files)
        job.figures.cases += 1
        try:
            await _check_file(job, files, policy, damage)
        except Exception as error:
            error.add_note(f"{job.servers.name}, {job.system}, {label}, {damage}")
            raise


async def _check_file(job: Job, files: Mapping[str, bytes], policy: Policy, damage: str) -> None:
    last_night = await job.reset(policy)
    await job.run_guarded(files, policy, None)
    last_night = await job.reset(policy)
    night = await job.run_guarded(files, policy, last_night)
    if policy.grace is not None:
        await job.run_guarded(files, policy, _after_grace(night.plan or last_night))
    # The operator overrides the guards. The end of the grace period needs to be overridden again.
    staying = _staying(damage)
    await job.reset(policy)
    night = await job.run_overridden(files, policy, None, damage, staying)
    if policy.grace is not None and night.plan is not None:
        await job.run_guarded(files, policy, _after_grace(night.plan))
        await job.run_overridden(files, policy, _after_grace(night.plan), damage, staying)


def _run(
    name: Name, loop: Loop, systems: Sequence[str], damages: Sequence[str], policies: Sequence[str], folder: Path
) -> Figures:
    figures = Figures()
    run_virtually(partial(_check, name, systems, damages, policies, folder, figures), loop)
    return figures


# The planner and the guards depend on no event loop: each provider on one.
_LOOPS: dict[Name, Loop] = {"flat": "asyncio", "logto": "trio", "workos": "asyncio"}
_SAMPLE: list[tuple[Name, str, str]] = [
    ("flat", "google", "end"),
    ("flat", "oneroster", "delete after grace"),
    ("logto", "okta", "suspend, end after grace"),
    ("workos", "entra", "delete without a limit"),
]
_SAMPLED = (
    "every second row",
    "all but the admin gone",
    "another school",
    *BAD,
    "cut at 50%",
    "cells moved to the left",
)


@pytest.mark.parametrize(("name", "system", "policy"), _SAMPLE)
def test_some_damaged_exports_remove_no_more_than_the_guards_allow(
    name: Name, system: str, policy: str, tmp_path: Path
) -> None:
    figures = _run(name, _LOOPS[name], [system], _SAMPLED, [policy], tmp_path / "files")
    assert figures.ends["source refused"]
    assert figures.carried_out["every second row"]


def test_half_of_an_export_of_any_system_removes_nobody_until_it_is_overridden(tmp_path: Path) -> None:
    figures = _run("logto", "asyncio", list(WRITERS), ["the first half"], ["end"], tmp_path / "files")
    assert figures.carried_out["the first half"] == figures.cases == len(WRITERS)
    assert (figures.most_leaving, figures.ends["refused by guards"]) == (0, 2 * len(WRITERS))


@pytest.mark.proof
@pytest.mark.parametrize(("name", "policy"), [(name, policy) for name in NAMES for policy in _policies(name)])
def test_no_damaged_export_removes_more_than_the_guards_allow(name: Name, policy: str, tmp_path: Path) -> None:
    figures = _run(name, _LOOPS[name], list(WRITERS), DAMAGES, [policy], tmp_path / "files")
    COUNTS.append(f"damaged exports, {name}, {policy}: {figures}")
    assert figures.most_leaving, "one of 40 members may leave"
    assert figures.alone
    some = {"the first half", "every second row", "one more missing than may be", "every second one gone"}
    assert set(figures.carried_out) >= some
