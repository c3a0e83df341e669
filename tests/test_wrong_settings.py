"""Every public function and constructor refuses values of a wrong type at once, whatever its parameters are called.

The cases are made from the signatures: a new parameter is covered as soon as it has an annotation.
"""

from __future__ import annotations

import inspect
import math
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from orgsdk import ConfigurationError, InvalidArgumentError, OrgClient, blocking, bulk
from orgsdk.fastapi import client_of, health, lifespan, require_member
from orgsdk.options import CallOptions
from orgsdk.providers import Flat, FlatRefreshToken, Logto, Memory
from orgsdk.telemetry import OpenTelemetry
from orgsdk.testing.conformance import CheckContext
from tests.bulk.samples import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = pytest.mark.anyio

SECRET = "canary-of-a-secret"
NAN, INF = float("nan"), float("inf")
CLIENT = OrgClient.memory(users=2)
ORG = CLIENT.organization()
BLOCKING = blocking.OrgClient.memory(users=2)


async def _store(*_: object) -> None: ...


# What is called, with the arguments that it needs.
CALLS: Mapping[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
    "OrgClient": (OrgClient, {"provider": Memory()}),
    "blocking.OrgClient": (blocking.OrgClient, {"provider": Memory()}),
    "OrgClient.memory": (OrgClient.memory, {}),
    "with_options": (CLIENT.with_options, {}),
    "CallOptions": (CallOptions, {}),
    "Flat": (Flat, {"token": "t"}),
    "Logto": (Logto, {"endpoint": "https://t.logto.app", "app_id": "a", "app_secret": "s"}),
    "Memory": (Memory, {}),
    "FlatRefreshToken": (
        FlatRefreshToken,
        {"refresh_token": "r", "client_id": "c", "client_secret": "s", "on_tokens": _store},
    ),
    "users.list": (ORG.users.list, {}),
    "users.prefetch": (ORG.users.list().prefetch, {}),
    "users.collect": (ORG.users.list().collect, {}),
    "organizations.list": (CLIENT.organizations.list, {}),
    "accounts.list": (CLIENT.accounts.list, {}),
    "roles.list": (CLIENT.roles.list, {}),
    "invitations.list": (ORG.invitations.list, {}),
    "blocking.users.list": (BLOCKING.organization().users.list, {}),
    "bulk.plan": (bulk.plan, {"organization": ORG, "source": ()}),
    "bulk.apply": (bulk.apply, {"plan": plan_of(), "organization": ORG}),
    "bulk.resume": (bulk.resume, {"journal": "none.journal", "organization": ORG}),
    "bulk.Policy": (bulk.Policy, {}),
    "bulk.read_csv": (bulk.read_csv, {"file": "/nonexistent/none.csv"}),
    "bulk.read_jsonl": (bulk.read_jsonl, {"file": "/nonexistent/none.jsonl"}),
    "bulk.read_oneroster": (bulk.read_oneroster, {"path": "/nonexistent/none.zip"}),
    "bulk.verify_audit": (bulk.verify_audit, {"path": "/nonexistent/none.jsonl"}),
    "fastapi.lifespan": (lifespan, {}),
    "fastapi.health": (health, {}),
    "fastapi.client_of": (client_of, {"tenant": lambda: "t"}),
    "fastapi.require_member": (require_member, {}),
    "CheckContext": (CheckContext, {"client": CLIENT, "max_users": 10}),
}
# Parameters that are not tried, and why.
EXCEPTIONS = {
    ("bulk.plan", "previous"): "None is the default, and every other value is of a class",
    ("CheckContext", "known_secrets"): "an iterable of anything is read; one text is refused",
}
# One of a few words: the message repeats a wrong one, which is a misspelled one.
CHOICES = {
    *((provider, "http_library") for provider in ("Flat", "Logto")),
    *(("bulk.Policy", name) for name in ("create", "search", "roles", "remove")),
}
HUGE = 10**5_000


def _wrong(annotation: str) -> list[Any]:
    """Return values that are wrong for an annotation."""
    kinds = [part.strip() for part in annotation.replace("[", "|").replace("]", "|").replace(",", "|").split("|")]
    values: list[Any] = [] if "None" in kinds or annotation.startswith("object") else [None]
    head = annotation.split("[")[0]
    if head.startswith("Callable") or "Callable" in kinds[:2] or "AppLifespan" in kinds:
        return [*values, 5, SECRET, [SECRET]]
    if "Mapping" in kinds:
        return [*values, 5, True, SECRET, {"x": object()}]
    if {"Collection", "tuple", "RoleMapping"} & set(kinds):
        return [*values, 5, True, SECRET, [object()]]
    if "bool" in kinds:
        return [*values, SECRET, 2, 0.5, NAN, [True]]
    if "int" in kinds:
        return [*values, SECRET, True, 2.5, NAN, INF, -1, [1]]
    if "float" in kinds:
        return [*values, SECRET, True, NAN, -1, -INF, [1]]
    if "timedelta" in kinds:
        return [*values, 5, SECRET, timedelta(0), timedelta(-1)]
    if {"str", "Path", "File"} & set(kinds):
        return [*values, 5, True, 2.5, [SECRET], {SECRET: 1}] if "File" in kinds else [*values, 5, True, 2.5, [SECRET]]
    return [*values, 5, SECRET, [SECRET]]


def _cases() -> Iterator[Any]:
    for name, (call, _) in CALLS.items():
        for parameter in inspect.signature(call).parameters.values():
            if (name, parameter.name) in EXCEPTIONS:
                continue
            annotation = parameter.annotation
            text = annotation if isinstance(annotation, str) else _name(annotation)
            for value in _wrong(text):
                yield pytest.param(name, parameter.name, value, id=f"{name}-{parameter.name}-{_shown(value)}")


def _name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("collections.abc.", "")


def _shown(value: Any) -> str:
    return "nan" if isinstance(value, float) and math.isnan(value) else f"{type(value).__name__}-{value!s:.20}"[:40]


@pytest.mark.parametrize(("name", "parameter", "value"), list(_cases()))
async def test_a_value_of_a_wrong_type(name: str, parameter: str, value: Any) -> None:
    call, arguments = CALLS[name]
    with pytest.raises((ConfigurationError, InvalidArgumentError)) as caught:
        await _finish(call(**{**arguments, parameter: value}))
    if (name, parameter) not in CHOICES:
        assert SECRET not in str(caught.value)
        assert SECRET not in repr(caught.value)


async def _finish(result: Any) -> None:
    if inspect.iscoroutine(result):
        await result


def _numbers() -> Iterator[Any]:
    for name, (call, _) in CALLS.items():
        for parameter in inspect.signature(call).parameters.values():
            annotation = parameter.annotation if isinstance(parameter.annotation, str) else _name(parameter.annotation)
            # A number of users in memory is made, however large it is.
            if annotation in {"int", "int | None", "float", "float | None"} and parameter.name != "users":
                yield pytest.param(name, parameter.name, id=f"{name}-{parameter.name}")


@pytest.mark.parametrize(("name", "parameter"), list(_numbers()))
async def test_a_huge_number_is_taken_or_refused(name: str, parameter: str) -> None:
    call, arguments = CALLS[name]
    if name == "users.collect":
        assert len(await call(limit=HUGE)) == 2
        return
    with suppress(ConfigurationError, InvalidArgumentError):
        call(**{**arguments, parameter: HUGE})


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
