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


def not_found() -> RequestError:
    """Return the 404 of users, roles and every deletion."""
    return RequestError(404, "entity.not_found")


def not_exists_with_id(name: str, entity_id: str) -> RequestError:
    """Return the 404 of an organization or scope got by id."""
    return RequestError(404, "entity.not_exists_with_id", values={"name": name, "id": entity_id})


def invalid_search(reason: str) -> RequestError:
    """Return the 400 of a bad user search, whose `data` is an empty object."""
    return RequestError(400, "request.invalid_input", data={}, values={"details": reason})


def invalid_query(name: str, expected: str, received: str) -> RequestError:
    """Return the 400 of a query parameter of the wrong type, in the form of the recorded body errors."""
    issue = {
        "code": "invalid_type",
        "expected": expected,
        "received": received,
        "path": [name],
        "message": f"Expected {expected}, received {received}",
    }
    return RequestError(
        400,
        "guard.invalid_input",
        data={"issues": [issue], "name": "ZodError"},
        details=f'Error in key path "{name}": (invalid_type) Expected {expected} but received {received}.',
        values={"type": "query"},
    )


def refuse_nul(*texts: str | None) -> None:
    """Raise what a NUL that reaches PostgreSQL ends in (`proto.nul_in_id`, `proto.nul_in_search`)."""
    if any(text is not None and "\0" in text for text in texts):
        raise InternalError
