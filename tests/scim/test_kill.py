"""The gateway is killed with -9 at random moments while an identity provider writes and repeats its requests.

At the end the id map, the identity provider and the provider agree, and nobody exists twice. The judge is the state of
the sandbox itself. A short run is in the suite; `python -m pytest -m proof tests/scim/test_kill.py` kills 200 times.
"""

from __future__ import annotations

import os
import random
import socket
from contextlib import ExitStack
from dataclasses import dataclass
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
from tests.scim.sandbox_users import StoredUser, stored_users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]  # the gateway is uvicorn

USERS = 4
KILLS = 200
LONGEST_LIFE = 0.06  # seconds from an answer of a gateway to its death
_SECRETS = {"LOGTO_APP_SECRET", "FLAT_ACCESS_TOKEN", "WORKOS_API_KEY"}
SEED = int(os.environ.get("ORGSDK_SEED", "20"))
# The roles of groups, the one that counts first. At Logto, a user has all of them.
GROUPS = {"flat": ("admin", "teacher"), "logto": ("Choir", "Band"), "workos": ("admin", "teacher")}
DEFAULT_ROLES = {"flat": "user", "workos": "member"}


@dataclass(frozen=True)
class Case:
    """A provider, the kind of the database, the number of processes, and what DELETE and `active: false` do."""

    provider: str
    database: str
    processes: int
    on_delete: str
    on_deactivate: str

    def __str__(self) -> str:
        return "-".join(map(str, (self.provider, self.database, self.processes, self.on_delete, self.on_deactivate)))


SAMPLE = [
    Case("logto", "sqlite", 1, "delete", "suspend"),
    Case("logto", "postgresql", 2, "keep", "end_membership"),
    Case("flat", "sqlite", 1, "delete", "end_membership"),
    Case("workos", "sqlite", 1, "keep", "suspend"),
]
CASES = [
    *SAMPLE,
    Case("logto", "sqlite", 1, "keep", "suspend"),
    Case("logto", "postgresql", 2, "delete", "suspend"),
    Case("flat", "postgresql", 2, "keep", "end_membership"),
    Case("workos", "sqlite", 1, "delete", "end_membership"),
    Case("workos", "postgresql", 2, "delete", "suspend"),
]


def address_of(request: pytest.FixtureRequest, folder: Path, case: Case) -> str:
    """Return the address of an empty database of the case."""
    return str(folder / "scim.db") if case.database == "sqlite" else request.getfixturevalue("postgres")


@pytest.mark.parametrize("case", SAMPLE, ids=str)
async def test_a_killed_gateway_leaves_map_and_provider_in_agreement(
    request: pytest.FixtureRequest, tmp_path: Path, case: Case
) -> None:
    await kill_and_judge(address_of(request, tmp_path, case), tmp_path, case, kills=6)


@pytest.mark.proof
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_gateway_killed_200_times_leaves_map_and_provider_in_agreement(
    request: pytest.FixtureRequest, tmp_path: Path, case: Case
) -> None:
    await kill_and_judge(address_of(request, tmp_path, case), tmp_path, case, kills=KILLS)


async def kill_and_judge(address: str, folder: Path, case: Case, *, kills: int) -> None:
    """Kill gateways over a sandbox while users live, then compare everything."""
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
        environ = sandbox_settings(sandbox)[case.provider]
        default_role = DEFAULT_ROLES.get(case.provider)
        order = [] if default_role is None else [*GROUPS[case.provider], default_role]
        settings = {
            **environ,
            "map": address,
            "on_delete": case.on_delete,
            "on_deactivate": case.on_deactivate,
            "role_order": " ".join(order),
            "audit": str(folder / "audit.jsonl"),
            "log": str(folder / "log"),
        }
        listener = socket.create_server(("127.0.0.1", 0))
        gateways = [stack.enter_context(killable(settings, listener=listener.dup())) for _ in range(case.processes)]
        listener.close()
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        async with httpx.AsyncClient(base_url=gateways[0].address, headers=headers, timeout=30) as http:
            replay = Replay(http, lambda: left <= 0)
            groups = [await replay.create_group(name) for name in GROUPS[case.provider]]
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
        judge_provider(stored_users(sandbox, case.provider), users, groups, case)
        await judge_map(address, sandbox, users, environ, case)
    secret_values = [value for name, value in environ.items() if name in _SECRETS]
    judge_secrets(folder, token.get_secret_value(), [*GROUPS[case.provider], *secret_values])
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


def judge_provider(
    stored: Sequence[StoredUser], users: Sequence[ReplayedUser], groups: Sequence[str], case: Case
) -> None:
    """Compare the sandbox's own state with what the identity provider has."""
    accounts = {account.email: account for account in stored}
    assert len(accounts) == len(stored), "an address belongs to two accounts"
    keeps_inactive = case.on_deactivate == "suspend"
    present = [user for user in users if user.id is not None]
    if case.provider != "flat":  # where an account that has left is its user's own
        # With "keep", the account of a deleted user stays, with its last address.
        assert len(accounts) >= len(present) if case.on_delete == "keep" else len(accounts) == len(present)
    for user in present:
        account = accounts.get(user.email)
        if not user.active and not keeps_inactive:
            # What changes while a user is no member waits in the map, so the account can have an earlier address.
            assert account is None or not account.is_member
            continue
        assert account is not None
        assert account.is_member
        assert (account.given_name, account.is_suspended) == (user.given_name, not user.active)
        held = [group for group in groups if group in user.groups]
        if case.provider in DEFAULT_ROLES:  # one role, the first in order
            assert account.roles & set(groups) == set(held[:1])
        else:
            assert account.roles & set(groups) == set(held)
    members = sum(account.is_member for account in stored)
    assert members == sum(user.active or keeps_inactive for user in present)


def judge_secrets(folder: Path, token: str, values: Sequence[str]) -> None:
    """Look for the token in all files, and for names, addresses and the provider's secret in the log."""
    secret = token.rpartition("_")[2]
    for file in folder.iterdir():
        assert secret.encode() not in file.read_bytes(), f"{file.name} has the token"
    log = (folder / "log").read_text()
    assert "POST /Users 201" in log
    for value in ("@", "acme.example", "Kim", "kim", "00u", "Bearer", *values):
        assert value not in log, f"the log has {value}"


async def judge_map(
    address: str, sandbox: Sandbox, users: Sequence[ReplayedUser], environ: dict[str, str], case: Case
) -> None:
    """Compare the id map with both."""
    stored = stored_users(sandbox, case.provider)
    accounts, ids = {account.email: account.id for account in stored}, {account.id for account in stored}
    keeps_inactive = case.on_deactivate == "suspend"
    id_map = IdMap.open(address, create=False)
    try:
        entries = [entry async for entry in id_map.entries("default", "user")]
        present = {entry.id: entry for entry in entries if state_of(entry) in {None, "ended"}}
        assert present.keys() == {user.id for user in users if user.id is not None}
        for user in users:
            if user.id is not None:
                entry = present[user.id]
                assert (entry.name, entry.external_id) == (user.user_name, user.external_id)
                if user.active or keeps_inactive:
                    assert entry.provider_id == accounts[user.email]
                elif case.provider != "flat":
                    assert entry.provider_id in ids
        async with OrgClient.from_env(environ=environ) as client:
            organization = environ["ORGSDK_ORGANIZATION"] or None
            found = [one async for one in check_map(client, id_map, "default", organization=organization)]
            assert found == []
    finally:
        await id_map.aclose()
