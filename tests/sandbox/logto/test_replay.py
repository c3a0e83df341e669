"""Replay the recordings in their order on one tenant, which is empty at first.

The sandbox uses the recorded ids and times, so its responses have the same bytes. `unrecorded.toml` lists objects that
were created on the recorded server without a recording. Lists of all organizations and accounts, and paths outside the
Management API, are in test_recordings.py.
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

# The sandbox has no connectors; a setting of the state has their effect.
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
    """Return method and path, with placeholders for ids."""
    names = row["request"]["path"].split("/")
    in_position = ("{}" if index % 2 else name for index, name in enumerate(names[3:], 1))
    return f"{row['request']['method']} {'/'.join([*names[:3], *in_position])}"


def _moments(rows: list[Json]) -> list[int]:
    """Return the time of each row in epoch milliseconds, taken from its response or a later one."""
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
    """Return the ids of accounts that the recorder created for its measurements."""
    return [hashlib.md5(str(number).encode()).hexdigest()[:12] for number in range(1, count + 1)]


def _record(kind: type[Any], fields: Json) -> Any:
    """Return the record for fields with Logto's names."""
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
    """Add the objects that the row needs and that no recording created."""
    made = _UNRECORDED.get(row["op"], {})
    for table, kind in _KINDS.items():
        for fields in made.get(table, ()):
            getattr(store, table).put(_record(kind, fields))
    for user_id in _numbered_users(made.get("numbered_users", 0)):
        store.users.put(StoredUser(user_id, 1, 1))
    for organization_id, user_id in made.get("members", ()):
        store.memberships.add(organization_id, user_id)
    if row["op"] == "race.accept_vs_revoke.final_state":
        # The recording has only the result of two parallel requests; test_invitations.py has the race.
        store.invitations.put(_record(StoredInvitation, row["response"]["json"]))


def _content(row: Json) -> bytes | None:
    """Return the body as it was sent; the recordings have only a description of long ones."""
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
    """Return the responses by the numbers of their rows."""
    state = LogtoState()
    state.release = "development"
    state.store, state.email_service = Store(), "no_connector"
    # An exception in the sandbox fails only one row.
    transport = httpx.ASGITransport(create_app(state), raise_app_exceptions=False)
    replayed: Replayed = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3301") as client:
        for number, (row, moment) in enumerate(zip(recorded.rows, _moments(recorded.rows), strict=True)):
            state.email_service = _EMAIL_SERVICES.get(row["op"], state.email_service)
            if number not in recorded.in_order:
                continue
            _make_unrecorded(state.store, row)
            state.clock = _stopped_clock(moment)
            body = row["response"].get("json")
            state.new_id = _new_id(body.get("id", "") if isinstance(body, dict) else "")
            replayed[number] = await client.send(_request(state, client, row))
    return replayed


def _stopped_clock(moment: int) -> Callable[[], float]:
    return lambda: moment / 1000


def _new_id(recorded_id: str) -> Callable[[int], str]:
    # An object without a recorded id gets an obviously wrong one.
    return lambda length: recorded_id if len(recorded_id) == length else "?" * length


@pytest.fixture(scope="module")
def replayed(recorded: Any) -> Replayed:
    return anyio.run(_replay, recorded)


def test_responses_match_the_replayed_recording(
    row_in_order: int, replayed: Replayed, recorded: Any, compare: Callable[[httpx.Response, Json], None]
) -> None:
    compare(replayed[row_in_order], recorded.rows[row_in_order])


def test_every_entry_about_recordings_has_a_recording(recorded: Any) -> None:
    assert {*_UNRECORDED, *_EMAIL_SERVICES} <= {row["op"] for row in recorded.rows}


def test_only_these_recordings_are_not_compared(recorded: Any) -> None:
    compared = {*recorded.in_order, *recorded.apart}
    left_out = [row for number, row in enumerate(recorded.rows) if number not in compared]
    assert {_operation(row) for row in left_out} == _LEFT_OUT
    assert (len(recorded.rows), len(compared), len(left_out)) == (547, 527, 20)
