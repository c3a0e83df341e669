"""The nightly job of a proof: read the files of a system, plan and apply. The server's state judges it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from orgsdk.bulk import GuardError, Plan, Policy, Roster, SourceError, UserSpec, apply, plan, read_roster
from orgsdk.sandbox import Person
from tests.bulk.exports import WRITERS, Export
from tests.bulk.scenario import STUDENT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from tests.reliability.scenario import Scenario, ServerUser
    from tests.reliability.servers import SimulatedServers

SIZE = 40
# What the default policy allows of 40 members: 5 % removed or suspended, 30 % updated, and 3 new admins. Without a
# limit of removals, fewer than half may leave.
MOST_LEAVING, MOST_LEAVING_WITHOUT_LIMIT, MOST_UPDATED, MOST_NEW_ADMINS = 2, 19, 12, 3


def _person(number: int) -> Person:
    role = "admin" if number == 0 else "teacher" if number % 8 == 0 else "student"
    username = f"user{number:02}"
    return Person(f"S{number:02}", username, f"{username}@example.org", f"Zoé{number:02}", "Müller", role, None)


PEOPLE = [_person(number) for number in range(SIZE)]
EVERYBODY = [
    UserSpec(
        external_id=one.external_id,
        username=one.username,
        email=one.email,
        given_name=one.first_name,
        family_name=one.last_name,
        roles=(one.role,),
    )
    for one in PEOPLE
]


def _overriding(policy: Policy) -> Policy:
    """Return the policy of an operator who wants every change that the file asks for."""
    return replace(
        policy,
        max_removal_share=1.0,
        min_matched_share=0.0,
        max_update_share=1.0,
        max_role_share=1.0,
        max_new_admins=SIZE,
        max_renamed=SIZE,
        on_error="skip",
        max_bad_rows=SIZE,
    )


@dataclass(slots=True)
class Figures:
    """What happened to the damaged files. A case is one damaged file with one policy."""

    cases: int = 0
    nights: int = 0
    ends: Counter[str] = field(default_factory=Counter[str])
    # Guards that alone refused a plan.
    alone: Counter[str] = field(default_factory=Counter[str])
    carried_out: Counter[str] = field(default_factory=Counter[str])
    most_leaving: int = 0

    def __str__(self) -> str:
        return (
            f"{self.cases} cases, {self.nights} nights, {dict(self.ends)}, at most {self.most_leaving} left; "
            f"refused by one guard alone: {dict(self.alone)}; carried out when overridden: {self.carried_out.total()}"
        )


@dataclass(slots=True)
class Night:
    """A night's plan, None if the source was refused, and the guards that refused it."""

    plan: Plan | None = None
    refused_by: tuple[str, ...] = ()

    @property
    def end(self) -> str:
        """How the night ended."""
        if self.plan is None:
            return "source refused"
        return "refused by guards" if self.refused_by else "within the limits"


