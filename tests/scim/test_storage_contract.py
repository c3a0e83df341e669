"""The contract of scim2-server for storages, over the memory provider: what it cannot store is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from scim2_server.testing import SEARCH_USERS, AsyncScimStorageContract

from orgsdk import OrgClient
from orgsdk.scim import GatewayOptions, IdMap
from orgsdk.scim.announcement import build_announcement
from orgsdk.scim.application import build_tenant
from orgsdk.scim.options import Tenant
from tests.scim.gateways import NO_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scim2_models import ScimProvider

    from orgsdk.scim.storage import GatewayStorage

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class TestGatewayStorage(AsyncScimStorageContract):
    supports_root_search = False

    @pytest.fixture
    def provider(self) -> Iterator[ScimProvider]:
        provider = build_announcement(OrgClient.memory().capabilities, 100)
        with provider:
            yield provider

    @pytest.fixture
    def async_storage(self, tmp_path: Path) -> Iterator[GatewayStorage]:
        options = GatewayOptions(on_delete="delete", max_deactivations=NO_LIMIT)
        tenant = Tenant(client=OrgClient.memory(), options=options)
        id_map = IdMap.open(tmp_path / "scim.db")
        yield build_tenant("acme", tenant, id_map)[0]
        anyio.run(id_map.aclose)

    def search_users(self) -> list[dict[str, Any]]:
        kept = {"userName", "displayName", "name", "active", "emails"}
        users = [{name: value for name, value in user.items() if name in kept} for user in SEARCH_USERS]
        for user in users:
            # One address is kept.
            user["emails"] = [email for email in user.get("emails", []) if email.get("primary")][:1]
        return users

    # Without {"excludedAttributes": "members"}: that answer has no version, as test_versions.py and the page state.
    @pytest.mark.parametrize(
        "parameters",
        [{"excludedAttributes": "members.display"}, {"attributes": "displayName"}, {"attributes": "members.value"}],
    )
    def test_get_keeps_what_the_response_returns(
        self,
        storage: Any,
        user_type: Any,
        group_type: Any,
        user_model: Any,
        group_model: Any,
        parameters: dict[str, str],
    ) -> None:
        super().test_get_keeps_what_the_response_returns(
            storage, user_type, group_type, user_model, group_model, parameters
        )
