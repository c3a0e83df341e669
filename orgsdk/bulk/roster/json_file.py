"""Read a roster from a JSON file: an array, or an object with a list of users in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, cast

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.bulk.roster.columns import check_columns, check_file_arguments, suggest
from orgsdk.bulk.roster.json_rows import ObjectReader
from orgsdk.bulk.roster.json_stream import LIST_NAMES, JsonItems
from orgsdk.bulk.roster.lines import File, Lines, open_roster_file
from orgsdk.bulk.roster.problems import UnreadableSource, origin_at
from orgsdk.bulk.roster.roles import RoleMapping
from orgsdk.bulk.roster.rows import OnError, RowOptions, RowReader, Rows
from orgsdk.bulk.roster.spec import Roster
from orgsdk.bulk.roster.states import StateMapping
from orgsdk.errors import Advice

if TYPE_CHECKING:
    from orgsdk.bulk.roster.problems import ProblemCollector

# Names beside a list that count all users, or lead to the next page.
_TOTALS: Final = frozenset({"total", "totalresults", "total_count", "totalcount"})
_NEXT: Final = frozenset({"after", "next", "next_page", "nextpagetoken", "next_page_token", "paginationtoken"})
_LIST_ADVICE = Advice(
    'To name the list of users, pass items="NAME", or items="OUTER.NAME" for a list in a nested object.',
    command="--items NAME names the list of users",
)


@name_parameters
def read_json(
    file: File,
    *,
    items: str | None = None,
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
    """Read and check a JSON file: an array of users, or an object with a list of users in it.

    The objects are read as those of `read_jsonl`. They are read one by one, so that a large file takes no more memory
    than its rows. The whole file is read before it returns: in an async program, call it in a worker thread.

    Args:
        file: A path, or a file that is open for reading bytes.
        items: The name of the list in the object, with dots for nested objects. Default: `users`, `data`, `Resources`
            or `Users`.
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
            because it is missing. Default: True, unless a total or a cursor beside the list shows that it is a page.

    Returns:
        The roster.

    Raises:
        SourceError: The file is no JSON, or objects are invalid; it lists all problems.
        InvalidArgumentError: An argument is invalid.
        FileError: The file cannot be opened or read.

    Example:
        ``read_json("okta.json", columns={"username": "profile.login", "email": "profile.email"})``
    """
    check_columns(columns)
    check_file_arguments(ignore=ignore, encoding=encoding, complete=complete)
    check_instance("items", items, str | None, "the name of the list of users")
    reader = RowReader(
        RowOptions(roles=roles, enabled=enabled, rows=rows, omit_shared_emails=omit_shared_emails, on_error=on_error)
    )
    with open_roster_file(file) as (stream, name):
        lines = Lines(stream, encoding)
        found = JsonItems(lines.chunks(), tuple(items.split(".")) if items else None)
        objects = ObjectReader(name, reader, columns, ignore)
        number = _read_items(found, objects, name, reader.problems)
        _check_list(found, items, name, reader.problems)
    objects.check_mapping()
    page = _page_note(found.beside, number)
    return reader.roster(
        name=name,
        fingerprint=lines.fingerprint,
        columns=tuple(objects.names),
        incomplete=page is not None if complete is None else not complete,
        notes=() if page is None else (page,),
    )


def _read_items(found: JsonItems, objects: ObjectReader, name: str, problems: ProblemCollector) -> int:
    number = 0
    try:
        for line, item in found:
            number += 1
            origin = f"{origin_at(name, line)}, item {number}"
            if isinstance(item, dict):
                objects.add(cast("Mapping[str, object]", item), origin)
            else:
                problems.reject(origin, "the item is not an object")
    except UnreadableSource as error:
        problems.fail(origin_at(name, error.line), str(error))
    return number


def _check_list(found: JsonItems, items: str | None, name: str, problems: ProblemCollector) -> None:
    if found.found:
        return
    wanted = " or ".join(LIST_NAMES) if items is None else repr(items)
    choices = suggest(items or "", found.lists) if found.lists else ""
    problems.fail(name, f"the object has no list {wanted}{choices}", advice=_LIST_ADVICE)


def _page_note(beside: Mapping[str, object], number: int) -> str | None:
    """Return a note if the list is one page of several."""
    values = dict(beside)
    for value in beside.values():  # such as `list_metadata`
        if isinstance(value, dict):
            values |= cast("dict[str, object]", value)
    for key, value in values.items():
        if key.casefold() in _TOTALS and isinstance(value, int) and value > number:
            return f"the file states {value:,} users and lists {number:,}: it is one page, and the roster is incomplete"
        if key.casefold() in _NEXT and value not in (None, "", False):
            return f"the file names a next page ({key}): it is one page, and the roster is incomplete"
    return None