@dataclass(slots=True)
class Job:
    """The nightly job at one provider, with the files of one system."""

    system: str
    scenario: Scenario
    folder: Path
    figures: Figures
    whole: Plan | None = None
    digest: str = ""
    rosters: dict[tuple[object, ...], Roster] = field(default_factory=dict[tuple[object, ...], Roster])

    @property
    def servers(self) -> SimulatedServers:
        """Return the provider's server."""
        return self.scenario.servers

    def read(self, files: Mapping[str, bytes], policy: Policy) -> Roster:
        """Return the roster of the files, which are read once."""
        key = (policy.on_error, *files.items())
        if key not in self.rosters:
            self.rosters[key] = self._read(files, policy)
        return self.rosters[key]

    def _read(self, files: Mapping[str, bytes], policy: Policy) -> Roster:
        self.folder.mkdir(exist_ok=True)
        for old in self.folder.iterdir():
            old.unlink()
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        path = self.folder if "manifest.csv" in files else [self.folder / name for name in files]
        export = self.export
        roles = {"student": STUDENT[self.servers.name]}
        if self.system == "oneroster":
            roles["administrator"] = "admin"
        return read_roster(
            path,
            self.system.partition(" ")[0],
            columns=export.columns,
            roles={**roles, "staff": None} if self.system == "clever" else roles,
            on_error=policy.on_error,
            complete=True,
        )

    @property
    def export(self) -> Export:
        """Return the undamaged files."""
        return WRITERS[self.system](EVERYBODY)

    async def reset(self, policy: Policy) -> Plan:
        """Reset the server, apply the undamaged file, and return the plan of the next night."""
        if self.whole is not None and self.servers.digest() == self.digest:
            return self.whole
        self.servers.seed(PEOPLE)
        self.servers.flat.page_cap = 100
        whole = {name: text.encode() for name, text in self.export.files.items()}
        last = await plan(self.scenario.org, self.read(whole, policy), policy)
        if not last.is_empty:
            await apply(last, self.scenario.org, confirm=last.hash)
            last = await plan(self.scenario.org, self.read(whole, policy), policy)
        assert last.is_empty, last.table()
        assert len(self.members()) == SIZE
        self.whole, self.digest = last, self.servers.digest()
        return last

    def members(self) -> dict[str, ServerUser]:
        """Return the active members at the server by id."""
        return {one.id: one for one in self.scenario.users() if one.is_member and not one.is_suspended}

    async def run(
        self, files: Mapping[str, bytes], policy: Policy, previous: Plan | None, *, confirms: bool = False
    ) -> Night:
        """Run one night as the job does: read, plan and apply."""
        self.figures.nights += 1
        try:
            made = await plan(self.scenario.org, self.read(files, policy), policy, previous=previous)
        except SourceError:
            return Night()
        try:
            report = await apply(made, self.scenario.org, confirm=made.hash if confirms else None)
        except GuardError as error:
            return Night(made, tuple(guard.name for guard in error.failed))
        assert not report.failed, report.summary()
        return Night(made)

    async def run_guarded(self, files: Mapping[str, bytes], policy: Policy, previous: Plan | None) -> Night:
        """Run one night without a confirmation: nothing is written, or no more than the limits of the guards."""
        before, digest = self.members(), self.servers.digest()
        night = await self.run(files, policy, previous)
        after = self.members()
        leaving = [user for user in before if user not in after or _is_demoted(before[user], after[user])]
        staying = [(before[user], after[user]) for user in before if user in after]
        changed = sum((old.email, old.given_name) != (new.email, new.given_name) for old, new in staying)
        promoted = sum(_is_demoted(new, old) for old, new in staying)
        self.figures.most_leaving = max(self.figures.most_leaving, len(leaving))
        most = MOST_LEAVING if policy.max_removal_share < 1 else MOST_LEAVING_WITHOUT_LIMIT
        assert len(leaving) <= most, f"{len(leaving)} members left"
        assert (changed <= MOST_UPDATED, promoted <= MOST_NEW_ADMINS) == (True, True)
        if night.end != "within the limits":
            assert self.servers.digest() == digest
        if len(night.refused_by) == 1:
            self.figures.alone[night.refused_by[0]] += 1
        self.figures.ends[night.end] += 1
        return night

    async def run_overridden(
        self,
        files: Mapping[str, bytes],
        policy: Policy,
        previous: Plan | None,
        damage: str,
        staying: Collection[str | None],
    ) -> Night:
        """Run one night as an operator who overrides the guards: exactly the members of the plan leave.

        `staying` are addresses of members who must stay.
        """
        before = self.members()
        night = await self.run(files, _overriding(policy), previous, confirms=True)
        after = self.members()
        left = before.keys() - after.keys()
        if night.plan is None or night.refused_by:
            # A file without a row or without a valid one shows nothing that an operator could want.
            assert night.plan is None or "whole" in night.refused_by
            assert not left
            self.figures.ends["not to be overridden"] += 1
            return night
        planned = {write.user_id for write in night.plan.writes if write.kind in {"remove", "suspend"}}
        assert left == planned & before.keys()
        assert not {before[user].email for user in left}.intersection(staying)
        if len(left) > 1:
            self.figures.carried_out[damage] += 1
        return night


def _is_demoted(before: ServerUser, after: ServerUser) -> bool:
    return "admin" in before.roles and "admin" not in after.roles
