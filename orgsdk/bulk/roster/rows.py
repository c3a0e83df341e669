"""Read the rows of any source: the arguments that all readers take, and what becomes of the values of a row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from orgsdk.arguments import describe_value
from orgsdk.bulk.roster.cells import CellReader, ValueProblem
from orgsdk.bulk.roster.columns import KEYS, check_texts
from orgsdk.bulk.roster.duplicates import RowCollector
from orgsdk.bulk.roster.keys import Key
from orgsdk.bulk.roster.problems import ProblemCollector
from orgsdk.bulk.roster.roles import RoleMapping, RoleReader, check_roles
from orgsdk.bulk.roster.spec import Roster, State, UserSpec
from orgsdk.bulk.roster.states import StateMapping, StateReader, check_states
from orgsdk.bulk.stores.rows import RowStore
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

Rows: TypeAlias = Literal["users", "memberships"]
"""What a row of a source is: a user, or one membership of a user with its roles."""
OnError: TypeAlias = Literal["raise", "skip"]
"""What becomes of a bad row: all problems are raised, or the row is left out of the roster."""
_KEY_OF_FIELD: Final[Mapping[str, Key]] = {key: key for key in KEYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOptions:
    """The arguments of the readers that are about rows. See `read_csv`."""

    roles: RoleMapping | None = None
    enabled: StateMapping | None = None
    rows: Rows = "users"
    omit_shared_emails: bool | Collection[str] = False
    on_error: OnError = "raise"

    def __post_init__(self) -> None:
        check_roles(self.roles)
        check_states(self.enabled)
        for argument, value, kinds in (("rows", self.rows, Rows), ("on_error", self.on_error, OnError)):
            choices = get_args(kinds)
            if value not in choices:
                raise InvalidArgumentError(
                    f"{argument} is {describe_value(value)}: pass {' or '.join(map(repr, choices))}."
                )
        if not isinstance(self.omit_shared_emails, bool):
            check_texts("omit_shared_emails", self.omit_shared_emails)


class RowReader:
    """Read rows into a roster: clean their cells, map roles and states, and resolve keys that several rows have."""

    def __init__(self, options: RowOptions) -> None:
        self.problems: ProblemCollector = ProblemCollector(skip=options.on_error == "skip")
        self.cells: CellReader = CellReader()
        self.roles: RoleReader = RoleReader(options.roles, self.cells)
        self.states: StateReader = StateReader(options.enabled)
        self._elsewhere = RowStore()
        self._collector = RowCollector(
            self.problems,
            memberships=options.rows == "memberships",
            omit_shared_emails=options.omit_shared_emails,
        )

    @property
    def is_empty(self) -> bool:
        """Whether no row was added."""
        return self._collector.is_empty

    def add(self, row: UserSpec) -> None:
        """Add a row to the roster."""
        self._collector.add(row)

    def reject(self, origin: str, problem: ValueProblem, cells: Iterable[tuple[str, object]]) -> None:
        """Report a row that cannot be read. `cells` are its fields and values, of which the valid keys are kept."""
        keys, unreadable = read_keys(cells)
        spec = _spec_of(keys, origin=origin) if keys else None
        self.problems.reject(origin, str(problem), spec, unreadable=unreadable, advice=problem.advice)

    def add_elsewhere(self, keys: Mapping[Key, str], state: State) -> None:
        """Record the keys of a user that the source names in an organization that is not read.

        One who is gone is passed over, and one without a readable key.
        """
        if keys and state != "gone":
            self._elsewhere.append(_spec_of(keys, state=state))

    def roster(
        self,
        *,
        name: str,
        fingerprint: str,
        columns: tuple[str, ...],
        incomplete: bool,
        notes: Iterable[str] = (),
        changes_on: date | None = None,
    ) -> Roster:
        """Return the roster; `notes` are those of its file. Raises `SourceError` if there are problems."""
        users = self._collector.finish()
        self.problems.raise_any()
        notes = [*notes, *self.cells.notes, *self._collector.notes]
        if self.roles.has_only_empty and isinstance(users, RowStore):
            users.forget_empty_roles()
            notes.append("no row has a role, so the roles of members are not changed")
        return Roster(
            users=users,
            name=name,
            fingerprint=fingerprint,
            columns=columns,
            incomplete=incomplete,
            notes=tuple(notes),
            rejected=tuple(self.problems.rejected),
            role_sources=self.roles.sources,
            changes_on=changes_on,
            elsewhere=self._elsewhere,
        )


def read_keys(cells: Iterable[tuple[str, object]]) -> tuple[dict[Key, str], tuple[Key, ...]]:
    """Return the valid keys among fields and their values, and the kinds of the invalid ones."""
    reader, values = CellReader(), [(key, cell) for name, cell in cells if (key := _KEY_OF_FIELD.get(name)) is not None]
    texts = [cell for _, cell in values if isinstance(cell, str)]
    if len(texts) == len(values):  # one check of a whole row takes a third of the time
        try:
            found = reader.read_row(texts, [key for key, _ in values])
            return {key: text for (key, _), text in zip(values, found, strict=True) if text}, ()
        except ValueProblem:
            pass
    readable, unreadable = dict[Key, str](), list[Key]()
    for key, cell in values:
        try:
            value = reader.read_cell(cell, key) if isinstance(cell, str) else cell
            if isinstance(value, str):
                readable[key] = value
            elif value:
                unreadable.append(key)
        except ValueProblem:
            unreadable.append(key)
    return readable, tuple(unreadable)


def _spec_of(keys: Mapping[Key, str], *, state: State = "active", origin: str | None = None) -> UserSpec:
    return UserSpec(
        external_id=keys.get("external_id"),
        username=keys.get("username"),
        email=keys.get("email"),
        state=state,
        origin=origin,
    )
