"""Requests of identity providers as data, in their spelling and order: sent, read back, and compared with the provider.

Each file of `replay/` is the life of a user and of a group at one identity provider. A step has:

- ``request``: method and path. ``{U1}`` is an id that an earlier step has saved.
- ``body``: the JSON, as the identity provider sends it.
- ``status``: what it accepts, a number or several.
- ``save``: the name under which the id of the answer is kept. Of a list, that of its only resource.
- ``answer``: what the answer has, at least. ``total`` is ``totalResults``.
- ``user``: what the provider then has of the user that was saved as ``U1``: ``null`` for no member.
- ``requests``: how many requests the step may take, at most, by provider.
- ``not``: providers that the step is not sent to, with the reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orgsdk.errors import NotFoundError

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle
    from tests.scim.gateways import Backend, IdentityProvider

FOLDER = Path(__file__).parent / "replay"
IDENTITY_PROVIDERS = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
# Requests that a step may take if it does not state a number: the ceilings of writes.
DEFAULT_REQUESTS = {"flat": 4, "logto": 5, "workos": 9}
# Groups are created where roles can be. Elsewhere, one of the fixed roles is taken over.
GROUPS = {"flat": "teacher"}


class Replay:
    """One identity provider's requests over one provider."""

    def __init__(self, idp: IdentityProvider, backend: Backend, organization: OrganizationHandle) -> None:
        self._idp = idp
        self._backend = backend
        self._organization = organization
        self.saved = {"GROUP": GROUPS.get(backend.name, "Choir")}

    async def run(self, steps: list[dict[str, Any]]) -> int:
        """Send all steps, and return how many there were."""
        sent = 0
        for number, step in enumerate(steps, 1):
            if self._backend.name not in step.get("not", {}):
                await self._send(step, f"step {number}, {step['request']}")
                sent += 1
        return sent

    async def _send(self, step: dict[str, Any], where: str) -> None:
        method, _, path = self._filled(step["request"]).partition(" ")
        body = json.loads(self._filled(json.dumps(step["body"]))) if "body" in step else None
        self._backend.requests()
        answer = await self._idp.send(method, path, body, **step.get("headers", {}))
        requests = self._backend.requests()
        status, accepted = self._idp.sent[-1].status_code, step["status"]
        assert status in (accepted if isinstance(accepted, list) else [accepted]), f"{where}: {status} {answer}"
        limit = step.get("requests", {}).get(self._backend.name, DEFAULT_REQUESTS.get(self._backend.name, 0))
        assert requests <= limit, f"{where}: {requests} requests"
        if "save" in step:
            self.saved[step["save"]] = answer["id"] if "id" in answer else answer["Resources"][0]["id"]
        if "answer" in step:
            _compare(json.loads(self._filled(json.dumps(step["answer"]))), answer, where)
        if "user" in step:
            await self._check_user(step["user"], where)

    async def _check_user(self, expected: dict[str, Any] | None, where: str) -> None:
        found: dict[str, object] | None
        try:
            user = await self._organization.users.get(self.saved["U1"])
        except NotFoundError:
            found = None
        else:
            active = user.is_suspended is not True
            has_role = self.saved["GROUP"] in user.roles
            names = {"given_name": user.given_name, "family_name": user.family_name, "email": user.email}
            found = {**names, "active": active, "in_group": has_role} if active else None
        if expected is None:
            assert found is None, f"{where}: the user is still active at the provider"
        else:
            assert found is not None, f"{where}: the user is not active at the provider"
            assert {name: found[name] for name in expected} == expected, where

    def _filled(self, text: str) -> str:
        for name, value in self.saved.items():
            text = text.replace(f"{{{name}}}", value)
        return text


def steps_of(identity_provider: str) -> list[dict[str, Any]]:
    """Return the steps of one identity provider."""
    steps: list[dict[str, Any]] = json.loads((FOLDER / f"{identity_provider}.json").read_text("utf-8"))
    return steps


def _compare(expected: Any, found: Any, where: str) -> None:
    """Check that an answer has what is expected. Of lists, as many entries."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            key = "totalResults" if name == "total" else name
            assert key in found or value is None, f"{where}: no {key} in {found}"
            _compare(value, found.get(key), f"{where}, {key}")
    elif isinstance(expected, list):
        assert len(expected) == len(found or []), f"{where}: {found}"
        for one, other in zip(expected, found or [], strict=True):
            _compare(one, other, where)
    else:
        assert expected == found, f"{where}: {found!r} instead of {expected!r}"
