"""Check the types and ranges of settings and arguments when an object is made. Private to orgsdk.

A message names the setting, states what was wrong and what is allowed, and never repeats a text: it may be a secret.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from types import CoroutineType, UnionType
from typing import TypeVar

from orgsdk._callables import describe
from orgsdk.errors import ConfigurationError, InvalidArgumentError, OrgError

T = TypeVar("T")

_MAX_NAME_LENGTH = 100


def is_number(value: object) -> bool:
    """Return whether a setting is a number, and not None or text.

    Args:
        value: The setting.

    Returns:
        True for an int or a float.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # A larger int has no float: `math.isfinite` and every sum with a time would raise.
    return isinstance(value, float) or abs(value) <= sys.float_info.max


def is_integer(value: object) -> bool:
    """Return whether a setting or an argument is a whole number, and not True or text.

    Args:
        value: The setting or the argument.

    Returns:
        True for an int.
    """
    return isinstance(value, int) and not isinstance(value, bool)


def check_integer(
    name: str, value: object, *, least: int, most: int | None = None, error: type[OrgError] = ConfigurationError
) -> None:
    """Raise `error` unless a value is a whole number of a range. True and 2.0 are none."""
    if not (is_integer(value) and isinstance(value, int) and least <= value and (most is None or value <= most)):
        allowed = f"{least} or more" if most is None else f"{least} to {most}"
        raise error(f"{name} is {describe_value(value)}: pass a whole number, {allowed}.")


def check_number(
    name: str,
    value: object,
    *,
    least: float = 0.0,
    most: float = math.inf,
    above: bool = False,
    unit: str = "",
    error: type[OrgError] = ConfigurationError,
) -> None:
    """Raise `error` unless a value is a finite number from `least` (or above it) to `most`."""
    is_within = (
        is_number(value)
        and isinstance(value, int | float)
        and math.isfinite(value)
        and (least < value if above else least <= value)
        and value <= most
    )
    if not is_within:
        span = f"above {least:g}" if above else f"{least:g} or more" if most == math.inf else f"{least:g} to {most:g}"
        raise error(f"{name} is {describe_value(value)}: pass a number{unit and f' of {unit}'}, {span}.")


def check_flag(name: str, value: object, *, error: type[OrgError] = InvalidArgumentError) -> None:
    """Raise `error` unless a value is True or False."""
    if not isinstance(value, bool):
        raise error(f"{name} is {describe_value(value)}: pass True or False.")


def check_instance(
    name: str,
    value: object,
    kind: type | UnionType,
    advice: str,
    *,
    error: type[OrgError] = InvalidArgumentError,
) -> None:
    """Raise `error` unless a value is an instance of a class. `advice` follows "pass"."""
    if isinstance(value, CoroutineType):
        value.close()  # otherwise Python warns that it was never awaited
        raise error(f"{name} was not awaited: write `await` before the call that returns it.")
    if not isinstance(value, kind):
        raise error(f"{name} is {describe_value(value)}: pass {advice}.")


def check_choice(
    name: str, value: object, choices: tuple[object, ...], *, error: type[OrgError] = ConfigurationError
) -> None:
    """Raise `error` unless a value is one of a few words."""
    if not (isinstance(value, str) and value in choices):
        listed = " or ".join(f'"{choice}"' for choice in choices)
        raise error(f"{name} is not one of its values: pass {listed}.")


def as_list(name: str, values: Iterable[T], *, error: type[OrgError] = InvalidArgumentError) -> list[T]:
    """Return the items of a list or another iterable. One text is refused: it would be read letter by letter."""
    if isinstance(values, str):
        raise error(f"{name} is one string: pass a list.")
    if isinstance(values, bytes) or not isinstance(values, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise error(f"{name} is {describe_value(values)}: pass a list.")
    return list(values)


def describe_value(value: object) -> str:
    """Return a number as it is, and of anything else its type: a text may be a secret."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        # A number of thousands of digits has no text in Python.
        return repr(value) if abs(value) < 10**18 else "a huge number"
    return describe(value)


def describe_name(name: str) -> str:
    """Return a name that a caller chose, such as a role's, in quotes and short. An e-mail address is not shown.

    Arguments get mixed up, and so do the columns of a roster.
    """
    return "'[address]'" if "@" in name or "\uff20" in name else repr(name[:_MAX_NAME_LENGTH])
