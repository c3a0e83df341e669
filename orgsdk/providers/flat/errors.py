"""Flat's error responses: from a status and a body to a typed exception."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orgsdk.errors import APIError, NotFoundError, RateLimitError
from orgsdk.providers.http.connection import HTTPConnection
from orgsdk.providers.http.error_codes import text_member
from orgsdk.transport import ProviderProblem, parse_epoch_seconds, read_error_body

if TYPE_CHECKING:
    from orgsdk.errors import OrgError
    from orgsdk.transport import Request, Response

API_PATH = "/v2"
_ID_IN_PATH = re.compile(r"/[0-9A-Fa-f]{24}")
_RATE_LIMIT_CODE = "API_RATE_LIMIT_EXCEEDED"


def read_problem(response: Response) -> ProviderProblem:
    """Read an error response: `{"code", "message", "id"?, "param"?}` (facts/flat.md, Errors).

    The token endpoint has another form: `{"error", "error_description"?}` (RFC 6749, section 5.2). A gateway may send
    any format.
    """
    body = response.json_object()
    found = read_error_body(response)
    code = found.code
    own_codes = (text_member(body, "code"), text_member(body, "error"))
    parameter = text_member(body, "param")
    kind: type[APIError] | None = None
    resets_at = None
    if response.status == 429 or (response.status == 403 and code == _RATE_LIMIT_CODE):
        # An exceeded limit is a 403; only its code distinguishes it from a missing permission (facts/flat.md, Rate
        # limit).
        kind = RateLimitError
        resets_at = parse_epoch_seconds(response.headers.get("x-ratelimit-reset"))
    return ProviderProblem(
        message=found.message or f"answered {response.status} without an explanation",
        code=code,
        details=f"parameter {parameter}" if parameter else None,
        request_id=text_member(body, "id"),
        kind=kind,
        resets_at=resets_at,
        is_own=code is not None and code in own_codes and response.media_type == "application/json",
    )


class FlatConnection(HTTPConnection):
    """The connection to Flat. A 404 has a note if the base URL may be the cause."""

    __slots__ = ()

    def convert_error(self, error: APIError, request: Request) -> OrgError:
        """Return the error, with a note if the base URL may be the cause."""
        # A path without an id exists at every correct base URL.
        is_missing = isinstance(error, NotFoundError) and not _ID_IN_PATH.search(request.path)
        if is_missing and not self.root.endswith(API_PATH):
            found = self.root or "no path"
            error.add_note(f"Check the base URL: the path of Flat's API ends in {API_PATH}, this one has {found}.")
        return error
