"""The client: settings from the environment, capabilities, secrets, closing."""

from __future__ import annotations

import base64
import pickle
import traceback
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

import orgsdk
from orgsdk import (
    AuthenticationError,
    Capability,
    ConfigurationError,
    NotSentError,
    OrgClient,
    OrgError,
    UnsupportedError,
    blocking,
)
from orgsdk.options import ClientOptions
from orgsdk.providers import Flat, Logto
from tests.capability_calls import calls, needed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orgsdk.providers.base import Provider
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect, Connected

FLAT = {"FLAT_ACCESS_TOKEN": "flat-token-4711"}
LOGTO = {"LOGTO_ENDPOINT": "https://t.logto.app", "LOGTO_APP_ID": "app", "LOGTO_APP_SECRET": "logto-secret-4711"}


# from_env


@pytest.mark.parametrize(("environ", "kind"), [(FLAT, Flat), (LOGTO, Logto)])
def test_the_provider_is_chosen_by_its_variables(environ: dict[str, str], kind: type[Provider]) -> None:
    assert isinstance(OrgClient.from_env(environ=environ).provider, kind)


@pytest.mark.parametrize(("name", "kind"), [("flat", Flat), ("logto", Logto), (" Logto ", Logto)])
def test_orgsdk_provider_chooses_if_both_are_set(name: str, kind: type[Provider]) -> None:
    assert isinstance(OrgClient.from_env(environ={**FLAT, **LOGTO, "ORGSDK_PROVIDER": name}).provider, kind)


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"ORGSDK_PROVIDER": "flat"}, "FLAT_ACCESS_TOKEN is not set"),
        ({"ORGSDK_PROVIDER": "flat", "FLAT_ACCESS_TOKEN": "  "}, "FLAT_ACCESS_TOKEN is not set"),
        *[({**LOGTO, name: ""}, f"{name} is not set") for name in LOGTO],
        *[({k: v for k, v in LOGTO.items() if k != name}, f"{name} is not set") for name in LOGTO],
        ({**FLAT, **LOGTO}, "ORGSDK_PROVIDER is not set, and there are settings of several providers.*flat, logto"),
        ({"FLAT_TOKEN": "4711"}, "FLAT_TOKEN is set: did you mean FLAT_ACCESS_TOKEN?"),
        ({"flat_access_token": "4711"}, "flat_access_token is set: did you mean FLAT_ACCESS_TOKEN?"),
        (
            {**LOGTO, "LOGTO_APP_ID": "", "LOGTO_APPID": "a"},
            "LOGTO_APP_ID is not set.* LOGTO_APPID is set: did you mean LOGTO_APP_ID",
        ),
        (
            {"ORGSDK_PROVIDER": "flat", "FLAT_REFRESH_TOKEN": "4711"},
            "is not set: it contains a personal access token of Flat.$",
        ),
        (
            {"ORGSDK_PROVIDER": "flat", "FLAT_ACCESS_TOKEN_FILE": "f"},
            "_FILE is set, which only the command line reads",
        ),
        ({"FLAT_ACCESS_TOKEN": '"4711"'}, "FLAT_ACCESS_TOKEN has quotes around its value"),
        ({**FLAT, "FLAT_BASE_URL": "https://api.flat.io"}, "FLAT_BASE_URL.*pass https://api.flat.io/v2, or leave"),
        ({**FLAT, "FLAT_BASE_URL": "https://flat.io/"}, "FLAT_BASE_URL.*pass https://api.flat.io/v2, or leave"),
        (
            {},
            "No provider is set.*auth login.*flat: FLAT_ACCESS_TOKEN; logto: LOGTO_ENDPOINT.*--env-file .env.*set -a",
        ),
        ({"ORGSDK_PROVIDER": "okta"}, "No provider is called 'okta'. Installed: flat, logto"),
        ({**FLAT, "FLAT_BASE_URL": "api.flat.io"}, r"base_url \(FLAT_BASE_URL\) is not an address"),
        ({**FLAT, "FLAT_BASE_URL": "http://api.flat.io/v2"}, r"base_url \(FLAT_BASE_URL\) is plain http"),
        ({"FLAT_ACCESS_TOKEN": "two words"}, r"token \(FLAT_ACCESS_TOKEN\) has a space"),
        ({**LOGTO, "LOGTO_ENDPOINT": "t.logto.app"}, r"endpoint \(LOGTO_ENDPOINT\) is not an address"),
        ({**LOGTO, "LOGTO_ENDPOINT": "https://t.logto.app/api/"}, r"LOGTO_ENDPOINT.*leave /api or /oidc out"),
        ({**LOGTO, "LOGTO_ENDPOINT": "https://t.logto.app/oidc"}, r"LOGTO_ENDPOINT.*leave /api or /oidc out"),
        ({**LOGTO, "LOGTO_APP_SECRET": "line\nbreak"}, r"app_secret \(LOGTO_APP_SECRET\) has a space"),
        ({**LOGTO, "LOGTO_APP_ID": "ümlaut"}, r"app_id \(LOGTO_APP_ID\) has a space"),
    ],
)
def test_a_missing_or_invalid_setting_is_named(environ: dict[str, str], missing: str) -> None:
    with pytest.raises(ConfigurationError, match=missing) as caught:
        OrgClient.from_env(environ=environ)
    assert "4711" not in str(caught.value)


