"""How a blocking verb is made of an async one, its signature and its docstring with it."""

from __future__ import annotations

import re
from functools import partial, wraps
from typing import TYPE_CHECKING, Concatenate, Generic, ParamSpec, TypeVar

from orgsdk.blocking.lists import Paginator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk import pagination
    from orgsdk.blocking.portal import Portal

P = ParamSpec("P")
T = TypeVar("T")
AsyncT = TypeVar("AsyncT", covariant=True)


class Blocking(Generic[AsyncT]):
    """Stand before an async object, and run its coroutines in the portal."""

    def __init__(self, asynchronous: AsyncT, portal: Portal) -> None:
        self._async = asynchronous
        self._portal = portal

    def __repr__(self) -> str:
        return f"{self._async!r} (blocking)"


def verb(method: Callable[Concatenate[AsyncT, P], Awaitable[T]]) -> Callable[Concatenate[Blocking[AsyncT], P], T]:
    """Make a method that waits for what `method` gives."""

    @wraps(method)
    def blocking(self: Blocking[AsyncT], /, *args: P.args, **kwargs: P.kwargs) -> T:
        asynchronous, portal = _behind(self)
        return portal.call(partial(method, asynchronous, *args, **kwargs), method.__qualname__)

    blocking.__doc__ = without_await(method.__doc__ or "")
    return blocking


def listing(
    method: Callable[Concatenate[AsyncT, P], pagination.Paginator[T]],
) -> Callable[Concatenate[Blocking[AsyncT], P], Paginator[T]]:
    """Make a method that gives the list of `method` as one to walk by a plain `for`."""

    @wraps(method)
    def blocking(self: Blocking[AsyncT], /, *args: P.args, **kwargs: P.kwargs) -> Paginator[T]:
        asynchronous, portal = _behind(self)
        return Paginator(method(asynchronous, *args, **kwargs), portal)

    blocking.__doc__ = without_await(method.__doc__ or "")
    return blocking


def without_await(docstring: str) -> str:
    """Give an async verb's docstring with its examples as they are written here."""
    return re.sub(r"\b(?:async|await) ", "", docstring)


def _behind(handle: Blocking[AsyncT]) -> tuple[AsyncT, Portal]:
    return handle._async, handle._portal  # pyright: ignore[reportPrivateUsage]  # the methods made here are its own
