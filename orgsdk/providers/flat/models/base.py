"""Base classes, field types and decoders of Flat's wire models: lenient for responses, strict for requests."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, TypeAlias, TypeVar, cast

from pydantic import (
    AfterValidator,
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SecretStr,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from orgsdk.domain import EMAIL_FORM, JsonReader, check_email
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.http.bodies import BodyModel


class FlatResponseModel(BaseModel):
    """Base class of the responses: immutable, with field names in snake case.

    A missing field, or one that is null, is None, or an empty tuple. A field that this version of orgsdk does not know
    is in `model_extra`, under Flat's name.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=to_camel, serialization_alias=to_camel),
        populate_by_name=True,
        extra="allow",
        frozen=True,
        defer_build=True,
        hide_input_in_errors=True,
    )

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        # Only declared fields: an unknown field may be a secret (docs/architecture.md, decision 12).
        return [(name, value) for name, value in super().__repr_args__() if name in type(self).model_fields]


class FlatBody(BodyModel):
    """Base class of the request bodies: validated by the rules of the official document. None omits a field."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=AliasGenerator(serialization_alias=to_camel), strict=True
    )
    provider_name: ClassVar[str] = "Flat"

    def content(self) -> bytes:
        """Return the JSON to send: the fields that are set, under Flat's names, with secrets in plain text.

        Returns:
            The JSON, encoded in UTF-8.

        Raises:
            InvalidArgumentError: A text has a lone surrogate (half a character), which UTF-8 cannot encode.
        """
        fields = self.model_dump(by_alias=True, exclude_none=True)
        try:
            return _JSON.encode(fields).encode()
        except UnicodeEncodeError:
            pass
        raise InvalidArgumentError("A text has half a character in it: pass valid Unicode.")


def _reveal_secret(secret: SecretStr) -> str:
    return secret.get_secret_value()


# `json.dumps` would create an encoder for each call, which takes as long as the encoding.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_reveal_secret)


def _check_password(password: SecretStr) -> SecretStr:
    if not 6 <= len(password) <= 1000:
        raise PydanticCustomError("password", "a password has 6 to 1,000 characters")
    return password


def _check_email(address: str) -> str:
    try:
        return check_email(address)
    except InvalidArgumentError:
        raise PydanticCustomError("email", "an e-mail address is {form}", {"form": EMAIL_FORM}) from None


def _check_url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme not in {"http", "https"} or not (separator and rest) or url.split() != [url]:
        raise PydanticCustomError("url", "a URL is https://host, with or without a path")
    return url


def _none_to_empty(value: object) -> object:
    return () if value is None else value


Password: TypeAlias = Annotated[SecretStr, AfterValidator(_check_password)]
Email: TypeAlias = Annotated[str, AfterValidator(_check_email)]
Url: TypeAlias = Annotated[str, AfterValidator(_check_url)]
Strings: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_none_to_empty)]


# Readers


ResponseT = TypeVar("ResponseT", bound=FlatResponseModel)


@cache
def reader_of(model: type[ResponseT]) -> JsonReader[ResponseT]:
    """Return the reader of a model, which is cached: its validators are built on first use."""
    return JsonReader(model)


def _extract_id(value: object) -> object:
    # The response to `onlyIds` and `onlyId` is not documented: accept bare ids and objects with an `id`.
    return cast("Mapping[str, object]", value).get("id") if isinstance(value, dict) else value


# Reads ids, bare or in objects.
id_reader: JsonReader[str] = JsonReader[str](cast("type[str]", Annotated[str, BeforeValidator(_extract_id)]))