def test_a_dissimilar_variable_is_not_suggested() -> None:
    for environ in ({"FLAT_SCREEN": "1", "LOGTO_BASE": "x"}, {**LOGTO, "LOGTO_APP_ID": ""}, {"FLAT_TOKEN": ""}):
        with pytest.raises(ConfigurationError) as caught:
            OrgClient.from_env(environ=environ)
        assert "meant?" not in str(caught.value)


def test_from_env_reads_the_process_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ORGSDK_PROVIDER", "ORGSDK_ORGANIZATION", "FLAT_BASE_URL", *LOGTO):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", "t")
    assert repr(OrgClient.from_env()) == "OrgClient(Flat(base_url='https://api.flat.io/v2'))"


def test_the_environment_can_name_the_organization() -> None:
    client = OrgClient.from_env(environ={**LOGTO, "ORGSDK_ORGANIZATION": " band123 "})
    assert client.organization().id == "band123"
    assert client.organization("other").id == "other"


class AppClient(OrgClient[Any]):
    """A client of an app."""


class BlockingAppClient(blocking.OrgClient[Any]):
    """A blocking client of an app."""


@pytest.mark.parametrize("kind", [OrgClient, AppClient, blocking.OrgClient, BlockingAppClient])
def test_every_constructor_takes_the_options_and_returns_its_class(kind: Any) -> None:
    options: dict[str, Any] = {"timeout": 5, "max_attempts": 1, "headers": {"x-app": "a"}, "organization": "band9"}
    environ = {**LOGTO, "ORGSDK_ORGANIZATION": "band123"}
    clients = [
        kind.from_env(environ=environ, **options),
        kind.from_env(Logto, environ=environ, **options),
        kind.from_url("logto:", environ=environ, **options),
        kind.memory(users=1, **options | {"organization": "memory-organization"}),
        kind.from_env(environ=environ).with_options(timeout=5, max_attempts=1, headers={"x-app": "a"}),
    ]
    for client in clients:
        assert type(client) is kind
        used = getattr(client, "_async", client)._options
        assert (used.timeout, used.max_attempts, used.headers) == (5, 1, (("x-app", "a"),))
    assert [client.organization().id for client in clients[:3]] == ["band9"] * 3
    with pytest.raises(ConfigurationError, match="timeout is -1: pass a number of seconds above 0"):
        kind.from_env(environ=environ, timeout=-1)


def test_the_options_are_in_the_signature() -> None:
    for kind in (OrgClient, blocking.OrgClient):
        for create in (kind.from_env, kind.from_url, kind.memory):
            assert {"timeout", "max_wait", "headers", "telemetry"} <= set(signature(create).parameters)
        assert set(ClientOptions.__annotations__) == set(signature(kind).parameters) - {"provider"}


@pytest.mark.parametrize("organization", ["..", "a/b"])
def test_an_invalid_organization_id_is_refused_by_the_constructor(organization: str) -> None:
    with pytest.raises(OrgError, match="organization id"):
        OrgClient.from_env(environ={**LOGTO, "ORGSDK_ORGANIZATION": organization})


