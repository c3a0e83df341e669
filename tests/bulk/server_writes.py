"""The writes that a server carried out, and the writes of a plan, in one form that can be compared."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orgsdk.bulk import Plan, Write
    from tests.reliability.servers import SimulatedServers

ServerWrite = tuple[str, ...]

_FLAT_FIELDS = {"firstname": "given_name", "lastname": "family_name", "username": "username", "email": "email"}
_LOGTO_FIELDS = {"username": "username", "primaryEmail": "email", "name": "name", "primaryPhone": "phone"}
_LOGTO_NAMES = {"givenName": "given_name", "familyName": "family_name"}
_WORKOS_FIELDS = {"first_name": "given_name", "last_name": "family_name", "email": "email"}


def server_writes(servers: SimulatedServers, plan: Plan) -> Counter[ServerWrite]:
    """Return the writes that the server carried out, by user: the id, or the username of a new user.

    WorkOS has no usernames: there it is the external id. The plan is used only to know the new users.
    """
    new = {write.fields.get(_KEYS[servers.name], "") for write in plan.writes if write.kind == "create"}
    found: Counter[ServerWrite] = Counter()
    for exchange in servers.requests:
        if exchange.method != "GET" and exchange.status is not None and exchange.status < 300:
            if exchange.path.endswith("/token"):
                continue
            body = json.loads(exchange.body) if exchange.body else {}
            read = _READERS[servers.name]
            found.update(read(servers, new, exchange.method, exchange.path, body, exchange.query))
    return found


def _flat(
    _world: SimulatedServers, _new: set[str], method: str, path: str, body: dict[str, Any], query: str
) -> Iterator[ServerWrite]:
    user = path.removeprefix("/v2/organizations/users").strip("/")
    fields = {_FLAT_FIELDS[name]: value for name, value in body.items() if name in _FLAT_FIELDS}
    if path == "/v2/organizations/invitations":
        yield ("invite", body["email"], *filter(None, [body.get("organizationRole")]))
    elif method == "POST":
        yield from _created(fields.pop("username"), fields)
        if "role" in body:
            yield ("role", body["username"], body["role"])
    elif method == "PUT":
        if "organizationRole" in body:
            yield ("role", user, body["organizationRole"])
        yield from (("field", user, name, value) for name, value in fields.items())
    else:
        yield ("remove", user, "keep" if "convertToIndividual=true" in query else "delete")


def _logto(
    servers: SimulatedServers, names: set[str], method: str, path: str, body: dict[str, Any], _query: str
) -> Iterator[ServerWrite]:
    store = servers.logto.store
    new = {one.id: one.username for one in store.users if one.username in names}
    roles = {role.id: role.name for role in store.roles}
    named = [roles[role] for role in body.get("organizationRoleIds", ())] + body.get("organizationRoleNames", [])
    fields = _logto_fields(body)
    user = next(iter(re.findall(r"/users/([^/]+)", path)), "")
    if path == "/api/organization-invitations":
        yield ("invite", body["invitee"], *sorted(named))
    elif path == "/api/users":
        yield from _created(fields.pop("username"), fields)
    elif path.endswith("/users"):
        yield from (("join", new.get(user, user)) for user in body["userIds"])
    elif path.endswith("/users/roles"):
        yield from (("role", new.get(user, user), role) for user in body["userIds"] for role in named)
    elif path.endswith("/roles"):
        yield ("roles" if method == "PUT" else "more roles", user, *sorted(named))
    elif method == "DELETE":
        yield ("remove", user, "keep" if "/organizations/" in path else "delete")
    elif path.endswith("/is-suspended"):
        yield ("suspend" if body["isSuspended"] else "activate", user)
    elif path.endswith("/custom-data"):
        yield ("field", user, "external_id", body["customData"]["externalId"])
    else:
        yield from (("field", user, name, value) for name, value in fields.items())


def _workos(
    servers: SimulatedServers, names: set[str], method: str, path: str, body: dict[str, Any], _query: str
) -> Iterator[ServerWrite]:
    store = servers.workos.store
    new = {one.id: one.external_id for one in store.users if one.external_id in names}
    # A removed membership is only in the events.
    owners = {
        data["id"]: data["user_id"]
        for data in (event.body["data"] for event in store.events)
        if isinstance(data, dict) and "user_id" in data
    }
    owners |= {one.id: one.user_id for one in store.memberships}
    target = path.rpartition("/")[2]
    if target in {"deactivate", "reactivate"}:
        membership = path.split("/")[-2]
        yield ("suspend" if target == "deactivate" else "activate", owners[membership])
        return
    fields = {_WORKOS_FIELDS[name]: value for name, value in body.items() if name in _WORKOS_FIELDS}
    if path == "/user_management/invitations":
        yield ("invite", body["email"], *filter(None, [body.get("role_slug")]))
    elif path == "/user_management/users":
        yield from _created(body["external_id"], fields)
    elif path == "/user_management/organization_memberships":
        user = str(new.get(body["user_id"], body["user_id"]))
        yield ("join", user)
        if "role_slug" in body:
            yield ("role", user, body["role_slug"])
    elif path.startswith("/user_management/users/"):
        if method == "DELETE":
            yield ("remove", target, "delete")
        yield from (("field", target, name, value) for name, value in fields.items())
    else:
        user = owners[target]
        yield ("remove", user, "keep") if method == "DELETE" else ("roles", user, body["role_slug"])


def _logto_fields(body: Mapping[str, Any]) -> dict[str, str]:
    fields = {_LOGTO_FIELDS[name]: value for name, value in body.items() if name in _LOGTO_FIELDS}
    fields |= {_LOGTO_NAMES[name]: value for name, value in (body.get("profile") or {}).items()}
    if "externalId" in (body.get("customData") or {}):
        fields["external_id"] = body["customData"]["externalId"]
    return fields


_READERS = {"flat": _flat, "logto": _logto, "workos": _workos}
_KEYS = {"flat": "username", "logto": "username", "workos": "external_id"}


def _created(username: str, fields: Mapping[str, str]) -> Iterator[ServerWrite]:
    yield ("create", username)
    yield from (("field", username, name, value) for name, value in fields.items())


def planned_writes(plan: Plan, name: str) -> Counter[ServerWrite]:
    """Return the writes of the plan in the same form."""
    return Counter(one for write in plan.writes for one in _writes_of(write, name))


def _writes_of(write: Write, name: str) -> Iterator[ServerWrite]:
    key = _KEYS[name]
    user = write.user_id or write.fields.get(key, "")
    if write.kind == "invite":
        yield ("invite", write.fields["email"], *sorted(write.roles))
    elif write.kind == "remove":
        yield ("remove", user, write.account or "")
    elif write.kind in {"suspend", "activate"}:
        yield (write.kind, user)
    elif write.kind in {"set_roles", "add_roles"}:
        if name == "flat":
            yield ("role", user, *write.roles)
        else:
            yield ("roles" if write.kind == "set_roles" else "more roles", user, *sorted(write.roles))
    else:
        if write.kind == "create":
            yield ("create", user)
        yield from (
            ("field", user, field, value)
            for field, value in write.fields.items()
            if not (write.kind == "create" and field == key)
        )
        if write.kind in {"create", "add"}:
            if name != "flat":
                yield ("join", user)
            yield from (("role", user, role) for role in write.roles)
