"""`orgsdk scim`: the server with its first mistakes, tokens, the id map and quarantines."""

from __future__ import annotations

import json
import signal
import socket
import sys
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import anyio
import httpx
import pytest

from orgsdk.bulk import verify_audit
from orgsdk.scim import Database, DeactivationGuard, DeactivationLimit, IdMap, MapEntry, QuarantinedError, TokenStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Program, Ran

T = TypeVar("T")
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_database(function: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = Database.open("scim.db")
        try:
            return await function(database)
        finally:
            await database.aclose()

    return anyio.run(run)


def rows(ran: Ran) -> list[dict[str, object]]:
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            "serve",
            "--on-delete has no default: pass --on-delete keep, which ends the membership, or --on-delete delete",
        ),
        (
            "serve --on-delete keep",
            "The id map scim.db does not exist: check the address, or run orgsdk scim map create",
        ),
        ("serve --on-delete drop", '"keep"'),
        ("serve --on-delete keep --host 0.0.0.0", "put a proxy with TLS in front, and pass --behind-tls"),
        ("serve --on-delete keep --host scim.example.org", "put a proxy with TLS in front, and pass --behind-tls"),
        ("serve --on-delete keep --map postgresql://kim:secret-1@host/db", "set ORGSDK_SCIM_MAP to the URL"),
        ("serve --on-delete keep --map mysql://host/db", "pass the path of a file, such as scim.db, or a URL"),
        ("serve --on-delete keep --base-url scim.example.org", "base_url is not the address of the gateway"),
        ("serve --on-delete keep --group-role Choir", "--group-role GROUP=ROLE"),
        ("serve --tenants tenants.toml", "--tenants: tenants.toml: No such file or directory: check the path"),
        ("serve --tenants tenants.toml --on-delete keep", "--tenants: the file has the options of each tenant"),
        ("token create --map scim.sqlite", "The id map scim.sqlite does not exist"),
        ("token list", "The id map scim.db does not exist"),
        ("map check", "The id map scim.db does not exist"),
        ("quarantine list", "The id map scim.db does not exist"),
        ("tokens list", "Did you mean orgsdk scim token?"),
        ("token make", "Did you mean orgsdk scim token create?"),
        ("token ls", "Did you mean orgsdk scim token list?"),
        ("token delete 5", "Did you mean orgsdk scim token revoke?"),
        ("token create --expire 5d", "Did you mean --expires?"),
        ("quarantine lift", "--yes"),
    ],
)
def test_first_mistakes_are_one_line_with_the_remedy(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], typed: str, message: str
) -> None:
    reach("logto")
    ran = orgsdk("scim", *typed.split())
    assert ran.code in {1, 64}
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert "secret-1" not in ran.err
    assert not ran.out


def test_a_server_without_a_valid_token_or_its_port_does_not_start(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None]
) -> None:
    reach("logto")
    assert orgsdk("scim", "map", "create").code == 0
    ran = orgsdk("scim", "serve", "--on-delete", "keep")
    assert ran.err == "orgsdk: the id map scim.db has no valid token for default: run orgsdk scim token create\n"
    assert orgsdk("scim", "token", "create").code == 0
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        ran = orgsdk("scim", "serve", "--on-delete", "keep", "--port", str(port))
    assert ran.code == 64
    assert ran.err == (
        f"orgsdk: cannot listen on 127.0.0.1:{port}: Address already in use; stop the other program, or pass --port\n"
    )
    ran = orgsdk("scim", "serve", "--on-delete", "keep", "--host", "192.0.2.1", "--behind-tls")
    assert "cannot listen on 192.0.2.1:8000" in ran.err


def test_a_missing_extra_is_named(orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "orgsdk.cli.scim_server", raising=False)
    ran = orgsdk("scim", "serve", "--on-delete", "keep")
    assert ran.code == 1
    assert ran.err.startswith("orgsdk: the SCIM gateway needs uvicorn. ")
    assert "scim" in ran.err


