"""Base classes and field types of WorkOS' wire models: lenient for responses, strict for request bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.http import BodyModel


class WorkOSResponseModel(BaseModel):
    """Base class of the responses: immutable.

    A missing field, or one that is null, is None, or an empty tuple. A word of an enumeration is a plain string. A
    field that this version of orgsdk does not know is in `model_extra`.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow", frozen=True, defer_build=True, hide_input_in_errors=True
    )

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        # Only declared fields: an unknown field may be a secret (docs/architecture.md, decision 12).
        return [(name, value) for name, value in super().__repr_args__() if name in type(self).model_fields]


class WorkOSBody(BodyModel):
    """Base class of the request bodies. Only the fields that are set are sent, None as null.

    Args:
        **fields: Values of the fields.

    Raises:
        InvalidArgumentError: A field is invalid, unknown or missing, or two alternatives are set. The message has its
            name, never its value.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True)
    provider_name: ClassVar[str] = "WorkOS"
    # Fields of which only one may be set.
    alternatives: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        for one, other in self.alternatives:
            if {one, other} <= self.model_fields_set:
                raise InvalidArgumentError(f"{one} and {other} are alternatives at WorkOS: pass one of them.")

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Self:
        """Return the body with the fields that are not None.

        Args:
            fields: Values of the fields.

        Returns:
            The body.
        """
        return cls(**{name: value for name, value in fields.items() if value is not None})

    def content(self) -> bytes:
        """Return the JSON to send, with secrets in plain text.

        Returns:
            The JSON, encoded in UTF-8.

        Raises:
            InvalidArgumentError: A text has a lone surrogate (half a character), which UTF-8 cannot encode.
        """
        try:
            return _JSON.encode(self.model_dump(exclude_unset=True)).encode()
        except UnicodeEncodeError:
            pass
        raise InvalidArgumentError("A text has half a character in it: pass valid Unicode.")


def _reveal_secret(secret: SecretStr) -> str:
    return secret.get_secret_value()


# `json.dumps` would create an encoder for each call, which takes as long as the encoding.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_reveal_secret)


def _none_to_empty(value: object) -> object:
    return () if value is None else value


def _as_secret(value: object) -> object:
    return SecretStr(value) if isinstance(value, str) else value


# The default of a field that may be left out, but that WorkOS does not accept as null.
UNSENT: Any = None

Time: TypeAlias = datetime | None
Strings: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_none_to_empty)]
Metadata: TypeAlias = dict[str, str]
# A password is accepted as a plain text, too, and never shown.
Secret: TypeAlias = Annotated[SecretStr, BeforeValidator(_as_secret)]
