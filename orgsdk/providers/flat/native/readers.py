"""Reading answers into Flat's wire models: a validator is made when it is first used, and kept."""

from __future__ import annotations

from functools import cache
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from pydantic import BeforeValidator, TypeAdapter

from orgsdk.providers.flat.models.base import Answer
from orgsdk.providers.flat.models.lti_configuration import LtiConfiguration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AnswerT = TypeVar("AnswerT", bound=Answer)


def _id_of(found: object) -> object:
    # What `onlyIds` and `onlyId` answer is not documented: bare ids, or objects with an `id`.
    return cast("Mapping[str, object]", found).get("id") if isinstance(found, dict) else found


_Id = Annotated[str, BeforeValidator(_id_of)]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def one(model: type[AnswerT]) -> Callable[[bytes], AnswerT]:
    """Give what reads an object."""
    return _adapter(model).validate_json


def many(model: type[AnswerT]) -> Callable[[bytes], list[AnswerT]]:
    """Give what reads an array of objects."""
    return _adapter(GenericAlias(list, model)).validate_json


def one_id(content: bytes) -> str:
    """Read an id, bare or in an object."""
    return _adapter(_Id).validate_json(content)  # type: ignore[no-any-return]  # a string, by the adapter


def many_ids(content: bytes) -> list[str]:
    """Read an array of ids, bare or in objects."""
    return _adapter(list[_Id]).validate_json(content)  # type: ignore[no-any-return]  # as above


def one_configuration(content: bytes) -> LtiConfiguration:
    """Read an LTI configuration of whatever kind it is."""
    return _adapter(LtiConfiguration).validate_json(content)  # type: ignore[no-any-return]  # as above


def many_configurations(content: bytes) -> list[LtiConfiguration]:
    """Read an array of LTI configurations, each of its own kind."""
    return _adapter(list[LtiConfiguration]).validate_json(content)  # type: ignore[no-any-return]  # as above