def test_tokens_are_made_listed_and_revoked(orgsdk: Callable[..., Ran]) -> None:
    made = orgsdk("scim", "map", "create")
    assert made.err == "orgsdk: the id map is scim.db; next: orgsdk scim token create\n"
    first = orgsdk("scim", "token", "create")
    second = orgsdk("scim", "token", "create", "acme", "--expires", "30d", "--read-only")
    for ran in (first, second):
        assert ran.code == 0
        assert ran.out.strip() not in ran.err
    record = in_database(lambda database: TokenStore(database).verify(second.out.strip()))
    assert record is not None
    assert record.expires is not None
    assert (record.tenant, record.scopes, record.expires - record.created) == ("acme", ("read",), timedelta(days=30))
    listed = orgsdk("scim", "token", "list")
    assert [(row["tenant"], row["state"]) for row in rows(listed)] == [("default", "valid"), ("acme", "valid")]
    assert first.out.strip()[-43:] not in listed.out
    assert rows(listed)[0]["last_used"] is None
    assert rows(listed)[1]["last_used"] is not None
    revoked = orgsdk("scim", "token", "revoke", record.id)
    assert revoked.err == f"orgsdk: the token {record.id} of the tenant acme is revoked\n"
    assert in_database(lambda database: TokenStore(database).verify(second.out.strip())) is None
    assert [row["state"] for row in rows(orgsdk("scim", "token", "list", "acme"))] == ["revoked"]
    assert orgsdk("scim", "token", "list", "nobody").err == "orgsdk: there is no token: run orgsdk scim token create\n"
    unknown = orgsdk("scim", "token", "revoke", "abc")
    assert unknown.code == 64
    assert unknown.err == "orgsdk: there is no token with this id: orgsdk scim token list shows the ids\n"


async def count_none() -> int:
    return 0


def test_a_quarantine_is_listed_and_lifted(orgsdk: Callable[..., Ran]) -> None:
    async def fill(database: Database) -> None:
        guard = DeactivationGuard(database, DeactivationLimit(users=1, always=1))
        with pytest.raises(QuarantinedError):
            await guard.check("acme", "t1", ["u1", "u2"], count_members=count_none)

    in_database(fill)
    listed = orgsdk("scim", "quarantine", "list")
    assert [(row["tenant"], row["token"], row["refused"], row["allowed"]) for row in rows(listed)] == [
        ("acme", "t1", 2, 1)
    ]
    assert orgsdk("scim", "quarantine", "lift", "other", "--yes").code == 1
    lifted = orgsdk("scim", "quarantine", "lift", "acme", "--only", "t1", "--allow", "2", "--yes")
    assert lifted.err == "orgsdk: the quarantine of the token t1 of the tenant acme is lifted\n"
    assert orgsdk("scim", "quarantine", "list").err == "orgsdk: no token is in quarantine\n"
    in_database(
        lambda database: DeactivationGuard(database, DeactivationLimit(users=1, always=1)).check(
            "acme", "t1", ["u1", "u2"], count_members=count_none
        )
    )


@pytest.mark.parametrize("provider", ["flat", "logto"])
def test_a_map_is_checked_and_repaired(orgsdk: Callable[..., Ran], reach: Callable[[str], None], provider: str) -> None:
    reach(provider)
    users = rows(orgsdk("users", "list", "--limit", "2", "--fields", "id,username,email"))
    kept, gone = users

    async def fill(database: Database) -> None:
        id_map = IdMap(database)
        await id_map.put(MapEntry("default", "user", str(kept["id"]), str(kept["id"]), name="kept", external_id="e1"))
        await id_map.put(MapEntry("default", "user", str(gone["id"]), str(gone["id"]), name="gone"))
        await id_map.put(MapEntry("default", "group", "g1", "000000000000000000000000", name="Choir"))

    in_database(fill)
    assert orgsdk("scim", "map", "check").err == (
        "orgsdk: 1 difference; 998 users at the provider without an entry; orgsdk scim map repair ends them\n"
    )
    assert orgsdk("users", "remove", str(gone["id"]), "--account", "delete", "--yes").code == 0
    checked = orgsdk("scim", "map", "check", "--format", "ndjson")
    assert checked.code == 1
    assert [(row["kind"], row["id"], row["problem"]) for row in rows(checked)] == [
        ("user", gone["id"], "gone"),
        ("group", "g1", "gone"),
    ]
    repaired = orgsdk("scim", "map", "repair", "--yes")
    assert repaired.err == "orgsdk: 1,000 differences repaired, 0 left\n"
    assert orgsdk("scim", "map", "check").err == "orgsdk: 0 differences; 0 users at the provider without an entry\n"

    async def read(database: Database) -> list[MapEntry]:
        return [entry async for entry in IdMap(database).entries("default", "user")]

    entries = {entry.id: entry for entry in in_database(read)}
    assert len(entries) == 999
    assert (entries[str(kept["id"])].name, entries[str(kept["id"])].external_id) == ("kept", "e1")
    assert all(entry.name for entry in entries.values())


