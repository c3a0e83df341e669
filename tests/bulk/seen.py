"""What reached a server, as writes to people; and the same of a plan, made from its text alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orgsdk.bulk import Plan, Write
    from tests.reliability.servers import SimulatedServers

Seen = tuple[str, ...]

_FLAT_FIELDS = {"firstname": "given_name", "lastname": "family_name", "username": "username", "email": "email"}
_LOGTO_FIELDS = {"username": "username", "primaryEmail": "email", "name": "name", "primaryPhone": "phone"}
_LOGTO_NAMES = {"givenName": "given_name", "familyName": "family_name"}


def seen(servers: SimulatedServers, plan: Plan) -> Counter[Seen]:
    """Give the writes that the server answered with success, by whom they were about: ids, of new people usernames.

    Of the plan it is only asked who is new.
    """
    new = {write.fields.get("username", "") for write in plan.writes if write.kind == "create"}
    found: Counter[Seen] = Counter()
    for exchange in servers.requests:
        if exchange.method != "GET" and exchange.status is not None and exchange.status < 300:
            if exchange.path.endswith("/token"):
                continue
            body = json.loads(exchange.body) if exchange.body else {}
            read = _flat if servers.name == "flat" else _logto
            found.update(read(servers, new, exchange.method, exchange.path, body, exchange.query))
    return found


def _flat(
    _world: SimulatedServers, _new: set[str], method: str, path: str, body: dict[str, Any], query: str
) -> Iterator[Seen]:
    user = path.removeprefix("/v2/organizations/users").strip("/")
    fields = {_FLAT_FIELDS[name]: value for name, value in body.items() if name in _FLAT_FIELDS}
    if path == "/v2/organizations/invitations":
        yield ("invite", body["email"], *filter(None, [body.get("organizationRole")]))
    elif method == "POST":
        yield from _made(fields.pop("username"), fields)
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
) -> Iterator[Seen]:
    store = servers.logto.store
    new = {one.id: one.username for one in store.users if one.username in names}
    roles = {role.id: role.name for role in store.roles}
    named = [roles[role] for role in body.get("organizationRoleIds", ())]
    fields = _logto_fields(body)
    whom = next(iter(re.findall(r"/users/([^/]+)", path)), "")
    if path == "/api/organization-invitations":
        yield ("invite", body["invitee"], *sorted(named))
    elif path == "/api/users":
        yield from _made(fields.pop("username"), fields)
    elif path.endswith("/users"):
        yield from (("join", new.get(user, user)) for user in body["userIds"])
    elif path.endswith("/users/roles"):
        yield from (("role", new.get(user, user), role) for user in body["userIds"] for role in named)
    elif path.endswith("/roles"):
        yield ("roles" if method == "PUT" else "more roles", whom, *sorted(named))
    elif method == "DELETE":
        yield ("remove", whom, "keep" if "/organizations/" in path else "delete")
    elif path.endswith("/custom-data"):
        yield ("field", whom, "external_id", body["customData"]["externalId"])
    else:
        yield from (("field", whom, name, value) for name, value in fields.items())


def _logto_fields(body: Mapping[str, Any]) -> dict[str, str]:
    fields = {_LOGTO_FIELDS[name]: value for name, value in body.items() if name in _LOGTO_FIELDS}
    fields |= {_LOGTO_NAMES[name]: value for name, value in (body.get("profile") or {}).items()}
    if "externalId" in (body.get("customData") or {}):
        fields["external_id"] = body["customData"]["externalId"]
    return fields


def _made(username: str, fields: Mapping[str, str]) -> Iterator[Seen]:
    yield ("create", username)
    yield from (("field", username, name, value) for name, value in fields.items())


def planned(plan: Plan, name: str) -> Counter[Seen]:
    """Give what the plan says in the same words."""
    return Counter(said for write in plan.writes for said in _said(write, name))


def _said(write: Write, name: str) -> Iterator[Seen]:
    whom = write.user_id or write.fields.get("username", "")
    if write.kind == "invite":
        yield ("invite", write.fields["email"], *sorted(write.roles))
    elif write.kind == "remove":
        yield ("remove", whom, write.account or "")
    elif write.kind in {"set_roles", "add_roles"}:
        if name == "flat":
            yield ("role", whom, *write.roles)
        else:
            yield ("roles" if write.kind == "set_roles" else "more roles", whom, *sorted(write.roles))
    else:
        if write.kind == "create":
            yield ("create", whom)
        yield from (
            ("field", whom, field, value)
            for field, value in write.fields.items()
            if not (write.kind == "create" and field == "username")
        )
        if write.kind in {"create", "add"}:
            if name == "logto":
                yield ("join", whom)
            yield from (("role", whom, role) for role in write.roles)
