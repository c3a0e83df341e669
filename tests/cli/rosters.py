"""Rosters for the tests of the commands: the sandbox's users, with some removed and added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.sandbox.roster import default_roster

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from orgsdk.sandbox import Person

HEADER = "username,email,given_name,family_name,roles"
FLAT_ROLES = {"student": "user"}


def write_roster(
    path: Path, provider: str, *, new: int = 0, without: int = 0, people: Iterable[Person] | None = None
) -> str:
    """Write a roster of the sandbox's users, without the last ones and with new ones; return the path."""
    names = FLAT_ROLES if provider == "flat" else {}
    known = list(default_roster() if people is None else people)
    rows = [
        f"{p.username},{p.email or ''},{p.first_name},{p.last_name},{names.get(p.role, p.role)}"
        for p in known[: len(known) - without]
    ]
    student = names.get("student", "student")
    rows += [f"new_{number},new_{number}@example.org,New,Person,{student}" for number in range(new)]
    path.write_text("\n".join([HEADER, *rows, ""]), "utf-8")
    return str(path)
