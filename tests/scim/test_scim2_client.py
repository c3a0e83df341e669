"""scim2-client against the gateway: it discovers the schemas, and validates every answer against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import PatchOp
from starlette.testclient import TestClient

from tests.scim.gateways import TOKEN, Backend, app_with_lifespan, running

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox

__all__ = ["running"]


def test_the_life_of_a_user(running: Sandbox, tmp_path: Path) -> None:
    app = app_with_lifespan(Backend("memory", running), tmp_path)
    with TestClient(app, base_url="http://gateway/v2", headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        client = SyncSCIMClient(http)
        client.discover()
        user_model: Any = client.get_resource_model("User")
        group_model: Any = client.get_resource_model("Group")
        kim = client.create(user_model(user_name="kim@acme.example", active=True))
        choir = client.create(group_model(display_name="Choir", members=[{"value": kim.id}]))
        read: Any = client.query(user_model, kim.id)
        assert [group.display for group in read.groups] == ["Choir"]
        read.display_name = "Kim Lee"
        replaced: Any = client.replace(read)
        assert replaced.display_name == "Kim Lee"
        leave = PatchOp[user_model](operations=[{"op": "replace", "path": "active", "value": False}])
        client.modify(user_model, kim.id, leave)
        found: Any = client.query(user_model, query_parameters={"filter": 'userName eq "KIM@acme.example"'})
        assert [(user.id, user.active) for user in found.resources] == [(kim.id, False)]
        whole: Any = client.query(group_model, choir.id)
        assert [member.value for member in whole.members] == [kim.id]
        client.delete(group_model, choir.id)
        client.delete(user_model, kim.id)
        nobody: Any = client.query(user_model, query_parameters={"count": 0})
        assert nobody.total_results == 0
