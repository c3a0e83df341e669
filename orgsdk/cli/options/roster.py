"""Options for which roster file is read, and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Group, Parameter

from orgsdk.cli.errors import UsageError
from orgsdk.cli.options.common import FlagOption, IdOption, TextOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.bulk import Roster

_GROUP = Group("Roster", sort_key=5)
_SPREADSHEETS = frozenset({".xlsx", ".xls", ".ods", ".numbers"})
_FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".zip": "oneroster"}
_Values = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]

RoleMapOption = Annotated[
    _Values,
    Parameter(
        name="--map-role",
        metavar="FROM=TO",
        help="Map the roster's role FROM to the provider's role TO. FROM= ignores it. May be repeated.",
    ),
]


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class RosterOptions:
    """Options for reading a roster."""

    format: Annotated[
        Literal["csv", "jsonl", "oneroster"] | None,
        Parameter(metavar="FORMAT", help="csv, jsonl or oneroster. Default: by the file's name."),
    ] = None
    column: Annotated[
        _Values,
        Parameter(
            metavar="FIELD=NAME", help="Read the FIELD from the column NAME, and no other columns. May be repeated."
        ),
    ] = ()
    ignore: Annotated[
        _Values, Parameter(metavar="NAME", help="Do not read the column of this name. May be repeated.")
    ] = ()
    map_role: RoleMapOption = ()
    delimiter: Annotated[
        TextOption, Parameter(help="The character between cells. Default: detected among , ; and tab.")
    ] = None
    encoding: Annotated[
        TextOption, Parameter(help="The encoding. Default: UTF-8, or as the byte order mark states.")
    ] = None
    org: Annotated[IdOption, Parameter(help="OneRoster: the sourcedId of the organization to read.")] = None
    primary_only: Annotated[FlagOption, Parameter(help="OneRoster 1.2: ignore secondary roles.")] = False
    complete: Annotated[
        FlagOption,
        Parameter(
            help="The file is complete although its last line has no line end. Without this option that is an error."
        ),
    ] = False
    partial: Annotated[
        FlagOption, Parameter(help="The roster is incomplete: nobody is removed because they are missing.")
    ] = False

    def read(self, path: Path, *, on_error: Literal["raise", "skip"] = "raise") -> "Roster":
        """Read the roster. With `"skip"`, bad rows are left out, and the planner decides about them.

        Raise `UsageError` if the file cannot be read or options contradict each other, `SourceError` for errors in the
        roster, and `InvalidArgumentError` for an invalid option.
        """
        try:
            return self._read(path, on_error)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None

    def _read(self, path: Path, on_error: Literal["raise", "skip"]) -> "Roster":
        from orgsdk import bulk
        from orgsdk.cli.standard_input import is_standard_input, open_bytes

        if self.complete and self.partial:
            raise UsageError("--complete and --partial contradict each other: omit one")
        complete = True if self.complete else False if self.partial else None
        roster_format = self._select_format(path)
        self._check(roster_format)
        names = parse_role_map(self.map_role)
        piped = is_standard_input(path)
        if roster_format == "oneroster":
            if piped:
                raise UsageError("a OneRoster export is a folder or a zip: it cannot be read from standard input")
            return bulk.read_oneroster(
                path, org=self.org, roles=names, primary_only=self.primary_only, complete=complete, on_error=on_error
            )
        columns = parse_pairs(self.column, "--column FIELD=NAME") or None
        file = open_bytes() if piped else path
        if roster_format == "jsonl":
            return bulk.read_jsonl(
                file,
                columns=columns,
                ignore=self.ignore,
                roles=names,
                encoding=self.encoding,
                complete=complete,
                on_error=on_error,
            )
        return bulk.read_csv(
            file,
            columns=columns,
            ignore=self.ignore,
            roles=names,
            delimiter={"tab": "\t", "\\t": "\t"}.get(self.delimiter or "", self.delimiter),
            encoding=self.encoding,
            complete=complete,
            on_error=on_error,
        )

    def _select_format(self, path: Path) -> str:
        from orgsdk.cli.standard_input import is_standard_input

        if is_standard_input(path) and self.format is None:
            raise UsageError("standard input has no name that shows the format: pass --format csv or jsonl")
        if "\n" in str(path):  # not repeated: it is personal
            raise UsageError("ROSTER is the text of a file: pass its path, or - with --format and the text in a pipe")
        if self.format is None and path.suffix.lower() in _SPREADSHEETS:
            raise UsageError(f"{path}: a spreadsheet is not read: save it as CSV, and pass that file")
        selected = self.format or ("oneroster" if path.is_dir() else _FORMATS.get(path.suffix.lower()))
        if selected is None:
            raise UsageError(
                f"{path}: the format is unknown from the file's name: pass --format csv, jsonl or oneroster"
            )
        return selected

    def _check(self, roster_format: str) -> None:
        options = {
            "--org": (self.org is not None, {"oneroster"}),
            "--primary-only": (self.primary_only, {"oneroster"}),
            "--column": (bool(self.column), {"csv", "jsonl"}),
            "--ignore": (bool(self.ignore), {"csv", "jsonl"}),
            "--encoding": (self.encoding is not None, {"csv", "jsonl"}),
            "--delimiter": (self.delimiter is not None, {"csv"}),
        }
        for option, (is_given, formats) in options.items():
            if is_given and roster_format not in formats:
                raise UsageError(f"{option} is for {' and '.join(sorted(formats))}, but the roster is {roster_format}")


def parse_role_map(values: "Iterable[str]") -> dict[str, str | None]:
    """Return the mapped roles, None for a role without a target. Raise `UsageError` for an invalid pair."""
    return {name: to or None for name, to in parse_pairs(values, "--map-role FROM=TO").items()}


def parse_pairs(values: "Iterable[str]", option: str) -> dict[str, str]:
    """Return the NAME=VALUE pairs of an option that may be repeated.

    Raise `UsageError` if one is not a pair, or if two have the same name and different values.
    """
    found: dict[str, str] = {}
    for pair in values:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{option}: {pair!r} is not of that form")
        if found.setdefault(name.strip(), value.strip()) != value.strip():
            raise UsageError(f"{option}: {name.strip()!r} is given twice")
    return found
