"""The recordings, replayed in the order in which they were made, on one tenant that begins empty.

Writes are answered as recorded, and what is read after them shows what they did. The sandbox makes the recorded
ids at the recorded times, so that its answers are the same to the byte. `unrecorded.toml` names what else was made
on the recorded server. Lists of the whole tenant's organizations and accounts, and what is not the Management API,
are replayed in test_recordings.py.
"""

import dataclasses
import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from orgsdk.sandbox.logto.app import create_app
from orgsdk.sandbox.logto.records import (
    EmailService,
    StoredInvitation,
    StoredOrganization,
    StoredOrganizationRole,
    StoredResourceScope,
    StoredUser,
)
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.logto.store import Store

Json = dict[str, Any]
Replayed = dict[int, httpx.Response]

_UNRECORDED: dict[str, Json] = tomllib.loads(Path(__file__).with_name("unrecorded.toml").read_text())
_WRITES = ("POST", "PUT", "PATCH", "DELETE")

# Connectors are no part of the document: the state has a setting for what they bring about.
_EMAIL_SERVICES: dict[str, EmailService] = {
    "connector.create.mock_email": "works",
    "connector.patch.no_invitation_template": "no_template",
    "connector.patch.restore": "works",
    "connector.delete": "no_connector",
    "connector.create.smtp_closed_port": "server_down",
    "connector.delete.smtp": "no_connector",
    "connector.create.mock_email_again": "works",
}
_LEFT_OUT = {
    "DELETE /api/applications/{}",
    "DELETE /api/applications/{}/roles/{}",
    "DELETE /api/connectors/{}",
    "DELETE /api/organizations/{}/applications/{}",
    "GET /api/applications/{}/secrets",
    "GET /api/connectors",
    "GET /api/organizations/{}/applications",
    "PATCH /api/connectors/{}",
    "POST /api/applications",
    "POST /api/connectors",
    "POST /api/organizations/{}/applications",
    "POST /api/roles/{}/applications",
}


def _operation(row: Json) -> str:
    """Return method and path, its ids cut out."""
    names = row["request"]["path"].split("/")
    in_place = ("{}" if index % 2 else name for index, name in enumerate(names[3:], 1))
    return f"{row['request']['method']} {'/'.join([*names[:3], *in_place])}"


def _moments(rows: list[Json]) -> list[int]:
    """Return when each row was recorded, in epoch milliseconds, as far as it or a later one tells."""
    shown: dict[int, int] = {}
    latest = 0
    for number, row in enumerate(rows):
        body = row["response"].get("json")
        if row["request"]["method"] in _WRITES and isinstance(body, dict):
            moment = max(body.get("updatedAt", 0), body.get("createdAt", 0))
            if moment > latest:
                shown[number] = latest = moment
    moments: list[int] = []
    for number in reversed(range(len(rows))):
        moments.append(shown.get(number, moments[-1] if moments else latest))
    return moments[::-1]


def _numbered_users(count: int) -> list[str]:
    """Return the ids the recorder gave to accounts it made for its measurements."""
    return [hashlib.md5(str(number).encode()).hexdigest()[:12] for number in range(1, count + 1)]


def _made(kind: type[Any], fields: Json) -> Any:
    """Return the record of fields that are written as Logto writes them."""
    names = {field.name for field in dataclasses.fields(kind)}
    snake = {re.sub(r"([A-Z])", r"_\1", name).lower(): value for name, value in fields.items()}
    return kind(
        **{name: tuple(value) if name == "role_ids" else value for name, value in snake.items() if name in names}
    )


_KINDS: dict[str, type[Any]] = {
    "organizations": StoredOrganization,
    "users": StoredUser,
    "roles": StoredOrganizationRole,
    "resource_scopes": StoredResourceScope,
    "invitations": StoredInvitation,
}


