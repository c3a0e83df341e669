"""What Flat's wire models have in common: answers are read leniently, requests are checked strictly."""

import json
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import AfterValidator, AliasGenerator, BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from orgsdk.errors import InvalidArgumentError


class FlatAnswer(BaseModel):
    """The base of what Flat answers: immutable, under names in snake case.

    What is missing or null is None, or empty for a list. A field that this version of orgsdk has never heard of
    is kept in `model_extra`, under the provider's name.
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
        # Only what is declared: nobody knows whether a field that came unasked is a secret (DESIGN.md, decision 12).
        return [(name, value) for name, value in super().__repr_args__() if name in type(self).model_fields]


class FlatBody(BaseModel):
    """The base of what is sent to Flat: checked as the official document has it, None for what is left out.

    Raises `InvalidArgumentError`, naming the field and never its value.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=AliasGenerator(serialization_alias=to_camel),
        strict=True,
        extra="forbid",
        frozen=True,
        defer_build=True,
        hide_input_in_errors=True,
    )

    def __init__(self, **fields: Any) -> None:
        refusal: str | None = None
        try:
            super().__init__(**fields)
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(str(part) for part in problem["loc"])
            refusal = f"Flat does not take this {place}: {_lower_first(problem['msg'])}."
        if refusal is not None:
            # Raised outside the handler: pydantic's error holds the values, and a chained one would show them.
            raise InvalidArgumentError(refusal)

    def content(self) -> bytes:
        """Give the JSON that is sent: what is set, under the provider's names, secrets readable.

        Raises `InvalidArgumentError` where a text has half a character (a lone surrogate), which JSON cannot hold.
        """
        given = self.model_dump(by_alias=True, exclude_none=True)
        try:
            return _JSON.encode(given).encode()
        except UnicodeEncodeError:
            pass
        raise InvalidArgumentError("A text has half a character in it: pass valid Unicode.")


def _reveal_secret(secret: SecretStr) -> str:
    return secret.get_secret_value()


# `json.dumps` makes one for each call, which costs as much as the encoding.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_reveal_secret)


def _lower_first(message: str) -> str:
    return message[:1].lower() + message[1:]


def _check_password(password: SecretStr) -> SecretStr:
    if not 6 <= len(password) <= 1000:
        raise PydanticCustomError("password", "a password has 6 to 1,000 characters")
    return password


def _check_email(address: str) -> str:
    name, at, domain = address.rpartition("@")
    if not (name and at and domain) or address.split() != [address]:
        raise PydanticCustomError("email", "an e-mail address is name@domain, without spaces")
    return address


def _check_url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme not in {"http", "https"} or not (separator and rest) or url.split() != [url]:
        raise PydanticCustomError("url", "an address is https://host, with a path where there is one")
    return url


def _none_to_empty(value: object) -> object:
    return () if value is None else value


Password: TypeAlias = Annotated[SecretStr, AfterValidator(_check_password)]
Email: TypeAlias = Annotated[str, AfterValidator(_check_email)]
Url: TypeAlias = Annotated[str, AfterValidator(_check_url)]
Strings: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_none_to_empty)]
