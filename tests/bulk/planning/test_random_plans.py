"""Random organizations and rosters: the server carries out exactly the writes of the plan, and a second plan is empty.

`python -m pytest -m proof tests/bulk/planning/test_random_plans.py` is the full run; `ORGSDK_PLANS=5000` makes it
longer, and `ORGSDK_SEED=137` repeats one seed.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.bulk import Plan, Policy, State, UserSpec, apply, plan
from orgsdk.sandbox import Person
from tests.bulk.scenario import name_of
from tests.bulk.server_writes import planned_writes, server_writes
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.servers import NAMES, SHORT, Name, SimulatedServers
from tests.reliability.simulation import scenario_of

if TYPE_CHECKING:
    from tests.reliability.scenario import Scenario

_ONE = os.environ.get("ORGSDK_SEED")
_FEW = [int(_ONE)] if _ONE else range(12)
_MANY = range(int(os.environ.get("ORGSDK_PLANS", "1000")))
ROLES: dict[Name, tuple[str, ...]] = {"flat": ("user", "teacher", "admin"), "logto": ("student", "teacher", "admin")}
ROLES["workos"] = ROLES["logto"]


def people(rng: random.Random) -> list[Person]:
    """Return the users of an organization: an admin (at Flat the user of the token), and some others."""
    found = [Person("x0", "boss", "boss@example.com", "Boss", "Example", "admin", None)]
    for number in range(1, rng.randrange(1, 30)):
        role = rng.choice(("student", "student", "teacher", "admin"))
        email = None if rng.random() < 0.1 else f"old{number}@example.com"
        found.append(Person(f"x{number}", f"old_{number}", email, f"Old{number}", "Example", role, None))
    return found


def roster(rng: random.Random, name: Name, persons: list[Person]) -> list[UserSpec]:
    """Return a roster: most users, some changed, some with an address that another user frees, and new users."""
    freed: list[str] = []
    wanted: list[UserSpec] = []
    for person in persons:
        if person.username != "boss" and rng.random() < 0.25:
            continue
        email, given = person.email, person.first_name
        if rng.random() < 0.3:
            taken = freed.pop() if freed and rng.random() < 0.5 else f"moved.{person.username}@example.com"
            if email is not None:
                freed.append(email)
            email = taken
        if rng.random() < 0.3:
            given = f"{given}-{rng.randrange(9)}"
        roles = (rng.choice(ROLES[name]),) if person.username != "boss" else ("admin",)
        wanted.append(
            UserSpec(
                external_id=person.external_id if rng.random() < 0.2 else None,
                username=person.username,
                email=email,
                given_name=given,
                roles=roles if rng.random() < 0.8 else None,
            )
        )
    unchanged = [position for position, spec in enumerate(wanted) if (spec.email or "").startswith("old")]
    if len(unchanged) > 1 and rng.random() < 0.2:
        # Two users exchange their addresses, which no order of writes can do: both keep their own.
        one, other = rng.sample(unchanged, 2)
        first, second = wanted[one], wanted[other]
        wanted[one], wanted[other] = replace(first, email=second.email), replace(second, email=first.email)
    for position, spec in enumerate(wanted):
        if spec.username != "boss" and rng.random() < 0.2:
            # No row takes over an address of a user who is not active: who has it, is another test's subject.
            state: State = rng.choice(("suspended", "gone"))
            own = next(person for person in persons if person.username == spec.username)
            if all(own.email is None or other.email != own.email for other in wanted if other is not spec):
                wanted[position] = replace(spec, state=state, email=own.email, word=state.upper())
    for number in range(rng.randrange(12)):
        several = name == "logto" and rng.random() < 0.3
        wanted.append(
            UserSpec(
                external_id=f"n{number}" if name == "logto" and rng.random() < 0.3 else None,
                username=f"new_{number}",
                email=f"new{number}@example.com",
                family_name="Newman",
                roles=tuple(rng.sample(ROLES[name][1:], 2 if several else 1)) if rng.random() < 0.9 else None,
            )
        )
    rng.shuffle(wanted)
    if name == "workos":  # no usernames: the external ids are the keys
        return [replace(spec, username=None, external_id=spec.username) for spec in wanted]
    return wanted


def policy(rng: random.Random, name: Name) -> Policy:
    """Return a random policy."""
    return Policy(
        match_by=("external_id",) if name == "workos" else ("username",),
        create=rng.choice(("account", "account", "invite", "no")),
        remove=rng.choice(
            ("no", "membership", "account") if name == "flat" else ("no", "suspend", "membership", "account")
        ),
        suspended=rng.choice(("ignore", "remove") if name == "flat" else ("ignore", "suspend", "remove")),
        roles=rng.choice(("set", "set", "add", "leave") if name == "logto" else ("set", "set", "leave")),
        on_error=rng.choice(("raise", "skip")),
        max_bad_rows=2,
        grace=rng.choice((None, None, timedelta(days=9))),
        max_removal_share=1.0,
        min_matched_share=0.0,
    )


def _bad_keys(name: Name) -> dict[str, Any]:
    key = "external_id" if name == "workos" else "username"
    return {key: "bad_row", "email": "bad@example.com"}


async def _one(name: Name, seed: int, wrong: list[str], kinds: Counter[str]) -> None:
    rng = random.Random(seed)
    servers = SimulatedServers.of(name)
    persons = people(rng)
    async with scenario_of(servers) as (scenario, _network):
        servers.seed([replace(one, external_id=one.username) for one in persons] if name == "workos" else persons)
        wanted = roster(rng, name, persons)
        for spec in wanted:
            key = name_of(spec)
            if name != "flat" and str(key).startswith("new_") and rng.random() < 0.2:
                keys = {"external_id": key} if name == "workos" else {"username": key}
                await scenario.direct_client.accounts.create(email=spec.email, **keys)
        rules = policy(rng, name)
        if any(spec.roles is None for spec in wanted):
            # A new user may get the provider's default role, which the next plan counts as named by the source.
            rules = replace(rules, remove_roles=tuple(ROLES[name]))
        if rules.on_error == "skip" and rng.random() < 0.5:
            wanted.append(UserSpec(**_bad_keys(name), roles=("no such role",)))
        plan_ = await plan(scenario.org, wanted, rules)
        kinds.update({kind: count for kind, count in plan_.counts.items() if count})
        problem = await _problem(scenario, plan_, wanted, rng.choice((1, 3, 16)))
        if problem is not None:
            wrong.append(f"{name}, seed {seed}: {problem}")


async def _problem(scenario: Scenario, plan_: Plan, wanted: list[UserSpec], concurrency: int) -> str | None:
    servers = scenario.servers
    servers.requests.clear()
    report = await apply(plan_, scenario.org, concurrency=concurrency, confirm=plan_.hash)
    expected, found = planned_writes(plan_, servers.name), server_writes(servers, plan_)
    if expected != found:
        return f"planned, not sent: {expected - found}; sent, not planned: {found - expected}"
    done = report.created + report.updated + report.removed + report.adopted
    if not report.planned == len(plan_.writes) == done or report.skipped or report.failed:
        return report.summary() + str([(one.write.kind, one.status, one.reason) for one in report.outcomes])
    before = servers.digest()
    servers.requests.clear()
    again = await plan(scenario.org, wanted, plan_.policy, previous=plan_)
    if not again.is_empty:
        return f"does not converge: {again.summary()}"
    await apply(again, scenario.org)
    if server_writes(servers, again) or servers.digest() != before:
        return f"nothing to do, but sent: {server_writes(servers, again)}"
    # A second run of the same plan changes nothing.
    if plan_.counts["invite"] == 0:
        repeated = await apply(plan_, scenario.org, confirm=plan_.hash)
        if servers.digest() != before or repeated.created or repeated.removed or repeated.failed:
            return f"applied twice: {repeated.summary()}"
    return None


def _run(name: Name, loop: Loop, seeds: range | list[int]) -> Counter[str]:
    wrong: list[str] = []
    kinds: Counter[str] = Counter()
    for seed in seeds:
        run_virtually(partial(_one, name, seed, wrong, kinds), loop)
    assert wrong == []
    return kinds


@pytest.mark.parametrize(("name", "loop"), SHORT)
def test_server_gets_exactly_the_writes_of_some_random_plans(name: Name, loop: Loop) -> None:
    kinds = _run(name, loop, _FEW)
    assert set(kinds) >= {"create", "update", "set_roles", "remove"}


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_server_gets_exactly_the_writes_of_many_random_plans(name: Name, loop: Loop) -> None:
    kinds = _run(name, loop, _MANY)
    COUNTS.append(f"random plans, {name} on {loop}: {len(_MANY)}, with {sum(kinds.values())} writes {dict(kinds)}")
