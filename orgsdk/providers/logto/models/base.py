"""What Logto's wire models have in common: names, leniency, times, secrets (facts/logto.md, section 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Generic, TypeAlias, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    JsonValue,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
    TypeAdapter,
)
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from typing import Final

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def from_epoch_ms(value: object) -> object:
    """Give the time that epoch milliseconds mean; leave anything else to the validator that comes after."""
    # pydantic would take a number below 2e10 for seconds.
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return _EPOCH + timedelta(milliseconds=value)
        except (OverflowError, ValueError):
            raise ValueError("not a time in epoch milliseconds") from None
    return value


def to_epoch_ms(value: datetime) -> int:
    """Give a time as epoch milliseconds, an integer: seconds would be taken for 1970."""
    return (value - _EPOCH) // _MILLISECOND


REVEAL: Final = object()


def _serialize_secret(value: SecretStr, info: SerializationInfo) -> str:
    # Only the wire asks for the secret itself: what somebody else prints of a request shows none.
    return value.get_secret_value() if info.context is REVEAL else str(value)


EpochMs: TypeAlias = Annotated[
    AwareDatetime, BeforeValidator(from_epoch_ms), PlainSerializer(to_epoch_ms, return_type=int, when_used="json")
]
Secret: TypeAlias = Annotated[SecretStr, PlainSerializer(_serialize_secret, return_type=str, when_used="json")]
JsonObject: TypeAlias = dict[str, JsonValue]


class _WireModel(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        defer_build=True,
        hide_input_in_errors=True,
    )


class LogtoAnswer(_WireModel):
    """Hold what Logto answers.

    What it leaves out or has as null is None, what this version of orgsdk has never heard of is kept in
    `model_extra`, and a word of a list of words is a plain string. Times are in UTC.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")


class LogtoBody(_WireModel):
    """Hold what is sent to Logto: only the fields that are set are sent, None as null.

    Raises pydantic's `ValidationError` for a field that Logto does not have: it would drop it silently.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    def to_wire(self) -> JsonObject:
        """Give the JSON object as it is sent, secrets revealed."""
        sent: JsonObject = self.model_dump(mode="json", by_alias=True, exclude_unset=True, context=REVEAL)
        return sent


class Named(LogtoAnswer):
    """Hold the id and the name of something, as Logto shows it within something else."""

    id: str
    name: str | None = None


ModelT = TypeVar("ModelT")


class ModelReader(Generic[ModelT]):
    """Read answers' bytes into models of one class. Made once a class, its validators on first use."""

    def __init__(self, model: type[ModelT]) -> None:
        self._model = model

    @cached_property
    def _one(self) -> TypeAdapter[ModelT]:
        return TypeAdapter(self._model)

    @cached_property
    def _many(self) -> TypeAdapter[list[ModelT]]:
        return TypeAdapter(list[self._model])  # type: ignore[name-defined]  # mypy wants a static type here

    def one(self, content: bytes) -> ModelT:
        """Read a JSON object. Raises pydantic's ValidationError where the bytes are none of that shape."""
        return self._one.validate_json(content)

    def many(self, content: bytes) -> list[ModelT]:
        """Read a JSON array of objects. Raises pydantic's ValidationError as `one` does."""
        return self._many.validate_json(content)
