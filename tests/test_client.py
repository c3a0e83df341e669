"""The client: settings from the environment, capabilities, secrets, and its end."""

from __future__ import annotations

import base64
import pickle
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

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
    Page,
    Role,
    UnsupportedError,
    User,
)
from orgsdk.pagination import Listing, SinglePage, Slice
from orgsdk.providers import Flat, Logto
from orgsdk.providers.base import OrganizationOperations, Provider, RoleOperations, UserOperations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from orgsdk.domain import RoleQuery
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect, Connected

FLAT = {"FLAT_ACCESS_TOKEN": "flat-token-4711"}
LOGTO = {"LOGTO_ENDPOINT": "https://t.logto.app", "LOGTO_APP_ID": "app", "LOGTO_APP_SECRET": "logto-secret-4711"}


# from_env


@pytest.mark.parametrize(("environ", "kind"), [(FLAT, Flat), (LOGTO, Logto)])
def test_the_provider_is_the_one_whose_variables_are_set(environ: dict[str, str], kind: type[Provider]) -> None:
    assert isinstance(OrgClient.from_env(environ).provider, kind)


@pytest.mark.parametrize(("name", "kind"), [("flat", Flat), ("logto", Logto), (" Logto ", Logto)])
def test_the_provider_is_the_one_that_is_named_where_both_are_set(name: str, kind: type[Provider]) -> None:
    assert isinstance(OrgClient.from_env({**FLAT, **LOGTO, "ORGSDK_PROVIDER": name}).provider, kind)


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"ORGSDK_PROVIDER": "flat"}, "FLAT_ACCESS_TOKEN is not set"),
        ({"ORGSDK_PROVIDER": "flat", "FLAT_ACCESS_TOKEN": "  "}, "FLAT_ACCESS_TOKEN is not set"),
        *[({**LOGTO, name: ""}, f"{name} is not set") for name in LOGTO],
        *[({k: v for k, v in LOGTO.items() if k != name}, f"{name} is not set") for name in LOGTO],
        ({**FLAT, **LOGTO}, "ORGSDK_PROVIDER is not set, and there are settings of several providers.*flat, logto"),
        ({}, "ORGSDK_PROVIDER is not set.*flat: FLAT_ACCESS_TOKEN; logto: LOGTO_ENDPOINT, LOGTO_APP_ID"),
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
def test_a_setting_that_is_missing_or_wrong_is_named(environ: dict[str, str], missing: str) -> None:
    with pytest.raises(ConfigurationError, match=missing) as caught:
        OrgClient.from_env(environ)
    assert "4711" not in str(caught.value)


def test_the_environment_of_the_process_is_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ORGSDK_PROVIDER", "ORGSDK_ORGANIZATION", "FLAT_BASE_URL", *LOGTO):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", "t")
    assert repr(OrgClient.from_env()) == "OrgClient(Flat(base_url='https://api.flat.io/v2'))"


def test_the_organization_may_stand_in_the_environment() -> None:
    client = OrgClient.from_env({**LOGTO, "ORGSDK_ORGANIZATION": " band123 "})
    assert client.organization().id == "band123"
    assert client.organization("other").id == "other"


@pytest.mark.parametrize("organization", ["..", "a/b"])
def test_an_organization_that_can_be_none_is_refused_with_the_client(organization: str) -> None:
    with pytest.raises(OrgError, match="organization id"):
        OrgClient.from_env({**LOGTO, "ORGSDK_ORGANIZATION": organization})


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
        async with OrgClient.from_env(environ) as client:
            assert await client.organization().users.count() == 1000


# Secrets


@pytest.mark.anyio
async def test_no_repr_shows_a_secret(either: Connected, sandbox: Sandbox) -> None:
    await either.band.users.count()
    provider: Any = either.client.provider
    shown = [either.client, provider, either.band, provider._transport, provider._transport._auth.__dict__]
    for secret in (sandbox.flat.token, sandbox.logto.app_secret):
        assert secret not in repr(shown)


