"""SCIM's error responses: from a status and `scimType` to a typed exception (RFC 7644, section 3.12; RFC 9865)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import APIError, ConflictError, InvalidCursorError, OrgError
from orgsdk.providers.http import ErrorCodes, HTTPConnection
from orgsdk.providers.scim.native.routes import ERROR_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from orgsdk.transport import Request

_WRONG_CURSORS = {"invalidCursor", "expiredCursor"}


def _is_scim(body: Mapping[str, JsonValue]) -> bool:
    schemas = body.get("schemas")
    return isinstance(schemas, list) and ERROR_SCHEMA in schemas


ERRORS = ErrorCodes(
    {"uniqueness": ConflictError},
    # The servers' texts quote the value.
    texts={"uniqueness": "the username, or another value that is unique, is taken."},
    known={
        *("invalidFilter", "tooMany", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue"),
        *("invalidVers", "sensitive", "invalidCount", *_WRONG_CURSORS),
    },
    own=_is_scim,
    code="scimType",
    media_types=("application/scim+json", "application/json"),
)


class SCIMConnection(HTTPConnection):
    """Connection that knows the errors of cursors."""

    def convert_error(self, error: APIError, request: Request) -> OrgError:
        """Return the error for a cursor that the server does not know, or no longer."""
        if error.code in _WRONG_CURSORS:
            return InvalidCursorError(
                "The server does not know the cursor, or no longer: read the list from its start."
            )
        return error
