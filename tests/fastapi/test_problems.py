"""The problem details of each error, and the OpenAPI document that describes them."""

from __future__ import annotations

import inspect
import logging
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from pydantic import create_model

from orgsdk import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    DecodeError,
    InvalidArgumentError,
    InvalidCursorError,
    NotFoundError,
    NotSentError,
    OrgClient,
    OrgError,
    OutcomeUnknownError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnprocessableError,
    UnsupportedError,
    User,
    errors,
)
from orgsdk.fastapi import Client, PageOut, Problem, health, install_error_handlers, lifespan
from orgsdk.fastapi.problems import problem_of, retry_after
from tests.fastapi.calling import calling

if TYPE_CHECKING:
    import httpx

SECRET = "s3cr3t-internal"
WHERE = {"provider": "flat", "operation": "listOrganizationUsers"}
WHO: dict[str, Any] = {**WHERE, "code": "THE_CODE", "request_id": "req-1", "details": "the details"}


class OwnError(NotFoundError):
    """An error class of a provider."""


class NewError(OrgError):
    """An error class that the table does not contain."""


SHOWN = [
    (400, BadRequestError("no such field.", status_code=400, **WHO)),
    (404, NotFoundError("nobody is called so.", status_code=404, **WHO)),
    (404, OwnError("nobody is called so.", status_code=404, **WHO)),
    (409, ConflictError("taken.", status_code=409, **WHO)),
    (422, UnprocessableError("too short.", status_code=422, **WHO)),
    (422, InvalidArgumentError("page_size is 0.")),
    (422, InvalidCursorError("damaged.")),
    (429, RateLimitError("too many.", status_code=429, **WHO)),
    (501, UnsupportedError("flat", "organizations.create", "Ask Flat.")),
]
HIDDEN = [
    (500, OrgError(SECRET)),
    (500, NewError(SECRET)),
    (500, ConfigurationError(SECRET)),
    (502, PaginationError(SECRET)),
    (502, APIError(SECRET, status_code=302, **WHO)),
    (502, AuthenticationError(SECRET, status_code=401, **WHO)),
    (502, PermissionDeniedError(SECRET, status_code=403, **WHO)),
    (502, ServerError(SECRET, status_code=500, **WHO)),
    (503, ServerError(SECRET, status_code=503, retry_after=2.0, **WHO)),
    (502, TransportError(SECRET, **WHERE)),
    (503, NotSentError(SECRET, **WHERE)),
    (504, RequestTimeoutError(SECRET, **WHERE)),
    (502, OutcomeUnknownError(SECRET, **WHERE)),
    (502, DecodeError(SECRET, request_id="req-1", **WHERE)),
]


