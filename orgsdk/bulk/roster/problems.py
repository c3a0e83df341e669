"""Problems of a roster: collect them until the source is read, or leave the bad rows out."""

from __future__ import annotations

import shlex
from operator import itemgetter
from typing import TYPE_CHECKING

from orgsdk.arguments import describe_name
from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.roster.spec import RejectedRow, RosterProblem
from orgsdk.errors import Advice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from orgsdk.bulk.roster.keys import Key
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


def header_advice(line: int) -> Advice:
    """Return how to read a file whose header seems to be in this line."""
    return Advice(
        f"To read the header in line {line}, pass header_line={line}.",
        command=f"--header-line {line} reads the header in that line",
    )


def map_role_advice(role: str, meant: str | None, sources: Sequence[str] = ()) -> Advice:
    """Return how to map one role to one of the provider's; `meant` is the one that was probably meant.

    `sources` are the names of the role in the source, if a mapping has made it of others.
    """
    names = sources or (role,)
    if any(describe_name(name) != repr(name) or "=" in name for name in (role, *names)):
        return ROLE_ADVICE
    target = meant or "ROLE"

    def options(to: str) -> str:
        return " ".join(f"--map-role {shlex.quote(name)}={to}" for name in names)

    def arguments(to: str | None) -> str:
        return f"roles={{{', '.join(f'{name!r}: {to!r}' for name in names)}}}"

    mapped = ", ".join(f"{shlex.quote(name)}={shlex.quote(role)}" for name in names if name != role)
    instead = f", in place of {mapped}" if mapped else ""
    return Advice(
        f"To map it, read the roster with {arguments(target)}{instead}; to ignore it, {arguments(None)}{instead}.",
        # An option that is appended to the one of the command would be given twice.
        command=f"{f'in place of {mapped}: ' if mapped else ''}{options(shlex.quote(target))} maps it, {options('')} "
        "ignores it",
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
    """Collect problems in the order of the source.

    With `skip`, the rows that are rejected are collected in `rejected`, and only problems of the source itself are
    raised. Set `position` to the number of rows before the one that is checked: problems may be found in another order.
    """

    def __init__(self, *, skip: bool = False) -> None:
        self.skip: bool = skip
        self.position: int = 0
        self._rejected: list[tuple[int, RejectedRow]] = []
        self._found: list[tuple[int, RosterProblem]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def rejected(self) -> list[RejectedRow]:
        """The rows that were rejected."""
        return [row for _, row in sorted(self._rejected, key=itemgetter(0))]

    def add(self, origin: str | None, message: str, *, advice: Advice | None = None) -> None:
        """Add one problem of the source itself."""
        self._found.append((self.position, RosterProblem(origin, message, advice)))

    def reject(
        self,
        origin: str | None,
        message: str,
        spec: UserSpec | None = None,
        *,
        unreadable: tuple[Key, ...] = (),
        advice: Advice | None = None,
    ) -> None:
        """Add the problem of a row, with the keys that could be read, and the kinds of those that could not."""
        if self.skip:
            rejected = RejectedRow(RosterProblem(origin, message, advice), spec, unreadable)
            self._rejected.append((self.position, rejected))
        else:
            self.add(origin, message, advice=advice)

    def raise_any(self) -> None:
        """Raise `SourceError` if there are problems."""
        if self._found:
            self._raise()

    def fail(self, origin: str | None, message: str, *, advice: Advice | None = None) -> NoReturn:
        """Add a problem after which reading cannot continue, and raise all problems."""
        self.add(origin, message, advice=advice)
        self._raise()

    def _raise(self) -> NoReturn:
        raise SourceError([problem for _, problem in sorted(self._found, key=itemgetter(0))])
