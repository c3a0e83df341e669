"""Base class of Flat's native operations: pagination, creates, and decoders of responses."""

from __future__ import annotations

from functools import cache
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from pydantic import BeforeValidator, TypeAdapter

from orgsdk.pagination import Paginator, Slice
from orgsdk.providers.flat.models.base import FlatAnswer
from orgsdk.providers.flat.models.lti import LtiConfiguration
from orgsdk.providers.flat.operations import describe_list

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orgsdk.providers.flat.connection import FlatConnection
    from orgsdk.transport import Request

AnswerT = TypeVar("AnswerT", bound=FlatAnswer)


def _extract_id(found: object) -> object:
    # What `onlyIds` and `onlyId` answer is not documented: bare ids, or objects with an `id`.
    return cast("Mapping[str, object]", found).get("id") if isinstance(found, dict) else found


_Id = Annotated[str, BeforeValidator(_extract_id)]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def object_decoder(model: type[AnswerT]) -> Callable[[bytes], AnswerT]:
    """Give what reads an object."""
    return _adapter(model).validate_json


def array_decoder(model: type[AnswerT]) -> Callable[[bytes], list[AnswerT]]:
    """Give what reads an array of objects."""
    return _adapter(GenericAlias(list, model)).validate_json


def decode_id(content: bytes) -> str:
    """Read an id, bare or in an object."""
    return _adapter(_Id).validate_json(content)  # type: ignore[no-any-return]  # a string, by the adapter


def decode_ids(content: bytes) -> list[str]:
    """Read an array of ids, bare or in objects."""
    return _adapter(list[_Id]).validate_json(content)  # type: ignore[no-any-return]  # as above


def decode_lti_configuration(content: bytes) -> LtiConfiguration:
    """Read an LTI configuration of whatever kind it is."""
    return _adapter(LtiConfiguration).validate_json(content)  # type: ignore[no-any-return]  # as above


def decode_lti_configurations(content: bytes) -> list[LtiConfiguration]:
    """Read an array of LTI configurations, each of its own kind."""
    return _adapter(list[LtiConfiguration]).validate_json(content)  # type: ignore[no-any-return]  # as above


T = TypeVar("T")


class FlatNativeOperations:
    """Call Flat by one connection."""

    def __init__(self, connection: FlatConnection) -> None:
        self._connection = connection

    def _paginate(
        self,
        name: str,
        parameters: list[tuple[str, str]],
        request: Callable[[list[tuple[str, str]], str | None, int], Request],
        reader: Callable[[bytes], list[T]],
        *,
        page_size: int | None,
        cursor: str | None,
    ) -> Paginator[T]:
        async def fetch(position: str | None, size: int) -> Slice[T]:
            return await self._connection.read_page(request(parameters, position, size), reader)

        scope = tuple(part for pair in parameters for part in pair)
        return Paginator(describe_list(name, scope, fetch), page_size=page_size, cursor=cursor)

    async def _create(self, request: Request, reader: Callable[[bytes], T]) -> T:
        # One request and no look-up: the common verbs have that.
        created, _ = await self._connection.create_or_adopt(request, reader)
        return created
