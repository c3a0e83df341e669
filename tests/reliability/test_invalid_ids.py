"""Every operation with an id in its path refuses every invalid id before a request."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import anyio
import pytest
from pydantic import SecretStr

import orgsdk.providers.flat.models
import orgsdk.providers.logto.models
import orgsdk.providers.scim.models
import orgsdk.providers.workos.models
from orgsdk.errors import InvalidArgumentError, UnsupportedError
from orgsdk.pagination import Paginator
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import run_virtually
from tests.reliability.invalid_ids import INVALID_TEXTS, NOT_STRINGS
from tests.reliability.network import Network
from tests.reliability.servers import ALL_NAMES, Name, SimulatedServers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Attempt = tuple[str, Callable[[Any], object]]

# Some servers use addresses, URNs or lists as ids. None of their characters leaves a segment of a path.
_IDS_OF_SCIM = ["a=b", ":", "a:b", "@", "a@canary.example", "+", "~", "a,b"]
# A domain can have letters of every script; a path contains them percent-encoded.
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*\Z")
_MODELS = {
    "flat": orgsdk.providers.flat.models,
    "logto": orgsdk.providers.logto.models,
    "workos": orgsdk.providers.workos.models,
    "scim": orgsdk.providers.scim.models,
}
# An application or an administrator chose these texts. Every character of them is part of one segment of the path.
_TEXTS = {"external_id", "permission_slug", "slug", "token"}
_VALID: dict[str, Any] = {
    "operations": [{"op": "remove", "path": "title"}],
    "resource": {},
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
    of_path = (name.endswith("_id") and name not in _TEXTS) or (name == "email_domain" and method.startswith("delete"))
    return of_path and parameter.default is inspect.Parameter.empty


def _valid(name: str, parameter: inspect.Parameter, servers: SimulatedServers) -> Any:
    if name in _VALID:
        return _VALID[name]
    if name.endswith("_id"):
        return servers.user_id(0)
    model = _model_of(parameter, servers)
    return ["abc"] if model is None else model.model_construct()


def _model_of(parameter: inspect.Parameter, servers: SimulatedServers) -> Any:
    kind = str(parameter.annotation).strip("'").removesuffix(" | None")
    model = getattr(_MODELS[servers.name], kind, None)
    return model if hasattr(model, "model_construct") else None


def _is_needed(parameter: inspect.Parameter, servers: SimulatedServers) -> bool:
    """Return whether a call needs the parameter. A body can be passed as keywords instead, which the proof does not."""
    if parameter.kind is parameter.VAR_KEYWORD:
        return False
    return parameter.default is inspect.Parameter.empty or _model_of(parameter, servers) is not None


def _is_text(name: str, parameter: inspect.Parameter, _method: str) -> bool:
    return name in _TEXTS and parameter.default is inspect.Parameter.empty


def _attempts_on(
    target: object, label: str, servers: SimulatedServers, is_wanted: Callable[..., bool] = _is_id
) -> Iterator[Attempt]:
    for method_name, method in inspect.getmembers(target, callable):
        if method_name.startswith("_"):
            continue
        parameters = inspect.signature(method).parameters
        for name, parameter in parameters.items():
            if not is_wanted(name, parameter, method_name):
                continue
            valid = {
                other: _valid(other, its, servers)
                for other, its in parameters.items()
                if other != name and _is_needed(its, servers)
            }
            positional = [other for other, its in parameters.items() if its.kind is its.POSITIONAL_ONLY]

            def attempt(
                value: Any, method: Any = method, name: str = name, valid: Any = valid, positional: Any = positional
            ) -> object:
                keywords = {**valid, name: value}
                return method(*[keywords.pop(each) for each in positional if each in keywords], **keywords)

            yield f"{label}.{method_name}({name}=)", attempt


def _attempts(client: Any, servers: SimulatedServers) -> Iterator[Attempt]:
    org = client.organization(servers.organization_id)
    yield "client.organization(organization_id=)", lambda value: client.organization(value)
    yield from _attempts_on(client.organizations, "organizations", servers)
    yield from _attempts_on(org.users, "users", servers)
    yield from _attempts_on(org.invitations, "invitations", servers)
    if servers.name != "flat":
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
                        if name == "scim" and value in _IDS_OF_SCIM:
                            continue
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


@pytest.mark.parametrize("name", ALL_NAMES)
def test_an_invalid_id_is_refused_before_a_request(name: Name) -> None:
    counted, wrong = _run_all(name)
    COUNTS.append(
        f"invalid ids, {name}: {len(INVALID_TEXTS)} texts and {len(NOT_STRINGS)} other values, "
        f"{len(counted)} parameters of operations: {sum(counted.values())} attempts, {len(wrong)} wrong"
    )
    assert wrong == []
    assert len(counted) > 10


def test_a_text_in_a_path_stays_within_its_segment() -> None:
    wrong: list[str] = []
    sent: list[str] = []

    async def main() -> None:
        servers = SimulatedServers.of("workos")
        servers.seed()
        async with anyio.create_task_group() as tasks:
            network = Network(servers, tasks)
            async with servers.client(network) as client:
                for label, attempt in _attempts_on(client.native, "native", servers, _is_text):
                    await _run(attempt, "a-plain-text")
                    plain = network.outgoing[-1].url
                    for value in (*INVALID_TEXTS, *NOT_STRINGS):
                        before = network.sent
                        outcome = await _run(attempt, value)
                        if network.sent == before:
                            expected = outcome == InvalidArgumentError.__name__
                        else:
                            sent.append(value)
                            segment = quote(value, safe="")
                            expected = network.outgoing[-1].url == plain.replace("a-plain-text", segment)
                        if not expected:
                            wrong.append(f"{label} {value!r:.40}: {outcome}, {network.outgoing[-1].url}")

    run_virtually(main, "asyncio")
    assert wrong == []
    assert {"a/../b", "%2e%2e", "..;/"} < set(sent)
    assert not {"", ".", "..", "\r\n"} & set(sent)


def test_there_are_many_different_invalid_ids() -> None:
    assert len(set(INVALID_TEXTS)) == len(INVALID_TEXTS) >= 60
