"""The traceback of a provider's error is short, and a refused sign-in names the variables to check."""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import AuthenticationError, Flat, Logto, NotFoundError, OrgClient, OrgError, blocking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connected

MOST_FRAMES = 8
UNKNOWN = "5f0000000000000000000001"


async def read(users: Any) -> None:
    async for _ in users:
        pass


async def prefetch(users: Any) -> None:
    async with users.prefetch(pages=2) as ahead:
        async for _ in ahead:
            pass


CALLS: dict[str, Callable[[Any], Awaitable[object]]] = {
    "await a list": lambda client: client.organization().users.list(),
    "iterate a list": lambda client: read(client.organization().users.list()),
    "collect": lambda client: client.organization().users.list().collect(),
    "count": lambda client: client.organization().users.count(),
    "get": lambda client: client.organization().users.get(UNKNOWN),
    "find": lambda client: client.organization().users.find(username="ada"),
    "create": lambda client: client.organization().users.create(username="ada", email="ada@example.com"),
    "create with roles": lambda client: client.organization().users.create(username="ada", roles=["teacher"]),
    "update": lambda client: client.organization().users.update(UNKNOWN, given_name="Ada"),
    "set roles": lambda client: client.organization().users.set_roles(UNKNOWN, ["teacher"]),
    "remove": lambda client: client.organization().users.remove(UNKNOWN, account="keep"),
    "invite": lambda client: client.organization().invitations.create("ada@example.com"),
    "prefetch": lambda client: prefetch(client.organization().users.list()),
    "organization": lambda client: client.organizations.get(UNKNOWN),
}


def settings_of(sandbox: Sandbox, provider: str) -> dict[str, str]:
    """Return the sandbox's settings with a wrong secret."""
    if provider == "flat":
        return {"FLAT_ACCESS_TOKEN": "wrong-t0ken", "FLAT_BASE_URL": sandbox.flat_url}
    state = sandbox.logto
    return {
        "LOGTO_ENDPOINT": sandbox.logto_url,
        "LOGTO_APP_ID": state.app_id,
        "LOGTO_APP_SECRET": "wrong-s3cret",
        "LOGTO_RESOURCE": state.resource,
        "ORGSDK_ORGANIZATION": state.organization_id,
    }


def frames(error: BaseException) -> list[str]:
    return [f"{frame.filename}:{frame.name}" for frame in traceback.extract_tb(error.__traceback__)]


@pytest.mark.anyio
@pytest.mark.undocumented("the credentials are wrong")
@pytest.mark.parametrize("provider", ["flat", "logto"])
@pytest.mark.parametrize("call", CALLS)
async def test_a_refusal_has_a_short_traceback(sandbox: Sandbox, provider: str, call: str) -> None:
    async with OrgClient.from_env(environ=settings_of(sandbox, provider)) as client:
        with pytest.raises(AuthenticationError) as caught:
            await CALLS[call](client)
    found = frames(caught.value)
    assert len(found) <= MOST_FRAMES + 1, found  # the lambda of this test is one
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.undocumented("the credentials are wrong")
@pytest.mark.parametrize("provider", ["flat", "logto"])
@pytest.mark.parametrize(
    "call",
    [
        lambda users: list(users.list()),
        lambda users: users.list().first_page(),
        lambda users: users.list().collect(),
        lambda users: users.count(),
        lambda users: users.create(username="ada"),
    ],
)
def test_a_refusal_of_a_blocking_call_has_a_short_traceback(
    sandbox: Sandbox, provider: str, call: Callable[[Any], object]
) -> None:
    client = blocking.OrgClient.from_env(environ=settings_of(sandbox, provider))
    with client, pytest.raises(AuthenticationError) as caught:
        call(client.organization().users)
    found = frames(caught.value)
    assert len(found) <= MOST_FRAMES + 1, found
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.anyio
async def test_another_refusal_is_as_short(either: Connected) -> None:
    with pytest.raises(NotFoundError) as caught:
        await either.org.users.remove(UNKNOWN, account="keep")
    assert len(frames(caught.value)) <= MOST_FRAMES


@pytest.mark.anyio
@pytest.mark.undocumented("the credentials are wrong")
@pytest.mark.parametrize(
    ("provider", "variables"), [("flat", ("FLAT_ACCESS_TOKEN",)), ("logto", ("LOGTO_APP_ID", "LOGTO_APP_SECRET"))]
)
async def test_a_refused_sign_in_names_the_variables(
    sandbox: Sandbox, provider: str, variables: tuple[str, ...]
) -> None:
    async with OrgClient.from_env(environ=settings_of(sandbox, provider)) as client:
        for used in (client, client.with_options(timeout=5)):
            with pytest.raises(AuthenticationError) as caught:
                await used.organization().users.count()
            error = caught.value
            assert error.settings == variables
            assert str(error).endswith(f"; check {', '.join(variables)}")
            assert str(pickle.loads(pickle.dumps(error))) == str(error)  # pickled in the line itself
            assert "wrong" not in str(error)


@pytest.mark.anyio
@pytest.mark.undocumented("the credentials are wrong")
async def test_a_client_that_was_given_its_token_names_no_variable(sandbox: Sandbox) -> None:
    async with OrgClient(Flat("wrong", base_url=sandbox.flat_url)) as client:
        with pytest.raises(AuthenticationError) as caught:
            await client.organization().users.count()
    assert caught.value.settings == ()
    assert "check" not in str(caught.value)


@pytest.mark.anyio
@pytest.mark.undocumented("the credentials are wrong")
async def test_a_client_of_a_url_names_the_variables_too(sandbox: Sandbox) -> None:
    environ = settings_of(sandbox, "flat")
    async with OrgClient.from_url(f"flat+{environ.pop('FLAT_BASE_URL')}", environ=environ) as client:
        with pytest.raises(OrgError, match=r"; check FLAT_ACCESS_TOKEN$"):
            await client.organization().users.count()


def test_from_env_takes_the_class_of_a_provider() -> None:
    environ = {
        "FLAT_ACCESS_TOKEN": "t",
        "LOGTO_ENDPOINT": "https://t.logto.app",
        "LOGTO_APP_ID": "a",
        "LOGTO_APP_SECRET": "s",
        "ORGSDK_PROVIDER": "flat",
    }
    assert isinstance(OrgClient.from_env(Flat, environ=environ).provider, Flat)
    assert isinstance(OrgClient.from_env(Logto, environ=environ).provider, Logto)
    assert isinstance(blocking.OrgClient.from_env(Logto, environ=environ).provider, Logto)
    assert isinstance(OrgClient.from_env(environ=environ).provider, Flat)


@pytest.mark.parametrize("wrong", ["flat-t0ken", {"FLAT_ACCESS_TOKEN": "flat-t0ken"}, Flat("flat-t0ken"), dict])
def test_from_env_refuses_anything_else(wrong: Any) -> None:
    for kind in (OrgClient, blocking.OrgClient):
        with pytest.raises(OrgError, match=r"pass Flat, Logto or WorkOS, or environ= for variables") as caught:
            kind.from_env(wrong)
        assert "t0ken" not in str(caught.value)
