"""Problem details (RFC 9457): the HTTP status and the body that the app returns for an `OrgError`."""

from __future__ import annotations

import logging
import math
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from fastapi import FastAPI, HTTPException
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import ResponseValidationError
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from orgsdk import errors
from orgsdk.arguments import check_instance
from orgsdk.errors import OrgError
from orgsdk.fastapi.access import AccessDeniedError
from orgsdk.fastapi.mistakes import error_of_result
from orgsdk.fastapi.tenants import UnknownTenantError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"
# A path item of an OpenAPI document has other keys too, such as parameters and servers.
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"})
CURSOR_PARAMETER = "cursor"
_LOGGER = logging.getLogger(__name__)

# An error has the status of its class, or of the nearest base class. If the provider rejects the app's credentials or
# permissions, the caller gets 502: for the caller, the app is a gateway (RFC 9110, section 15.6.3).
_STATUSES: dict[type[OrgError], HTTPStatus] = {
    errors.OrgError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.ConfigurationError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.InvalidArgumentError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnsupportedError: HTTPStatus.NOT_IMPLEMENTED,
    errors.PaginationError: HTTPStatus.BAD_GATEWAY,
    errors.APIError: HTTPStatus.BAD_GATEWAY,
    errors.BadRequestError: HTTPStatus.BAD_REQUEST,
    errors.AuthenticationError: HTTPStatus.BAD_GATEWAY,
    errors.PermissionDeniedError: HTTPStatus.BAD_GATEWAY,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.UnprocessableError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RateLimitError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ServerError: HTTPStatus.BAD_GATEWAY,
    errors.TransportError: HTTPStatus.BAD_GATEWAY,
    errors.NotSentError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.RequestTimeoutError: HTTPStatus.GATEWAY_TIMEOUT,
    errors.OutcomeUnknownError: HTTPStatus.BAD_GATEWAY,
    errors.DecodeError: HTTPStatus.BAD_GATEWAY,
}

# Text for the caller instead of the error's message, which is for the operators of the app.
_DETAILS: dict[type[OrgError], str] = {
    errors.OrgError: "The app failed.",
    errors.ConfigurationError: "The app is not configured correctly.",
    errors.PaginationError: "The provider's list could not be read completely.",
    errors.APIError: "The provider returned an unexpected response.",
    errors.AuthenticationError: "The provider rejected the app's credentials.",
    errors.PermissionDeniedError: "The app lacks a permission at the provider.",
    errors.ServerError: "The provider failed.",
    errors.TransportError: "The provider did not respond.",
    errors.NotSentError: "The provider could not be reached. Nothing was changed.",
    errors.RequestTimeoutError: "The provider did not respond in time.",
    errors.OutcomeUnknownError: "The change may or may not have been made. Check before you retry.",
    errors.DecodeError: "The provider's response could not be read.",
}


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(default="about:blank", description="`about:blank`: the status describes the kind of problem.")
    title: str = Field(description="The status as a phrase.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, as text.")
    error: str | None = Field(default=None, description="Name of the orgsdk error, such as `NotFoundError`.")
    code: str | None = Field(default=None, description="The provider's error code, if it concerns the caller.")
    request_id: str | None = Field(default=None, description="Id of the request, for the provider's support.")


def problem_of(error: OrgError) -> Problem:
    """Return the problem details for an error, without what only the operators of the app may see."""
    status = _status(error)
    problem = Problem(
        title=status.phrase,
        status=status,
        detail=_detail(error),
        error=next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__),
        request_id=getattr(error, "request_id", None),
    )
    if isinstance(error, errors.APIError) and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        problem.code = error.code
    return problem


def general_detail(error: OrgError) -> str:
    """Return a general description of an error, for callers who must not see its message."""
    return _DETAILS[_nearest(error, _DETAILS)]


def retry_after(error: OrgError) -> int | None:
    """Return the seconds to wait, rounded up to an integer (RFC 9110, section 10.2.3); None if unknown."""
    if not isinstance(error, errors.RateLimitError | errors.ServerError):
        return None
    seconds = error.retry_after
    if seconds is None and error.resets_at is not None:
        seconds = (error.resets_at - datetime.now(UTC)).total_seconds()
    return None if seconds is None else max(0, math.ceil(seconds))


def log_error(logger: logging.Logger, request: Request, status: int, error: OrgError) -> None:
    """Log the error of a request with method, path and time.

    The path is the route's, such as ``/users/{user_id}``: the request's own may contain personal data.
    """
    path = getattr(request.scope.get("route"), "path", "an unknown path")
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    logger.error("%d for %s %s at %s: %s: %s", status, request.method, path, now, type(error).__name__, error)


def respond(problem: Problem, wait: int | None = None) -> Response:
    """Return the response, with a `Retry-After` of `wait` seconds."""
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return Response(problem.model_dump_json(exclude_none=True), problem.status, headers, MEDIA_TYPE)


