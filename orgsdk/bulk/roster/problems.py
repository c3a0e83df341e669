"""Problems of a roster: collect them, and find duplicate keys, invalid addresses and rows without a key."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from orgsdk.arguments import describe_name
from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.roster import keys
from orgsdk.bulk.roster.columns import KEYS
from orgsdk.bulk.roster.spec import RosterProblem
from orgsdk.domain import check_email
from orgsdk.errors import Advice, InvalidArgumentError

if TYPE_CHECKING:
    from typing import NoReturn

    from orgsdk.bulk.roster.spec import UserSpec

COLUMN_ADVICE = Advice(
    'To read a field from a column of another name, pass columns={"email": "NAME"}; to ignore a column, '
    'ignore=["NAME"].',
    command="--column FIELD=NAME maps a column to a field, --ignore NAME ignores one",
)
ROLE_ADVICE = Advice(
    'To map a role to one of the provider\'s, read the roster with roles={"NAME": "ROLE"}; to ignore it, '
    'roles={"NAME": None}.',
    command="--map-role FROM=TO maps a role to one of the provider's, --map-role FROM= ignores it",
)
COMPLETE_ADVICE = Advice(
    "Add a line end. If the file is complete (some spreadsheets export it so), pass complete=True.",
    command="add a line end; or, if the file is complete (some spreadsheets export it so), pass --complete",
)


def map_role_advice(role: str, meant: str | None) -> Advice:
    """Return how to map one role to one of the provider's; `meant` is the one that was probably meant."""
    name, target = shlex.quote(role), shlex.quote(meant or "ROLE")
    return (
        Advice(
            f"To map it, read the roster with roles={{{role!r}: {meant or 'ROLE'!r}}}; to ignore it, "
            f"roles={{{role!r}: None}}.",
            command=f"--map-role {name}={target} maps it, --map-role {name}= ignores it",
        )
        if describe_name(role) == repr(role)
        else ROLE_ADVICE
    )


def origin_at(name: str, line: int) -> str:
    """Return the text that names a line of a file in problems, plans and reports."""
    return f"{name}, line {line}"


class UnreadableSource(Exception):  # noqa: N818  # internal: readers convert it to `SourceError`
    """The source cannot be read beyond this line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class ProblemCollector:
    """Collect problems in the order of the source."""

    def __init__(self) -> None:
        self._found: list[RosterProblem] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, origin: str | None, message: str, *, advice: Advice | None = None) -> None:
        """Add one problem."""
        self._found.append(RosterProblem(origin, message, advice))

    def raise_any(self) -> None:
        """Raise `SourceError` if there are problems."""
        if self._found:
            raise SourceError(self._found)

    def fail(self, origin: str | None, message: str, *, advice: Advice | None = None) -> NoReturn:
        """Add a problem after which reading cannot continue, and raise all problems."""
        self.add(origin, message, advice=advice)
        raise SourceError(self._found)


class RosterChecker:
    """Check rows in the order of their source; a problem with a duplicate key names both rows."""

    def __init__(self, problems: ProblemCollector) -> None:
        self._problems = problems
        self._seen: dict[str, dict[str, str]] = {kind: {} for kind in KEYS}

    def check(self, spec: UserSpec) -> None:
        """Add a problem if the row has no key, an invalid e-mail address, or a key of an earlier row."""
        if not (spec.external_id or spec.email or spec.username):
            self._problems.add(spec.origin, f"the row has no key: {', '.join(KEYS)} are all empty")
        if spec.external_id:
            self._check_unique("external_id", keys.external_id_key(spec.external_id), spec)
        if spec.username:
            self._check_unique("username", keys.username_key(spec.username), spec)
        if spec.email:
            self._check_email(spec.email, spec)

    def _check_email(self, email: str, spec: UserSpec) -> None:
        try:
            check_email(email)
        except InvalidArgumentError:
            self._problems.add(spec.origin, "the email is invalid: write name@domain, without spaces")
            return
        try:
            self._check_unique("email", keys.email_key(email), spec)
        except ValueError as error:
            self._problems.add(spec.origin, f"the email is invalid: {error}")

    def _check_unique(self, kind: str, key: str, spec: UserSpec) -> None:
        origin = spec.origin or "a row"
        first = self._seen[kind].setdefault(key, origin)
        if first is not origin:
            self._problems.add(origin, f"the {kind} is the same as in {first}")
