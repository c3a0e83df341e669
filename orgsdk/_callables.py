"""Functions that callers pass: checked when they are passed, and called whether they are async or not.

Private to orgsdk. `check_function` refuses what could only fail later, `call_function` calls functions of both kinds,
and `call_hook` plain ones whose result nobody uses.
"""

from __future__ import annotations

import inspect
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

_LOGGER = logging.getLogger("orgsdk")


def check_function(value: object, setting: str, *parameters: str, plain: bool = False) -> None:
    """Check a function that will be called later, when an error would be too late.

    Args:
        value: The function, or any other callable object.
        setting: Name of the setting, for error messages.
        *parameters: What each argument is, such as "one event".
        plain: Whether an async function is refused, because nothing could await its result.

    Raises:
        ConfigurationError: The value cannot be called with that many arguments, or is async and must not be.
    """
    takes = f"of {' and '.join(parameters)}" if parameters else "without parameters"
    advice = f"pass a function {takes}."
    refuse_coroutine(value, setting)
    if not callable(value):
        raise ConfigurationError(f"{setting} is {describe(value)}: {advice}")
    if plain and is_async_function(value):
        raise ConfigurationError(f"{setting} is an async function, which would never be awaited: pass a plain one.")
    try:
        signature = inspect.signature(value)
    except (AttributeError, NameError, TypeError, ValueError):
        return  # a function in C has none, and Python 3.14 evaluates annotations, which may not be possible
    try:
        signature.bind(*parameters)
    except TypeError as error:
        problem = str(error)
    else:
        return
    raise ConfigurationError(f"{setting} cannot be called as it will be ({problem}): {advice}")


def refuse_coroutine(value: object, setting: str) -> None:
    """Refuse the result of an async function that was called where the function itself, or a value, belongs.

    Args:
        value: What was passed.
        setting: Name of the setting, for error messages.

    Raises:
        ConfigurationError: The value is a coroutine.
    """
    if inspect.iscoroutine(value):
        value.close()  # otherwise Python warns that it was never awaited
        raise ConfigurationError(f"{setting} is a coroutine: pass the function itself, without calling it.")


def is_async_function(function: object) -> bool:
    """Return whether calling the function runs nothing until its result is awaited or iterated.

    Args:
        function: The function, a `functools.partial`, or an object with `__call__`.

    Returns:
        True for an async function and an async generator function. False for a plain function that returns an
        awaitable, which only its call shows.
    """
    while isinstance(function, partial):
        function = function.func
    candidates = (function, getattr(type(function), "__call__", None))  # noqa: B004  # not a test of callability
    return any(inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in candidates)


async def call_function(function: Callable[..., T | Awaitable[T]], *arguments: object) -> T:
    """Call a function, async or not, and return its result.

    Args:
        function: The function. A plain one runs in the event loop, and must not block.
        *arguments: Its arguments.

    Returns:
        The result, awaited if it is an awaitable.
    """
    result: Any = function(*arguments)
    if inspect.isawaitable(result):
        result = await result
    return cast("T", result)


def call_hook(function: Callable[[T], object], setting: str, argument: T) -> None:
    """Call a plain function whose result is not used, such as `on_event`.

    An awaitable that it returns is not awaited, and this is logged as a warning: `check_function` does not see that a
    ``lambda`` calls an async function.

    Args:
        function: The function.
        setting: Name of the setting, for the warning.
        argument: Its argument.
    """
    result = function(argument)
    if result is None or not inspect.isawaitable(result):
        return
    if inspect.iscoroutine(result):
        result.close()  # otherwise Python warns too, and names orgsdk instead of the function
    _LOGGER.warning("%s returned an awaitable, which is never awaited: pass a plain function.", setting)


def describe(value: object) -> str:
    """Return what a value of the wrong type is, without showing it: it may be a secret.

    Args:
        value: The value.

    Returns:
        Text such as "of type int" or "the class Flat".
    """
    return f"the class {value.__name__}" if isinstance(value, type) else f"of type {type(value).__name__}"
