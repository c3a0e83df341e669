"""scim2-server, which nobody here wrote, as the simulated server of SCIM."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from tests.providers.scim.servers import TOKEN, Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Receive, Scope, Send

    from orgsdk.sandbox import Person

_URN = "urn:ietf:params:scim:schemas:core:2.0"
# The resources of each list of people: scim2-server takes longer to create them than to copy them.
_SEEDED: dict[tuple[Person, ...], list[Any]] = {}


@dataclass
class SCIMState:
    """The users and groups of scim2-server, and its ASGI app. It pages by index and has PATCH."""

    peer: Peer = field(default_factory=Peer)
    organization_id: str = "scim"
    token: str = TOKEN
    clock: Callable[[], float] = lambda: 0.0

    def __post_init__(self) -> None:
        self.peer.storage.clock = lambda: datetime.fromtimestamp(self.clock(), UTC)

    def seed(self, people: Sequence[Person]) -> None:
        """Reset the data."""
        key = tuple(people)
        if key not in _SEEDED:
            self.peer.storage.resources = []
            self._create(people)
            _SEEDED[key] = self.peer.storage.resources
        self.peer.storage.resources = [resource.model_copy(deep=True) for resource in _SEEDED[key]]
        self.peer.received.clear()

    def _create(self, people: Sequence[Person]) -> None:
        members: dict[str, list[dict[str, str]]] = {}
        for person in people:
            name = {"givenName": person.first_name, "familyName": person.last_name}
            emails = [{"value": person.email, "type": "work", "primary": True}]
            user = {"userName": person.username, "name": name, "emails": emails, "active": True}
            members.setdefault(person.role, []).append({"value": self._post("User", user)})
        for role, its in members.items():
            self._post("Group", {"displayName": role, "members": its})

    def _post(self, kind: str, body: dict[str, Any]) -> str:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}
        content = json.dumps({"schemas": [f"{_URN}:{kind}"], **body}).encode()
        request = httpx.Request("POST", f"http://scim.localhost/{kind}s", headers=headers, content=content)
        created: dict[str, Any] = self.peer.handle(request).json()
        return str(created["id"])

    def resources(self, kind: str) -> list[dict[str, Any]]:
        """Return the users or the groups as JSON objects, without their versions and dates."""
        stored = [one for one in self.peer.storage.resources if one.meta is not None and one.meta.resource_type == kind]
        found: list[dict[str, Any]] = [one.model_dump() for one in stored]
        return [{name: value for name, value in one.items() if name != "meta"} for one in found]

    def role_names(self, user_id: str) -> frozenset[str]:
        """Return the names of the groups that a user is in."""
        groups = self.resources("Group")
        return frozenset(
            group["displayName"]
            for group in groups
            if any(member["value"] == user_id for member in group.get("members") or ())
        )

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        content = b""
        while (message := await receive())["type"] == "http.request":
            content += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = scope["query_string"].decode()
        url = f"http://scim.localhost{scope['path']}" + (f"?{query}" if query else "")
        headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
        response = self.peer.handle(httpx.Request(scope["method"], url, headers=headers, content=content))
        lines = [(name.lower(), value) for name, value in response.headers.raw]
        await send({"type": "http.response.start", "status": response.status_code, "headers": lines})
        await send({"type": "http.response.body", "body": response.content})
