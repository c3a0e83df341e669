"""Errors for parameters that a function does not have: they name the one to use.

Private to orgsdk, except the error, which is a `TypeError` too.
"""

from __future__ import annotations

from functools import wraps
from inspect import Parameter, iscoroutinefunction, signature
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from orgsdk._messages import did_you_mean
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FunctionT = TypeVar("FunctionT", bound="Callable[..., object]")
KindT = TypeVar("KindT", bound=type)


class MisuseError(OrgError, TypeError):
    """An object is used as it cannot be, or a function is called with a parameter that it does not have."""


_ITEMS: Final = "page_size= for the items of a page, or list().collect(limit=…) for fewer items"
_ID: Final = "the id as the first argument"
_CURSOR: Final = "cursor=, with the next_cursor of a page"
# Parameters of other libraries. Each value starts with the parameter here, or is advice of its own.
_SYNONYMS: Final = {
    **dict.fromkeys(("limit", "count", "first", "max_results", "maxresults", "top"), _ITEMS),
    **dict.fromkeys(("per_page", "pagesize", "size", "batch_size"), "page_size="),
    **dict.fromkeys(
        ("page", "offset", "skip", "after", "before", "starting_after", "next", "next_token", "page_token"), _CURSOR
    ),
    **dict.fromkeys(("q", "search", "filter", "name"), "query="),
    "email": "query=, or find(email=…) for one user",
    "username": "query=, or find(username=…) for one user",
    "roles": "role=, for one role",
    "role": 'roles=["…"], a list',
    "id": _ID,
    "user_id": _ID,
    **dict.fromkeys(("max_retries", "retries"), "max_attempts=, the first attempt included"),
    **dict.fromkeys(("access_token", "api_key", "key", "bearer"), "token="),
    **dict.fromkeys(("url", "host", "api_base"), "base_url="),
    **dict.fromkeys(("org", "org_id", "organization_id", "tenant"), "organization="),
    **dict.fromkeys(("default_headers", "extra_headers"), "headers="),
    **dict.fromkeys(("client_id",), "app_id="),
    **dict.fromkeys(("client_secret",), "app_secret="),
    **dict.fromkeys(("first_name", "firstname"), "given_name="),
    **dict.fromkeys(("last_name", "lastname"), "family_name="),
    "enabled": 'state="active", "suspended" or "gone"',
    **dict.fromkeys(("sep", "separator"), "delimiter="),
    **dict.fromkeys(("mapping", "column_map", "header"), "columns="),
}
# Settings of a provider, which newcomers pass to the client.
_OF_PROVIDERS: Final = frozenset(
    {"token", "access_token", "api_key", "refresh_token", "base_url", "endpoint", "app_id", "app_secret", "http_client"}
)
# Settings of a `bulk.Policy`, which newcomers pass to `bulk.plan`.
_OF_A_POLICY: Final = frozenset(
    {"match_by", "create", "update", "roles", "default_roles", "remove", "max_removals", "protect", "max_age"}
)
# Settings of `FleetOptions`, which newcomers pass to `Fleet`.
_OF_A_FLEET: Final = {
    **dict.fromkeys(
        ("concurrency", "writes", "verify_share", "passwords", "max_pause", "attempts", "retry_pause", "keep_nights"),
        "FleetOptions({}=…)",
    ),
    "guards": "FleetOptions({}=FleetGuards(…))",
    "budget": "FleetOptions({}=FleetBudget(…))",
    **dict.fromkeys(
        (
            "judge",
            "max_refused_share",
            "max_removal_share",
            "max_removals",
            "max_new_admins",
            "stop_after",
            "of_latest",
        ),
        "FleetOptions(guards=FleetGuards({}=…))",
    ),
    **dict.fromkeys(
        ("requests", "key_requests", "hours", "excess", "new_requests"), "FleetOptions(budget=FleetBudget({}=…))"
    ),
}
_CALL_OPTIONS: Final = frozenset({"timeout", "max_attempts", "max_wait"})
_OF_ONE_USER: Final = frozenset({"email", "username"})
_VALUES: Final = {"Accounts.account": 'account="delete"', "Users.account": 'account="keep" or account="delete"'}


def name_parameters(function: FunctionT) -> FunctionT:
    """Return a function that raises `MisuseError` for a wrong parameter. It names the one that was meant.

    Args:
        function: A function, a method or an ``__init__``; may be async.

    Returns:
        The function with that error in place of Python's `TypeError`.
    """
    checked = _checked_coroutine(function) if iscoroutinefunction(function) else _checked_function(function)
    return cast("FunctionT", checked)


def _checked_function(function: Callable[..., Any]) -> Callable[..., Any]:
    accepts_any_name = hasattr(function, "__signature__")  # of `list_keywords`: Python itself refuses none

    @wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        if accepts_any_name:
            check_call(function, args, kwargs)
        try:
            return function(*args, **kwargs)
        except TypeError:
            check_call(function, args, kwargs)
            raise

    return call


