"""Mistakes in path operations: what is no dependency or is called too early, and results that are no response."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from types import CoroutineType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from fastapi import encoders

from orgsdk._unpicklable import Unpicklable
from orgsdk.errors import ConfigurationError
from orgsdk.pagination import Paginator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DependencyT = TypeVar("DependencyT", bound="Callable[..., object]")


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


def called_by_fastapi(dependency: DependencyT) -> DependencyT:
    """Return the dependency, which raises `ConfigurationError` if it is called without arguments: FastAPI calls it."""

    @wraps(dependency)
    def call(*args: object, **kwargs: object) -> object:
        if not args and not kwargs:
            name = dependency.__name__
            raise ConfigurationError(f"FastAPI calls {name}: leave the parentheses out, as in Depends({name}).")
        return dependency(*args, **kwargs)

    return cast("DependencyT", call)


def check_dependencies(routes: Iterable[object], others: Mapping[str, object]) -> None:
    """Raise `ConfigurationError` for a dependency that would make a client or a provider from each request.

    Args:
        routes: The routes of the app.
        others: Objects of this package that are no dependencies, by their names.
    """
    for route in routes:
        # A router that was included, in current versions of FastAPI, and a mounted app.
        check_dependencies(getattr(getattr(route, "original_router", route), "routes", None) or (), others)
        pending = [getattr(route, "dependant", None)]
        while pending:
            dependant: Any = pending.pop()
            if dependant is None:
                continue
            pending += dependant.dependencies
            if name := _name_of_no_dependency(dependant.call, others):
                raise ConfigurationError(
                    f"{name} is no dependency of FastAPI: write `client: Client` with orgsdk.fastapi.Client."
                )


def _name_of_no_dependency(call: object, others: Mapping[str, object]) -> str | None:
    owner = getattr(call, "__self__", call)  # the class, for `OrgClient.from_env` and `Flat.from_env`
    if isinstance(owner, type) and issubclass(owner, Unpicklable):  # a client or a provider
        return owner.__name__ if isinstance(call, type) else f"{owner.__name__}.{getattr(call, '__name__', '')}"
    return next((name for name, one in others.items() if one is call), None)


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
