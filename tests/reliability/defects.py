"""What the proofs found and what is not mended yet: each stands in `test_defects` as an expected failure.

A finding that is none of these fails the proof that made it. When one is mended its expected failure fails, and it
goes from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.reliability.world import Name


@dataclass(frozen=True, slots=True)
class Defect:
    """Hold one defect: the step that shows it, and how its findings read."""

    reason: str
    name: Name
    step: str
    pattern: str


_READ_BACK = (
    r".*false report: (RateLimitError|PermissionDeniedError|NotSentError|AuthenticationError).*, and it is done"
)

DEFECTS: tuple[Defect, ...] = (
    Defect(
        "a Flat invitation whose answer was lost is made again, though Flat refuses no second one",
        "flat",
        "invitations.create",
        r"flat invitations\.create, .*duplicated: 2 copies",
    ),
    Defect(
        "a member's change is done, the reading back of them is refused, and the refusal is told as the change's",
        "logto",
        "users.update",
        r"logto users\.update, " + _READ_BACK,
    ),
    Defect(
        "an account's change is done, the reading back of it is refused, and the refusal is told as the change's",
        "logto",
        "accounts.update",
        r"logto accounts\.update, " + _READ_BACK,
    ),
    Defect(
        "a role's change is done, the reading back of it is refused, and the refusal is told as the change's",
        "logto",
        "roles.update",
        r"logto roles\.update, " + _READ_BACK,
    ),
)


def unknown_of(findings: Sequence[str]) -> list[str]:
    """Give the findings that are of no known defect."""
    return [one for one in findings if not any(re.match(defect.pattern, one) for defect in DEFECTS)]
