"""Fixtures of all tests: one sandbox for the whole run, clients of it, and the validation of every request.

Every request that a client sends in a test is validated against the provider's official OpenAPI document, if the
documents are in `../shared/specs` (or in the folder that `ORGSDK_SHARED` names).
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

from orgsdk import OrgClient
from orgsdk.transport import retry
from orgsdk.transport.backends.httpcore import HttpcoreBackend
from orgsdk.transport.backends.httpx_client import HttpxClientBackend
from tests.forked_programs import forked_programs
from tests.openapi import FLAT, LOGTO, WORKOS, OpenAPIDocuments, specs_folder
from tests.postgres import postgres, postgres_server
from tests.reliability.counters import COUNTS
from tests.virtual_time import backend
from tests.workos_emulator import workos_emulator, workos_program

# Fixtures of those modules, for the tests of several packages.
__all__ = ["postgres", "postgres_server", "workos_emulator", "workos_program"]

# Fixtures import the providers and the sandbox, so that tests of lower layers run without them.
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping

    from orgsdk.providers import Flat, Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.transport.backends.base import OutgoingRequest
    from orgsdk.transport.request import Response


def pytest_configure() -> None:
    # Without compiled files, each worker and each program of a test would compile the package again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # Nothing is freed during the collection of the tests, and each pass of the collector would visit all of them.
    gc.disable()
    _keep_temporary_files_in_memory()
    # A busy machine is no failure of a property. The rest is as Hypothesis has it here, or in CI.
    settings.register_profile("busy", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("busy")
    # A background job of a shell ignores Ctrl-C, and the processes that tests interrupt would inherit this.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _keep_temporary_files_in_memory() -> None:
    """Use the memory file system of Linux for temporary files: journals and databases wait for a disk at each write."""
    memory = Path("/dev/shm")
    # A container can have as little as 64 MB of it.
    if "TMPDIR" not in os.environ and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30:
        os.environ["TMPDIR"] = tempfile.tempdir = str(memory)


# Folders of tests that start programs, type checkers and the site, or count faults by the thousand.
SLOW_FOLDERS = ("benchmarks", "docs", "examples", "reliability", "scripts", "typing")
_DEPTH = len(Path(__file__).parent.parts)
# Every request to them must be documented.
PROVIDER_HOSTS = {"api.flat.io", "api.workos.com"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Start the longest tests first, so that no worker is left alone with them.
    items.sort(key=lambda item: folder(item) not in SLOW_FOLDERS)
    for item in items:
        if is_quick(item):
            item.add_marker("quick")


def pytest_collection_finish() -> None:
    # It refuses what the collector does not see, such as trio's random numbers after `freeze`.
    import_module("hypothesis")
    # The garbage collector need not visit the collected tests again and again.
    gc.collect()
    gc.freeze()
    gc.enable()


def folder(item: pytest.Item) -> str:
    return item.path.parts[_DEPTH]


def is_on_trio(item: pytest.Item) -> bool:
    return "trio" in re.split(r"[\[\]-]", item.name)


def is_quick(item: pytest.Item) -> bool:
    """Return whether a test is in the short run: on asyncio, in this process, with no generated requests."""
    if folder(item) in SLOW_FOLDERS:
        return False
    if any(item.get_closest_marker(name) for name in ("peer", "proof")):
        return False
    if is_on_trio(item):
        return False
    if "program" in getattr(item, "fixturenames", ()):
        return False
    module = getattr(item, "module", None)
    return not any(hasattr(module, name) for name in ("subprocess", "schemathesis"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure coverage on asyncio only, and not in the proofs: trio and faults run the same code again.

    On Python 3.11 measuring is a trace function, which doubles the time of a test.
    """
    measuring = sys.gettrace()
    if measuring is None or not (is_on_trio(item) or folder(item) == "reliability"):
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(measuring)


@contextmanager
def unmeasured_threads() -> Iterator[None]:
    """Start threads in this block without coverage."""
    measuring = threading.gettrace()
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(measuring)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["asyncio", "trio"])
def virtual_time(request: pytest.FixtureRequest) -> tuple[str, Mapping[str, Any]]:
    """Return the event loop on virtual time. A module without sockets returns it from its own `anyio_backend`."""
    return backend(str(request.param))


# The sandbox and its clients


@dataclass(frozen=True)
class Connected:
    """A client of one provider, and the organization of the roster's users."""

    name: str
    client: OrgClient
    org: OrganizationHandle
    organization_id: str
    largest_page: int


