"""Base classes and field types of Logto's wire models: names, times, secrets (facts/logto.md, section 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    JsonValue,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
)
from pydantic.alias_generators import to_camel

from orgsdk.providers.http.bodies import BodyModel

if TYPE_CHECKING:
    from typing import Final

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def from_epoch_ms(value: object) -> object:
    """Convert epoch milliseconds to a time. Return any other value unchanged, for the next validator."""
    # pydantic would read a number below 2e10 as seconds.
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return _EPOCH + timedelta(milliseconds=value)
        except (OverflowError, ValueError):
            raise ValueError("not a time in epoch milliseconds") from None
    return value


def to_epoch_ms(value: datetime) -> int:
    """Convert a time to integer epoch milliseconds. Logto would read seconds as a date in 1970."""
    return (value - _EPOCH) // _MILLISECOND


REVEAL: Final = object()


def _serialize_secret(value: SecretStr, info: SerializationInfo) -> str:
    # Only `to_wire` passes this context. Any other dump of a body shows no secret.
    return value.get_secret_value() if info.context is REVEAL else str(value)


EpochMs: TypeAlias = Annotated[
    AwareDatetime, BeforeValidator(from_epoch_ms), PlainSerializer(to_epoch_ms, return_type=int, when_used="json")
]
Secret: TypeAlias = Annotated[SecretStr, PlainSerializer(_serialize_secret, return_type=str, when_used="json")]
JsonObject: TypeAlias = dict[str, JsonValue]


class LogtoResponseModel(BaseModel):
    """Base class of the objects in Logto's responses.

    A missing field and a null are None. Unknown fields are in `model_extra`. An enumeration is a plain string. Times
    are in UTC.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="allow",
        frozen=True,
        defer_build=True,
        hide_input_in_errors=True,
    )


class LogtoBody(BodyModel):
    """Base class of request bodies. Only the fields that are set are sent, None as null.

    An unknown field raises `InvalidArgumentError`: Logto would ignore it silently.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    provider_name: ClassVar[str] = "Logto"

    def to_wire(self) -> JsonObject:
        """Return the JSON object that is sent, with secrets in plain text."""
        sent: JsonObject = self.model_dump(mode="json", by_alias=True, exclude_unset=True, context=REVEAL)
        return sent


class Named(LogtoResponseModel):
    """An object that is part of another one, by id and name.

    Attributes:
        id: Id.
        name: Name.
    """

    id: str
    name: str | None = None
