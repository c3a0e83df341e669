"""The gateway's database: what is refused when it opens, several processes, and lost connections."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import ConfigurationError, InvalidArgumentError, OrgError
from orgsdk.bulk import FileError, LockedError
from orgsdk.scim import Database, DatabaseError, IdMap, MapEntry, TokenStore
from tests.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

ENTRY = MapEntry("acme", "user", "u1", "p1")
# Takes a lock and holds it until its end.
HOLDER = """
import sys, anyio
from orgsdk.scim import IdMap
async def main():
    async with IdMap.open(sys.argv[1]).lock("acme", "user/u1"):
        print("held", flush=True)
        await anyio.sleep(60)
anyio.run(main)
"""
# Adds its own group to one user, many times.
WRITER = """
import sys, anyio
from dataclasses import replace
from orgsdk.scim import IdMap
async def main():
    id_map = IdMap.open(sys.argv[1])
    for number in range(30):
        async with id_map.lock("acme", "user/u1"):
            entry = await id_map.get("acme", "user", "u1")
            await id_map.put(replace(entry, groups=(*entry.groups, f"{sys.argv[2]}{number}")))
    await id_map.aclose()
anyio.run(main)
"""


@pytest.fixture
def holder(address: str) -> Iterator[subprocess.Popen[str]]:
    """Return a process that holds the lock of a user."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, address], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


async def close(address: str) -> None:
    await Database.open(address).aclose()


async def test_a_missing_database_is_created_only_if_it_may_be(address: str) -> None:
    for store in (IdMap, TokenStore):
        with pytest.raises(DatabaseError, match="does not exist: check the address, or run orgsdk scim map create"):
            store.open(address, create=False)
    await close(address)
    await Database.open(address, create=False).aclose()


async def test_a_closed_database_and_another_version_are_errors(address: str) -> None:
    database = Database.open(address)
    await database.write(lambda session: session.execute("UPDATE scim_settings SET value = '2'"))
    await database.aclose()
    with pytest.raises(DatabaseError, match="is closed: open it again"):
        await IdMap(database).put(ENTRY)
    with pytest.raises(DatabaseError, match="is of another version of orgsdk"):
        Database.open(address)


async def test_stores_share_a_database(database: Database) -> None:
    assert Database.open(database) is database
    id_map = IdMap.open(database)
    assert await id_map.put(ENTRY) == await IdMap(database).get("acme", "user", "u1")


@pytest.mark.parametrize("address", ["mysql://host/name", "sqlite:///scim.db", "postgresql://%zz:secret@[/name"])
def test_another_address_is_refused_without_being_repeated(address: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Database.open(address)
    assert "secret" not in str(caught.value)
    assert "postgresql://" in str(caught.value)


def test_an_empty_address_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="address is an empty path"):
        Database.open("")


def test_a_file_that_is_no_map_stays_unchanged(tmp_path: Path) -> None:
    text = tmp_path / "roster.csv"
    text.write_text("email\n" * 100)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(DatabaseError, match="is not an id map of orgsdk"):
            Database.open(path)
        assert path.read_bytes() == before
    with pytest.raises(FileError, match="check the path"):
        Database.open(tmp_path / "missing" / "scim.db")
    with pytest.raises(FileError, match="not a regular file"):
        Database.open(tmp_path)


async def test_the_files_are_private(tmp_path: Path) -> None:
    path = tmp_path / "scim.db"
    path.touch(mode=0o644)
    id_map = IdMap.open(path)
    await id_map.put(ENTRY)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in os.scandir(tmp_path)}
    assert set(modes) == {"scim.db", "scim.db-wal", "scim.db-shm"}
    assert set(modes.values()) == {0o600}
    await id_map.aclose()
    path.chmod(0o644)
    await close(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (tmp_path / "link.db").symlink_to(path)
    with pytest.raises(FileError, match="symbolic link"):
        Database.open(tmp_path / "link.db")


async def test_a_damaged_file_and_one_that_another_program_writes_are_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orgsdk.scim.sqlite_database._TIMEOUT", 0.01)
    path = tmp_path / "scim.db"
    id_map = IdMap.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match="Another program has locked the id map"):
        await id_map.put(ENTRY)
    other.execute("ROLLBACK")
    other.close()
    await id_map.put(ENTRY)
    await id_map.aclose()
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match="damaged"):
        await IdMap.open(path).put(ENTRY)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # it starts programs, and threads do the work
