"""Errors of a bulk run as a whole. The failure of one user is an `Outcome`, not an error.

`StoppedError` is in `orgsdk.bulk.run.report`, beside the report that it carries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from orgsdk.errors import Advice, OrgError

if TYPE_CHECKING:  # `orgsdk --help` loads this module, and no pydantic
    from collections.abc import Mapping

    from orgsdk.bulk.planning.writes import GuardResult
    from orgsdk.bulk.roster.spec import RosterProblem


_MAX_SHOWN = 20
# The rows of a group that are named: all of them, or if there are more, the first ones.
_MAX_NAMED_ROWS = 3


class SourceError(OrgError):
    """The roster has problems; nothing was sent. The message shows them in groups, and what may solve them.

    Args:
        problems: Every problem that was found, with the row it is in.
        summary: The first line of the message. Default: the number of problems.
        remedy: What may solve them together.
    """

    def __init__(
        self, problems: Sequence[RosterProblem], *, summary: str | None = None, remedy: Advice | None = None
    ) -> None:
        many = "is 1 problem" if len(problems) == 1 else f"are {len(problems):,} problems"
        self.problems: tuple[RosterProblem, ...] = tuple(problems)
        self.remedy: Advice | None = remedy
        groups = self.groups
        shown = [f"  {group}" for group in groups[:_MAX_SHOWN]]
        more = [f"  and {len(groups) - _MAX_SHOWN:,} more"] if len(groups) > _MAX_SHOWN else []
        first = summary or f"There {many} with the source"
        super().__init__("\n".join([f"{first}; nothing was sent.", *shown, *more]))

    @property
    def groups(self) -> tuple[ProblemGroup, ...]:
        """The problems in groups of the same message, in the order of their first rows."""
        return group_problems(self.problems)

    @property
    def advice(self) -> tuple[Advice, ...]:
        """What may solve the problems, each advice once."""
        found = [*(problem.advice for problem in self.problems), self.remedy]
        return tuple(dict.fromkeys(advice for advice in found if advice is not None))

    def __str__(self) -> str:
        return "\n".join((super().__str__(), *self.advice))


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Rows that have the same problem. As text it is one line, with the first rows.

    Attributes:
        message: What is wrong.
        origins: Where the rows are; empty if the problem is not in one row.
        advice: The argument that may solve it; None if there is none.
    """

    message: str
    origins: tuple[str, ...]
    advice: Advice | None = None

    def __str__(self) -> str:
        if not self.origins:
            return self.message
        number = len(self.origins)
        return f"{self.origins[0] if number == 1 else f'{number:,} rows ({name_rows(self.origins)})'}: {self.message}"


def group_problems(problems: Sequence[RosterProblem]) -> tuple[ProblemGroup, ...]:
    """Return the problems in groups of the same message, in the order of their first rows."""
    found: dict[tuple[str, Advice | None], list[str]] = {}
    for problem in problems:
        rows = found.setdefault((problem.message, problem.advice), [])
        if problem.origin is not None:
            rows.append(problem.origin)
    return tuple(ProblemGroup(message, tuple(rows), advice) for (message, advice), rows in found.items())


def name_rows(origins: Sequence[str]) -> str:
    """Return the first rows in one text: "roster.csv, line 2", or "roster.csv, lines 2, 3, 4, …"."""
    named = origins[:_MAX_NAMED_ROWS]
    parts = [origin.rpartition(" ") for origin in named]
    text = ", ".join(named)
    if len(named) > 1 and all(file == parts[0][0] and number.isdecimal() for file, _, number in parts):
        text = f"{parts[0][0]}s {', '.join(number for _, _, number in parts)}"
    return f"{text}, …" if len(origins) > len(named) else text


class PlanError(OrgError):
    """The plan cannot be applied: it is damaged, too old, or of another organization. Nothing was sent."""


class GuardError(OrgError):
    """One or more guards refuse the plan; nothing was sent.

    Args:
        failed: The results of the guards that refuse it.
        advice: What to call if the changes are intended. The command line shows its own.
    """

    def __init__(self, failed: Sequence[GuardResult], *, advice: str | None = None) -> None:
        reasons = [f"  {result.name}: {result.detail}" for result in failed]
        super().__init__("\n".join(["The plan is refused; nothing was sent.", *reasons]))
        self.failed: tuple[GuardResult, ...] = tuple(failed)
        self.advice = advice

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.advice is None else f"{text}\n{self.advice}"


def _rebuild_file_error(
    kind: type[FileError], args: tuple[str, str, int | None], state: Mapping[str, object]
) -> FileError:
    error = kind(*args)
    error.__dict__.update(state)
    return error


class FileError(OrgError, OSError):
    """A file of a run cannot be read or written, or is not safe to use.

    The disk is full, no file descriptors are left, or the name is a link, a device or a file of another user. It is
    an `OSError` as well, with `strerror`, `filename`, and `errno` if the operating system reported one.

    Args:
        path: The file.
        reason: What is wrong.
        number: The operating system's error number.
    """

    def __init__(self, path: PathLike[str] | str, reason: str, number: int | None = None) -> None:
        super().__init__(number, reason, str(path))

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"

    def __reduce__(self) -> tuple[object, tuple[type[OrgError], tuple[object, ...], Mapping[str, object]]]:
        # The numbers and the name of an `OSError` are not in its `__dict__`.
        return _rebuild_file_error, (type(self), (self.filename, self.strerror, self.errno), dict(self.__dict__))


class StoreError(OrgError):
    """A journal, an audit or passwords that are not in files cannot be read or written, as a `FileError` is for files.

    The run has stopped; resume it when the store works again.
    """


class LockedError(OrgError):
    """Another run is working on the same organization, or has the same file open."""


class AuditError(OrgError):
    """A line of an audit was changed, or the file is not an audit."""