@pytest.mark.anyio
@pytest.mark.parametrize(("provider", "setting"), [("flat", "token"), ("logto", "app_secret")], ids=["flat", "logto"])
async def test_a_refused_sign_in_shows_no_secret(connect: Connect, provider: str, setting: str) -> None:
    wrong = "wrong-secret-4711"
    client = await connect(provider, **{setting: SecretStr(wrong)})
    band = client.organization(connect.organization_id(provider))
    with pytest.raises(AuthenticationError) as caught:
        await band.users.list()
    error = caught.value
    pair = f"{connect.sandbox.logto.app_id}:{wrong}".encode()
    for secret in (wrong, base64.b64encode(pair).decode()):
        assert secret not in f"{error} {error!r} {vars(error)}"
        assert secret.encode() not in pickle.dumps(error)


@pytest.mark.anyio
@pytest.mark.xfail(reason="Transport holds the signed header as a plain string in locals")
@pytest.mark.parametrize(("provider", "setting"), [("flat", "token"), ("logto", "app_secret")], ids=["flat", "logto"])
async def test_a_refused_sign_in_shows_no_secret_in_the_locals_of_its_traceback(
    connect: Connect, provider: str, setting: str
) -> None:
    wrong = "wrong-secret-4711"
    client = await connect(provider, **{setting: SecretStr(wrong)})
    with pytest.raises(AuthenticationError) as caught:
        await client.organization(connect.organization_id(provider)).users.list()
    pair = f"{connect.sandbox.logto.app_id}:{wrong}".encode()
    shown = str(list(_locals(caught.value)))
    assert "Paginator" in shown
    assert wrong not in shown
    assert base64.b64encode(pair).decode() not in shown


def _locals(error: BaseException | None) -> Iterator[object]:
    """Give the locals of orgsdk's own frames, of the error and of those behind it."""
    ours = Path(orgsdk.__file__).parent
    while error is not None:
        for frame in traceback.TracebackException.from_exception(error, capture_locals=True).stack:
            if Path(frame.filename).is_relative_to(ours):
                yield frame.locals
        error = error.__cause__ or error.__context__


# The end


@pytest.mark.anyio
async def test_a_closed_client_sends_nothing_more(either: Connected, sandbox: Sandbox) -> None:
    await either.client.aclose()
    with pytest.raises(NotSentError, match="the client is closed"):
        await either.band.users.list()
    assert len(sandbox.requests) == 0
    await either.client.aclose()


# Capabilities


def _calls(client: OrgClient, organization: str) -> dict[Capability, Callable[[], object]]:
    """Give, for each capability that is a call, the call."""
    users = client.organization(organization).users
    return {
        Capability.ORGANIZATIONS_LIST: client.organizations.list,
        Capability.ORGANIZATIONS_QUERY: lambda: client.organizations.list(query="a"),
        Capability.ORGANIZATIONS_GET: lambda: client.organizations.get(organization),
        Capability.USERS_LIST: users.list,
        Capability.USERS_QUERY: lambda: users.list(query="a"),
        Capability.USERS_ROLE: lambda: users.list(role="teacher"),
        Capability.USERS_GET: lambda: users.get("abc"),
        Capability.USERS_FIND: lambda: users.find(username="a"),
        Capability.USERS_COUNT: users.count,
        Capability.ROLES_LIST: client.roles.list,
        Capability.ROLES_QUERY: lambda: client.roles.list(query="a"),
        Capability.DEFAULT_ORGANIZATION: client.organization,
    }


async def _refusal(call: Callable[[], object]) -> UnsupportedError:
    async def answer() -> None:
        answered: Any = call()
        await answered

    with pytest.raises(UnsupportedError) as caught:
        await answer()
    return caught.value


