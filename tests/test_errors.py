"""The exceptions: one tree, complete after pickling, readable as text."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from orgsdk import errors
from orgsdk.errors import (
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
)

if TYPE_CHECKING:
    from collections.abc import Callable

PARENTS: dict[type[OrgError], tuple[type, ...]] = {
    OrgError: (Exception,),
    ConfigurationError: (OrgError,),
    InvalidArgumentError: (OrgError, ValueError),
    InvalidCursorError: (InvalidArgumentError,),
    UnsupportedError: (OrgError,),
    PaginationError: (OrgError,),
    APIError: (OrgError,),
    BadRequestError: (APIError,),
    AuthenticationError: (APIError,),
    PermissionDeniedError: (APIError,),
    NotFoundError: (APIError,),
    ConflictError: (APIError,),
    UnprocessableError: (APIError,),
    errors._RetryLaterError: (APIError,),
    RateLimitError: (errors._RetryLaterError,),
    ServerError: (errors._RetryLaterError,),
    TransportError: (OrgError,),
    NotSentError: (TransportError,),
    RequestTimeoutError: (TransportError,),
    OutcomeUnknownError: (OrgError,),
    DecodeError: (OrgError,),
}

NAMES = {"provider": "flat", "operation": "list_users"}
RESPONSE = {**NAMES, "status_code": 418, "code": "TEAPOT", "request_id": "r1", "details": "short and stout"}


ARGUMENTS: dict[str, object] = {
    **RESPONSE,
    "message": "I am a teapot",
    "cursor": "c1",
    "advice": "Use a kettle.",
    "argument": "kettle",
    "retry_after": 1.5,
    "resets_at": datetime(2030, 1, 1, tzinfo=UTC),
}


def parameters_of(kind: type[OrgError]) -> list[str]:
    own = inspect.isfunction(kind.__init__)
    return list(inspect.signature(kind).parameters) if own else ["message"]


def sample(kind: type[OrgError]) -> OrgError:
    """Return an error of that class with every parameter."""
    given = {name: ARGUMENTS[name] for name in parameters_of(kind)}
    message = [given.pop("message")] if "message" in given else []
    return kind(*message, **given)


def test_the_tree_has_these_classes_and_no_others() -> None:
    found = {
        kind: kind.__bases__
        for kind in vars(errors).values()
        if inspect.isclass(kind) and issubclass(kind, BaseException)
    }
    assert found == PARENTS


@pytest.mark.parametrize("kind", PARENTS)
def test_an_error_has_its_arguments_as_attributes(kind: type[OrgError]) -> None:
    given = {name: ARGUMENTS[name] for name in parameters_of(kind) if name != "message"}
    assert vars(sample(kind)).items() >= given.items()


@pytest.mark.parametrize("kind", PARENTS)
@pytest.mark.parametrize("method", ["pickle", "old pickle", "copy", "deepcopy"])
def test_an_error_is_complete_after_pickling(kind: type[OrgError], method: str) -> None:
    error = sample(kind)
    error.add_note("seen on line 7 of the roster")
    copies: dict[str, Callable[[], OrgError]] = {
        "pickle": lambda: pickle.loads(pickle.dumps(error)),
        "old pickle": lambda: pickle.loads(pickle.dumps(error, protocol=0)),
        "copy": lambda: copy.copy(error),
        "deepcopy": lambda: copy.deepcopy(error),
    }
    arrived = copies[method]()
    assert type(arrived) is kind
    assert (str(arrived), arrived.args, vars(arrived)) == (str(error), error.args, vars(error))


def test_a_subclass_in_another_package_can_be_pickled() -> None:
    arrived = pickle.loads(pickle.dumps(_QuotaError(seats=3)))
    assert (type(arrived), arrived.seats, str(arrived)) == (_QuotaError, 3, "no seat of 3 is free")


class _QuotaError(OrgError):
    def __init__(self, *, seats: int) -> None:
        super().__init__(f"no seat of {seats} is free")
        self.seats = seats


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({}, "flat list_users: I am a teapot"),
        ({"status_code": 418}, "flat list_users [418]: I am a teapot"),
        ({"code": "TEAPOT"}, "flat list_users [TEAPOT]: I am a teapot"),
        ({"status_code": 418, "code": "TEAPOT"}, "flat list_users [418 TEAPOT]: I am a teapot"),
        ({"details": "short"}, "flat list_users: I am a teapot (short)"),
        ({"request_id": "r1"}, "flat list_users: I am a teapot [request r1]"),
        (
            {"status_code": 418, "code": "TEAPOT", "details": "short", "request_id": "r1"},
            "flat list_users [418 TEAPOT]: I am a teapot (short) [request r1]",
        ),
    ],
)
@pytest.mark.parametrize("kind", [APIError, RateLimitError])
def test_an_api_error_is_one_line_of_text(kind: type[APIError], parts: dict[str, object], text: str) -> None:
    assert str(kind("I am a teapot", **NAMES, **parts)) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UnsupportedError("flat", "roles.create"), "flat does not offer roles.create."),
        (
            UnsupportedError("flat", "roles.create", "Its roles are fixed."),
            "flat does not offer roles.create. Its roles are fixed.",
        ),
        (NotSentError("no route", **NAMES), "flat list_users: no route"),
        (OutcomeUnknownError("response lost", **NAMES), "flat list_users: response lost"),
        (DecodeError("not JSON", **NAMES), "flat list_users: not JSON"),
        (DecodeError("not JSON", **NAMES, request_id="r1"), "flat list_users: not JSON [request r1]"),
        (PaginationError("lost the cursor"), "lost the cursor"),
    ],
)
def test_an_error_names_provider_and_operation(error: OrgError, text: str) -> None:
    assert str(error) == text


def test_a_failed_first_page_has_no_cursor() -> None:
    assert PaginationError("lost the cursor").cursor is None


@pytest.mark.parametrize("kind", [InvalidArgumentError, InvalidCursorError])
def test_an_invalid_argument_is_also_a_value_error(kind: type[OrgError]) -> None:
    with pytest.raises(ValueError, match="teapot"):
        raise sample(kind)


TOKEN = {"provider": "flat", "operation": "token"}


def _api_error(kind: type[APIError], status: int) -> APIError:
    return kind("no", provider="flat", operation="list_users", status_code=status)


def _server_error(status: int | None, retry_after: float | None = None, operation: str = "list_users") -> ServerError:
    return ServerError("down", provider="flat", operation=operation, status_code=status, retry_after=retry_after)


@pytest.mark.parametrize(
    "error",
    [
        *(TransportError("reset", **NAMES), RequestTimeoutError("slow", **NAMES)),
        *(OutcomeUnknownError("lost", **NAMES), DecodeError("not JSON", **NAMES)),
        *(_server_error(status) for status in (None, 500, 502, 503, 504, 520)),
    ],
    ids=repr,
)
def test_a_write_may_have_happened_if_its_response_was_lost(error: OrgError) -> None:
    assert error.may_have_happened
    assert not error.is_access_failure


@pytest.mark.parametrize(
    "error",
    [
        *(OrgError("no"), InvalidArgumentError("no"), NotSentError("refused", **NAMES)),
        *(_api_error(NotFoundError, 404), _api_error(RateLimitError, 429)),
        *(_server_error(status) for status in (501, 505, 511)),
        _server_error(503, retry_after=0.0),
        *(TransportError("reset", **TOKEN), DecodeError("no token", **TOKEN), _server_error(500, operation="token")),
    ],
    ids=repr,
)
def test_a_write_has_not_happened_after_any_other_error(error: OrgError) -> None:
    assert not error.may_have_happened


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_api_error(AuthenticationError, 401), True),
        (_api_error(PermissionDeniedError, 403), True),
        (_api_error(APIError, 302), True),
        (DecodeError("no token", **TOKEN), True),
        (_api_error(NotFoundError, 404), False),
        (_server_error(500), False),
        (NotSentError("refused", **NAMES), False),
    ],
    ids=repr,
)
def test_an_access_failure_is_a_rejection_before_processing(error: OrgError, expected: bool) -> None:
    assert error.is_access_failure is expected
