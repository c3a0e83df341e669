"""Every public function and constructor refuses values of a wrong type at once, whatever its parameters are called.

`tests/public_calls.py` walks the public names, and the wrong values are made from the annotations: a new name and a new
parameter are covered as soon as they exist.
"""

from __future__ import annotations

import inspect
import re
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from pydantic import BaseModel

from orgsdk import ConfigurationError, InvalidArgumentError, OrgClient, OrgError
from orgsdk.providers import Flat, Logto
from orgsdk.telemetry import OpenTelemetry
from tests import public_calls as public

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # no check depends on the event loop


SECRET = "canary-of-a-secret"
NAN, INF = float("nan"), float("inf")
CALLS = {call.name: call for call in public.public_calls()}

# Parameters that are not tried, and why, by the end of the callable's path.
NOT_TRIED: Mapping[tuple[str, str], str] = {
    ("TokenFromCallable", "get_token"): "the message has the setting's name",
    ("Fleet", "entries"): "they are read, and checked, when a run is started",
    ("check_secret", "value"): "the message has the setting's name",
    ("check_base_url", "value"): "the message has the setting's name",
}
# One of a few words: the message repeats a wrong one, which is a misspelled one.
CHOICES = {"http_library", "create", "search", "role", "roles", "remove", "license_expiration_date"}
# What a message calls a parameter, where it is another word.
WORDS = {
    "email": ("email", "e-mail address"),
    "value": ("e-mail address",),
    "seconds": ("delay", "seconds"),
    "identity": ("identity", "require_role"),
    "organization": ("organization", "require_role"),
    "changes": ("changes", "the body"),
    "license_expiration_date": ("license_expiration_date", "license state"),
    "organization_role_names": ("role name",),
    "organization_scope_id": ("scope id",),
    "organization_scope_ids": ("scope id",),
    "items": ("items", "paginate takes a list"),
    "work": ("work", "run's argument"),
    "call": ("call", "with_raw_response's argument"),
    "provider": ("provider", "OrgClient", "from_env"),
    "token": ("token",),
    "status": ("status",),
}
# Durations that may be zero.
MAY_BE_ZERO = {"grace", "max_pause", "patience", "reread_after", "retry_pause", "settling"}
HUGE = 10**5_000


def _wrong(annotation: str) -> list[Any]:
    """Return values that are wrong for an annotation."""
    kinds = [part.strip() for part in re.split(r"[\[\]|,]", annotation)]
    values: list[Any] = [] if "None" in kinds or annotation.startswith("object") else [None]
    other = object()
    if annotation == "Files":  # a path, or a list of paths
        return [*values, 5, True, 2.5, b"x", [other], other]
    if "Callable" in kinds[:2] or "AppLifespan" in kinds:
        return [*values, 5, SECRET, [SECRET], b"x"]
    if {"Mapping", "JsonObject"} & set(kinds) or kinds[0] == "dict":
        return [*values, 5, True, SECRET, b"x", other]
    if {"Iterable", "Sequence", "Collection", "tuple", "RoleMapping"} & set(kinds):
        is_text = kinds[0] == "str" or any(kind.endswith("Path") for kind in kinds)
        flags = [] if "bool" in kinds else [True]
        return [*values, 5, *flags, b"x", [other], other, *([] if is_text else [SECRET])]
    if "bool" in kinds:
        return [*values, SECRET, 2, 0.5, NAN, [True], b"x", other]
    if "int" in kinds:
        return [*values, SECRET, True, 2.5, 2.0, NAN, INF, -1, [1], b"1", other]
    if "float" in kinds:
        return [*values, SECRET, True, NAN, -1, -INF, [1], b"1", other]
    if "timedelta" in kinds:
        return [*values, 5, SECRET, timedelta(0), timedelta(-1), other]
    return [*values, 5, True, 2.5, [SECRET], *([] if "bytes" in kinds else [b"x"]), other]


def _cases() -> Iterator[Any]:
    for name, call in CALLS.items():
        is_model = isinstance(call.call, type) and issubclass(call.call, BaseModel)
        found: dict[str, list[Any]] = {}
        for parameter in public.parameters(call.call):
            if (name.rpartition(".")[2], parameter.name) in NOT_TRIED or parameter.kind is parameter.VAR_KEYWORD:
                continue
            # pydantic converts some values to others, such as a date to a time.
            values = [object(), [object()]] if is_model else _wrong(_annotation(parameter))
            if parameter.name in MAY_BE_ZERO:
                values = [value for value in values if value != timedelta(0)]
            found[parameter.name] = values
        if found:
            yield pytest.param(name, found, id=name.removeprefix("orgsdk."))


def _annotation(parameter: inspect.Parameter) -> str:
    found = parameter.annotation
    if isinstance(found, str):
        return found
    return found.__name__ if isinstance(found, type) else str(found).replace("collections.abc.", "")