def test_a_map_without_an_organization_of_the_provider_is_an_error(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reach("logto")
    monkeypatch.delenv("ORGSDK_ORGANIZATION")
    assert orgsdk("scim", "map", "create").code == 0
    for command in (["check"], ["repair", "--yes"]):
        ran = orgsdk("scim", "map", *command)
        assert ran.code == 64
        assert "pass --organization ID or set ORGSDK_ORGANIZATION" in ran.err


TENANTS = """
[tenants.school]
provider = "flat"
on_delete = "keep"
on_deactivate = "end_membership"
group_roles = {{ Teachers = "teacher" }}
settings = {{ FLAT_ACCESS_TOKEN = "env:SCHOOL_TOKEN", FLAT_BASE_URL = "{flat}" }}

[tenants.acme]
provider = "logto"
organization = "{organization}"
on_delete = "delete"
max_deactivations = 7
[tenants.acme.settings]
LOGTO_ENDPOINT = "{logto}"
LOGTO_APP_ID = "{app_id}"
LOGTO_APP_SECRET = "file:{secret_file}"
"""


@pytest.fixture
def tenants_file(sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file with a tenant at Flat's and one at Logto's sandbox."""
    monkeypatch.setenv("SCHOOL_TOKEN", sandbox.flat.token)
    secret = folder / "secret"
    secret.write_text(f"{sandbox.logto.app_secret}\n")
    file = folder / "tenants.toml"
    file.write_text(
        TENANTS.format(
            flat=sandbox.flat_url,
            logto=sandbox.logto_url,
            organization=sandbox.logto.organization_id,
            app_id=sandbox.logto.app_id,
            secret_file=secret,
        )
    )
    return file


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('on_delete = "keep"\n', "", 'tenant \'school\': add on_delete = "keep" or on_delete = "delete"'),
        ("on_delete", "on_delte", "unknown key 'on_delte'. Did you mean 'on_delete'?"),
        ('"env:SCHOOL_TOKEN"', '"secret-1"', 'write a reference, as in FLAT_ACCESS_TOKEN = "env:FLAT_ACCESS_TOKEN"'),
        ("env:SCHOOL_TOKEN", "env:SCHOOL_TOKN", "env:SCHOOL_TOKN is not set"),
        ('provider = "flat"', "", 'add provider = "NAME" with its settings, or profile = "NAME"'),
        ('provider = "flat"', "provider = 5", "provider is not a text"),
        ('"teacher"', "5", "group_roles is not a table of texts"),
        ("max_deactivations = 7", "max_deactivations = -7", "tenant 'acme': users is -7"),
        ("max_deactivations = 7", "role_order = 7", "role_order is not a list of texts"),
        ("[tenants.school]", "[tenant.school]", "has no tenants: start each with [tenants.NAME]"),
        ("[tenants.school]", "[tenants.school", "is not TOML"),
        ('"end_membership"', '"suspend"', "This provider cannot suspend users"),
    ],
)
def test_mistakes_in_the_file_of_tenants_name_tenant_and_key(
    orgsdk: Callable[..., Ran], tenants_file: Path, old: str, new: str, message: str
) -> None:
    text = tenants_file.read_text()
    assert old in text
    tenants_file.write_text(text.replace(old, new, 1))
    assert orgsdk("scim", "map", "create").code == 0
    assert orgsdk("scim", "token", "create", "school").code == 0
    ran = orgsdk("scim", "serve", "--tenants", "tenants.toml")
    assert ran.code == 64
    assert message in ran.err
    assert "secret-1" not in ran.err


def ready(running: Program) -> str:
    """Wait for the line with the address, and return the address without a path."""
    assert running.process.stderr is not None
    for line in iter(running.process.stderr.readline, ""):
        if "; Ctrl-C stops it" in line:
            return line.split(" at ")[1].split("/scim")[0]
    pytest.fail("the server did not start")


def test_one_organization_is_served_until_a_signal(
    program: Callable[..., Program], orgsdk: Callable[..., Ran], reach: Callable[[str], None], folder: Path
) -> None:
    reach("logto")
    orgsdk("scim", "map", "create")
    token = orgsdk("scim", "token", "create").out.strip()
    running = program("scim", "serve", "--on-delete", "keep", "--port", "0", "--audit", "audit.jsonl")
    address = ready(running)
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}) as http:
        assert http.get("/health", headers={"Authorization": ""}).json() == {"status": "ok"}
        assert http.get("/scim/v2/Users", headers={"Authorization": "Bearer wrong"}).status_code == 401
        # As administrators type the address, and with what identity providers add to it.
        for base in ("/scim", "/scim/", "/scim/v2/", "/scim/V2", "/scim/v2//"):
            config = http.get(f"{base}/serviceProviderConfig")
            assert config.status_code == 200, base
            assert config.json()["meta"]["location"].startswith(f"{address}/scim/"), base
        kim = {"schemas": [USER], "userName": "Kim@acme.example", "emails": [{"value": "kim@acme.example"}]}
        created = http.post("/scim/v2/Users", json=kim)
        assert created.status_code == 201
        found = http.get("/scim/v2/Users", params={"filter": 'userName eq "kim@acme.example"'}).json()
        assert [one["userName"] for one in found["Resources"]] == ["Kim@acme.example"]
    second = orgsdk("scim", "serve", "--on-delete", "keep", "--port", "0")
    assert second.err == "orgsdk: Another gateway uses the id map scim.db: stop it. Several processes need PostgreSQL\n"
    ran = running.end(signal.SIGTERM)
    assert ran.code == 0
    assert [line.split(" INFO ")[1].split(" ms")[0].rpartition(" ")[0] for line in ran.err.splitlines()] == [
        "GET /Users 401",
        *["GET /ServiceProviderConfig 200"] * 5,
        "POST /Users 201",
        "GET /Users 200",
    ]
    for secret in (token, "acme.example", "Kim", "kim"):
        assert secret not in ran.err
    assert verify_audit(folder / "audit.jsonl").lines >= 1


def test_a_misspelt_role_is_named_when_the_server_starts(
    program: Callable[..., Program], orgsdk: Callable[..., Ran], reach: Callable[[str], None]
) -> None:
    reach("flat")
    orgsdk("scim", "map", "create")
    orgsdk("scim", "token", "create")
    options = ("--on-delete", "keep", "--on-deactivate", "refuse", "--port", "0")
    running = program("scim", "serve", *options, "--group-role", "Teachers=techer", "--role-order", "teacher")
    assert running.process.stderr is not None
    assert running.process.stderr.readline() == (
        "orgsdk: the tenant default: there is no role 'techer' at the provider. Did you mean 'teacher'? Roles there: "
        "user, teacher, admin, accountAdmin\n"
    )
    assert httpx.get(f"{ready(running)}/health").json() == {"status": "ok"}
    assert running.end(signal.SIGTERM).code == 0


def test_several_tenants_are_served_each_by_its_own_token(
    program: Callable[..., Program], orgsdk: Callable[..., Ran], tenants_file: Path
) -> None:
    orgsdk("scim", "map", "create")
    school = orgsdk("scim", "token", "create", "school").out.strip()
    running = program(
        *("scim", "serve", "--tenants", str(tenants_file), "--port", "0", "--base-url", "https://scim.example/scim")
    )
    assert running.process.stderr is not None
    assert running.process.stderr.readline() == (
        "orgsdk: the tenant acme has no valid token: run orgsdk scim token create acme\n"
    )
    address = ready(running)
    acme = orgsdk("scim", "token", "create", "acme").out.strip()
    with httpx.Client(base_url=address) as http:
        for tenant, token, status in (
            ("school", school, 200),
            ("acme", acme, 200),
            ("school", acme, 401),
            ("acme", school, 401),
            ("other", school, 401),
        ):
            response = http.get(f"/scim/{tenant}/v2/Users?count=1", headers={"Authorization": f"Bearer {token}"})
            assert response.status_code == status
            if status == 200:
                location = response.json()["Resources"][0]["meta"]["location"]
                assert location.startswith(f"https://scim.example/scim/{tenant}/v2/Users/")
    assert running.end(signal.SIGINT).code == 0
    assert orgsdk("scim", "map", "check", "acme", "--tenants", str(tenants_file)).code == 0
    unknown = orgsdk("scim", "map", "check", "other", "--tenants", str(tenants_file))
    assert unknown.err.endswith("has no tenant 'other': it has school, acme\n")