@dataclass
class Connect:
    """Create clients of the sandbox. They are closed at the end of the test."""

    sandbox: Sandbox
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __call__(self, provider: str, **settings: Any) -> OrgClient:
        return await self.stack.enter_async_context(OrgClient(self.provider(provider, **settings)))

    def provider(self, provider: str, **settings: Any) -> Flat | Logto:
        from orgsdk.providers import Flat, Logto

        if provider == "flat":
            return Flat(**{"token": self.sandbox.flat.token, "base_url": self.sandbox.flat_url, **settings})
        logto = self.sandbox.logto
        own = {"endpoint": self.sandbox.logto_url, "app_id": logto.app_id, "app_secret": logto.app_secret}
        return Logto(**{**own, **settings})

    def organization_id(self, provider: str) -> str:
        return str(getattr(self.sandbox, provider).organization_id)


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    from orgsdk.sandbox import Sandbox

    sandbox = Sandbox()
    # The tests in `tests/sandbox` call the servers' code in their own thread, and measure it.
    with unmeasured_threads():
        sandbox.start()
    PROVIDER_HOSTS.update(urlsplit(url).netloc for url in (sandbox.flat_url, sandbox.logto_url))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    """Return the sandbox of the run, with fresh data and an empty log. Clients do not pause before a retry."""
    running_sandbox.reset()
    pause, retry._FIRST_DELAY = retry._FIRST_DELAY, 0
    logto = running_sandbox.logto
    # `reset` keeps settings of the Logto server that a test has changed.
    before = {name: getattr(logto, name) for name in ("clock", "token_ttl", "rate_limit")}
    yield running_sandbox
    retry._FIRST_DELAY = pause
    logto.applications.clear()
    for name, value in before.items():
        setattr(logto, name, value)


@pytest.fixture
async def connect(sandbox: Sandbox) -> AsyncIterator[Connect]:
    """Return a function that creates a client of "flat" or "logto", with optional settings."""
    connect = Connect(sandbox)
    async with connect.stack:
        yield connect


@pytest.fixture
async def flat(connect: Connect) -> OrgClient:
    return await connect("flat")


@pytest.fixture
async def logto(connect: Connect) -> OrgClient:
    return await connect("logto")


@pytest.fixture(params=["flat", "logto"])
async def either(request: pytest.FixtureRequest, connect: Connect) -> Connected:
    """Return a client of each provider in turn, for behaviour that both share."""
    name = str(request.param)
    client, organization_id = await connect(name), connect.organization_id(name)
    largest_page = {"flat": 1000, "logto": 100}[name]
    return Connected(name, client, client.organization(organization_id), organization_id, largest_page)


# Programs


@pytest.fixture(scope="session")
def programs() -> Iterator[str]:
    """Return the `PATH` of a script: this environment, with an `orgsdk` and a `python` that start at once."""
    # The path of a socket is short.
    with TemporaryDirectory() as folder, forked_programs(Path(folder)) as forked:
        yield os.pathsep.join([str(forked), str(Path(sys.executable).parent), os.environ["PATH"]])


# The official documents


@cache
def _documents(root: Path) -> OpenAPIDocuments | None:
    specs = specs_folder(root)
    return OpenAPIDocuments(specs) if all((specs / name).is_file() for name in (FLAT, LOGTO, WORKOS)) else None


@pytest.fixture(scope="session")
def documents(pytestconfig: pytest.Config) -> OpenAPIDocuments:
    documents = _documents(pytestconfig.rootpath)
    if documents is None:
        pytest.skip("requests are not validated: the official documents are not in ../shared/specs (ORGSDK_SHARED)")
    return documents


@pytest.fixture(scope="session")
def recordings(pytestconfig: pytest.Config) -> list[dict[str, Any]]:
    """Return the request and response pairs that were recorded from a real Logto."""
    file = specs_folder(pytestconfig.rootpath) / "logto-recordings.jsonl"
    if not file.is_file():
        pytest.skip("the recordings of a real Logto are not in ../shared/specs (ORGSDK_SHARED)")
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@dataclass
class Validation:
    """What is wrong with the requests of the current test."""

    is_on: bool = False
    problems: list[str] = field(default_factory=list)

    def fail_if_undocumented(self) -> None:
        problems, self.problems = self.problems, []
        if problems:
            lines = ["These requests are not documented (or mark the test `undocumented`):", *problems]
            pytest.fail("\n".join(lines))


_validation = Validation()

# Hooks and no fixture: an autouse fixture would take more time than most tests.


def pytest_sessionstart(session: pytest.Session) -> None:
    """Validate every request of the run."""

    def watch(original: Callable[[Any, OutgoingRequest], Any]) -> Callable[[Any, OutgoingRequest], Any]:
        async def send(backend: object, outgoing: OutgoingRequest) -> Response:
            documents = _documents(session.config.rootpath) if _validation.is_on else None
            problem = documents and documents.problem(outgoing, PROVIDER_HOSTS)
            if problem:
                _validation.problems.append(problem)
            return await original(backend, outgoing)  # type: ignore[no-any-return]

        return send

    patch = pytest.MonkeyPatch()  # until the process ends
    for kind in (HttpcoreBackend, HttpxClientBackend):
        patch.setattr(kind, "send", watch(kind.send))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    _validation.is_on = item.get_closest_marker("undocumented") is None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """Fail a test at its end if it sent an undocumented request: the code under test could catch an earlier error."""
    try:
        return (yield)
    finally:
        _validation.fail_if_undocumented()


@pytest.fixture
def validation() -> Validation:
    """Return what is wrong with the requests of the test so far."""
    return _validation


# Figures of the proofs


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COUNTS:
        terminalreporter.section("counted")
        for line in COUNTS:
            terminalreporter.write_line(line)
