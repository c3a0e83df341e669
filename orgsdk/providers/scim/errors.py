"""SCIM's error responses: from a status and `scimType` to a typed exception (RFC 7644, section 3.12; RFC 9865)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from orgsdk.errors import ConflictError
from orgsdk.providers.http import ErrorCodes, HTTPConnection
from orgsdk.providers.scim.native.routes import ERROR_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

_CODES = (
    "invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive "
    "invalidCursor expiredCursor invalidCount"
)


class SCIMConnection(HTTPConnection):
    """Connection that knows the errors of cursors."""

    cursor_codes: ClassVar[frozenset[str]] = frozenset({"invalidCursor", "expiredCursor"})


def _is_scim(body: Mapping[str, JsonValue]) -> bool:
    schemas = body.get("schemas")
    return isinstance(schemas, list) and ERROR_SCHEMA in schemas


ERRORS = ErrorCodes(
    {"uniqueness": ConflictError},
    texts={"uniqueness": "the username, or another unique value, is taken."},  # the servers' texts quote the value
    known=_CODES.split(),
    own=_is_scim,
    code="scimType",
    media_types=("application/scim+json", "application/json"),
)
