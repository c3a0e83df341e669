"""Options that say which roster file is read, and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Group, Parameter

from orgsdk.cli.errors import UsageError
from orgsdk.cli.options.common import FlagOption, IdOption, TextOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.bulk import Roster

# Without postponed annotations: cyclopts reads them when a command runs.

_GROUP = Group("Roster", sort_key=5)
_FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".zip": "oneroster"}
_COLUMNS = "--column FIELD=NAME maps a column to a field, --ignore NAME passes one over"
_Pairs = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]

RoleMapOption = Annotated[
    _Pairs,
    Parameter(
        name="--map-role",
        metavar="FROM=TO",
        help="Take the roster's role FROM for the provider's TO; FROM= leaves out whoever holds no other. Repeatable.",
    ),
]


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class RosterOptions:
    """Say how a roster is to be read."""

    format: Annotated[
        Literal["csv", "jsonl", "oneroster"] | None,
        Parameter(metavar="FORMAT", help="csv, jsonl or oneroster; without it, the file's name tells."),
    ] = None
    column: Annotated[
        _Pairs,
        Parameter(metavar="FIELD=NAME", help="The column NAME says the FIELD; no other columns are read. Repeatable."),
    ] = ()
    ignore: Annotated[_Pairs, Parameter(metavar="NAME", help="Do not read the column of this name. Repeatable.")] = ()
    map_role: RoleMapOption = ()
    delimiter: Annotated[
        TextOption, Parameter(help="What stands between cells; without it, found among , ; and tab.")
    ] = None
    encoding: Annotated[TextOption, Parameter(help="Without it, UTF-8, or as a byte order mark says.")] = None
    org: Annotated[
        IdOption, Parameter(help="OneRoster: the sourcedId of the organization whose people are wanted.")
    ] = None
    primary_only: Annotated[FlagOption, Parameter(help="OneRoster 1.2: leave secondary roles out.")] = False
    complete: Annotated[
        FlagOption, Parameter(help="The file is whole although its last line is not ended; else that is an error.")
    ] = False
    partial: Annotated[FlagOption, Parameter(help="The roster is a part: nobody is removed for missing in it.")] = False

    def read(self, path: Path) -> "Roster":
        """Read the roster.

        Raises `UsageError` for a file that is not there and for options that do not go together, `SourceError` for
        what is wrong in it, and `InvalidArgumentError`.
        """
        from orgsdk.bulk import RosterProblem, SourceError

        try:
            return self._read(path)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
        except SourceError as error:
            # The library's advice is a call in Python.
            told = SourceError(
                [
                    RosterProblem(problem.origin, problem.message.replace("say complete=True", "say --complete"))
                    for problem in error.problems
                ]
            )
            if any("have it ignored" in problem.message for problem in error.problems):
                told.add_note(_COLUMNS)
            raise told from None

    def _read(self, path: Path) -> "Roster":
        from orgsdk import bulk

        if self.complete and self.partial:
            raise UsageError("--complete and --partial say opposite things: leave one out")
        complete = True if self.complete else False if self.partial else None
        form = self._form(path)
        self._check(form)
        names = parse_role_map(self.map_role)
        if form == "oneroster":
            return bulk.read_oneroster(
                path, org=self.org, roles=names, primary_only=self.primary_only, complete=complete
            )
        columns = parse_pairs(self.column, "--column FIELD=NAME") or None
        if form == "jsonl":
            return bulk.read_jsonl(
                path, columns=columns, ignore=self.ignore, roles=names, encoding=self.encoding, complete=complete
            )
        return bulk.read_csv(
            path,
            columns=columns,
            ignore=self.ignore,
            roles=names,
            delimiter={"tab": "\t", "\\t": "\t"}.get(self.delimiter or "", self.delimiter),
            encoding=self.encoding,
            complete=complete,
        )

    def _form(self, path: Path) -> str:
        form = self.format or ("oneroster" if path.is_dir() else _FORMATS.get(path.suffix.lower()))
        if form is None:
            raise UsageError(f"{path}: the name does not tell what it is: pass --format csv, jsonl or oneroster")
        return form

    def _check(self, form: str) -> None:
        given = {
            "--org": (self.org is not None, {"oneroster"}),
            "--primary-only": (self.primary_only, {"oneroster"}),
            "--column": (bool(self.column), {"csv", "jsonl"}),
            "--ignore": (bool(self.ignore), {"csv", "jsonl"}),
            "--encoding": (self.encoding is not None, {"csv", "jsonl"}),
            "--delimiter": (self.delimiter is not None, {"csv"}),
        }
        for option, (is_given, forms) in given.items():
            if is_given and form not in forms:
                raise UsageError(f"{option} goes with {' and '.join(sorted(forms))}, and this is {form}")


def parse_role_map(given: "Iterable[str]") -> dict[str, str | None]:
    """Give the roles that are renamed, None for those that nobody is wanted for; raises as `parse_pairs` does."""
    return {name: to or None for name, to in parse_pairs(given, "--map-role FROM=TO").items()}


def parse_pairs(given: "Iterable[str]", option: str) -> dict[str, str]:
    """Give the pairs of an option that stands once a pair.

    Raises `UsageError` where one is no pair, or where two say different things of one name.
    """
    found: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{option}: {pair!r} has not that form")
        if found.setdefault(name.strip(), value.strip()) != value.strip():
            raise UsageError(f"{option}: {name.strip()!r} is given twice")
    return found
