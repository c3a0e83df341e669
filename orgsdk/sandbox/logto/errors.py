"""Errors as handlers raise them, and their bodies (facts/logto.md section 3)."""

from collections.abc import Mapping

from orgsdk.sandbox.logto.messages import message_for


class RequestError(Exception):
    """Refuse a request in Logto's own form: `{code, data?, details?, message}`."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        data: Mapping[str, object] | None = None,
        details: str | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.data = data
        self.details = details
        self.values: Mapping[str, str] = values or {}

    def body(self, accept_language: str) -> dict[str, object]:
        """Return the body, in the language the caller prefers."""
        body: dict[str, object] = {"code": self.code}
        if self.data is not None:
            body["data"] = self.data
        if self.details is not None:
            body["details"] = self.details
        body["message"] = message_for(self.code, accept_language, self.values)
        return body


class InternalError(Exception):
    """Fail as Logto does on what its database refuses, with a 500 and no code (`proto.nul_in_id`)."""


class MalformedBodyError(Exception):
    """Refuse a body that is not JSON, with a 400 that has a message and no code (`proto.malformed_json`)."""


def not_found() -> RequestError:
    """Return the 404 of users, roles and every deletion."""
    return RequestError(404, "entity.not_found")


def not_exists_with_id(name: str, entity_id: str) -> RequestError:
    """Return the 404 of an organization or scope got by id."""
    return RequestError(404, "entity.not_exists_with_id", values={"name": name, "id": entity_id})


def not_exists(name: str) -> RequestError:
    """Return the 404 of a change to an organization, an organization role or a scope."""
    return RequestError(404, "entity.not_exists", values={"name": name})


def invalid_search(reason: str) -> RequestError:
    """Return the 400 of a bad user search, whose `data` is an empty object."""
    return RequestError(400, "request.invalid_input", data={}, values={"details": reason})


def not_a_string(name: str) -> RequestError:
    """Return the 400 of a repeated query parameter, which Logto reads as an array, where a string belongs."""
    issue: dict[str, object] = {
        "code": "invalid_type",
        "expected": "string",
        "received": "array",
        "path": [name],
        "message": "Expected string, received array",
    }
    return _invalid_query(issue, f'"{name}": (invalid_type) Expected string but received array.')


def empty_string(name: str) -> RequestError:
    """Return the 400 of an empty query parameter where the OpenAPI document wants one character at least."""
    message = "String must contain at least 1 character(s)"
    issue: dict[str, object] = {
        "code": "too_small",
        "minimum": 1,
        "type": "string",
        "inclusive": True,
        "exact": False,
        "message": message,
        "path": [name],
    }
    return _invalid_query(issue, f'"{name}": (too_small) {message}')


def _invalid_query(issue: Mapping[str, object], details: str) -> RequestError:
    """Return the 400 of a bad query, in the form of the recorded bad bodies (`org.create.two_errors`)."""
    return RequestError(
        400,
        "guard.invalid_input",
        data={"issues": [issue], "name": "ZodError"},
        details=f"Error in key path {details}",
        values={"type": "query"},
    )


def refuse_nul(*texts: str | None) -> None:
    """Raise what a NUL that reaches PostgreSQL ends in (`proto.nul_in_id`, `proto.nul_in_search`)."""
    if any(text is not None and "\0" in text for text in texts):
        raise InternalError
