"""Telling whether a user is still as the plan saw them, apart from what the run itself has done. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from orgsdk.bulk.comparing import is_same
from orgsdk.bulk.fingerprint import fingerprint
from orgsdk.bulk.spec import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.bulk.members import Member
    from orgsdk.bulk.spec import Field
    from orgsdk.bulk.writes import Write

Verdict: TypeAlias = Literal["go", "done", "drifted"]


def judge(
    write: Write, now: Member, own: Sequence[Write], *, uncertain: bool, fields: Sequence[Field] = FIELDS
) -> Verdict:
    """Say what to do about a write: do it, take it for done, or leave it because somebody else was there.

    `own` are the writes of the same person that this run had done, or may have, when they were read as they are
    `now`, in order; later ones than this too, which were done though nobody knows of this. An `uncertain` write may
    have been done as well, in whole or in part. `fields` are those that the provider keeps.
    """
    others = [other for other in own if other.number != write.number]
    if fingerprint(undone(now, others), fields) == write.fingerprint:
        return "go"
    all_of_them = sorted((*others, write), key=lambda one: one.number)
    if uncertain and fingerprint(undone(now, all_of_them), fields) == write.fingerprint:
        return "done" if _is_done(write, now) else "go"
    return "drifted"


def undone(member: Member, writes: Sequence[Write]) -> Member:
    """Give the member as they were before these writes, the last of them first; what is not as one left it stays."""
    for write in reversed(writes):
        if write.kind == "update":
            fields: dict[str, Any] = {
                name: write.before.get(name)
                for name, value in write.fields.items()
                if is_same(name, value, getattr(member, name))
            }
            member = replace(member, **fields)
        elif _holds(write, member):
            member = replace(member, roles=write.roles_before)
    return member


def _is_done(write: Write, member: Member) -> bool:
    if write.kind == "update":
        return all(is_same(name, value, getattr(member, name)) for name, value in write.fields.items())
    return _holds(write, member)


def _holds(write: Write, member: Member) -> bool:
    """Tell whether the member holds just the roles that a write of roles leaves them with."""
    if write.kind not in {"set_roles", "add_roles"}:
        return False
    after = {*write.roles, *(write.roles_before if write.kind == "add_roles" else ())}
    return set(member.roles) == after