def install_error_handlers(app: FastAPI) -> None:
    """Return problem details for every `OrgError`, and document them in the app's OpenAPI document.

    | status | errors |
    | --- | --- |
    | 400, 404, 409, 422 | `BadRequestError`, `NotFoundError`, `ConflictError`; `UnprocessableError` and `InvalidArgumentError` with `InvalidCursorError` |
    | 429 | `RateLimitError`, with `Retry-After` if the wait is known |
    | 501 | `UnsupportedError` |
    | 503 | `NotSentError`, and `ServerError` if the provider stated when to retry, with `Retry-After` |
    | 504 | `RequestTimeoutError` |
    | 502 | other errors of the provider, and rejected credentials or missing permissions of the app |
    | 500 | `ConfigurationError` |

    Errors with a status of 500 or more are logged (logger `orgsdk.fastapi`) with the method, the path of the route and
    the time, and the response does not contain their message. Other exceptions are left to the app. Call it once, after
    creating the app.

    If the request has a query parameter ``cursor`` that is refused, and comes from a browser that opens a page, it is
    redirected to the same page without the cursor. Other callers get the problem details.

    Args:
        app: The FastAPI app.

    Raises:
        ConfigurationError: `app` is not a FastAPI app.

    Source: RFC 9457; RFC 9110, section 15.
    """  # noqa: E501  # a table's row is one line
    check_instance("app", app, FastAPI, "the FastAPI app, not a router", error=errors.ConfigurationError)
    app.add_exception_handler(OrgError, _handle_org_error)
    app.exception_handlers.setdefault(ResponseValidationError, _handle_invalid_response)
    app.add_exception_handler(UnknownTenantError, _handle_refusal)
    app.add_exception_handler(AccessDeniedError, _handle_refusal)
    app.openapi = _with_problem_schema(app.openapi)  # type: ignore[method-assign]  # as FastAPI documents it


def _with_problem_schema(generate: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    described: dict[str, Any] | None = None

    def openapi() -> dict[str, Any]:
        nonlocal described
        document = generate()
        if document is not described:  # FastAPI caches it until the routes change
            described = document
            _add_problem_schema(document)
        return document

    return openapi


def _add_problem_schema(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    # In FastAPI's own form, in case a path operation of the app lists it among its responses.
    schema = jsonable_encoder(Problem.model_json_schema(), exclude_none=True)
    # If the app has another model named Problem: FastAPI prefixes equal names with the module.
    name = "Problem" if schemas.get("Problem", schema) == schema else f"{Problem.__module__}.Problem".replace(".", "__")
    schemas[name] = schema
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    for item in document.get("paths", {}).values():
        for responses in [operation["responses"] for key, operation in item.items() if key in _METHODS]:
            responses.setdefault("default", {"description": "Problem details"})
            for status, response in responses.items():
                if status[0] not in "123":  # an error, such as FastAPI's 422
                    response["content"] = {**response.get("content", {}), **content}


async def _handle_org_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, OrgError)  # noqa: S101  # installed for `OrgError` only
    if request.scope["type"] == "websocket":
        raise error  # a WebSocket has no response
    if _refuses_cursor(error, request) and _opens_page(request):
        return RedirectResponse(_url_without_cursor(request), HTTPStatus.SEE_OTHER)
    problem = problem_of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log_error(_LOGGER, request, problem.status, error)
    return respond(problem, retry_after(error))


async def _handle_invalid_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, ResponseValidationError)  # noqa: S101  # installed for this class only
    mistake = error_of_result(error.body)
    if mistake is None:
        raise error
    return await _handle_org_error(request, mistake)


async def _handle_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # installed for the two subclasses only
    return respond(Problem(title=HTTPStatus(error.status_code).phrase, status=error.status_code, detail=error.detail))


def _refuses_cursor(error: OrgError, request: Request) -> bool:
    cursor = request.query_params.get(CURSOR_PARAMETER)
    if cursor is None:
        return False
    if isinstance(error, errors.InvalidCursorError):
        return True
    # The provider may refuse a position that it no longer knows. The error is about the page of this cursor.
    refused = isinstance(error, errors.BadRequestError | errors.NotFoundError | errors.UnprocessableError)
    return refused and error.cursor == cursor


def _opens_page(request: Request) -> bool:
    return request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("Accept", "")


def _url_without_cursor(request: Request) -> str:
    # Relative, so that it keeps the prefix of a proxy, and leads to no other host.
    path: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    query = [(name, value) for name, value in request.query_params.multi_items() if name != CURSOR_PARAMETER]
    return f"./{path.rpartition(b'/')[2].decode('ascii')}" + (f"?{urlencode(query)}" if query else "")


def _nearest(error: OrgError, table: dict[type[OrgError], Any]) -> type[OrgError]:
    return next(kind for kind in type(error).__mro__ if kind in table)


def _status(error: OrgError) -> HTTPStatus:
    if isinstance(error, errors.ServerError) and retry_after(error) is not None:
        return HTTPStatus.SERVICE_UNAVAILABLE
    return _STATUSES[_nearest(error, _STATUSES)]


def _detail(error: OrgError) -> str:
    if _status(error) < HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(error, errors.UnsupportedError):
        return error.message if isinstance(error, errors.APIError) else str(error)
    return general_detail(error)
