"""An identity provider that provisions users, and sends each request again until it has an answer.

Like Entra ID, it repeats a lost POST without a lookup, and looks a user up when a POST is answered by 409.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from tests.scim.gateways import GROUP, PATCH, USER

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_PAUSE = 0.01
_GONE = 404
_RETRIED = frozenset({429, 500, 502, 503, 504})


@dataclass
class ReplayedUser:
    """A user of the identity provider. `id` is the gateway's; None while the user does not exist there."""

    number: int
    user_name: str
    id: str | None = None
    active: bool = True
    given_name: str = "Kim"
    groups: set[str] = field(default_factory=set[str])
    created: int = 0
    """How often the user was created."""

    @property
    def external_id(self) -> str:
        return f"00u{self.number}"

    @property
    def email(self) -> str:
        return self.user_name.lower()

    def body(self) -> dict[str, object]:
        return {
            "schemas": [USER],
            "userName": self.user_name,
            "externalId": self.external_id,
            "name": {"givenName": self.given_name, "familyName": f"Number{self.number}"},
            "emails": [{"value": self.email, "type": "work", "primary": True}],
            "active": self.active,
        }


class Replay:
    """Sends requests, each until it is answered.

    Args:
        http: The client, with the gateway's address and a token.
        is_over: Returns whether users should begin nothing new.
    """

    def __init__(self, http: httpx.AsyncClient, is_over: Callable[[], bool]) -> None:
        self._http = http
        self._is_over = is_over
        self.repeated = 0
        self.answered = anyio.Event()
        """Set at the next answer; then there is a new one."""

    async def send(self, method: str, path: str, body: object = None, **parameters: str) -> httpx.Response:
        """Send a request until it has an answer that is not about the moment."""
        while True:
            try:
                response = await self._http.request(method, path, json=body, params=parameters)
            except httpx.TransportError:
                pass
            else:
                self.answered.set()
                self.answered = anyio.Event()
                if response.status_code not in _RETRIED:
                    return response
            self.repeated += 1
            await anyio.sleep(_PAUSE)

    async def patch(self, path: str, *operations: dict[str, object]) -> None:
        response = await self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})
        assert response.status_code in {200, 204}, f"PATCH {path}: {response.status_code} {response.text}"

    async def find(self, filter_: str, kind: str = "Users") -> list[Any]:
        response = await self.send("GET", f"/{kind}", filter=filter_)
        assert response.status_code == 200, response.text
        found: list[Any] = response.json().get("Resources", [])
        return found

    async def create_group(self, name: str) -> str:
        response = await self.send("POST", "/Groups", {"schemas": [GROUP], "displayName": name})
        if response.status_code == 409:
            (found,) = await self.find(f'displayName eq "{name}"', "Groups")
            return str(found["id"])
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    async def create(self, user: ReplayedUser) -> None:
        response = await self.send("POST", "/Users", user.body())
        if response.status_code == 409:
            # An earlier request of this loop was carried out, and its answer was lost.
            (found,) = await self.find(f'userName eq "{user.user_name}"')
            user.id = str(found["id"])
            await self.replace(user)
        else:
            assert response.status_code == 201, f"{response.status_code} {response.text}"
            user.id = str(response.json()["id"])
        user.created += 1

    async def replace(self, user: ReplayedUser) -> None:
        response = await self.send("PUT", f"/Users/{user.id}", user.body())
        assert response.status_code == 200, f"PUT: {response.status_code} {response.text}"

    async def delete(self, user: ReplayedUser) -> None:
        response = await self.send("DELETE", f"/Users/{user.id}")
        assert response.status_code in {204, _GONE}, response.text
        user.id, user.groups, user.active = None, set(), True

    async def live(self, user: ReplayedUser, groups: list[str], dice: random.Random) -> None:
        """Create, change and delete a user at random until it is over."""
        while not self._is_over():
            if user.id is None:
                await self.create(user)
                continue
            action = dice.choice(["activity", "activity", "name", "user_name", "join", "leave", "replace", "delete"])
            await getattr(self, f"_{action}")(user, groups, dice)

    async def _activity(self, user: ReplayedUser, _groups: list[str], dice: random.Random) -> None:
        user.active = not user.active
        value: object = user.active if dice.random() < 0.5 else str(user.active)
        await self.patch(f"/Users/{user.id}", {"op": "Replace", "path": "active", "value": value})

    async def _name(self, user: ReplayedUser, _groups: list[str], dice: random.Random) -> None:
        user.given_name = f"Kim{dice.randrange(10**6)}"
        await self.patch(f"/Users/{user.id}", {"op": "Replace", "path": "name.givenName", "value": user.given_name})

    async def _user_name(self, user: ReplayedUser, _groups: list[str], dice: random.Random) -> None:
        user.user_name = f"Kim{user.number}.{dice.randrange(10**6)}@Acme.example"
        await self.replace(user)

    async def _replace(self, user: ReplayedUser, _groups: list[str], _dice: random.Random) -> None:
        await self.replace(user)

    async def _join(self, user: ReplayedUser, groups: list[str], dice: random.Random) -> None:
        if user.active:
            group = dice.choice(groups)
            user.groups.add(group)
            await self.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": user.id}]})

    async def _leave(self, user: ReplayedUser, groups: list[str], dice: random.Random) -> None:
        if user.active:
            group = dice.choice(groups)
            user.groups.discard(group)
            await self.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": [{"value": user.id}]})

    async def _delete(self, user: ReplayedUser, _groups: list[str], dice: random.Random) -> None:
        if dice.random() < 0.5:
            await self.delete(user)