@pytest.mark.anyio
async def test_what_a_provider_cannot_do_is_refused_with_advice_and_unsent(either: Connected, sandbox: Sandbox) -> None:
    calls = _calls(either.client, either.organization_id)
    lacking = set(Capability) - either.client.capabilities - {Capability.TOTAL}
    assert (
        lacking
        == {
            "flat": {Capability.ORGANIZATIONS_QUERY},
            "logto": {Capability.DEFAULT_ORGANIZATION},
        }[either.name]
    )
    for capability in lacking:
        refusal = await _refusal(calls[capability])
        assert (refusal.provider, refusal.operation) == (either.name, capability.value)
        assert refusal.advice
        assert str(refusal) == f"{either.name} does not offer {capability.value}. {refusal.advice}"
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("kind", [Flat, Logto])
def test_there_is_advice_for_everything_that_is_not_offered(kind: type[Provider]) -> None:
    assert set(kind.advice) == set(Capability) - kind.capabilities


# A provider that somebody else wrote


class Ledger(Provider):
    """A provider without HTTP, that can do what a test says."""

    name: ClassVar[str] = "ledger"
    capabilities: ClassVar[frozenset[Capability]] = frozenset()

    def __init__(self) -> None:
        self.closed = False
        self.asked: list[str] = []

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        return cls()

    @property
    def organizations(self) -> OrganizationOperations:
        raise AssertionError("the capability was not checked")

    @property
    def roles(self) -> RoleOperations:
        return _LedgerRoles(self.asked)

    def users(self, organization_id: str | None) -> UserOperations:
        return _LedgerUsers()

    async def aclose(self) -> None:
        self.closed = True


class _LedgerUsers(UserOperations):
    def list(self, *_: object) -> Listing[User]:
        raise AssertionError("the capability was not checked")

    async def get(self, *_: object) -> User:
        raise AssertionError("the capability was not checked")

    async def find(self, **_: object) -> User:
        raise AssertionError("the capability was not checked")

    async def count(self, *_: object) -> int:
        raise AssertionError("the capability was not checked")


class _LedgerRoles(RoleOperations):
    def __init__(self, asked: list[str]) -> None:
        self._asked = asked

    def list(self, query: RoleQuery) -> Listing[Role]:
        async def fetch(position: str | None, page_size: int) -> Slice[Role]:
            self._asked.append(f"{query.query} {page_size}")
            return SinglePage().slice([Role(id="1", name="clerk")])

        return Listing(provider="ledger", name="roles.list", scope=(query.query,), max_page_size=5, fetch=fetch)


@pytest.mark.anyio
@pytest.mark.parametrize("capability", sorted(set(Capability) - {Capability.TOTAL}))
async def test_every_verb_asks_first_whether_the_provider_has_it(
    capability: Capability, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Ledger()
    # Filters are asked for beside their verb.
    verb = Capability(capability.value.partition("(")[0]) if capability.value.endswith("=)") else None
    monkeypatch.setattr(Ledger, "capabilities", frozenset({verb} if verb else ()))
    refusal = await _refusal(_calls(OrgClient(provider), "acme")[capability])
    assert (refusal.provider, refusal.operation, refusal.advice) == ("ledger", capability.value, None)
    assert provider.asked == []


@pytest.mark.anyio
async def test_a_provider_of_somebody_elses_works_as_ours_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "capabilities", frozenset({Capability.ROLES_LIST}))
    async with OrgClient(Ledger()) as client:
        assert await client.roles.list() == Page([Role(id="1", name="clerk")], total=1)
        assert [role.name async for role in client.roles.list(page_size=2)] == ["clerk"]
        assert client.provider.asked == ["None 5", "None 2"]
        assert client.capabilities == {Capability.ROLES_LIST}
    assert client.provider.closed


@pytest.mark.anyio
async def test_the_providers_connections_close_when_the_block_is_left_by_an_error() -> None:
    client = OrgClient(Ledger())
    with pytest.raises(LookupError):
        async with client:
            raise LookupError
    assert client.provider.closed
