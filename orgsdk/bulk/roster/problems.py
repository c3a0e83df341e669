"""Problems of a roster: collect them, and find duplicate keys, invalid addresses and rows without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.roster import keys
from orgsdk.bulk.roster.columns import KEYS
from orgsdk.bulk.roster.spec import RosterProblem
from orgsdk.domain import check_email
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from typing import NoReturn

    from orgsdk.bulk.roster.spec import UserSpec

# A file in a wrong encoding or with a shifted column has one in every row: nobody reads more of them than this.
MAX_PROBLEMS = 100


def origin_at(name: str, line: int) -> str:
    """Name a line of a file as problems, plans and reports do."""
    return f"{name}, line {line}"


class UnreadableSource(Exception):  # noqa: N818  # it never leaves this room: a `SourceError` does
    """Tell where a source cannot be read any further."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class ProblemCollector:
    """Gather problems in the order of the source: the first hundred of them whole, and how many there are."""

    def __init__(self) -> None:
        self._found: list[RosterProblem] = []
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, origin: str | None, message: str) -> None:
        """Note one problem."""
        self._count += 1
        if self._count <= MAX_PROBLEMS:
            self._found.append(RosterProblem(origin, message))

    def raise_any(self) -> None:
        """Raise `SourceError` with what was noted, where anything was."""
        if self._found:
            self._raise()

    def fail(self, origin: str | None, message: str) -> NoReturn:
        """Note a problem after which nothing more can be told, and raise all of them."""
        self._count += 1
        self._found.append(RosterProblem(origin, message))
        self._raise()

    def _raise(self) -> NoReturn:
        if unnamed := self._count - len(self._found):
            self._found.append(RosterProblem(None, f"and {unnamed:,} more problems"))
        raise SourceError(self._found)


class RosterChecker:
    """Check people one after the other, in the order of their source; what is wrong is noted with both rows."""

    def __init__(self, problems: ProblemCollector) -> None:
        self._problems = problems
        self._seen: dict[str, dict[str, str]] = {kind: {} for kind in KEYS}

    def check(self, spec: UserSpec) -> None:
        """Note what is wrong with the person, alone or beside those before."""
        if not (spec.external_id or spec.email or spec.username):
            self._problems.add(spec.origin, f"the row has no key: {', '.join(KEYS)} are all empty")
        if spec.external_id:
            self._note("external_id", keys.external_id_key(spec.external_id), spec)
        if spec.username:
            self._note("username", keys.username_key(spec.username), spec)
        if spec.email:
            self._note_email(spec.email, spec)

    def _note_email(self, email: str, spec: UserSpec) -> None:
        try:
            check_email(email)
        except InvalidArgumentError:
            self._problems.add(spec.origin, "the email is no address: it is name@domain, without spaces")
            return
        try:
            self._note("email", keys.email_key(email), spec)
        except ValueError as error:
            self._problems.add(spec.origin, f"the email is no address: {error}")

    def _note(self, kind: str, key: str, spec: UserSpec) -> None:
        origin = spec.origin or "a row"
        first = self._seen[kind].setdefault(key, origin)
        if first is not origin:
            self._problems.add(origin, f"the {kind} is that of {first} already")