def _make_unrecorded(store: Store, row: Json) -> None:
    """Put into the tables what the row finds there and no recording has put there."""
    made = _UNRECORDED.get(row["op"], {})
    for table, kind in _KINDS.items():
        for fields in made.get(table, ()):
            getattr(store, table).put(_made(kind, fields))
    for user_id in _numbered_users(made.get("numbered_users", 0)):
        store.users.put(StoredUser(user_id, 1, 1))
    for organization_id, user_id in made.get("members", ()):
        store.memberships.add(organization_id, user_id)
    if row["op"] == "race.accept_vs_revoke.final_state":
        # What came of two requests at once is only shown; test_invitations.py has the race.
        store.invitations.put(_made(StoredInvitation, row["response"]["json"]))


def _content(row: Json) -> bytes | None:
    """Return the body as it was sent; of long ones the recorder kept a description."""
    request = row["request"]
    if request.get("json") is not None:
        return json.dumps(request["json"]).encode()
    raw = request.get("raw")
    if raw is None:
        return None
    if match := re.fullmatch(r"<\d+ bytes, (\d+) userIds( x 1 role)?>", raw):
        roles = {"organizationRoleIds": ["bulkrole0000000000000"]} if match[2] else {}
        return json.dumps({"userIds": _numbered_users(int(match[1])), **roles}).encode()
    if match := re.fullmatch(r"<(\d+) bytes>", raw):
        return b"x" * int(match[1])
    return str(raw).encode()


def _request(state: LogtoState, client: httpx.AsyncClient, row: Json) -> httpx.Request:
    recorded = row["request"]
    token = state.signer.sign({"aud": state.resource, "exp": 9e9, "scope": "all"})
    headers = {"accept-encoding": "gzip", **recorded["headers"]}
    if "authorization" in headers:
        headers["authorization"] = f"Bearer {token}"
    return client.build_request(
        recorded["method"],
        recorded["path"],
        params=recorded["query"],
        headers=headers,
        data=recorded.get("form"),
        content=_content(row),
    )


async def _replay(recorded: Any) -> Replayed:
    """Return the answers by the numbers of their rows."""
    state = LogtoState()
    state.store, state.email_service = Store(), "no_connector"
    # What the sandbox fails at is one row's failure.
    transport = httpx.ASGITransport(create_app(state), raise_app_exceptions=False)
    replayed: Replayed = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3301") as client:
        for number, (row, moment) in enumerate(zip(recorded.rows, _moments(recorded.rows), strict=True)):
            state.email_service = _EMAIL_SERVICES.get(row["op"], state.email_service)
            if number not in recorded.in_order:
                continue
            _make_unrecorded(state.store, row)
            state.clock = _standing_at(moment)
            body = row["response"].get("json")
            state.new_id = _giving(body.get("id", "") if isinstance(body, dict) else "")
            replayed[number] = await client.send(_request(state, client, row))
    return replayed


def _standing_at(moment: int) -> Callable[[], float]:
    return lambda: moment / 1000


def _giving(recorded_id: str) -> Callable[[int], str]:
    # What is made where nothing was recorded has an id that is seen to be wrong.
    return lambda length: recorded_id if len(recorded_id) == length else "?" * length


@pytest.fixture(scope="module")
def replayed(recorded: Any) -> Replayed:
    return anyio.run(_replay, recorded)


def test_replayed(
    row_in_order: int, replayed: Replayed, recorded: Any, compare: Callable[[httpx.Response, Json], None]
) -> None:
    compare(replayed[row_in_order], recorded.rows[row_in_order])


def test_what_is_told_of_recordings_has_its_recording(recorded: Any) -> None:
    assert {*_UNRECORDED, *_EMAIL_SERVICES} <= {row["op"] for row in recorded.rows}


def test_every_recording_is_compared_but_these(recorded: Any) -> None:
    compared = {*recorded.in_order, *recorded.apart}
    left_out = [row for number, row in enumerate(recorded.rows) if number not in compared]
    assert {_operation(row) for row in left_out} == _LEFT_OUT
    assert (len(recorded.rows), len(compared), len(left_out)) == (547, 527, 20)
