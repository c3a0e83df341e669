"""Run a fleet's nights: requests of each organization, peak memory of the process, and time of a hand-out.

`python -m benchmarks.fleet` serves thousands of organizations in a separate process, so that its memory is not
measured. It runs each night in a fresh process, with the store in SQLite: one night in which every roster has changed
by 1 %, one in which nothing has changed and every organization is verified, and one in which unchanged rosters are
skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

Night: TypeAlias = Literal["changed", "verified", "skipped"]
NIGHTS: Final[dict[Night, str]] = {
    "changed": "1 % of each roster has changed",
    "verified": "nothing has changed, everything is verified",
    "skipped": "nothing has changed, rosters are compared",
}
ORGANIZATIONS: Final = 5_000
PEOPLE: Final = 200
TENANTS: Final = 10
MAX_REQUESTS: Final[dict[tuple[Night, str], int]] = {
    ("changed", "flat"): 25,
    ("changed", "logto"): 60,
    ("verified", "flat"): 2,
    ("verified", "logto"): 4,
    ("skipped", "flat"): 0,
    ("skipped", "logto"): 0,
}
"""The most requests of one organization, by night and provider."""
MAX_MIB: Final = 400
MAX_HANDOUT_MS: Final = 10.0
PAGE: Final = Path(__file__).parent.parent / "docs" / "how-to" / "fleet-every-night.md"
_MARKS = ("<!-- python -m benchmarks.fleet --write -->", "<!-- end of the figures -->")
# Of 200 people, 2 are changed: in turns 2 others names, one other name and one new user, and one new and one gone.
_CHANGES: Final = (
    {"renamed": 2, "new": 0, "gone": 0},
    {"renamed": 1, "new": 1, "gone": 0},
    {"renamed": 0, "new": 1, "gone": 1},
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one night.

    Attributes:
        organizations: Number of organizations.
        night: The night.
        states: Number of organizations by the state that they ended in.
        requests: The number of requests of each organization that needed most, by provider.
        total: Number of requests.
        seconds: Seconds of the night.
        mib: Peak memory of the process in MiB.
        handout_ms: Median time in milliseconds to hand out an organization.
    """

    organizations: int
    night: Night
    states: dict[str, int]
    requests: dict[str, int]
    total: int
    seconds: float
    mib: float
    handout_ms: float

    def problems(self) -> list[str]:
        """Return what of these figures is above its limit, or is no success."""
        found = [
            f"{provider}: {number} requests of one organization, {limit} at most"
            for provider, number in self.requests.items()
            if number > (limit := MAX_REQUESTS[self.night, provider])
        ]
        if self.mib > MAX_MIB:
            found.append(f"{self.mib:.0f} MiB, {MAX_MIB} at most")
        if self.handout_ms > MAX_HANDOUT_MS:
            found.append(f"{self.handout_ms:.1f} ms for a hand-out, {MAX_HANDOUT_MS:.0f} at most")
        if self.states.keys() - {"done", "unchanged"}:
            found.append(f"not all organizations are done: {self.states}")
        return found
