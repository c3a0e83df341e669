"""`orgs.csv`: which organizations there are, and which lie beneath which.

Source: OneRoster CSV Tables 1.1.1 and CSV Binding 1.2.1, "orgs.csv".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.bulk.sources.columns import nearest
from orgsdk.bulk.sources.problems import at

if TYPE_CHECKING:
    from orgsdk.bulk.sources.oneroster.files import Files

ORGS = "orgs.csv"


def read_orgs(files: Files) -> dict[str, str]:
    """Give each organization's sourcedId with its parent's, which may be empty; those that are deleted are left out."""
    parents: dict[str, str] = {}
    with files.rows(ORGS, ("sourcedId", "status"), ("parentSourcedId",)) as rows:
        for line, (sourced_id, status, parent) in rows:
            if not sourced_id:
                files.problems.add(at(ORGS, line), "the sourcedId is empty")
            elif sourced_id in parents:
                files.problems.add(at(ORGS, line), f"the sourcedId {sourced_id[:100]!r} stands twice")
            elif status.casefold() != "tobedeleted":
                parents[sourced_id] = parent
    return parents


def beneath(org: str, parents: dict[str, str], files: Files) -> frozenset[str]:
    """Give an organization and all that lie beneath it: a district's people are those of its schools."""
    if org not in parents:
        files.problems.fail(ORGS, f"there is no organization with the sourcedId {org!r}{nearest(org, parents)}")
    children: dict[str, list[str]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    found: set[str] = set()
    waiting = [org]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children.get(one, [])
    return frozenset(found)
