"""Promises of the documentation, tested through public names alone.

The other tests of these promises use names of their modules. These run against any version of orgsdk, such as an older
one: `PYTHONPATH=OLD python -m pytest --noconftest -p no:cacheprovider tests/reliability/test_public_promises.py`.
"""

from __future__ import annotations

import asyncio
import csv
import os
import ssl
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import orgsdk
from orgsdk import OrgClient, OrgError, PaginationError, bulk
from orgsdk.bulk import UserSpec
from orgsdk.providers import Flat, Logto
from orgsdk.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JSON = {"content-type": "application/json"}
TOKEN = httpx.Response(200, json={"access_token": "t", "token_type": "Bearer", "expires_in": 3600})


def logto(handler: Callable[[httpx.Request], httpx.Response]) -> OrgClient[Logto]:
    def respond(request: httpx.Request) -> httpx.Response:
        return TOKEN if request.url.path == "/oidc/token" else handler(request)

    http_client = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    return OrgClient(Logto("https://t.logto.app", app_id="a", app_secret="s", http_client=http_client))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    started = Sandbox()
    started.start()
    yield started
    started.stop()


def run_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with a sandbox of its environment."""
    program = "import sys; from orgsdk.cli import main; sys.exit(main())"
    # The package that is tested, wherever it is.
    path = str(Path(orgsdk.__file__).parents[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORGSDK", "FLAT", "LOGTO"))}
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        env={**kept, "PYTHONPATH": path, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("leaving", [0, 50, 99])
def test_a_complete_list_has_everyone_who_stays(leaving: int) -> None:
    """Between two pages one listed member leaves, and another one joins behind: the total is the same."""
    members = [f"user{number:03}" for number in range(250)]
    stay = set(members) - {members[leaving]}
    requests = 0

    def respond(request: httpx.Request) -> httpx.Response:
        nonlocal requests
        requests += 1
        if requests == 2:
            members.append(members.pop(leaving).replace("user", "late"))
        page, size = int(request.url.params["page"]), int(request.url.params["page_size"])
        rows = [{"id": member, "username": member} for member in members[(page - 1) * size : page * size]]
        return httpx.Response(200, json=rows, headers={"total-number": str(len(members))})

    async def read() -> list[str]:
        return [user.id for user in await logto(respond).organization("o").users.list(complete=True).collect()]

    with suppress(PaginationError):
        listed = asyncio.run(read())
        assert stay - {*listed} == set()
        assert len(listed) == len({*listed})
    assert requests > 1


@pytest.mark.parametrize("error", [ssl.SSLError("bad record mac"), OSError(99, "no address"), ValueError("broken")])
def test_whatever_an_http_library_raises_is_an_orgsdk_error(error: Exception) -> None:
    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise error

    flat = Flat("t", http_client=httpx.AsyncClient(transport=Broken()))
    with pytest.raises(OrgError):
        asyncio.run(OrgClient(flat, max_attempts=1).organization("a" * 24).users.list().collect())


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX feature")
@pytest.mark.parametrize("argument", ["audit", "passwords"])
def test_a_link_is_refused_before_its_target_is_changed(argument: str, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("mine")
    target.chmod(0o644)
    link.symlink_to(target)

    async def apply() -> None:
        organization = OrgClient.memory().organization()
        plan = await bulk.plan(organization, [UserSpec(username="ada", email="ada@example.com")])
        await bulk.apply(plan, organization, **{argument: link})  # type: ignore[arg-type]  # one of two files

    with pytest.raises(OrgError):
        asyncio.run(apply())
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("mine", 0o644)


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX feature")
def test_an_existing_journal_becomes_private_or_is_refused(tmp_path: Path) -> None:
    journal = tmp_path / "run.journal"
    journal.touch(mode=0o644)
    journal.chmod(0o644)

    async def apply() -> None:
        organization = OrgClient.memory().organization()
        plan = await bulk.plan(organization, [UserSpec(username="ada", email="ada@example.com")])
        await bulk.apply(plan, organization, journal=journal)

    with suppress(OrgError):
        asyncio.run(apply())
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600 or journal.stat().st_size == 0


def test_an_export_has_no_formulas_and_reads_back_exactly(sandbox: Sandbox, tmp_path: Path) -> None:
    async def create() -> None:
        async with OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url)) as client:
            await client.organization().users.create(username="formula", given_name="=1+1", family_name="Ada")

    asyncio.run(create())
    file = tmp_path / "x.csv"
    settings = {"FLAT_ACCESS_TOKEN": sandbox.flat.token, "FLAT_BASE_URL": sandbox.flat_url}
    ran = run_command("export", "-o", str(file), **settings)
    assert ran.returncode == 0, ran.stderr
    cells = [cell for row in csv.reader(file.read_text("utf-8").splitlines()) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert "formula" in {spec.username for spec in bulk.read_csv(file).users}
    assert "=1+1" in {spec.given_name for spec in bulk.read_csv(file).users}


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_proxy_of_the_environment_is_used(variable: str, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            monkeypatch.setenv(variable, f"{scheme}127.0.0.1:{server.sockets[0].getsockname()[1]}")
            client = OrgClient(Flat("t", base_url="https://provider.invalid"), max_attempts=1)
            with pytest.raises(OrgError):
                await client.organization("a" * 24).users.list().collect()
            await client.aclose()

    asyncio.run(main())
    assert [head.split(b"\r\n")[0] for head in heads] == [b"CONNECT provider.invalid:443 HTTP/1.1"]


def test_the_sandbox_answers_as_the_released_logto(sandbox: Sandbox) -> None:
    provider = Logto(sandbox.logto_url, app_id=sandbox.logto.app_id, app_secret=sandbox.logto.app_secret)

    async def create() -> object:
        async with OrgClient(provider) as client:
            return (await client.accounts.create(username="newcomer")).raw

    raw = asyncio.run(create())
    assert isinstance(raw, dict)
    assert raw["username"] == "newcomer"
    assert "cimdClientId" not in raw


def test_doctor_names_the_variable_of_a_wrong_resource(sandbox: Sandbox) -> None:
    settings = {
        "LOGTO_ENDPOINT": sandbox.logto_url,
        "LOGTO_APP_ID": sandbox.logto.app_id,
        "LOGTO_APP_SECRET": sandbox.logto.app_secret,
        "LOGTO_RESOURCE": "https://other.test/api",
        "ORGSDK_ORGANIZATION": sandbox.logto.organization_id,
    }
    ran = run_command("doctor", **settings)
    assert ran.returncode != 0
    assert "LOGTO_RESOURCE" in ran.stdout + ran.stderr
