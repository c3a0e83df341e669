"""Every operation with an id in its path refuses every invalid id before a request."""

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

    Attempt = tuple[str, Callable[[Any], object]]

# A domain can have letters of every script; a path contains them percent-encoded.
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*\Z")
_MODELS = {"flat": orgsdk.providers.flat.models, "logto": orgsdk.providers.logto.models}
_VALID: dict[str, Any] = {
    "account": "delete",
    "status": "Revoked",
    "custom_data": {},
    "password": SecretStr("correct horse"),
    "email_domain": "example.org",
    "is_suspended": True,
    "convert_to_individual": True,
}


def _is_id(name: str, parameter: inspect.Parameter, method: str) -> bool:
    # An id with a default is part of a query or a body; a domain is in the path only when it is deleted.
    of_path = name.endswith("_id") or (name == "email_domain" and method.startswith("delete"))
    return of_path and parameter.default is inspect.Parameter.empty


def _valid(name: str, parameter: inspect.Parameter, servers: SimulatedServers) -> Any:
    if name in _VALID:
        return _VALID[name]
    if name.endswith("_id"):
        return servers.user_id(0)
    kind = str(parameter.annotation).strip("'")
    model: Any = getattr(_MODELS[servers.name], kind, None)
    return model.model_construct() if hasattr(model, "model_construct") else ["abc"]


def _attempts_on(target: object, label: str, servers: SimulatedServers) -> Iterator[Attempt]:
    for method_name, method in inspect.getmembers(target, callable):
        if method_name.startswith("_"):
            continue
        parameters = inspect.signature(method).parameters
        for name, parameter in parameters.items():
            if not _is_id(name, parameter, method_name):
                continue
            valid = {
                other: _valid(other, its, servers)
                for other, its in parameters.items()
                if other != name and its.default is inspect.Parameter.empty and its.kind is not its.VAR_KEYWORD
            }

            def attempt(value: Any, method: Any = method, name: str = name, valid: Any = valid) -> object:
                return method(**{**valid, name: value})

            yield f"{label}.{method_name}({name}=)", attempt


def _attempts(client: Any, servers: SimulatedServers) -> Iterator[Attempt]:
    org = client.organization(servers.organization_id)
    yield "client.organization(organization_id=)", lambda value: client.organization(value)
    yield from _attempts_on(client.organizations, "organizations", servers)
    yield from _attempts_on(org.users, "users", servers)
    yield from _attempts_on(org.invitations, "invitations", servers)
    if servers.name == "logto":
        yield from _attempts_on(client.accounts, "accounts", servers)
    yield from _attempts_on(client.native, "native", servers)


async def _run(attempt: Callable[[Any], object], value: Any) -> str:
    try:
        found = attempt(value)
        if isinstance(found, Paginator) or inspect.isawaitable(found):
            await cast("Any", found)
    except Exception as error:
        return type(error).__name__
    return "accepted"


def _run_all(name: Name) -> tuple[dict[str, int], list[str]]:
    counted: dict[str, int] = {}
    wrong: list[str] = []

    async def main() -> None:
        servers = SimulatedServers.of(name)
        servers.seed()
        async with anyio.create_task_group() as tasks:
            network = Network(servers, tasks)
            async with servers.client(network) as client:
                for label, attempt in _attempts(client, servers):
                    for value in (*INVALID_TEXTS, *NOT_STRINGS):
                        if "email_domain" in label and isinstance(value, str) and _DOMAIN.match(value):
                            continue
                        before = network.sent
                        outcome = await _run(attempt, value)
                        if outcome == UnsupportedError.__name__:
                            break
                        counted[label] = counted.get(label, 0) + 1
                        if outcome != InvalidArgumentError.__name__ or network.sent != before:
                            wrong.append(f"{label} {value!r:.40}: {outcome}, {network.sent - before} requests sent")

    run_virtually(main, "asyncio")
    return counted, wrong


@pytest.mark.parametrize("name", NAMES)
def test_an_invalid_id_is_refused_before_a_request(name: Name) -> None:
    counted, wrong = _run_all(name)
    COUNTS.append(
        f"invalid ids, {name}: {len(INVALID_TEXTS)} texts and {len(NOT_STRINGS)} other values, "
        f"{len(counted)} parameters of operations: {sum(counted.values())} attempts, {len(wrong)} wrong"
    )
    assert wrong == []
    assert len(counted) > 10


def test_there_are_many_different_invalid_ids() -> None:
    assert len(set(INVALID_TEXTS)) == len(INVALID_TEXTS) >= 60
