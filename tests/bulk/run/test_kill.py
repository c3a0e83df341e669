"""`kill -9` at any instant, then resume: nothing is lost and nothing is done twice, by the state of the server.

Two plans are applied: one of ordinary changes, and one of departures (suspensions, returns and removals), made from a
file of a preset with bad rows. `python -m pytest -m proof tests/bulk/run/test_kill.py` is the full run; `-k departures`
is one of them, and `ORGSDK_KILLS=5000` makes it longer.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk.bulk import PlanError, Run, apply, resume, verify_audit
from orgsdk.sandbox import Sandbox
from orgsdk.sandbox.logto.formats import password_matches
from tests.bulk.scenario import accounts_at, client_of
from tests.bulk.workloads import WORKLOADS, Workload
from tests.reliability.counters import COUNTS
from tests.reliability.servers import NAMES, Name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orgsdk.bulk import Plan, Report

pytestmark = [
    pytest.mark.undocumented("the requests of the child processes do not pass this process"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed process is forked"),
]

_FEW, _MANY = 6, int(os.environ.get("ORGSDK_KILLS", "1000"))
_FEW_BOUNDARIES = range(0, 60, 10)


@dataclass(slots=True)
class Killing:
    """Run plans in a process that is killed, and finish them in this one."""

    workload: Workload
    sandbox: Sandbox
    nursery: subprocess.Popen[str]
    folder: Path
    runs: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def run(self, name: Name, seed: int, *, boundary: int | None = None) -> bool:
        """Run once with that seed; return whether the process was killed before the run ended."""
        rng = random.Random(seed)
        folder = self.folder / str(self.runs)
        folder.mkdir()
        self.runs += 1
        self.sandbox.reset()
        backend = "trio" if seed % 2 else "asyncio"
        plan = anyio.run(self._plan, name, folder, backend=backend)
        concurrency = 1 if boundary is not None else rng.choice((1, 4, 16))
        killed = self._child(name, folder, rng, concurrency, resumes=False, boundary=boundary, backend=backend)
        if killed and rng.random() < 0.25:
            self._child(name, folder, rng, concurrency, resumes=True, boundary=None, backend=backend)
        report, again = anyio.run(self._finish, name, folder, plan, backend=backend)
        problem = self._find_problem(name, folder, plan, report)
        if problem is None and not again.is_empty:
            problem = f"the next plan is not empty: {again.table()}"
        if problem is not None:
            self.wrong.append(f"{name}, seed {seed}, boundary {boundary}: {problem}")
        return killed

    async def _plan(self, name: Name, folder: Path) -> Plan:
        async with client_of(self.sandbox, name) as client:
            plan = await self.workload.first_plan(client, client.organization(), name)
        self.sandbox.requests.clear()
        plan.save(folder / "plan.json")
        return plan

    def _child(
        self,
        name: Name,
        folder: Path,
        rng: random.Random,
        concurrency: int,
        *,
        resumes: bool,
        boundary: int | None,
        backend: str,
    ) -> bool:
        state: Any = getattr(self.sandbox, name)
        settings = {
            "flat": {"token": self.sandbox.flat.token, "base_url": self.sandbox.flat_url},
            "logto": {
                "endpoint": self.sandbox.logto_url,
                "app_id": self.sandbox.logto.app_id,
                "app_secret": self.sandbox.logto.app_secret,
            },
            "workos": {"api_key": self.sandbox.workos.api_key, "base_url": self.sandbox.workos_url},
        }
        job = {
            "provider": name,
            "settings": settings[name],
            "organization": state.organization_id,
            "folder": str(folder),
            "concurrency": concurrency,
            "resume": resumes,
            "boundary": boundary,
            "backend": backend,
        }
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(json.dumps(job) + "\n")
        self.nursery.stdin.flush()
        child = int(self.nursery.stdout.readline())
        if boundary is None:
            # A run takes from 0.1 s to 0.4 s, so some of these instants are after its end.
            time.sleep(rng.uniform(0, 0.3))
            os.kill(child, signal.SIGKILL)
        self.nursery.stdin.write("over\n")
        self.nursery.stdin.flush()
        ended = int(self.nursery.stdout.readline())
        self.ends["killed" if os.WIFSIGNALED(ended) else f"exit {os.WEXITSTATUS(ended)}"] += 1
        return os.WIFSIGNALED(ended)

    async def _finish(self, name: Name, folder: Path, plan: Plan) -> tuple[Report, Plan]:
        """Resume the run; return its report, and the next plan."""
        async with client_of(self.sandbox, name) as client:
            org = client.organization()
            try:
                report = await resume(folder / "journal", org)
            except PlanError:
                # It was killed before the journal had the plan: nothing was sent.
                sent = {(one.method, one.path) for one in self.sandbox.requests if one.method != "GET"}
                assert all(path.endswith("/token") for _, path in sent), sent
                again: Run = apply(
                    plan, org, journal=folder / "journal", audit=folder / "audit", passwords=folder / "passwords"
                )
                report = await again
            return report, await self.workload.next_plan(org, name, plan)

    def _find_problem(self, name: Name, folder: Path, plan: Plan, report: Report) -> str | None:
        found = accounts_at(self.sandbox, name)
        if found != (expected := self.workload.expected(name)):
            lost = [one for one in expected if one not in found]
            more = [one for one in found if one not in expected]
            doubled = [one for one, times in Counter(found).items() if times > 1]
            return f"lost {lost}, too much {more}, doubled {doubled}"
        done = report.created + report.updated + report.removed + report.adopted
        if done != report.planned or report.planned != len(plan.writes):
            return report.summary() + str([(one.status, one.reason) for one in report.outcomes])
        lines = (folder / "audit").read_bytes().splitlines()
        verify_audit(folder / "audit")
        if Counter(json.loads(line)["write"] for line in lines) != Counter(write.number for write in plan.writes):
            return "the audit does not have one line for each write"
        created = [write for write in plan.writes if write.kind == "create"]
        return self._wrong_password(
            name, folder, {write.fields.get("username") or write.fields["external_id"] for write in created}
        )

    def _wrong_password(self, name: Name, folder: Path, new: set[str]) -> str | None:
        lines = [line.split(",") for line in (folder / "passwords").read_text("utf-8").splitlines()[1:]]
        given = {username or key.partition(":")[2]: password for key, username, _, password in lines}
        if len(lines) != len(new) or set(given) != new:
            return f"passwords of {sorted(given)}"
        if name == "flat":
            stored = {one.username: one.password for one in self.sandbox.flat.users.values()}
            return next((f"not {n}'s password" for n in given if stored[n] != given[n]), None)
        if name == "workos":
            accounts = {one.external_id: one.password for one in self.sandbox.workos.store.users}
            return next((f"not {n}'s password" for n in given if accounts[n] != given[n]), None)
        users = {one.username: one for one in self.sandbox.logto.store.users}
        return next((f"not {n}'s password" for n in given if not password_matches(users[n], given[n])), None)


@pytest.fixture
def killing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Killing]:
    workload = WORKLOADS[request.param]
    sandbox = Sandbox(workload.people)
    sandbox.start()
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tests.bulk.killed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=request.config.rootpath,
    )
    try:
        yield Killing(workload, sandbox, nursery, tmp_path)
    finally:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        nursery.stdin.close()
        nursery.wait()
        nursery.stdout.close()
        sandbox.stop()


of_workloads = pytest.mark.parametrize("killing", WORKLOADS, indirect=True)
of_apply = pytest.mark.parametrize("killing", ["apply"], indirect=True)


@of_apply
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_or_doubled_after_a_kill_at_some_instants(killing: Killing, name: Name) -> None:
    # How many instants are after the end of a run depends on the speed of the machine.
    for seed in range(10 * _FEW):
        killing.run(name, seed)
        if killing.ends["killed"] == _FEW:
            break
    assert killing.wrong == []
    assert killing.ends["killed"] == _FEW
    assert killing.ends["exit 1"] == 0


@pytest.mark.parametrize(
    ("killing", "name"),
    [("apply", "flat"), ("departures", "logto")],  # WorkOS shares the journal: it is in the proof
    indirect=["killing"],
)
def test_nothing_is_lost_or_doubled_after_a_kill_at_some_journal_boundaries(killing: Killing, name: Name) -> None:
    killed = [killing.run(name, boundary, boundary=boundary) for boundary in _FEW_BOUNDARIES]
    assert killing.wrong == []
    assert killed.count(True) >= 3


@pytest.mark.proof
@of_workloads
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_or_doubled_after_a_kill_at_many_instants(
    killing: Killing, name: Name, request: pytest.FixtureRequest
) -> None:
    seed = 0
    while killing.ends["killed"] < _MANY:
        killing.run(name, seed)
        seed += 1
    what = f"kill -9 at random instants, {request.node.callspec.id}"
    COUNTS.append(f"{what}: {killing.runs} runs, {dict(killing.ends)}, {killing.wrong=}")
    assert killing.wrong == []


@pytest.mark.proof
@of_workloads
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_or_doubled_after_a_kill_at_every_journal_boundary(
    killing: Killing, name: Name, request: pytest.FixtureRequest
) -> None:
    boundary = 0
    while killing.run(name, boundary, boundary=boundary):
        boundary += 1
    what = f"kill -9 at every journal boundary, {request.node.callspec.id}"
    COUNTS.append(f"{what}: {boundary} boundaries, {killing.wrong=}")
    assert killing.wrong == []
