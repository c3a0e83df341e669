"""`ErrorCodes`: which exception the error codes of a provider become, whatever their HTTP status."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from pydantic import JsonValue

from orgsdk.errors import APIError
from orgsdk.transport import ProviderProblem, Response, read_error_body


def text_member(body: Mapping[str, JsonValue], name: str) -> str | None:
    """Return a member of a JSON object if it is a text with characters.

    Args:
        body: The object, such as `Response.json_object()`.
        name: Name of the member.

    Returns:
        The text, or None.
    """
    value = body.get(name)
    return value if isinstance(value, str) and value else None


class ErrorCodes:
    """Read the error responses of a provider that have a code, and choose the exception by it.

    Many providers send conflicts with status 400 or 422, so that only the code shows them.

    Args:
        kinds: The exception of a code. A code that is missing here has the exception of its HTTP status.
        texts: The message of a code. Default: the provider's.
        known: Further codes that the provider's own code compares.
        explanations: What to add to the message of an HTTP status.
        own: The member that the provider's errors have, and those of a gateway do not. Or a function that decides it
            by the body.
        code: The member with the code.
        inner: The member with a list of single errors, ``{"code", "message"?, "field"?}``. A code of `kinds` or `known`
            among them has priority.
        request_id_header: The response header with the provider's id of a request.
        media_types: The media types of the provider's errors.

    Example:
        ``ErrorCodes({"email_taken": ConflictError}, inner="errors")``
    """

    def __init__(
        self,
        kinds: Mapping[str, type[APIError]],
        *,
        texts: Mapping[str, str] | None = None,
        known: Collection[str] = (),
        explanations: Mapping[int, str] | None = None,
        own: str | Callable[[Mapping[str, JsonValue]], bool] = "code",
        code: str = "code",
        inner: str | None = None,
        request_id_header: str | None = None,
        media_types: Collection[str] = ("application/json",),
    ) -> None:
        self._kinds = kinds
        self._texts = texts or {}
        self._known = {*kinds, *known}
        self._explanations = explanations or {}
        self._own = own
        self._media_types = media_types
        self._code = code
        self._inner = inner
        self._request_id_header = request_id_header

    def read(self, response: Response) -> ProviderProblem:
        """Read an error response.

        Args:
            response: The response.

        Returns:
            What it reports.
        """
        body = response.json_object()
        errors = body.get(self._inner) if self._inner is not None else None
        inner = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
        codes = [code for each in (body, *inner) if (code := text_member(each, self._code))]
        known = next((code for code in codes if code in self._known), None)
        found = read_error_body(response)
        message = self._texts.get(known or "") or found.message
        message = message or f"answered {response.status} without an explanation"
        explanation = self._explanations.get(response.status)
        return ProviderProblem(
            message=message if explanation is None else f"{message}: {explanation}",
            code=known or text_member(body, self._code) or found.code,
            details="; ".join(filter(None, map(self._describe, inner))) or None,
            request_id=response.headers.get(self._request_id_header) if self._request_id_header else None,
            kind=self._kinds.get(known) if known is not None else None,
            is_own=self._is_own(body, found.code) and response.media_type in self._media_types,
            has_known_code=known is not None,
        )

    def _is_own(self, body: Mapping[str, JsonValue], well_formed: str | None) -> bool:
        code = text_member(body, self._code)
        # A gateway may echo the request in a body of this form: what is no code is not the provider's.
        is_own = self._own(body) if callable(self._own) else text_member(body, self._own) is not None
        return is_own and (code in {None, well_formed} or code in self._known)

    def _describe(self, error: dict[str, JsonValue]) -> str | None:
        parts = [text_member(error, name) for name in ("field", self._code, "message")]
        return ": ".join(part for part in parts if part) or None
