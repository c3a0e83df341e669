"""PostgreSQL behaviour that clients can observe: constraint errors, text matching, jsonb and sort order.

See facts/logto.md section 3, and for the sort order of users `NewestFirst`.
"""

import re
import warnings
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import cast

from orgsdk.sandbox.logto.errors import InternalError, RequestError, refuse_nul
from orgsdk.sandbox.logto.records import StoredUser

LONGEST_ID = 21


def unique_violation() -> RequestError:
    """Return the 422 for an object that exists already."""
    return RequestError(422, "entity.unique_integrity_violation")


def no_such_row() -> RequestError:
    """Return the 422 for an id that does not exist, in the path or in the body."""
    return RequestError(422, "entity.relation_foreign_key_not_found")


def violated_constraint() -> RequestError:
    """Return the 422 for giving a machine-to-machine role to a user (`orguser.bulk_roles.m2m_role`)."""
    return RequestError(422, "entity.db_constraint_violated")


def empty_value_list() -> RequestError:
    """Return the 422 for an update without fields or an insert without rows (facts/logto.md sections 0 and 6)."""
    return RequestError(422, "entity.invalid_input")


def refuse_long(limit: int, *texts: str | None) -> None:
    """Raise the 422 for a text that is too long for its column, counted in characters, not UTF-16 (section 3)."""
    if any(text is not None and len(text) > limit for text in texts):
        reason = f"value too long for type character varying({limit})"
        raise RequestError(422, "entity.value_too_long", data={"message": reason})


def check_references(*references: tuple[Sequence[str], Container[str]]) -> None:
    """Raise the error for an insert with invalid or unknown ids; `references` are pairs of ids and known ids.

    The length of the ids is checked before their existence (`orguser.add.id_too_long`, `orguser.add.missing_user`).
    """
    for ids, _ in references:
        refuse_nul(*ids)
        refuse_long(LONGEST_ID, *ids)
    if not all(one in known for ids, known in references for one in ids):
        raise no_such_row()


def check_links(ids: Sequence[str], known: Container[str], *, parent_id: str, parents: Container[str]) -> None:
    """Raise the error for an insert of links from one parent to these ids. Without ids the parent is not checked."""
    if ids:
        check_references(((parent_id,), parents), (ids, known))


def refuse_repeated(ids: Sequence[str]) -> None:
    """Raise the 422 for a row that is inserted twice (`orgrole.scopes.replace.duplicate_in_body`)."""
    if len(set(ids)) < len(ids):
        raise unique_violation()


def refuse_nul_within(values: Iterable[object]) -> None:
    """Raise the 500 for a NUL in any text of these values (`proto.nul_in_customdata`)."""
    for value in values:
        if isinstance(value, str):
            refuse_nul(value)
        elif isinstance(value, Mapping):
            members = cast("Mapping[str, object]", value)
            refuse_nul(*members)
            refuse_nul_within(members.values())
        elif isinstance(value, list):
            refuse_nul_within(cast("list[object]", value))


def jsonb(value: object) -> object:
    """Return a JSON value as a `jsonb` column returns it: keys sorted by length, then by their bytes.

    See `org.create.full`, `connector.create.mock_email` (`n`, `tier`, `nested`) and facts/logto.md section 5.
    """
    if isinstance(value, list):
        return [jsonb(item) for item in cast("list[object]", value)]
    if not isinstance(value, Mapping):
        return value
    members = cast("Mapping[str, object]", value)
    in_order = sorted(members, key=lambda name: (len(name.encode()), name.encode()))
    return {name: jsonb(members[name]) for name in in_order}