async def answer_to(error: Exception, app: FastAPI | None = None) -> httpx.Response:
    app = app or FastAPI()
    install_error_handlers(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    async with calling(app) as browser:
        return await browser.get("/")


def test_every_error_is_in_these_tables() -> None:
    tried = {type(error) for _, error in SHOWN + HIDDEN}
    public = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, OrgError)}
    assert {kind for kind in public if not kind.__name__.startswith("_")} <= tried


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "error"), SHOWN, ids=lambda value: type(value).__name__)
async def test_errors_that_concern_the_caller_have_their_message(
    status: int, error: OrgError, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await answer_to(error)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["title"]) == (status, status, HTTPStatus(status).phrase)
    assert (answer.headers["content-type"], problem["type"]) == ("application/problem+json", "about:blank")
    assert problem["detail"] == (error.message if isinstance(error, APIError) else str(error))
    assert problem["error"] == ("NotFoundError" if isinstance(error, OwnError) else type(error).__name__)
    if isinstance(error, APIError):
        assert (problem["code"], problem["request_id"]) == ("THE_CODE", "req-1")
    if status < 500:
        assert not caplog.records
    Problem.model_validate(problem)


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "error"), HIDDEN, ids=lambda value: type(value).__name__)
async def test_errors_for_operators_are_logged_and_not_shown(
    status: int, error: OrgError, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await answer_to(error)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert SECRET not in answer.text
    assert "THE_CODE" not in answer.text
    assert "listOrganizationUsers" not in answer.text
    assert problem["detail"].endswith(".")
    assert problem["error"] == ("OrgError" if isinstance(error, NewError) else type(error).__name__)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("orgsdk.fastapi.problems", logging.ERROR)
    assert SECRET in record.getMessage()


@pytest.mark.anyio
async def test_the_log_has_method_path_and_time(caplog: pytest.LogCaptureFixture) -> None:
    app, part = FastAPI(), APIRouter(prefix="/api")
    install_error_handlers(app)

    @part.delete("/invitations/{token}")
    async def revoke(token: str) -> None:
        raise NotSentError("nobody listens.", **WHERE)

    app.include_router(part)
    async with calling(app) as browser:
        before = datetime.now(UTC)
        await browser.delete("/api/invitations/s3cr3t%0Aforged?email=ada@example.com")
        after = datetime.now(UTC)
    (record,) = caplog.records
    message = record.getMessage()
    start = r"503 for DELETE /api/invitations/\{token\} at (\S+): NotSentError: "
    match = re.fullmatch(rf"{start}.*nobody listens\.", message)
    assert match is not None, message  # the route's path: the request's own has a secret here
    assert before - timedelta(milliseconds=1) <= datetime.fromisoformat(match[1]) <= after


@pytest.mark.anyio
async def test_the_log_of_an_error_before_the_route_has_no_path(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    install_error_handlers(app)
    handle = app.exception_handlers[OrgError]
    await handle(Request({"type": "http", "method": "GET", "headers": [], "query_string": b""}), OrgError("m"))  # type: ignore[misc]  # async
    assert "500 for GET an unknown path at" in caplog.text


@pytest.mark.parametrize("app", [APIRouter(), None, FastAPI])
def test_handlers_of_another_object_than_the_app_are_refused(app: Any) -> None:
    with pytest.raises(ConfigurationError, match="pass the FastAPI app, not a router"):
        install_error_handlers(app)


@pytest.mark.anyio
async def test_retry_after_is_in_whole_seconds() -> None:
    async def retry_after_header(error: OrgError) -> str | None:
        answer = await answer_to(error)
        return str(answer.headers["retry-after"]) if "retry-after" in answer.headers else None

    soon = datetime.now(UTC) + timedelta(seconds=30)
    assert await retry_after_header(RateLimitError("m", retry_after=1.2, **WHO)) == "2"
    assert await retry_after_header(ServerError("m", status_code=503, retry_after=0.0, **WHO)) == "0"
    assert await retry_after_header(RateLimitError("m", **WHO)) is None
    assert await retry_after_header(ServerError("m", status_code=503, **WHO)) is None
    assert await retry_after_header(NotFoundError("m", **WHO)) is None
    assert retry_after(RateLimitError("m", resets_at=soon, **WHO)) in {29, 30}
    assert retry_after(RateLimitError("m", resets_at=soon - timedelta(days=1), **WHO)) == 0


@pytest.mark.anyio
async def test_other_exceptions_are_left_to_the_app() -> None:
    with pytest.raises(ZeroDivisionError):
        await answer_to(ZeroDivisionError())


def test_a_problem_has_no_empty_fields() -> None:
    assert problem_of(InvalidCursorError("damaged.")).model_dump(exclude_none=True).keys() == {
        "type",
        "title",
        "status",
        "detail",
        "error",
    }


# The OpenAPI document


def described_app() -> FastAPI:
    app = FastAPI(title="People", version="1", lifespan=lifespan(OrgClient.memory))
    install_error_handlers(app)
    app.include_router(health())

    @app.get("/users", summary="List users")
    async def users(client: Client, cursor: str | None = None) -> PageOut[User]:
        return PageOut.of(await client.organization().users.list(cursor=cursor))

    return app


def test_the_openapi_document_is_valid_and_has_the_problems() -> None:
    from openapi_spec_validator import validate

    document = described_app().openapi()
    validate(document)
    assert document["components"]["schemas"].keys() == {
        "HTTPValidationError",
        "Health",
        "PageOut_User_",
        "Problem",
        "User",
        "ValidationError",
    }
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    listed = document["paths"]["/users"]["get"]["responses"]
    assert listed["default"] == {"description": "Problem details", "content": problem}
    assert listed["422"]["content"].keys() == {"application/json", "application/problem+json"}
    assert document["paths"]["/health/ready"]["get"]["responses"]["503"]["content"] == problem
    page = document["components"]["schemas"]["PageOut_User_"]
    assert (page["title"], page["required"]) == ("UserPage", ["items", "next_cursor", "previous_cursor", "total"])
    assert page["properties"]["items"]["items"] == {"$ref": "#/components/schemas/User"}


def test_the_openapi_document_is_created_once() -> None:
    app = described_app()
    assert app.openapi() is app.openapi()


def test_a_later_route_is_documented() -> None:
    seen, unseen = described_app(), FastAPI()
    for app in (seen, unseen):
        app.openapi()
        app.get("/later")(lambda: None)
    found = seen.openapi()["paths"].get("/later")
    assert (found is None) == ("/later" not in unseen.openapi()["paths"])  # older ones keep the first document
    assert found is None or "application/problem+json" in found["get"]["responses"]["default"]["content"]


def test_an_app_that_uses_our_problem_has_one_schema() -> None:
    app = FastAPI()
    install_error_handlers(app)
    install_error_handlers(app)  # such as once for each part of the app

    @app.get("/", responses={409: {"model": Problem}, "2XX": {"description": "Done"}, "5XX": {"description": "Down"}})
    async def give() -> None: ...

    document = app.openapi()
    assert document["components"]["schemas"].keys() == {"Problem"}
    responses = document["paths"]["/"]["get"]["responses"]
    described = {status for status, it in responses.items() if "application/problem+json" in it.get("content", {})}
    assert described == {"409", "5XX", "default"}


def test_a_custom_document_may_have_other_path_keys() -> None:
    app = FastAPI()
    own: dict[str, Any] = {"paths": {"/": {"summary": "The root", "parameters": [], "get": {"responses": {"200": {}}}}}}
    app.openapi = lambda: own  # type: ignore[method-assign]  # as FastAPI's documentation does
    install_error_handlers(app)
    assert app.openapi()["paths"]["/"]["get"]["responses"].keys() == {"200", "default"}


def test_the_apps_own_problem_keeps_its_name() -> None:
    app = FastAPI()
    install_error_handlers(app)

    own = create_model("Problem", number=(int, ...))

    @app.get("/", response_model=own)
    async def give() -> None: ...

    document = app.openapi()
    schemas = document["components"]["schemas"]
    assert schemas["Problem"]["properties"].keys() == {"number"}
    assert schemas["orgsdk__fastapi__problems__Problem"]["properties"].keys() == Problem.model_fields.keys()
    assert document["paths"]["/"]["get"]["responses"]["default"]["content"]["application/problem+json"]["schema"] == {
        "$ref": "#/components/schemas/orgsdk__fastapi__problems__Problem"
    }