def _checked_coroutine(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def call(*args: object, **kwargs: object) -> object:
        try:
            return await function(*args, **kwargs)
        except TypeError:
            check_call(function, args, kwargs)
            raise

    return call


def list_keywords(function: FunctionT, keywords: Iterable[Parameter]) -> FunctionT:
    """Return the function, with keyword parameters in its signature in place of ``**``.

    Args:
        function: The function.
        keywords: The parameters that ``**`` stands for, which `help`, notebooks and errors then show.

    Returns:
        The same function.
    """
    written = signature(function)
    own = [one for one in written.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
    positional = [one for one in own if one.kind is not Parameter.KEYWORD_ONLY]
    named = [one for one in own if one.kind is Parameter.KEYWORD_ONLY]
    function.__signature__ = written.replace(  # type: ignore[attr-defined]  # read by inspect.signature
        parameters=[*positional, *keywords, *named]
    )
    return function


def takes_options_of(constructor: Callable[..., object]) -> Callable[[FunctionT], FunctionT]:
    """Return a decorator that lists the options of a constructor in the signature of a function with ``**options``."""
    options = [one for one in signature(constructor).parameters.values() if one.kind is Parameter.KEYWORD_ONLY]
    return lambda function: list_keywords(function, options)


def name_constructor_parameters(kind: KindT) -> KindT:
    """Return the class, a dataclass, whose constructor raises `MisuseError` as `name_parameters` describes."""
    constructor: Any = getattr(kind, "__init__")  # noqa: B009  # of this class, which type checkers cannot know
    setattr(kind, "__init__", name_parameters(constructor))  # noqa: B010
    return kind


def hide_password(arguments: dict[str, Any]) -> None:
    """Wrap a password, so that no traceback shows it in the frames between the caller and the method.

    Args:
        arguments: The keyword arguments of a call, which are changed.
    """
    if isinstance(arguments.get("password"), str):
        from pydantic import SecretStr

        arguments["password"] = SecretStr(arguments["password"])


def check_call(function: Callable[..., Any], args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
    """Raise `MisuseError` if a function cannot be called with these arguments. The values are not shown.

    Args:
        function: The function. The first argument of a method is its object or its class.
        args: The positional arguments.
        kwargs: The keyword arguments.
    """
    where = function.__qualname__.removesuffix(".__init__").rpartition("<locals>.")[2]
    skipped = 1 if next(iter(signature(function).parameters), "") in {"self", "cls"} else 0
    parameters = list(signature(function).parameters.values())[skipped:]
    _check(where, parameters, args[skipped:], kwargs)


def check_arguments(
    kind: type, method: Callable[..., Any], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> None:
    """Raise `MisuseError` if a method of a class cannot be called with these arguments, its object left out."""
    _, *parameters = signature(method).parameters.values()
    _check(f"{kind.__name__}.{method.__name__}", parameters, args, kwargs)


def _check(where: str, parameters: list[Parameter], args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
    named = [one for one in parameters if one.kind not in {Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL}]
    known = {one.name for one in named}
    positional = [one for one in named if one.kind is not Parameter.KEYWORD_ONLY]
    if not any(one.kind is Parameter.VAR_KEYWORD for one in parameters):
        for name in kwargs:
            if name not in known:
                raise unknown_parameter(f"{where}()", name, sorted(known)) from None
    if len(args) > len(positional) and not any(one.kind is Parameter.VAR_POSITIONAL for one in parameters):
        others = ", ".join(as_argument(one) for one in named if one not in positional)
        count = f"{len(positional)} argument{'' if len(positional) == 1 else 's'}" if positional else "no argument"
        raise MisuseError(f"{where}() takes {count} without a name: pass {others or 'no more'}.") from None
    given = {one.name for one in positional[: len(args)]} | kwargs.keys()
    missing = [
        _VALUES.get(f"{where.partition('.')[0]}.{one.name}", as_argument(one))
        for one in named
        if one.default is one.empty and one.name not in given
    ]
    if missing:
        raise MisuseError(f"{where}() needs {' and '.join(missing)}.") from None


def as_argument(parameter: Parameter) -> str:
    """Return a parameter as it is written in a call: `name`, or `name=…` if it must be named."""
    return f"{parameter.name}=…" if parameter.kind is Parameter.KEYWORD_ONLY else parameter.name


def unknown_parameter(where: str, name: str, known: list[str]) -> MisuseError:
    """Return the error for a parameter that a function does not have.

    Args:
        where: The function.
        name: The parameter that was passed.
        known: The parameters that the function has.

    Returns:
        The error, with the parameter to use.
    """
    hint = _SYNONYMS.get(name.lower(), "")
    if name in _CALL_OPTIONS:  # of a client, and of no single call
        is_method = "." in where
        hint = f"client.with_options({name}=…)" if is_method else f"{name}= of OrgClient"
        return MisuseError(f"{where} has no parameter {name!r}: use {hint}.")
    if name in _OF_PROVIDERS and "provider" in known:
        return MisuseError(
            f"{where} has no parameter {name!r}: pass it to the provider, as in OrgClient(Flat(token=…))."
        )
    if name in _OF_A_POLICY and "policy" in known:
        return MisuseError(f"{where} has no parameter {name!r}: use policy=bulk.Policy({name}=…).")
    if name in _OF_A_FLEET and {"load_roster", "options"} <= {*known}:
        return MisuseError(f"{where} has no parameter {name!r}: use options={_OF_A_FLEET[name].format(name)}.")
    if name == "dry_run" and "plan" in known:
        return MisuseError(f"{where} has no parameter {name!r}: bulk.plan shows the changes, and makes none.")
    if "user_id" in known and name.lower() in _OF_ONE_USER.difference(known):
        return MisuseError(f"{where} has no parameter {name!r}: use find({name.lower()}=…), and pass the user's id.")
    if hint.partition("=")[0] in {*known, _ID}:
        return MisuseError(f"{where} has no parameter {name!r}: use {hint}.")
    question = did_you_mean(name, known) or f" It has {', '.join(known) or 'none'}."
    return MisuseError(f"{where} has no parameter {name!r}.{question}")