def _call(name: str, arguments: Mapping[str, Any]) -> Any:
    call = CALLS[name].call
    variadic = {one.name for one in public.parameters(call) if one.kind is one.VAR_POSITIONAL}
    # Names of roles come first, and are required.
    texts = [arguments[one] for one in variadic if one in arguments] or ["teacher"] * len(variadic)
    return call(*texts, **{one: value for one, value in arguments.items() if one not in variadic})


@pytest.mark.parametrize(("name", "wrong"), list(_cases()))
async def test_values_of_wrong_types(name: str, wrong: dict[str, list[Any]]) -> None:
    # The sandbox imports nothing of the client, and raises what Python does.
    kinds = (TypeError, ValueError) if ".sandbox." in name else (ConfigurationError, InvalidArgumentError)
    for parameter, values in wrong.items():
        words = WORDS.get(parameter, (parameter.rstrip("s"),))
        for value in values:
            with pytest.raises(kinds) as caught:  # noqa: PT012  # the value that is accepted is in the message
                await _finish(_call(name, {**CALLS[name].arguments, parameter: value}))
                pytest.fail(f"{parameter}: {value!r} is accepted")
            message = str(caught.value)
            assert any(_plain(word) in _plain(message) for word in words), f"{parameter}: {value!r}: {message}"
            if parameter not in CHOICES:
                assert SECRET not in message
                assert SECRET not in repr(caught.value)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


async def _finish(result: Any) -> None:
    if inspect.isasyncgen(result):
        await anext(result, None)
    elif inspect.isawaitable(result):
        await result


def test_every_public_name_is_called_or_has_a_reason() -> None:
    found = public.public_callables()
    assert len(CALLS) > 250
    assert [start for start in public.NOT_CALLED if not any(name.startswith(start) for name in found)] == []
    assert [path for path in public.OBJECTS if not any(name.startswith(f"{path}.") for name in CALLS)] == []
    tried = {(name.rpartition(".")[2], one.name) for name in found for one in public.parameters(found[name])}
    assert [case for case in NOT_TRIED if case not in tried] == []


# Without these, every case above could fail for another reason.
# `find` takes one of two, `revoke` refuses the id of no token, a worker needs PostgreSQL, and the other awaitable of
# `with_raw_response` would never be awaited.
RIGHT = [
    name
    for name in CALLS
    if not any(
        part in name
        for part in (".native.", ".roster.", ".run.", ".find", ".revoke", ".worker.", "client.OrgClient.with_raw")
    )
]


@pytest.mark.parametrize("name", RIGHT)
async def test_the_right_arguments_are_not_refused(name: str) -> None:
    try:
        await _finish(_call(name, CALLS[name].arguments))
    except (ConfigurationError, InvalidArgumentError) as error:
        pytest.fail(f"{name}: {error}")
    except Exception:  # no such user, no such file, no request can be sent
        pass


def _numbers() -> Iterator[Any]:
    for name, call in CALLS.items():
        for parameter in public.parameters(call.call):
            # A number of users in memory is made, however large it is, and a blocking call is an async one.
            is_number = _annotation(parameter) in {"int", "int | None", "float", "float | None"}
            if is_number and parameter.name != "users" and ".blocking." not in name:
                yield pytest.param(name, parameter.name, id=f"{name}-{parameter.name}")


@pytest.mark.parametrize(("name", "parameter"), list(_numbers()))
async def test_a_huge_number_is_taken_or_refused(name: str, parameter: str) -> None:
    with suppress(*((TypeError, ValueError) if ".sandbox." in name else (OrgError,))):
        await _finish(_call(name, {**CALLS[name].arguments, parameter: HUGE}))


LOGTO = Logto("https://t.logto.app", app_id="a", app_secret="s")
NATIVE: Mapping[str, Callable[[Any], object]] = {
    "sort": lambda value: OrgClient(Flat("t")).native.list_organization_users(sort=value),
    "direction": lambda value: OrgClient(Flat("t")).native.list_organization_users(direction=value),
    "role": lambda value: OrgClient(Flat("t")).native.list_organization_users(role=[value]),
    "test_accounts": lambda value: OrgClient(Flat("t")).native.list_organization_users(test_accounts=value),
    "invitation role": lambda value: OrgClient(Flat("t")).native.list_organization_invitations(role=value),
    "search_params": lambda value: OrgClient(LOGTO).native.list_users(search_params=value),
    "a value of search_params": lambda value: OrgClient(LOGTO).native.list_users(search_params={"search": value}),
}


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("value", [5, [object()], True], ids=["int", "list", "bool"])
async def test_a_filter_of_a_native_list(name: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError, match=r" is (of type|True|5)"):
        NATIVE[name](value)


@pytest.mark.parametrize("name", ["tracer_provider", "meter_provider"])
@pytest.mark.parametrize("value", [5, SECRET, TracerProvider], ids=["int", "str", "class"])
def test_a_provider_of_telemetry(name: str, value: object) -> None:
    settings: dict[str, Any] = {name: value}
    with pytest.raises(ConfigurationError, match=f"^{name} is "):
        OpenTelemetry(**settings)
