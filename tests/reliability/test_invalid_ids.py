"""Every operation that puts an id into a path refuses every hostile id, and sends nothing."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest
from pydantic import SecretStr

import orgsdk.providers.flat.models
import orgsdk.providers.logto.models
from orgsdk.errors import InvalidArgumentError, UnsupportedError
from orgsdk.pagination import Paginator
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import run_virtually
from tests.reliability.invalid_ids import INVALID_TEXTS, NOT_STRINGS
from tests.reliability.network import Network
from tests.reliability.servers import NAMES, Name, SimulatedServers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Attack = tuple[str, Callable[[Any], object]]

# Domains have letters of every script; in a path they stand percent-encoded.
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*\Z")
_MODELS = {"flat": orgsdk.providers.flat.models, "logto": orgsdk.providers.logto.models}
_GOOD: dict[str, Any] = {
    "account": "delete",
    "status": "Revoked",
    "custom_data": {},
    "password": SecretStr("correct horse"),
    "email_domain": "example.org",
    "is_suspended": True,
    "convert_to_individual": True,
}


def _is_id(name: str, parameter: inspect.Parameter, method: str) -> bool:
    # An id with a default goes into a query or a body; a domain stands in the path of its removal alone.
    of_path = name.endswith("_id") or (name == "email_domain" and method.startswith("delete"))
    return of_path and parameter.default is inspect.Parameter.empty


def _good(name: str, parameter: inspect.Parameter, world: SimulatedServers) -> Any:
    if name in _GOOD:
        return _GOOD[name]
    if name.endswith("_id"):
        return world.user_id(0)
    kind = str(parameter.annotation).strip("'")
    model: Any = getattr(_MODELS[world.name], kind, None)
    return model.model_construct() if hasattr(model, "model_construct") else ["abc"]


def _attacks_on(target: object, label: str, world: SimulatedServers) -> Iterator[Attack]:
    for method_name, method in inspect.getmembers(target, callable):
        if method_name.startswith("_"):
            continue
        parameters = inspect.signature(method).parameters
        for name, parameter in parameters.items():
            if not _is_id(name, parameter, method_name):
                continue
            good = {
                other: _good(other, its, world)
                for other, its in parameters.items()
                if other != name and its.default is inspect.Parameter.empty and its.kind is not its.VAR_KEYWORD
            }

            def attack(value: Any, method: Any = method, name: str = name, good: Any = good) -> object:
                return method(**{**good, name: value})

            yield f"{label}.{method_name}({name}=)", attack


def _attacks(client: Any, world: SimulatedServers) -> Iterator[Attack]:
    org = client.organization(world.organization_id)
    yield "client.organization(organization_id=)", lambda value: client.organization(value)
    yield from _attacks_on(client.organizations, "organizations", world)
    yield from _attacks_on(org.users, "users", world)
    yield from _attacks_on(org.invitations, "invitations", world)
    if world.name == "logto":
        yield from _attacks_on(client.accounts, "accounts", world)
    yield from _attacks_on(client.native, "native", world)


async def _attempt(attack: Callable[[Any], object], value: Any) -> str:
    try:
        found = attack(value)
        if isinstance(found, Paginator) or inspect.isawaitable(found):
            await cast("Any", found)
    except Exception as error:
        return type(error).__name__
    return "taken"


def _attacked(name: Name) -> tuple[dict[str, int], list[str]]:
    counted: dict[str, int] = {}
    wrong: list[str] = []

    async def main() -> None:
        world = SimulatedServers.of(name)
        world.seed()
        async with anyio.create_task_group() as tasks:
            network = Network(world, tasks)
            async with world.client(network) as client:
                for label, attack in _attacks(client, world):
                    for value in (*INVALID_TEXTS, *NOT_STRINGS):
                        if "email_domain" in label and isinstance(value, str) and _DOMAIN.match(value):
                            continue
                        before = network.sent
                        told = await _attempt(attack, value)
                        if told == UnsupportedError.__name__:
                            break
                        counted[label] = counted.get(label, 0) + 1
                        if told != InvalidArgumentError.__name__ or network.sent != before:
                            wrong.append(f"{label} {value!r:.40}: {told}, {network.sent - before} requests sent")

    run_virtually(main, "asyncio")
    return counted, wrong


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_id_is_refused_before_anything_is_sent(name: Name) -> None:
    counted, wrong = _attacked(name)
    COUNTS.append(
        f"invalid ids, {name}: {len(INVALID_TEXTS)} texts and {len(NOT_STRINGS)} other values, {len(counted)} places "
        f"in operations: {sum(counted.values())} attempts, {len(wrong)} wrong"
    )
    assert wrong == []
    assert len(counted) > 10


def test_there_are_hostile_ids_enough() -> None:
    assert len(set(INVALID_TEXTS)) == len(INVALID_TEXTS) >= 60