def like(pattern: str, *, case_sensitive: bool = False) -> re.Pattern[str]:
    """Return a pattern that matches a whole text like SQL's LIKE: `%`, `_`, and a backslash to escape them."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            escaped = next(characters, None)
            if escaped is None:  # PostgreSQL: "LIKE pattern must not end with escape character"
                raise InternalError
            parts.append(re.escape(escaped))
        else:
            parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
    return _compile_pattern(rf"\A(?:{''.join(parts)})\Z", case_sensitive=case_sensitive)


def contains(query: str | None) -> re.Pattern[str]:
    """Return a pattern that finds the query in a text; `%` and `_` are wildcards (`org.list.q_percent`)."""
    refuse_nul(query)
    return like(f"%{query or ''}%")


def similar_to(pattern: str) -> re.Pattern[str]:
    """Return a pattern that matches a whole text like SQL's SIMILAR TO: a regular expression with `%` and `_`."""
    translated = re.sub(
        r"\\.|[%_.^$]",
        lambda match: {"%": ".*", "_": "."}.get(match[0]) or re.escape(match[0].removeprefix("\\")),
        pattern,
        flags=re.DOTALL,
    )
    return _compile_pattern(rf"\A(?:{translated})\Z", case_sensitive=True)


def posix(pattern: str, *, case_sensitive: bool) -> re.Pattern[str]:
    """Return a regular expression, in Python's dialect instead of PostgreSQL's."""
    return _compile_pattern(pattern, case_sensitive=case_sensitive)


def _compile_pattern(pattern: str, *, case_sensitive: bool) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            # "possible nested set": a POSIX class inside a bracket, which is valid in PostgreSQL
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(pattern, re.DOTALL if case_sensitive else re.DOTALL | re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:  # `user.list.search_bad_regex`
        raise InternalError from error


class NewestFirst:
    """The pages of a list of users, newest first, as PostgreSQL sorts them for each page.

    `GET /users` sorts by `created_at desc` without a tie-breaker. If the table has more than twice `offset + limit`
    rows, PostgreSQL keeps only the best `offset + limit` rows in a heap while it reads the table, and then empties the
    heap; for a later page it sorts all rows. Rows with the same creation time leave the heap in an order that depends
    on its size, so page 2 does not continue page 1. Measured with 2,000 users of one creation time (facts/logto.md
    section 4): with page_size 20 one row is on 49 pages and 48 rows are on no page, with page_size 100 it is 9 and 8.
    The same heap (`make_bounded_heap` and `sort_bounded_heap` in PostgreSQL's tuplesort.c) gives the same figures here.

    The full sort is assumed to be stable: any fixed order of equal rows would do. It is kept for the pages of the same
    list, because sorting a large one costs more than a page.
    """

    def __init__(self) -> None:
        self._users: Sequence[StoredUser] = ()
        self._ranked: Sequence[StoredUser] = ()
        self._times = 0

    def page(self, users: Sequence[StoredUser], offset: int, limit: int) -> Sequence[StoredUser]:
        """Return one page of the users, given in heap order in a list that does not change."""
        if users is not self._users:
            self._users, self._ranked = users, sorted(users, key=lambda user: -user.created_at)
            self._times = len({user.created_at for user in users})
        bound = offset + limit
        if len(users) > 2 * bound and self._times < len(users):
            return _bounded_heapsort(users, bound)[offset:]
        return self._ranked[offset:bound]


def _bounded_heapsort(users: Sequence[StoredUser], bound: int) -> list[StoredUser]:
    heap: list[StoredUser] = []
    for user in users:
        if len(heap) < bound:
            heap.append(user)
            _sift_up(heap, len(heap) - 1)
        elif user.created_at > heap[0].created_at:
            _sift_down(heap, len(heap), user)
    for size in range(len(heap) - 1, 0, -1):
        oldest = heap[0]
        _sift_down(heap, size, heap[size])
        heap[size] = oldest
    return heap


def _sift_up(heap: list[StoredUser], position: int) -> None:
    user = heap[position]
    while position > 0:
        parent = (position - 1) >> 1
        if user.created_at >= heap[parent].created_at:
            break
        heap[position] = heap[parent]
        position = parent
    heap[position] = user


def _sift_down(heap: list[StoredUser], size: int, user: StoredUser) -> None:
    """Put the user at the root and move older children up, until no child is older."""
    position = 0
    while (child := 2 * position + 1) < size:
        if child + 1 < size and heap[child].created_at > heap[child + 1].created_at:
            child += 1
        if user.created_at <= heap[child].created_at:
            break
        heap[position] = heap[child]
        position = child
    heap[position] = user
