"""Read a roster from a JSON Lines file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, cast

from orgsdk._parameters import name_parameters
from orgsdk.bulk.roster.columns import check_columns, check_file_arguments
from orgsdk.bulk.roster.json_rows import ObjectReader, decode_object, explain_json_error
from orgsdk.bulk.roster.lines import File, Lines, open_roster_file
from orgsdk.bulk.roster.problems import UnreadableSource, origin_at
from orgsdk.bulk.roster.roles import RoleMapping
from orgsdk.bulk.roster.rows import OnError, RowOptions, RowReader, Rows
from orgsdk.bulk.roster.spec import Roster
from orgsdk.bulk.roster.states import StateMapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.bulk.roster.problems import ProblemCollector


@name_parameters
def read_jsonl(
    file: File,
    *,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    roles: RoleMapping | None = None,
    enabled: StateMapping | None = None,
    rows: Rows = "users",
    omit_shared_emails: bool | Collection[str] = False,
    on_error: OnError = "raise",
    encoding: str | None = None,
    complete: bool | None = None,
) -> Roster:
    """Read and check a file with one JSON object for each line.

    The names in the objects correspond to the columns of `read_csv`. Values are text, or whole numbers for ids;
    `roles` is a list or one text as in CSV, `enabled` true or false, `state` a text. A null or missing value does not
    define the field. The whole file is read before it returns: in an async program, call it in a worker thread.

    Args:
        file: A path, or a file that is open for reading bytes.
        columns: Maps fields to names in the objects; only those names are read. A dotted name is in a nested object,
            such as `profile.login` or `emails.0.value`.
        ignore: Names that are ignored.
        roles: The names of roles that the file may contain, or a mapping of some of them to the provider's names. A
            user whose only roles map to None is left out.
        enabled: Maps words of `enabled` and `state`, as in `read_csv`.
        rows: `"memberships"`: rows of one user with different roles are joined. Default: they are a problem.
        omit_shared_emails: Leaves out an e-mail address that several users have, as in `read_csv`.
        on_error: `"skip"` leaves bad rows out, and lists them in `Roster.rejected`. Default: they are raised.
        encoding: Default: UTF-8, or the encoding of a byte order mark.
        complete: True: the file is complete. False: it lists only a part of the users, so no member is removed
            because it is missing. Default: False if the last line has no line end, because lines may be missing.

    Returns:
        The roster.

    Raises:
        SourceError: Lines are invalid; it lists all problems.
        InvalidArgumentError: An argument is invalid.
        FileError: The file cannot be opened or read.

    Example:
        ``read_jsonl("people.jsonl", columns={"external_id": "sis_id", "email": "mail"})``
    """
    check_columns(columns)
    check_file_arguments(ignore=ignore, encoding=encoding, complete=complete)
    reader = RowReader(
        RowOptions(roles=roles, enabled=enabled, rows=rows, omit_shared_emails=omit_shared_emails, on_error=on_error)
    )
    with open_roster_file(file) as (stream, name):
        lines = Lines(stream, encoding)
        objects = ObjectReader(name, reader, columns, ignore)
        for line, document in read_documents(lines, name, reader.problems):
            objects.add(document, origin_at(name, line))
    objects.check_mapping()
    return reader.roster(
        name=name,
        fingerprint=lines.fingerprint,
        columns=tuple(objects.names),
        incomplete=not lines.ended if complete is None else not complete,
    )


def read_documents(lines: Lines, name: str, problems: ProblemCollector) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yield the objects of a file with one object per line; problems are reported."""
    try:
        for line in lines:
            lines.start_record()
            if not line.strip():
                continue
            origin = origin_at(name, lines.number)
            try:
                document = decode_object(line)
            except (ValueError, RecursionError) as error:
                cut = "" if lines.ended else "; the file ends without a line end and may be truncated"
                problems.reject(origin, f"the line is not a JSON object ({explain_json_error(error)}){cut}")
                continue
            if isinstance(document, dict):
                yield lines.number, cast("Mapping[str, object]", document)
            else:
                problems.reject(origin, "the line is not a JSON object: write one {…} for each line")
    except UnreadableSource as error:
        problems.add(origin_at(name, error.line), str(error))
    if lines.number == 0:
        problems.add(origin_at(name, 1), "the file is empty")
