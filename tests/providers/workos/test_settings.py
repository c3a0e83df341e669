"""Settings of WorkOS: the API key, its kind, the address, environment variables."""

from __future__ import annotations

import pytest

from orgsdk import OrgClient
from orgsdk.errors import ConfigurationError, InvalidArgumentError
from orgsdk.providers.workos import WorkOS


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("client_01HZ", "a client id"),
        ("pk_01HZ", "a publishable key"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.x", "an access token of a user"),
        ("org_01HZ", "an organization's id"),
        ("8b3c9e7b5d2f4a1c8b3c9e7b5d2f4a1c", "of another kind"),
    ],
)
def test_a_key_of_the_wrong_kind_is_refused_without_being_shown(key: str, kind: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        WorkOS(key)
    assert str(caught.value) == (f"WorkOS' api_key (WORKOS_API_KEY) is {kind}: pass an API key, which starts with sk_.")


def test_an_emulator_key_is_refused_at_workos_alone() -> None:
    with pytest.raises(ConfigurationError, match="is an emulator's key"):
        WorkOS("sk_test_default")
    assert WorkOS("sk_test_default", base_url="http://localhost:4100").tenant == "http://localhost:4100"


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:4100", "https://api.workos-test.com"])
def test_a_production_key_is_refused_outside_of_production(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match="is a production key, and base_url is not production's"):
        WorkOS("sk_live_1", base_url=base_url)
    assert WorkOS("sk_live_1").tenant == "https://api.workos.com"
    assert WorkOS("sk_test_1", base_url=base_url).tenant == base_url


def test_the_settings_come_from_the_environment() -> None:
    assert WorkOS.from_env({"WORKOS_API_KEY": "sk_1"}).tenant == "https://api.workos.com"
    at = {"WORKOS_API_KEY": "sk_1", "WORKOS_BASE_URL": "http://localhost:9"}
    assert repr(OrgClient.from_env(environ=at).provider) == "WorkOS(base_url='http://localhost:9')"
    with pytest.raises(ConfigurationError, match="WORKOS_API_KEY is not set"):
        WorkOS.from_env({})


def test_a_missing_or_invalid_organization_id_is_refused() -> None:
    provider = WorkOS("sk_1")
    with pytest.raises(InvalidArgumentError, match="WorkOS needs an organization's id"):
        provider.users(None)
    with pytest.raises(InvalidArgumentError, match="Invalid organization id"):
        provider.invitations("org_1/../org_2")


@pytest.mark.anyio
async def test_the_key_of_the_rate_limit_is_the_api_key_without_showing_it() -> None:
    one, same, other = WorkOS("sk_1"), WorkOS("sk_1"), WorkOS("sk_2")
    assert await one.limit_key() == await same.limit_key() != await other.limit_key()
    assert "sk_1" not in await one.limit_key()
    assert one.tenant_key.hex() not in await one.limit_key()
