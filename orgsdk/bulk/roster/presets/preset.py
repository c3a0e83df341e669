"""What a preset is: how a system's export is recognized, and which of its columns fill which field."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, cast

from orgsdk.bulk.roster.dates import ReadingDay
from orgsdk.bulk.roster.spec import State
from orgsdk.bulk.roster.states import NO, YES

Record: TypeAlias = Mapping[str, object]
"""One row of a table, or one object of JSON, by the names of its columns."""

Words: TypeAlias = Mapping[str, State]

EMPTY: Final[Words] = {"": "active"}

ENABLED: Final[Words] = {
    **dict.fromkeys(YES, "active"),
    **dict.fromkeys(NO, "suspended"),
}
"""A flag that is true for an active user."""

BLOCKED: Final[Words] = {
    **dict.fromkeys(YES, "suspended"),
    **dict.fromkeys((*NO, ""), "active"),
}
"""A flag that is true for a suspended user. Without a value the user is active."""


class NotAUser(Exception):  # noqa: N818  # internal: the reader counts it in a note
    """A row is not one of a user, such as one of a service account. The message names the kind in the singular."""


def fold_name(name: str) -> str:
    """Return the name of a column as it is compared: trimmed, without case."""
    return name.strip().casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one kind of file of a system is read.

    Attributes:
        title: What the notes call the file.
        names: Names that a file has, if it is one of these: of columns, or of an object of JSON (`profile.login`).
        absent: Names that such a file does not have.
        mark: A pattern that the name of a column has in such a file only.
        list_at: In JSON, the name beside which the list of users is; empty for an array and for one object per line.
            None for a table.
        columns: The names that fill a field. The first one with a value is read.
        states: The words of each column that states whether a user is active. The strictest of them decides.
        role: The role of each row.
        role_of_file: The role of each row, by the start of the file's name.
        separators: The characters between roles in a cell.
        org: The column with the organizations of a row, separated by commas; None if there is none.
        roles_by_org: Returns the organizations of a record with the role in each, if the roles are of several
            organizations, of which one must be named.
        prepare: Converts a record before it is read. It raises `NotAUser` for a row that is not one of a user.
        prepare_on: The same, for what depends on the day.
        normalize: Returns the name of a column as it is compared.
        partial: Why such a file may list only a part of the users; None if it lists all of them.
        proves_whole: Whether the object around the list shows that the list of that length has all users.
        rows_are_memberships: Rows of one user that differ in their role or school are one user.
        escapes: Cells are written with backslashes instead of quotes.
        header: The columns, if the file has no header.
        only: A pattern that the name of each column has in such a file.
        problem_note: What to do if the file has problems.
        note: What the user should know of the choice of columns.
    """

    title: str
    names: Collection[str]
    columns: Mapping[str, str | tuple[str, ...]]
    absent: Collection[str] = ()
    mark: re.Pattern[str] | None = None
    list_at: str | None = None
    states: Mapping[str, Words] = field(default_factory=dict[str, Words])
    role: str | None = None
    role_of_file: Mapping[str, str] = field(default_factory=dict[str, str])
    separators: str = ";|"
    org: str | None = None
    roles_by_org: Callable[[Record], Iterable[tuple[str, str]]] | None = None
    prepare: Callable[[Record], Record] | None = None
    prepare_on: Callable[[Record, ReadingDay], Record] | None = None
    normalize: Callable[[str], str] = fold_name
    partial: str | None = None
    proves_whole: Callable[[Record, int], bool] | None = None
    rows_are_memberships: bool = False
    escapes: bool = False
    header: tuple[str, ...] = ()
    only: re.Pattern[str] | None = None
    problem_note: str | None = None
    note: str | None = None

    @property
    def kind(self) -> Literal["table", "json"]:
        """Whether the file is a table (CSV, a workbook) or JSON."""
        return "table" if self.list_at is None else "json"

    def columns_of(self, name: str) -> tuple[str, ...]:
        """Return the names that fill a field, the first one first."""
        found = self.columns.get(name, ())
        return (found,) if isinstance(found, str) else found

    def has_header(self, header: Collection[str]) -> bool:
        """Return whether a table or list with these names is of this layout."""
        if self.header:
            return False
        normalize = self.normalize if self.kind == "table" else fold_name
        found = {normalize(name) for name in header}
        if self.mark is not None and not any(self.mark.search(name.strip()) for name in header):
            return False
        if self.only is not None and not all(map(self.only.fullmatch, filter(None, found))):
            return False
        return found.issuperset(map(fold_name, self.names)) and found.isdisjoint(self.absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFile:
    """The file of an export that has the roles of its users, one in each row.

    Attributes:
        name: Its name.
        user: The column with the user's id.
        role: The column with the role.
        org: The column with the organization.
        begin: The column with the first day of the role.
        end: The column with its last day.
        words: The roles of the system by their names without case, where case does not matter.
    """

    name: str
    user: str
    role: str
    org: str
    begin: str
    end: str
    words: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A system whose exports can be read.

    Attributes:
        name: Its name, for `read_roster(path, name)`.
        title: The name that people use.
        layouts: Its kinds of files.
        other_files: Files of an export that list no users, in lower case.
        may_lack_users: A pattern of the names of JSON files that may have no list of users.
        roles: The file with the roles, if they are not in the file of the users.
        parents: File of the organizations, its column of ids and its column of parents; None if there are no parents.
    """

    name: str
    title: str
    layouts: tuple[Layout, ...]
    other_files: Collection[str] = ()
    may_lack_users: re.Pattern[str] | None = None
    roles: RoleFile | None = None
    parents: tuple[str, str, str] | None = None


def records_in(value: object) -> list[Record]:
    """Return the objects of a list in JSON; empty if it is not a list."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Record", item) for item in items if isinstance(item, Mapping)]
