"""Errors of the Flat server: one JSON object for every failure (facts/flat.md, Errors)."""

import secrets
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse


class FlatError(Exception):
    """An operation ends with this status and Flat's error body."""

    def __init__(self, status: int, code: str, message: str, *, param: str | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.param = param


def invalid_parameter(param: str, message: str) -> FlatError:
    """Return the 400 for an invalid parameter."""
    # The only code in the official document (FlatErrorResponse, example).
    return FlatError(400, "CLIENT_ERROR", message, param=param)


def error_response(
    status: int,
    code: str,
    message: str,
    *,
    param: str | None = None,
    error_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return an error as Flat sends it: `param` and `id` are left out, not null, if they have no value."""
    body = {"code": code, "message": message, "id": error_id, "param": param}
    present = {name: value for name, value in body.items() if value is not None}
    return JSONResponse(present, status_code=status, headers=headers)


def flat_error_response(error: FlatError) -> JSONResponse:
    """Return the response for the error of an operation."""
    return error_response(error.status, error.code, error.message, param=error.param)


def http_exception_response(request: Request, error: Exception) -> JSONResponse:
    """Return the response for an unknown path or method; Starlette's own would be plain text."""
    if not isinstance(error, HTTPException):
        raise error
    codes = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
    code = codes.get(error.status_code, "CLIENT_ERROR")
    return error_response(error.status_code, code, error.detail, headers=error.headers)


def crash_response(request: Request, error: Exception) -> JSONResponse:
    """Return the response for a bug of the sandbox, in the form of Flat's own internal errors: with an error id."""
    return error_response(500, "INTERNAL_ERROR", "Internal error", error_id=secrets.token_hex(12))
