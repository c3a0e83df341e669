"""Options of a gateway: what has no default, what follows from the provider, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError, OrgError
from orgsdk.providers import Flat, Logto, WorkOS
from orgsdk.scim import GatewayOptions, Tenant, gateway, gateways
from orgsdk.scim.options import choose_deactivation
from tests.scim.gateways import OPTIONS, TOKEN

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_delete_does_has_no_default() -> None:
    options: Any = GatewayOptions
    with pytest.raises(OrgError, match="on_delete"):
        options()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"on_delete": "forget"}, "on_delete"),
        ({"on_deactivate": "nothing"}, "on_deactivate"),
        ({"timeout": 0}, "timeout"),
        ({"max_body": 0}, "max_body"),
        ({"scan_limit": -1}, "scan_limit"),
        ({"snapshot_age": -1}, "snapshot_age"),
        ({"role_order": ["admin"]}, "role_order"),
        ({"group_roles": ["admin"]}, "group_roles"),
        ({"max_deactivations": 5}, "DeactivationLimit"),
        ({"base_url": "scim.example.org"}, "base_url"),
        ({"base_url": "https://scim.example.org/v2?a=1"}, "base_url"),
    ],
)
def test_invalid_options(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        GatewayOptions(**{"on_delete": "keep", **settings})


def test_the_default_of_a_deactivation_follows_from_the_provider() -> None:
    assert choose_deactivation(Logto.capabilities, None) == "suspend"
    assert choose_deactivation(WorkOS.capabilities, None) == "suspend"
    assert choose_deactivation({Capability.USERS_REMOVE, Capability.USERS_ADD}, None) == "end_membership"
    with pytest.raises(ConfigurationError, match="on_deactivate has no default"):
        choose_deactivation(Flat.capabilities, None)
    with pytest.raises(ConfigurationError, match="cannot suspend"):
        choose_deactivation(Flat.capabilities, "suspend")
    with pytest.raises(ConfigurationError, match="cannot remove"):
        choose_deactivation({Capability.USERS_LIST}, "end_membership")


def test_wrong_arguments_of_a_gateway(tmp_path: Path) -> None:
    client, id_map = OrgClient.memory(), tmp_path / "scim.db"
    build: Any = gateway
    with pytest.raises(ConfigurationError, match="shorter than 32"):
        gateway(client, options=OPTIONS, tokens=["secret"], id_map=id_map)
    with pytest.raises(ConfigurationError, match="one string"):
        gateway(client, options=OPTIONS, tokens=TOKEN, id_map=id_map)
    with pytest.raises(OrgError, match="options"):
        build(client, tokens=[TOKEN], id_map=id_map)
    with pytest.raises(ConfigurationError, match="OrgClient"):
        build("memory", options=OPTIONS, tokens=[TOKEN], id_map=id_map)
    with pytest.raises(ConfigurationError, match="slash"):
        gateways({"a/b": Tenant(client=client, options=OPTIONS)}, tokens={}, id_map=id_map)
    with pytest.raises(ConfigurationError, match="a Tenant"):
        gateways({"acme": client}, tokens={}, id_map=id_map)  # type: ignore[dict-item]  # a mistake
