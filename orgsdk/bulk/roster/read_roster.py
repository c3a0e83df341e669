"""Read a roster as the system wrote it: recognize the system, and read one file, several files, a folder or a zip."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_flag, check_instance
from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.input_file import check_path
from orgsdk.bulk.private_file import file_errors
from orgsdk.bulk.roster.cells import ValueProblem
from orgsdk.bulk.roster.columns import check_columns, check_file_arguments, suggest
from orgsdk.bulk.roster.duplicates import RowCollector
from orgsdk.bulk.roster.file_context import FileContext, FileRoster
from orgsdk.bulk.roster.file_rows import read_file
from orgsdk.bulk.roster.lines import File, open_roster_file
from orgsdk.bulk.roster.mapping_file import load_mapping
from orgsdk.bulk.roster.oneroster import read_oneroster
from orgsdk.bulk.roster.package_files import has_manifest, is_package, read_package
from orgsdk.bulk.roster.preset_rows import ReadOptions
from orgsdk.bulk.roster.problems import ProblemCollector
from orgsdk.bulk.roster.recognition import check_preset
from orgsdk.bulk.roster.roles import RoleMapping, RoleReader
from orgsdk.bulk.roster.rows import OnError, RowOptions, Rows
from orgsdk.bulk.roster.spec import Roster, UserSpec
from orgsdk.bulk.roster.states import StateMapping
from orgsdk.bulk.stores.rows import RowStore
from orgsdk.errors import Advice, InvalidArgumentError

if TYPE_CHECKING:
    from orgsdk.bulk.roster.spec import RosterProblem

Files: TypeAlias = File | Sequence[str | os.PathLike[str]] | Mapping[str, str | None] | Mapping[Path, str | None]
"""What `read_roster` reads: one file or folder, several files, or each file with the role of its users."""

PREFIX_ADVICE: Final = Advice(
    'If ids are unique in each file only, pass id_prefixes={"FILE": "PREFIX"}: the ids of that file get the prefix.',
    command="if ids are unique in each file only, --id-prefix FILE=PREFIX puts PREFIX before the ids of that file",
)
_MAX_NAME_LENGTH: Final = 200
_ROW_ARGUMENTS: Final = ("roles", "enabled", "rows", "omit_shared_emails", "on_error")


@name_parameters
def read_roster(
    path: Files,
    preset: str | None = None,
    *,
    mapping: str | os.PathLike[str] | None = None,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] | None = None,
    roles: RoleMapping | None = None,
    enabled: StateMapping | None = None,
    rows: Rows | None = None,
    omit_shared_emails: bool | Collection[str] | None = None,
    on_error: OnError | None = None,
    items: str | None = None,
    org: str | None = None,
    primary_only: bool | None = None,
    on: date | None = None,
    id_prefixes: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    header_line: int | None = None,
    sheet: str | None = None,
    complete: bool | None = None,
) -> Roster:
    """Read and check a roster as a system exports it: CSV, JSON, an Excel workbook, or a folder or zip of such files.

    The system is recognized by the names of the columns; `Roster.notes` names it. A file whose columns all have the
    names of fields is read as `read_csv`, `read_json` and `read_jsonl` read it. Several files are one roster: the roles
    of a user in two of them are joined. A download that may list only some of the users is `incomplete`. All files are
    read before it returns: in an async program, call it in a worker thread.

    Args:
        path: A file, a folder or a zip; several files; or a dict of files and the role of the users in each.
        preset: The system, such as `"entra"`; or `"csv"`, `"json"` or `"excel"` for a file with columns of its own.
            Default: recognized.
        mapping: A TOML file with the other arguments. Arguments that are passed here replace those of the file, and
            entries of a dict those entries of its table.
        columns: Maps fields to the names of columns, or in JSON to dotted names. With a preset they are in addition to
            its columns, or in their place.
        ignore: Names of columns that are ignored.
        roles: Maps roles of the system to the provider's, or lists the roles that may occur. A user whose only roles
            map to None is left out.
        enabled: Maps words of the system to `"active"`, `"suspended"` or `"gone"`. True is active, False suspended.
        rows: `"memberships"`: rows of one user with different roles are joined. Default: as the system writes them.
        omit_shared_emails: Leaves out an e-mail address that several users have, as in `read_csv`.
        on_error: `"skip"` leaves bad rows out, and lists them in `Roster.rejected`. Default: they are raised.
        items: The name of the list of users in a JSON object, as in `read_json`.
        org: The id of a school: only its users, and those of its descendants, are read (OneRoster, SDS, Clever). The
            name of the organization whose users and roles are read (GitHub Enterprise).
        primary_only: Read only primary roles (OneRoster 1.2).
        on: The day on which a role must be valid (OneRoster 1.2, SDS v2.1), and a ban has not ended (Supabase).
            Default: today.
        id_prefixes: Maps names of files to the text that is put before their external ids, for systems whose ids are
            unique in one file only.
        delimiter: The character between cells. Default: detected.
        encoding: The encoding of text files. Default: UTF-8, or as the byte order mark states.
        header_line: The line of the header. Default: the first one, after lines that programs write before it.
        sheet: The sheet of a workbook. Default: the only visible one with data.
        complete: True: the files list all users. False: they list only some, so that no member is removed because it
            is missing. Default: as the system and the files state.

    Returns:
        The roster.

    Raises:
        SourceError: Files or rows are invalid; it lists at most 100 problems of each file.
        InvalidArgumentError: An argument is invalid.
        FileError: A file cannot be opened or read.
        ConfigurationError: A workbook is read without the extra `excel`.

    Example:
        ``read_roster({"pupils.csv": "student", "teachers.csv": "teacher"})``
    """
    given = {
        "preset": preset,
        "columns": columns,
        "ignore": ignore,
        "roles": roles,
        "enabled": enabled,
        "rows": rows,
        "omit_shared_emails": omit_shared_emails,
        "on_error": on_error,
        "items": items,
        "org": org,
        "primary_only": primary_only,
        "on": on,
        "id_prefixes": id_prefixes,
        "delimiter": delimiter,
        "encoding": encoding,
        "header_line": header_line,
        "sheet": sheet,
        "complete": complete,
    }
    return read_sources(_entries(path), *make_options(given, mapping))


def make_options(given: Mapping[str, object], mapping: str | os.PathLike[str] | None) -> tuple[ReadOptions, str | None]:
    """Return the options and the preset of the arguments that are not None, and of a mapping file.

    Raises `InvalidArgumentError` for an invalid argument or file, and `FileError` if the file cannot be read.
    """
    settings: dict[str, object] = {} if mapping is None else load_mapping(mapping)
    for argument, value in given.items():
        if isinstance(value, Mapping) and isinstance(of_file := settings.get(argument), Mapping):
            settings[argument] = {**of_file, **value}
        elif value is not None:
            settings[argument] = value
    preset = settings.pop("preset", None)
    of_rows = {name: settings.pop(name) for name in _ROW_ARGUMENTS if name in settings}
    row_options = RowOptions(**of_rows)  # type: ignore[arg-type]  # it checks their types
    check_instance("preset", preset, str | None, "the name of a preset")
    check_preset(cast("str | None", preset))
    check_columns(cast("Mapping[str, str] | None", settings.get("columns")))
    check_file_arguments(
        ignore=settings.get("ignore", ()),
        encoding=settings.get("encoding"),
        complete=settings.get("complete"),
        header_line=settings.get("header_line"),
    )
    for argument, noun in (
        ("items", "the name of the list of users"),
        ("org", "the id of an organization"),
        ("delimiter", "one character"),
        ("sheet", "the name of a sheet"),
    ):
        check_instance(argument, settings.get(argument), str | None, noun)
    check_instance("on", settings.get("on"), date | None, "a date")
    check_flag("primary_only", settings.get("primary_only", False))
    check_instance("id_prefixes", settings.get("id_prefixes"), Mapping | None, "a dict of files and texts")
    for name, prefix in cast("Mapping[object, object]", settings.get("id_prefixes") or {}).items():
        check_instance("a file in id_prefixes", name, str, "the name of a file")
        check_instance("a prefix in id_prefixes", prefix, str, "a text")
    options = ReadOptions(row_options=row_options, **settings)  # type: ignore[arg-type]  # their types were checked
    return options, cast("str | None", preset)


def read_sources(entries: Sequence[tuple[File, str | None]], options: ReadOptions, preset: str | None) -> Roster:
    """Return the roster of files, each with the role of its users or None; see `read_roster`."""
    first, role = entries[0]
    if len(entries) == 1 and role is None and not hasattr(first, "read"):
        package = check_path("path", first)
        with file_errors(package):
            found = is_package(package)
        if found:
            return _read_package(package, options, preset)
    for file, _ in entries:
        if not hasattr(file, "read") and check_path("path", file).is_dir():
            raise InvalidArgumentError("A folder is among several files: pass the folder alone.")
    return _combine(_read_files(entries, options, preset), options)


def _entries(path: Files) -> list[tuple[File, str | None]]:
    """Return the files, each with the role of its users."""
    entries: list[tuple[File, str | None]]
    if isinstance(path, Mapping):
        entries = list(cast("Mapping[File, str | None]", path).items())
    elif isinstance(path, Sequence) and not isinstance(path, str | bytes):
        entries = [(file, None) for file in path]
    else:
        entries = [(path, None)]
    if not entries:
        raise InvalidArgumentError("is empty: pass a file.", argument="path")
    for _, role in entries:
        check_instance("the role of a file", role, str | None, "the name of a role")
    return entries


def _read_package(path: Path, options: ReadOptions, preset: str | None) -> Roster:
    if preset not in {None, "oneroster"} or not has_manifest(path):
        return replace(_combine(read_package(path, options, preset), options), name=path.name)
    rows = options.row_options
    unused = ("columns", "ignore", "id_prefixes", "items", "delimiter", "encoding", "header_line", "sheet")
    for name, value in {**{name: getattr(options, name) for name in unused}, "enabled": rows.enabled}.items():
        if value:
            raise InvalidArgumentError(f"is given, but {path.name} is OneRoster: omit it.", argument=name)
    return read_oneroster(
        path,
        org=options.org,
        roles=rows.roles,
        primary_only=options.primary_only,
        omit_shared_emails=rows.omit_shared_emails,
        on_error=rows.on_error,
        on=options.on,
        complete=options.complete,
    )


def _read_files(
    entries: Sequence[tuple[File, str | None]], options: ReadOptions, preset: str | None
) -> list[FileRoster]:
    orgs = None if options.org is None else frozenset({options.org})
    found: list[FileRoster] = []
    wrong: list[RosterProblem] = []
    for file, role in entries:
        try:
            with open_roster_file(file) as (stream, name):
                one = read_file(stream, name, options, FileContext(preset=preset, role=role, orgs=orgs))
        except SourceError as error:
            wrong += error.problems
            continue
        found.append(one if role is None or one.match is not None else _with_role(one, role, options))
    if wrong:
        raise SourceError(wrong)
    return found


def _with_role(found: FileRoster, role: str, options: ReadOptions) -> FileRoster:
    roster = found.roster
    try:
        reader = RoleReader(options.row_options.roles)
        names = reader.rename([role])
    except ValueProblem as problem:
        raise InvalidArgumentError(f"The role of {roster.name} is invalid: {problem}.") from None
    users = [replace(row, roles=names) for row in roster.users] if names else []
    return FileRoster(replace(roster, users=users, role_sources=reader.sources))


def _combine(files: Sequence[FileRoster], options: ReadOptions) -> Roster:
    """Return one roster for the rows of several files."""
    _check_org(files, options)
    prefixes = _prefixes(files, options)
    rosters = [file.roster for file in files]
    if len(rosters) == 1 and not prefixes:
        return rosters[0]
    rows = options.row_options
    problems = ProblemCollector(skip=rows.on_error == "skip")
    collector = RowCollector(
        problems, memberships=True, omit_shared_emails=rows.omit_shared_emails, id_advice=PREFIX_ADVICE
    )
    digest = hashlib.sha256()
    elsewhere = RowStore()
    for roster in rosters:
        prefix = prefixes.get(roster.name.casefold(), "")
        digest.update(f"{roster.name}\0{roster.fingerprint}\0".encode())
        for row in roster.users:
            collector.add(_with_prefix(row, prefix))
        for row in roster.elsewhere:
            elsewhere.append(_with_prefix(row, prefix))
    users = collector.finish()
    problems.raise_any()
    return Roster(
        users=users,
        name=", ".join(roster.name for roster in rosters)[:_MAX_NAME_LENGTH],
        fingerprint=digest.hexdigest(),
        columns=tuple(f"{roster.name}: {column}" for roster in rosters for column in roster.columns),
        incomplete=any(roster.incomplete for roster in rosters),
        notes=(*(note for roster in rosters for note in roster.notes), *collector.notes),
        rejected=(*(row for roster in rosters for row in roster.rejected), *problems.rejected),
        role_sources=_role_sources(rosters),
        changes_on=min((roster.changes_on for roster in rosters if roster.changes_on), default=None),
        elsewhere=elsewhere,
    )


def _with_prefix(row: UserSpec, prefix: str) -> UserSpec:
    return replace(row, external_id=f"{prefix}{row.external_id}") if prefix and row.external_id else row


def _role_sources(rosters: Iterable[Roster]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for roster in rosters:
        for role, names in roster.role_sources.items():
            found.setdefault(role, {}).update(dict.fromkeys(names))
    return {role: tuple(names) for role, names in found.items()}


def _check_org(files: Sequence[FileRoster], options: ReadOptions) -> None:
    if options.org is None:
        return
    for file in files:
        layout = None if file.match is None else file.match.layout
        if file.match is None or not (file.match.preset.roles or (layout and (layout.org or layout.roles_by_org))):
            raise InvalidArgumentError(
                f"is for OneRoster, SDS, Clever and GitHub Enterprise, but {file.roster.name} has no organizations.",
                argument="org",
            )
    if not any(file.roster.users or file.roster.rejected for file in files):
        ProblemCollector().fail(files[0].roster.name, f"no user in it belongs to {options.org[:100]!r}")


def _prefixes(files: Sequence[FileRoster], options: ReadOptions) -> dict[str, str]:
    names = {file.roster.name.casefold(): file.roster.name for file in files}
    for name in options.id_prefixes:
        if name.casefold() not in names:
            raise InvalidArgumentError(
                f"names no file that is read: {name[:100]!r}{suggest(name, names.values())}.", argument="id_prefixes"
            )
    return {name.casefold(): prefix for name, prefix in options.id_prefixes.items()}
