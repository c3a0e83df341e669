"""Options for which roster files are read, and how."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

from cyclopts import Group, Parameter

from orgsdk.cli.errors import UsageError
from orgsdk.cli.options.common import FlagOption, IdOption, PathOption, PositiveOption, TextOption
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.bulk import Roster, State
    from orgsdk.bulk.roster.preset_rows import ReadOptions
    from orgsdk.bulk.roster.rows import OnError

_GROUP = Group("Roster", sort_key=5)
_OPTIONS = {"columns": "--column", "id_prefixes": "--id-prefix"}
_Values = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]

RoleMapOption = Annotated[
    _Values,
    Parameter(
        name="--map-role",
        metavar="FROM=TO",
        help="Map the roster's role FROM to the provider's role TO. FROM= ignores it. May be repeated.",
    ),
]
PresetOption = Annotated[
    str | None,
    Parameter(
        metavar="NAME",
        help="The system that wrote the files, such as entra; or csv, json or excel for columns of your own. "
        "Default: recognized.",
    ),
]
RosterArgument = Annotated[
    tuple[str, ...],
    Parameter(
        metavar="FILE",
        negative="",
        help="The roster: files, a folder or a zip. FILE=ROLE "
        "is a file whose users have that role. - reads standard input.",
    ),
]


@Parameter(name="*", group=_GROUP)
@dataclass(frozen=True, slots=True, kw_only=True)
class RosterOptions:
    """Options for reading a roster."""

    preset: PresetOption = None
    mapping: Annotated[
        PathOption,
        Parameter(help="A mapping file, which orgsdk roster inspect writes. Options here replace its lines."),
    ] = None
    column: Annotated[
        _Values,
        Parameter(
            metavar="FIELD=NAME",
            help="Read the FIELD from the column NAME: of a preset in addition to its columns, else only these. "
            "May be repeated.",
        ),
    ] = ()
    ignore: Annotated[
        _Values, Parameter(metavar="NAME", help="Do not read the column of this name. May be repeated.")
    ] = ()
    map_role: RoleMapOption = ()
    map_state: Annotated[
        _Values,
        Parameter(
            metavar="WORD=STATE",
            help="The state that a word of the file means: active, suspended or gone. May be repeated.",
        ),
    ] = ()
    rows: Annotated[
        Literal["users", "memberships"] | None,
        Parameter(
            metavar="KIND", help="users: one row per user (default). memberships: roles of a user's rows are joined."
        ),
    ] = None
    omit_shared_emails: Annotated[
        FlagOption, Parameter(help="Leave an address of several users out, if another key identifies them.")
    ] = False
    id_prefix: Annotated[
        _Values,
        Parameter(
            metavar="FILE=PREFIX",
            help="Put PREFIX before the external ids of FILE, if ids are unique in one file only. May be repeated.",
        ),
    ] = ()
    delimiter: Annotated[
        TextOption, Parameter(help="The character between cells. Default: detected among , ; and tab.")
    ] = None
    encoding: Annotated[
        TextOption, Parameter(help="The encoding. Default: UTF-8, or as the byte order mark states.")
    ] = None
    header_line: Annotated[PositiveOption | None, Parameter(help="The line of the header. Default: the first one.")] = (
        None
    )
    sheet: Annotated[TextOption, Parameter(help="The sheet of a workbook. Default: the only one with data.")] = None
    items: Annotated[TextOption, Parameter(help="JSON: the name of the list of users, with dots.")] = None
    org: Annotated[
        IdOption,
        Parameter(
            help="OneRoster, SDS, Clever: the id of the organization or school to read. GitHub Enterprise: its name."
        ),
    ] = None
    primary_only: Annotated[FlagOption, Parameter(help="OneRoster 1.2: ignore secondary roles.")] = False
    on: Annotated[
        TextOption,
        Parameter(
            metavar="DATE",
            help="OneRoster 1.2, SDS, Supabase: the day on which roles and bans must be valid, as in 2026-08-31. "
            "Default: today.",
        ),
    ] = None
    complete: Annotated[
        FlagOption,
        Parameter(help="The files list all users, although the system or a missing line end at the end lets doubt it."),
    ] = False
    partial: Annotated[
        FlagOption, Parameter(help="The roster is incomplete: nobody is removed because they are missing.")
    ] = False

    def read(self, *files: str | Path, on_error: "OnError | None" = None) -> "Roster":
        """Read the roster of one file, or of several; `FILE=ROLE` states the role of a file's users.

        With `"skip"`, bad rows are left out, and the planner decides about them.

        Raise `UsageError` if a file cannot be read or options contradict each other, `SourceError` for errors in the
        roster, and `InvalidArgumentError` for an invalid option.
        """
        try:
            return self._read([str(file) for file in files], on_error)
        except InvalidArgumentError as error:
            # The other options have the names of the arguments.
            if option := _OPTIONS.get(error.argument or ""):
                raise UsageError(f"{option} {error.message.rstrip('.')}") from None
            raise
        except OSError as error:
            raise UsageError(f"{getattr(error, 'filename', None) or files[0]}: {error.strerror}") from None

    def _read(self, files: list[str], on_error: "OnError | None") -> "Roster":
        from orgsdk.bulk.roster.read_roster import make_options, read_sources
        from orgsdk.cli.standard_input import is_standard_input, open_bytes

        if not files:
            raise UsageError("name the roster: a file, a folder or a zip")
        if any("\n" in file for file in files):  # not repeated: it is personal
            raise UsageError("ROSTER is the text of a file: pass its path, or - with the text in a pipe")
        entries = parse_files(files)
        if len(entries) > 1 and any(file.endswith(".json") and not Path(file).exists() for file in entries):
            raise UsageError("a file is missing. Did you mean orgsdk plan ROSTER --output PATH?")
        piped = [file for file in entries if is_standard_input(file)]
        if piped and len(entries) > 1:
            raise UsageError("standard input is one file: name the others, or pipe them one by one")
        options, preset = make_options(self._arguments(on_error), self.mapping)
        if piped:
            (role,) = entries.values()
            return read_sources([(open_bytes(), role)], options, preset)
        return read_sources([(Path(file), role) for file, role in entries.items()], options, preset)

    def _arguments(self, on_error: "OnError | None" = None) -> dict[str, object]:
        """Return the arguments of `bulk.read_roster`; None for those that were not given."""
        if self.complete and self.partial:
            raise UsageError("--complete and --partial contradict each other: omit one")
        return {
            "preset": self.preset,
            "columns": parse_pairs(self.column, "--column FIELD=NAME") or None,
            "ignore": self.ignore or None,
            "roles": parse_role_map(self.map_role) or None,
            "enabled": parse_state_map(self.map_state) or None,
            "rows": self.rows,
            "omit_shared_emails": self.omit_shared_emails or None,
            "on_error": on_error,
            "items": self.items,
            "org": self.org,
            "primary_only": self.primary_only or None,
            "on": parse_date(self.on),
            "id_prefixes": parse_pairs(self.id_prefix, "--id-prefix FILE=PREFIX") or None,
            "delimiter": {"tab": "\t", "\\t": "\t"}.get(self.delimiter or "", self.delimiter),
            "encoding": self.encoding,
            "header_line": self.header_line,
            "sheet": self.sheet,
            "complete": True if self.complete else False if self.partial else None,
        }

    def reader_options(self) -> tuple["ReadOptions", str | None]:
        """Return how one file is read, and its preset; for `orgsdk roster inspect`."""
        from orgsdk.bulk.roster.read_roster import make_options

        return make_options(self._arguments(), self.mapping)


def parse_date(text: str | None) -> date | None:
    """Return the day of a text such as 2026-08-31. Raise `UsageError` if it is none."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--on {text[:30]!r} is not a day, such as 2026-08-31") from None


def parse_files(files: "Iterable[str]") -> dict[str, str | None]:
    """Return the files, each with the role behind its last `=`, or None.

    A file that exists is not split, even if its name has an `=`. Raise `UsageError` if a file is named twice.
    """
    found: dict[str, str | None] = {}
    for text in files:
        name, equals, role = text.rpartition("=")
        is_file = not equals or not name or Path(text).exists()
        file = text if is_file else name
        if file in found:
            raise UsageError(f"{file} is named twice")
        found[file] = None if is_file else role or None
    return found


def parse_state_map(values: "Iterable[str]") -> dict[str, "bool | State"]:
    """Return the states of words. Raise `UsageError` for an invalid pair, or for another state."""
    found: dict[str, bool | State] = {}
    for word, state in parse_pairs(values, "--map-state WORD=STATE").items():
        if state not in {"active", "suspended", "gone"}:
            raise UsageError(f"--map-state WORD=STATE: the state {state!r} is not active, suspended or gone")
        found[word] = cast("State", state)
    return found


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
            # Without the values: those of `orgsdk auth login --set` may be secrets.
            raise UsageError(f"{option}: {name.strip()!r} is given twice, with different values: leave one of them out")
    return found
