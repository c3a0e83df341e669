"""Errors of the WorkOS server: exceptions, and their bodies in the document and on the emulator (facts, section 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Body = dict[str, object]

ValidationStyle = Literal["coded", "fields", "messages", "plain", "bad_request"]
"""How an operation reports an invalid request (document).

`plain`: 422 with a message alone. `coded`: 422 with the code `invalid_request_parameters`. `bad_request`: 400 with that
code. `fields`: 422 with the fields. `messages`: 422 with that code and a message for each field.
"""

INVALID = "invalid_request_parameters"
COULD_NOT_BE_PROCESSED = "Request could not be processed."


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a request: `field` is invalid, with a code such as `required`."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Emulated:
    """What the emulator answers instead."""

    status: int
    code: str
    errors: tuple[Mapping[str, object], ...] | None = None


class WorkOSError(Exception):
    """A request ends with this error: `{message, code?, errors?}`.

    Args:
        status: HTTP status.
        message: Text for a reader.
        code: Code, if the document has one here.
        errors: Details, if the document has them here.
        emulated: What the emulator answers; None for the same.
        more: Further members of the body.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        errors: Sequence[Mapping[str, object]] | None = None,
        emulated: Emulated | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.errors = errors
        self.emulated = emulated
        self.more: Mapping[str, object] = more or {}

    def response(self, style: ValidationStyle, *, emulator: bool) -> tuple[int, Body]:
        """Return status and body.

        Args:
            style: How the operation reports an invalid request.
            emulator: Whether the emulator answers.

        Returns:
            Status and body.
        """
        emulated = self.emulated if emulator else None
        if emulated is not None:
            return emulated.status, _body(self.message, emulated.code, emulated.errors, {})
        return self.status, _body(self.message, self.code, self.errors, self.more)


class ValidationError(WorkOSError):
    """The body or the query is invalid."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        listed = "; ".join(f"{problem.field} ({problem.code})" for problem in self.problems)
        super().__init__(422, f"Validation failed: {listed}." if listed else "Validation failed.")

    def response(self, style: ValidationStyle, *, emulator: bool) -> tuple[int, Body]:
        """Return status and body, in the style of the operation."""
        fields = [{"field": problem.field, "code": problem.code} for problem in self.problems]
        if emulator:
            return 422, _body(self.message, "unprocessable_entity", fields, {})
        match style:
            case "plain":
                return 422, _body(self.message)
            case "coded":
                return 422, _body(self.message, INVALID)
            case "bad_request":
                return 400, _body(self.message, INVALID)
            case "fields":
                return 422, _body(self.message, None, fields)
            case "messages":
                messages = [{"code": problem.code, "message": f"{problem.field} is wrong"} for problem in self.problems]
                return 422, _body(self.message, INVALID, messages)


def invalid(field: str, code: str = "invalid") -> ValidationError:
    """Return the error for one invalid field."""
    return ValidationError([Problem(field, code)])


def unauthorized() -> WorkOSError:
    """Return the 401 for a missing, wrong or unknown key (facts, section 1)."""
    return WorkOSError(401, "Unauthorized", code="unauthorized")


def forbidden() -> WorkOSError:
    """Return the 403 for a key without the right; the document has a message alone."""
    return WorkOSError(403, "This API key may not write.", emulated=Emulated(403, "forbidden"))


def not_found(kind: str, key: str, code: str | None = None) -> WorkOSError:
    """Return the 404 for an unknown object, in the words of the document's example."""
    return WorkOSError(404, f"{kind} not found: '{key}'.", code=code, emulated=Emulated(404, "not_found"))


def refused(code: str, message: str = COULD_NOT_BE_PROCESSED, *, emulated: Emulated | None = None) -> WorkOSError:
    """Return the 400 that the document has for most conflicts and states."""
    return WorkOSError(400, message, code=code, emulated=emulated)


def conflict(
    code: str | None, message: str = COULD_NOT_BE_PROCESSED, *, emulated: Emulated | None = None
) -> WorkOSError:
    """Return a 409."""
    return WorkOSError(409, message, code=code, emulated=emulated)


def slug_conflict(code: str, *, emulator: bool) -> WorkOSError:
    """Return the error for a slug that is taken: 409, or 422 on the emulator (facts, section 5)."""
    return ValidationError([Problem("slug", "duplicate")]) if emulator else conflict(code)


def _body(
    message: str,
    code: str | None = None,
    errors: Sequence[Mapping[str, object]] | None = None,
    more: Mapping[str, object] | None = None,
) -> Body:
    body: Body = {"message": message}
    if code is not None:
        body["code"] = code
    if errors is not None:
        body["errors"] = list(errors)
    return {**body, **(more or {})}
