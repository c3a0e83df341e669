"""WorkOS' own client, `workos` 10, reads what orgsdk wrote, and the reverse: `python -m pytest -m peer`.

The server is the sandbox, or WorkOS' emulator. `ORGSDK_WORKOS_CLIENT_ENV` names a folder that keeps the client's
environment from one run to the next.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient
from orgsdk.providers import WorkOS

if TYPE_CHECKING:
    from orgsdk.domain import User
    from orgsdk.sandbox import Sandbox

pytestmark = [
    pytest.mark.peer,
    pytest.mark.anyio,
    pytest.mark.undocumented("the emulator has requests that the document does not have"),
]

PACKAGE = "workos==10.8.0"
SCRIPT = Path(__file__).with_name("client_calls.py")
# The emulator leaves out members that the document requires. The client refuses such an object, and orgsdk reads it.
_MEMBERSHIP = "WorkOSError: Unexpected API response while parsing OrganizationMembership: 'directory_managed'"
UNREADABLE = {
    "role": "WorkOSError: Unexpected API response while parsing Role: 'resource_type_slug'",
    "membership": _MEMBERSHIP,
    "memberships": _MEMBERSHIP,
    "inactive": _MEMBERSHIP,
    "invitation": "WorkOSError: Unexpected API response while parsing Invitation: 'accepted_at'",
}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment that has the client."""
    kept = os.environ.get("ORGSDK_WORKOS_CLIENT_ENV")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("peer") / "env"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no environment with {PACKAGE}: {made.stderr.strip().splitlines()[-1:]}")
    return python


@dataclass(frozen=True)
class Server:
    """A server, and both clients of it."""

    name: str
    url: str
    api_key: str
    python: Path

    @property
    def unreadable(self) -> dict[str, str]:
        """Return the client's error for each call whose response it refuses."""
        return UNREADABLE if self.name == "emulator" else {}

    def client(self) -> OrgClient[WorkOS]:
        return OrgClient(WorkOS(self.api_key, base_url=self.url))

    def run(self, work: str, subject: dict[str, str]) -> dict[str, Any]:
        # The client reads a proxy from the environment; requests to the loopback must not use it.
        environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        command = [str(self.python), "-I", str(SCRIPT), work, self.url, self.api_key]
        given = json.dumps(subject)
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture(params=["sandbox", "emulator"])
def server(request: pytest.FixtureRequest, python: Path) -> Server:
    if request.param == "emulator":
        emulator = request.getfixturevalue("workos_emulator")
        return Server("emulator", emulator.url, emulator.api_key, python)
    sandbox: Sandbox = request.getfixturevalue("sandbox")
    return Server("sandbox", sandbox.workos_url, sandbox.workos.api_key, python)


async def test_the_official_client_reads_what_orgsdk_wrote(server: Server) -> None:
    async with server.client() as client:
        if server.name == "emulator":
            for slug in ("member", "teacher"):
                await client.roles.create(slug)
        role = await client.roles.create("head", description="leads")
        made = await client.organizations.create("Söhne & Töchter")
        org = client.organization(made.id)
        users = [
            await org.users.create(email=f"u{number}@example.com", given_name=f"Zoé {number}", roles=["teacher"])
            for number in range(3)
        ]
        ada = await org.users.update(users[0].id, external_id="x/1", family_name="O'Brien")
        await org.users.set_roles(users[1].id, ["head"])
        await org.users.suspend(users[2].id)
        invitation = await org.invitations.create("guest@example.com", roles=["head"])
        await client.organizations.update(made.id, name="Sons & Daughters")
        outsider = await client.accounts.create(email="gone@example.com")
        await client.accounts.remove(outsider.id, account="delete")
        subject = {
            "organization": made.id,
            "user": ada.id,
            "email": "u1@example.com",
            "invitation": invitation.id,
            "role": role.name,
            "gone": outsider.id,
        }
        read = server.run("read", subject)

    assert (read["organization"]["id"], read["organization"]["name"]) == (made.id, "Sons & Daughters")
    fields = ("id", "email", "first_name", "last_name", "external_id")
    expected = [ada.id, "u0@example.com", "Zoé 0", "O'Brien", "x/1"]
    assert [read["user"].get(name) for name in fields] == expected
    assert [each["id"] for each in read["user by address"]] == [users[1].id]
    assert read["gone"].startswith("NotFoundError")
    if server.name == "emulator":
        refused = read.keys() & server.unreadable.keys()
        assert {name: read[name] for name in refused} == {name: server.unreadable[name] for name in refused}
        return
    memberships = {each["user_id"]: (each["status"], each["role"]["slug"]) for each in read["memberships"]}
    assert memberships == {users[0].id: ("active", "teacher"), users[1].id: ("active", "head")}
    assert [each["user_id"] for each in read["inactive"]] == [users[2].id]
    assert (read["invitation"]["email"], read["invitation"]["role_slug"]) == ("guest@example.com", "head")
    assert (read["role"]["slug"], read["role"]["description"]) == ("head", "leads")


async def test_orgsdk_reads_what_the_official_client_wrote(server: Server) -> None:
    written = server.run("write", {"name": "Söhne", "email": "ada@example.com", "guest": "guest@example.com"})
    refused = {name: problem for name, problem in written.items() if isinstance(problem, str)}
    assert refused == {name: problem for name, problem in server.unreadable.items() if name in written}
    async with server.client() as client:
        organization = await client.organizations.get(written["organization"]["id"])
        org = client.organization(organization.id)
        members: list[User] = await org.users.list().collect()
        account = await client.accounts.find(email="ada@example.com")
        invitations = await org.invitations.list(status="pending").collect()
        role = await client.roles.get("head")
    assert organization.name == "Söhne"
    (member,) = members
    assert (member.id, member.given_name, member.family_name) == (written["user"]["id"], "Ada", "Lovelace")
    assert (member.external_id, member.roles, member.is_suspended) == ("x-1", ("head",), False)
    assert account is not None
    assert (account.id, account.roles) == (member.id, ())
    assert [(each.email, each.roles) for each in invitations] == [("guest@example.com", ("head",))]
    assert (role.name, role.description) == ("head", "leads")
    if server.name == "sandbox":
        made = [written[name]["id"] for name in ("membership", "invitation", "role")]
        assert [member.raw["id"], invitations[0].id, role.id] == made
