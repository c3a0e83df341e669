"""Request bodies: base class of their models, and a body from a model or from keywords."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from orgsdk._callables import describe
from orgsdk.domain import Unset
from orgsdk.errors import InvalidArgumentError, UnsupportedError


class BodyModel(BaseModel):
    """Base of the models of request bodies: immutable, and an invalid or unknown field is an `InvalidArgumentError`.

    Args:
        **fields: Values of the fields.

    Attributes:
        provider_name: The provider in error messages, such as ``Flat``.

    Raises:
        InvalidArgumentError: A field is invalid, unknown or missing. The message has its name, never its value.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True
    )

    provider_name: ClassVar[str] = "the provider"

    def __init__(self, **fields: Any) -> None:
        problem: str | None = None
        try:
            super().__init__(**fields)
        except ValidationError as error:
            problem = _describe(self.provider_name, error)
        if problem is not None:
            # Raised outside the handler: a chained pydantic error would show the values.
            raise InvalidArgumentError(problem)


class JsonObject(dict[str, JsonValue]):
    """A request body as a JSON object, for an API whose objects may have any member.

    Example:
        ``body = JsonObject(userName="ada")``
    """

    def content(self) -> bytes:
        """Return the JSON to send.

        Returns:
            The JSON, encoded in UTF-8.

        Raises:
            InvalidArgumentError: A value is none of JSON. The message does not show it.
        """
        try:
            return json.dumps(self, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError):
            pass
        raise InvalidArgumentError("The body is no JSON: pass texts, numbers, booleans, None, lists and dicts of them.")


BodyT = TypeVar("BodyT", bound=BodyModel)


def build_body(model: type[BodyT], body: BodyT | None, fields: Mapping[str, object]) -> BodyT:
    """Return the body of a native operation, whose caller passed a model or the fields as keywords.

    Args:
        model: The class of the body.
        body: The model that the caller passed, or None.
        fields: The keywords that the caller passed.

    Returns:
        The model.

    Raises:
        InvalidArgumentError: Both were passed, the model is of another class, or a field is invalid.

    Example:
        ``body = build_body(CreateUser, None, fields)``
    """
    if body is None:
        return model(**fields)
    if not isinstance(body, model):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise InvalidArgumentError(
            f"The body is {describe(body)}: pass one of class {model.__name__}, or its fields as keywords."
        )
    if fields:
        raise InvalidArgumentError(f"Pass one of class {model.__name__}, or its fields as keywords, not both.")
    return body


def changed_fields(
    changes: object, names: Mapping[str, str], *, provider: str, can_clear: Collection[str]
) -> dict[str, Any]:
    """Return the fields of an update that are set, under the provider's names.

    Args:
        changes: The changes, such as `UserChanges`.
        names: The provider's names by the names of the domain.
        provider: Name of the provider, for the error.
        can_clear: Fields that the provider can clear. Their None stays None.

    Returns:
        The values by the provider's names.

    Raises:
        UnsupportedError: Another field is None.

    Example:
        ``fields = changed_fields(changes, {"given_name": "first_name"}, provider="acme", can_clear={"given_name"})``
    """
    fields: dict[str, Any] = {}
    for name, wire_name in names.items():
        value = getattr(changes, name)
        if isinstance(value, Unset):
            continue
        if value is None and name not in can_clear:
            raise UnsupportedError(provider, f"an empty {name}", f"Pass another {name} instead.")
        fields[wire_name] = value
    return fields


def _describe(provider: str, error: ValidationError) -> str:
    problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"]
    return f"Invalid {field} for {provider}: {message[:1].lower()}{message[1:]}."