@pytest.mark.anyio
async def test_a_client_from_the_environment_lists(sandbox: Sandbox) -> None:
    logto = sandbox.logto
    both = {
        "flat": {"FLAT_ACCESS_TOKEN": sandbox.flat.token, "FLAT_BASE_URL": sandbox.flat_url},
        "logto": {
            "LOGTO_ENDPOINT": sandbox.logto_url,
            "LOGTO_APP_ID": logto.app_id,
            "LOGTO_APP_SECRET": logto.app_secret,
            "LOGTO_RESOURCE": logto.resource,
            "ORGSDK_ORGANIZATION": logto.organization_id,
        },
    }
    for environ in both.values():
        async with OrgClient.from_env(environ=environ) as client:
            assert await client.organization().users.count() == 1000


# Secrets


@pytest.mark.anyio
async def test_no_repr_shows_a_secret(either: Connected, sandbox: Sandbox) -> None:
    await either.org.users.count()
    provider: Any = either.client.provider
    shown = [either.client, provider, either.org, vars(provider)]
    for secret in (sandbox.flat.token, sandbox.logto.app_secret):
        assert secret not in repr(shown)


@pytest.mark.anyio
@pytest.mark.parametrize(("provider", "setting"), [("flat", "token"), ("logto", "app_secret")], ids=["flat", "logto"])
async def test_a_refused_sign_in_shows_no_secret(connect: Connect, provider: str, setting: str) -> None:
    wrong = "wrong-secret-4711"
    client = await connect(provider, **{setting: SecretStr(wrong)})
    org = client.organization(connect.organization_id(provider))
    with pytest.raises(AuthenticationError) as caught:
        await org.users.list()
    error = caught.value
    pair = f"{connect.sandbox.logto.app_id}:{wrong}".encode()
    for secret in (wrong, base64.b64encode(pair).decode()):
        assert secret not in f"{error} {error!r} {vars(error)}"
        assert secret.encode() not in pickle.dumps(error)


@pytest.mark.anyio
@pytest.mark.parametrize(("provider", "setting"), [("flat", "token"), ("logto", "app_secret")], ids=["flat", "logto"])
async def test_a_refused_sign_in_shows_no_secret_in_local_variables(
    connect: Connect, provider: str, setting: str
) -> None:
    wrong = "wrong-secret-4711"
    client = await connect(provider, **{setting: SecretStr(wrong)})
    with pytest.raises(AuthenticationError) as caught:
        await client.organization(connect.organization_id(provider)).users.list().pages().__anext__()
    pair = f"{connect.sandbox.logto.app_id}:{wrong}".encode()
    shown = str(list(_locals(caught.value)))
    assert "pagination" in shown
    assert wrong not in shown
    assert base64.b64encode(pair).decode() not in shown


def _locals(error: BaseException | None) -> Iterator[object]:
    """Yield the local variables of orgsdk's frames in the error and its causes."""
    ours = Path(orgsdk.__file__).parent
    while error is not None:
        for frame in traceback.TracebackException.from_exception(error, capture_locals=True).stack:
            if Path(frame.filename).is_relative_to(ours):
                yield frame.locals
        error = error.__cause__ or error.__context__


# Closing


@pytest.mark.anyio
async def test_a_closed_client_sends_no_request(either: Connected, sandbox: Sandbox) -> None:
    await either.client.aclose()
    with pytest.raises(NotSentError, match="the client is closed"):
        await either.org.users.list()
    assert len(sandbox.requests) == 0
    await either.client.aclose()


# Capabilities


async def _error_of(call: Callable[[], object]) -> UnsupportedError:
    async def answer() -> None:
        answered: Any = call()
        await answered

    with pytest.raises(UnsupportedError) as caught:
        await answer()
    return caught.value


@pytest.mark.anyio
async def test_an_unsupported_call_raises_with_advice_before_a_request(either: Connected, sandbox: Sandbox) -> None:
    every = calls(either.client, either.organization_id)
    lacking = every.keys() - either.client.capabilities
    assert {"flat": Capability.ORGANIZATIONS_QUERY, "logto": Capability.DEFAULT_ORGANIZATION}[either.name] in lacking
    for capability in lacking:
        error = await _error_of(every[capability])
        # If all operations of a noun are missing, the list is refused first.
        refused = Capability(error.operation)
        assert refused in {capability, *needed(capability)} - either.client.capabilities
        assert error.provider == either.name
        assert error.advice
        assert str(error) == f"{either.name} does not offer {refused.value}. {error.advice}"
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("kind", [Flat, Logto])
def test_every_unsupported_capability_has_advice(kind: type[Provider]) -> None:
    assert set(kind.advice) == set(Capability) - kind.capabilities
