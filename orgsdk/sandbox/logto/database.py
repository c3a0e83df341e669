"""What PostgreSQL makes of a value, and what it refuses (facts/logto.md section 3). Pure."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import cast

from orgsdk.sandbox.logto.errors import RequestError, refuse_nul

LONGEST_ID = 21


def unique_violation() -> RequestError:
    """Return the 422 of what is there already."""
    return RequestError(422, "entity.unique_integrity_violation")


def no_such_row() -> RequestError:
    """Return the 422 of an id that refers to nothing, be it of the parent or in the body."""
    return RequestError(422, "entity.relation_foreign_key_not_found")


def violated_constraint() -> RequestError:
    """Return the 422 of a machine's role for a user (`orguser.bulk_roles.m2m_role`)."""
    return RequestError(422, "entity.db_constraint_violated")


def empty_update() -> RequestError:
    """Return the 422 of a change that changes nothing (facts/logto.md section 6)."""
    return RequestError(422, "entity.invalid_input")


def refuse_long(limit: int, *texts: str | None) -> None:
    """Raise the 422 of a text that does not go into its column; characters are counted, not UTF-16 (section 3)."""
    if any(text is not None and len(text) > limit for text in texts):
        reason = f"value too long for type character varying({limit})"
        raise RequestError(422, "entity.value_too_long", data={"message": reason})


def check_references(*references: tuple[Sequence[str], Container[str]]) -> None:
    """Raise what an insert of ids ends in when they are none of those they should be of.

    The length of an id comes first, then whether it exists (`orguser.add.id_too_long`, `orguser.add.missing_user`).
    """
    for ids, _ in references:
        refuse_nul(*ids)
        refuse_long(LONGEST_ID, *ids)
    if not all(one in known for ids, known in references for one in ids):
        raise no_such_row()


def check_links(ids: Sequence[str], known: Container[str], *, parent_id: str, parents: Container[str]) -> None:
    """Raise what an insert of links from one parent to these ids ends in; without any, no parent is looked for."""
    if ids:
        check_references(((parent_id,), parents), (ids, known))


def refuse_repeated(ids: Sequence[str]) -> None:
    """Raise the 422 of a row that is inserted twice (`orgrole.scopes.replace.duplicate_in_body`)."""
    if len(set(ids)) < len(ids):
        raise unique_violation()


def refuse_nul_within(values: Iterable[object]) -> None:
    """Raise the 500 of a NUL in any text of these values (`proto.nul_in_customdata`)."""
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
    """Return a JSON value as a `jsonb` column gives it back: keys by length, then by their bytes.

    `org.create.full`, `connector.create.mock_email`: `n`, `tier`, `nested`; facts/logto.md section 5.
    """
    if isinstance(value, list):
        return [jsonb(item) for item in cast("list[object]", value)]
    if not isinstance(value, Mapping):
        return value
    members = cast("Mapping[str, object]", value)
    in_order = sorted(members, key=lambda name: (len(name.encode()), name.encode()))
    return {name: jsonb(members[name]) for name in in_order}
