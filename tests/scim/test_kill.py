"""The gateway is killed with -9 at random moments while an identity provider writes and repeats its requests.

At the end the id map, the identity provider and the provider agree, and nobody exists twice. The judge is the state of
the sandbox itself. A short run is in the suite; `python -m pytest -m proof tests/scim/test_kill.py` kills 200 times.
"""

from __future__ import annotations

import os
import random
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from orgsdk import OrgClient
from orgsdk.bulk import verify_audit
from orgsdk.cli.commands.sandbox import sandbox_settings
from orgsdk.sandbox import Sandbox
from orgsdk.scim import IdMap, TokenStore
from orgsdk.scim.map_check import check_map
from orgsdk.scim.users import state_of
from tests.scim.killable import killable
from tests.scim.retries import Replay, ReplayedUser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]  # the gateway is uvicorn

USERS = 4
KILLS = 200
LONGEST_LIFE = 0.06  # seconds from an answer of a gateway to its death
SEED = int(os.environ.get("ORGSDK_SEED", "20"))
# Database, processes, and what DELETE and `active: false` do.
CASES = [
    ("sqlite", 1, "delete", "suspend"),
    ("postgresql", 2, "keep", "end_membership"),
    ("sqlite", 1, "keep", "suspend"),
    ("postgresql", 2, "delete", "suspend"),
]


@pytest.mark.parametrize(("kind", "processes", "on_delete", "on_deactivate"), CASES[:2])
async def test_a_killed_gateway_leaves_map_and_provider_in_agreement(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, processes: int, on_delete: str, on_deactivate: str
) -> None:
    address = str(tmp_path / "scim.db") if kind == "sqlite" else request.getfixturevalue("postgres")
    await kill_and_judge(address, tmp_path, processes, on_delete, on_deactivate, kills=6)


@pytest.mark.proof
@pytest.mark.parametrize(("kind", "processes", "on_delete", "on_deactivate"), CASES)
async def test_a_gateway_killed_200_times_leaves_map_and_provider_in_agreement(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, processes: int, on_delete: str, on_deactivate: str
) -> None:
    address = str(tmp_path / "scim.db") if kind == "sqlite" else request.getfixturevalue("postgres")
    await kill_and_judge(address, tmp_path, processes, on_delete, on_deactivate, kills=KILLS)


async def kill_and_judge(
    address: str, folder: Path, processes: int, on_delete: str, on_deactivate: str, *, kills: int
) -> None:
    """Kill gateways at Logto's sandbox while users live, then compare everything."""
    id_map = IdMap.open(address)
    _, token = await TokenStore(id_map.database).create("default")
    await id_map.aclose()
    dice = random.Random(SEED)
    users = [ReplayedUser(number, f"Kim{number}@Acme.example") for number in range(USERS)]
    left = kills
    with ExitStack() as stack:
        sandbox = Sandbox(roster=[])
        sandbox.start()
        stack.callback(sandbox.stop)
        environ = sandbox_settings(sandbox)["logto"]
        settings = {
            **environ,
            "map": address,
            "on_delete": on_delete,
            "on_deactivate": on_deactivate,
            "audit": str(folder / "audit.jsonl"),
            "log": str(folder / "log"),
        }
        listener = socket.create_server(("127.0.0.1", 0))
        gateways = [stack.enter_context(killable(settings, listener=listener.dup())) for _ in range(processes)]
        listener.close()
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        async with httpx.AsyncClient(base_url=gateways[0].address, headers=headers, timeout=30) as http:
            replay = Replay(http, lambda: left <= 0)
            groups = [await replay.create_group(name) for name in ("Choir", "Band")]
            async with anyio.create_task_group() as tasks:
                for user in users:
                    tasks.start_soon(replay.live, user, groups, random.Random(dice.random()))
                while left > 0:
                    if dice.random() < 0.9:  # else it may be killed while it starts
                        await replay.answered.wait()
                    await anyio.sleep(dice.random() * LONGEST_LIFE)
                    chosen = dice.choice(gateways)
                    chosen.kill()
                    chosen.start()
                    left -= 1
            assert replay.repeated >= kills / 2  # requests were lost
            await judge_gateway(replay, users)
        for gateway in gateways:
            gateway.kill()
        await judge_provider(sandbox, users, on_delete=on_delete, on_deactivate=on_deactivate)
        await judge_map(address, sandbox, users, environ)
    judge_secrets(folder, token.get_secret_value(), environ)
    assert verify_audit(folder / "audit.jsonl").lines >= sum(user.created for user in users)


