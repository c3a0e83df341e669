"""Mistakes in path operations: a dependency that was not called, and results that are no response."""

from __future__ import annotations

from dataclasses import dataclass
from types import CoroutineType
from typing import Any, cast

from fastapi import encoders

from orgsdk._unpicklable import Unpicklable
from orgsdk.errors import ConfigurationError
from orgsdk.pagination import Paginator


@dataclass(frozen=True)
class CallFirst:
    """Annotation of a parameter of a function that must be called before `Depends` takes it.

    ``Depends(require_member)`` would call the function in each request, read its parameters from the query, and check
    nothing. FastAPI asks pydantic for a schema of each parameter when it creates the route, and this raises then.

    Args:
        call: The call, for the error message.
    """

    call: str

    def __get_pydantic_core_schema__(self, *_: object) -> object:
        """Raise `ConfigurationError`: only FastAPI, given the function itself, asks for a schema."""
        raise ConfigurationError(f"The function was passed without its parentheses: write Depends({self.call}).")


def error_of_result(result: object) -> ConfigurationError | None:
    """Return the error for what a path operation returned, None if it may return it."""
    if isinstance(result, CoroutineType):
        if not _is_of_orgsdk(cast("object", result)):
            return None
        result.close()  # otherwise Python warns that it was never awaited
        what, write = "a call that was not awaited", "`async def`, and `return await …`"
    elif isinstance(result, Paginator):
        what, write = "a list that was not read", "`async def`, and `return await ….collect()`"
    elif isinstance(result, Unpicklable):
        what, write = (
            f"an object of the class {type(result).__name__}",
            "the records, such as `return await ….collect()`",
        )
    else:
        return None
    return ConfigurationError(f"The path operation returned {what}: write {write}.")


def _is_of_orgsdk(coroutine: Any) -> bool:
    module = "" if coroutine.cr_frame is None else str(coroutine.cr_frame.f_globals.get("__name__"))
    return module.partition(".")[0] == __name__.partition(".")[0]


def _refuse(result: Any) -> object:
    if error := error_of_result(result):
        raise error
    raise ValueError(f"{type(result).__name__} cannot be encoded as JSON")  # as without this encoder


# Without a response model FastAPI would return the attributes of such an object, headers with keys among them.
encoders.ENCODERS_BY_TYPE[CoroutineType] = _refuse
encoders.encoders_by_class_tuples[_refuse] = (Unpicklable,)
