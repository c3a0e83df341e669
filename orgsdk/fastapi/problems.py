"""What an error becomes in an app's own answer: problem details (RFC 9457)."""

from __future__ import annotations

import logging
import math
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi.encoders import jsonable_encoder
from fastapi.responses import Response
from pydantic import BaseModel, Field

from orgsdk import errors
from orgsdk.errors import OrgError
from orgsdk.fastapi.tenants import UnknownTenantError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastapi import FastAPI
    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"
# A path of an OpenAPI document has parameters, servers and more beside these.
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"})
_LOGGER = logging.getLogger(__name__)

# The status of an error is that of the nearest of its classes. What the provider says of the app itself, its sign-in
# and its rights, is no matter of the app's caller: to them the app is a gateway (RFC 9110, section 15.6.3).
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

# What a caller reads in place of the error's own text, which is for those who run the app.
_DETAILS: dict[type[OrgError], str] = {
    errors.OrgError: "The app failed.",
    errors.ConfigurationError: "The app is not set up as it should be.",
    errors.PaginationError: "The provider's list could not be read to its end.",
    errors.APIError: "The provider gave an unexpected answer.",
    errors.AuthenticationError: "The provider refused this app's sign-in.",
    errors.PermissionDeniedError: "The provider does not let this app do that.",
    errors.ServerError: "The provider failed.",
    errors.TransportError: "The provider did not answer.",
    errors.NotSentError: "The provider could not be reached. Nothing was changed.",
    errors.RequestTimeoutError: "The provider did not answer in time.",
    errors.OutcomeUnknownError: "It may or may not have been done: look before you ask again.",
    errors.DecodeError: "The provider's answer could not be read.",
}


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(default="about:blank", description="`about:blank`: the status says what kind of problem it is.")
    title: str = Field(description="The status as a phrase.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, for a person to read.")
    error: str | None = Field(default=None, description="The name of orgsdk's error, such as `NotFoundError`.")
    code: str | None = Field(default=None, description="The provider's own code, where it concerns the caller.")
    request_id: str | None = Field(default=None, description="What the provider's support asks for.")


def problem_of(error: OrgError) -> Problem:
    """Describe an error for an app's caller, without what is for those alone who run the app."""
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
    """Say what kind of thing happened, for whoever is not to read the error's own text."""
    return _DETAILS[_nearest(error, _DETAILS)]


def retry_after(error: OrgError) -> int | None:
    """Give the whole seconds to wait, rounded up (RFC 9110, section 10.2.3); None where nobody said."""
    if not isinstance(error, errors.RateLimitError | errors.ServerError):
        return None
    seconds = error.retry_after
    if seconds is None and error.resets_at is not None:
        seconds = (error.resets_at - datetime.now(UTC)).total_seconds()
    return None if seconds is None else max(0, math.ceil(seconds))


def respond(problem: Problem, wait: int | None = None) -> Response:
    """Make the response, with `Retry-After` of `wait` seconds."""
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return Response(problem.model_dump_json(exclude_none=True), problem.status, headers, MEDIA_TYPE)


def install_error_handlers(app: FastAPI) -> None:
    """Have the app answer every `OrgError` with problem details, and say so in its OpenAPI document.

    | status | errors |
    | --- | --- |
    | 400, 404, 409, 422 | `BadRequestError`, `NotFoundError`, `ConflictError`; `UnprocessableError` and `InvalidArgumentError`, of which `InvalidCursorError` is one |
    | 429 | `RateLimitError`, with `Retry-After` where the wait is known |
    | 501 | `UnsupportedError` |
    | 503 | `NotSentError`, and `ServerError` where the provider said when to come back, with `Retry-After` |
    | 504 | `RequestTimeoutError` |
    | 502 | whatever else the provider did: among them the app's sign-in refused and its rights missing |
    | 500 | `ConfigurationError` |

    Those above 499 are logged (logger `orgsdk.fastapi`) and their own text is not shown. What is not orgsdk's is left
    to the app. Call it once, after the app is made.

    Source: RFC 9457; RFC 9110, section 15.
    """  # noqa: E501  # a table's row is one line
    app.add_exception_handler(OrgError, _handle_org_error)
    app.add_exception_handler(UnknownTenantError, _handle_unknown_tenant)
    app.openapi = _with_problem_schema(app.openapi)  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _with_problem_schema(generate: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    described: dict[str, Any] | None = None

    def openapi() -> dict[str, Any]:
        nonlocal described
        document = generate()
        if document is not described:  # FastAPI keeps its own until the routes change
            described = document
            _add_problem_schema(document)
        return document

    return openapi


def _add_problem_schema(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    # As FastAPI writes it, where an app names it among the answers of a path operation.
    schema = jsonable_encoder(Problem.model_json_schema(), exclude_none=True)
    # An app may have a Problem of its own; FastAPI's way with two models of one name is the module's.
    name = "Problem" if schemas.get("Problem", schema) == schema else f"{Problem.__module__}.Problem".replace(".", "__")
    schemas[name] = schema
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    for item in document.get("paths", {}).values():
        for responses in [operation["responses"] for key, operation in item.items() if key in _METHODS]:
            responses.setdefault("default", {"description": "Problem details"})
            for status, response in responses.items():
                if status[0] not in "123":  # FastAPI declares its own 422
                    response["content"] = {**response.get("content", {}), **content}


async def _handle_org_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, OrgError)  # noqa: S101  # it is installed for no other
    if request.scope["type"] == "websocket":
        raise error  # which has no answer to put it in
    problem = problem_of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOGGER.error("%d for %s: %s", problem.status, type(error).__name__, error)
    return respond(problem, retry_after(error))


async def _handle_unknown_tenant(request: Request, error: Exception) -> Response:
    status = HTTPStatus.NOT_FOUND
    return respond(Problem(title=status.phrase, status=status, detail=UnknownTenantError().detail))


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