async def test_a_second_gateway_process_waits_or_is_refused(address: str, holder: subprocess.Popen[str]) -> None:
    """SQLite is for one gateway; at PostgreSQL a second one waits. Both go on when the first one is killed."""
    id_map = IdMap.open(address)
    assert await id_map.put(ENTRY) == await id_map.get("acme", "user", "u1")  # commands work beside a gateway
    is_postgres = address.startswith("postgresql://")
    if is_postgres:
        with anyio.move_on_after(0.05):
            async with id_map.lock("acme", "user/u1"):
                pytest.fail("two holders")
        async with id_map.lock("acme", "user/u2"):
            pass
    else:
        with pytest.raises(LockedError, match=r"Another gateway uses the id map .* need PostgreSQL"):
            await id_map.claim()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    await id_map.claim()
    with anyio.fail_after(10):
        async with id_map.lock("acme", "user/u1"):
            pass
    await id_map.aclose()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # it starts programs, and threads do the work
async def test_processes_at_postgresql_write_one_after_the_other(postgres: str) -> None:
    id_map = IdMap.open(postgres)
    await id_map.put(ENTRY)
    async with anyio.create_task_group() as tasks:
        for name in "ab":
            tasks.start_soon(anyio.run_process, [sys.executable, "-c", WRITER, postgres, name])
    entry = await id_map.get("acme", "user", "u1")
    assert entry is not None
    assert sorted(entry.groups) == sorted(f"{name}{number}" for name in "ab" for number in range(30))
    await id_map.aclose()


async def test_a_constraint_decides_between_two_processes(postgres: str) -> None:
    maps = [IdMap.open(postgres) for _ in range(2)]
    results: list[OrgError | None] = []

    async def put(number: int) -> None:
        try:
            await maps[number % 2].put(MapEntry("acme", "user", f"u{number}", f"p{number}", name="Kim"))
        except OrgError as error:
            results.append(error)
        else:
            results.append(None)

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(put, number)
    assert results.count(None) == 1
    for id_map in maps:
        await id_map.aclose()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # it starts programs, and threads do the work
async def test_connections_that_the_server_closed_are_replaced() -> None:
    pytest.importorskip("psycopg")
    with running_postgres() as server:
        id_map = IdMap.open(server.url())
        await id_map.put(ENTRY)
        async with id_map.lock("acme", "user/u1"):
            server.restart()
            assert await id_map.get("acme", "user", "u1") is not None
        async with id_map.lock("acme", "user/u1"):
            pass
        server.stop()
        with pytest.raises(DatabaseError, match="cannot be reached"):
            await id_map.get("acme", "user", "u1")
        with pytest.raises(DatabaseError, match="cannot be reached"):
            async with id_map.lock("acme", "user/u1"):
                pytest.fail("no server has this lock")
        server.start()
        async with id_map.lock("acme", "user/u1"):
            assert await id_map.get("acme", "user", "u1") is not None
        await id_map.aclose()


def test_no_error_shows_the_password() -> None:
    pytest.importorskip("psycopg")
    url = "postgresql://kim:pass-word-1@127.0.0.1:1/scim"
    with pytest.raises(DatabaseError, match=r"postgresql://127\.0\.0\.1:1/scim cannot be reached") as caught:
        Database.open(url)
    assert "pass-word-1" not in str(caught.value)