async def judge_gateway(replay: Replay, users: Sequence[ReplayedUser]) -> None:
    """Compare what the gateway shows with what the identity provider has."""
    for user in users:
        found = await replay.find(f'userName eq "{user.user_name.swapcase()}"')
        by_external_id = await replay.find(f'externalId eq "{user.external_id}"')
        if user.id is None:
            assert found == by_external_id == []
            continue
        assert [one["id"] for one in found] == [one["id"] for one in by_external_id] == [user.id]
        (shown,) = found
        assert (shown["userName"], shown["externalId"]) == (user.user_name, user.external_id)
        assert (shown["active"], shown["name"]["givenName"]) == (user.active, user.given_name)
        assert [one["value"].lower() for one in shown["emails"]] == [user.email]
        assert {one["value"] for one in shown.get("groups", [])} == user.groups


async def judge_provider(
    sandbox: Sandbox, users: Sequence[ReplayedUser], *, on_delete: str, on_deactivate: str
) -> None:
    """Compare the sandbox's own state with what the identity provider has."""
    store, organization = sandbox.logto.store, sandbox.logto.organization_id
    members = store.memberships.members(organization)
    accounts = {account.primary_email: account for account in store.users}
    assert len(accounts) == len(store.users), "an address belongs to two accounts"
    wanted = {user.email for user in users if user.id is not None}
    assert wanted <= accounts.keys()
    # With "keep", the account of a deleted user stays, with its last address.
    assert on_delete == "keep" or accounts.keys() == wanted
    for user in users:
        account = accounts.get(user.email)
        if user.id is None:
            assert account is None or account.id not in members
            continue
        assert account is not None
        assert (account.profile.get("givenName"), account.is_suspended) == (
            user.given_name,
            on_deactivate == "suspend" and not user.active,
        )
        assert (account.id in members) == (user.active or on_deactivate == "suspend")
        if account.id in members:
            assert {role for role in members[account.id] if role in user.groups} == user.groups
    assert len(members) == sum(user.id is not None and (user.active or on_deactivate == "suspend") for user in users)


def judge_secrets(folder: Path, token: str, environ: dict[str, str]) -> None:
    """Look for the token in all files, and for names, addresses and the provider's secret in the log."""
    secret = token.rpartition("_")[2]
    for file in folder.iterdir():
        assert secret.encode() not in file.read_bytes(), f"{file.name} has the token"
    log = (folder / "log").read_text()
    assert "POST /Users 201" in log
    for value in ("@", "acme.example", "Kim", "kim", "00u", "Choir", environ["LOGTO_APP_SECRET"], "Bearer"):
        assert value not in log, f"the log has {value}"


async def judge_map(address: str, sandbox: Sandbox, users: Sequence[ReplayedUser], environ: dict[str, str]) -> None:
    """Compare the id map with both."""
    accounts = {account.primary_email: account.id for account in sandbox.logto.store.users}
    id_map = IdMap.open(address, create=False)
    try:
        entries = [entry async for entry in id_map.entries("default", "user")]
        present = {entry.id: entry for entry in entries if state_of(entry) in {None, "ended"}}
        assert present.keys() == {user.id for user in users if user.id is not None}
        for user in users:
            if user.id is not None:
                entry = present[user.id]
                assert (entry.name, entry.external_id) == (user.user_name, user.external_id)
                assert entry.provider_id == accounts[user.email]
        async with OrgClient.from_env(environ=environ) as client:
            assert [one async for one in check_map(client, id_map, "default")] == []
    finally:
        await id_map.aclose()
