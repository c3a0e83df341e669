"""The running sandbox: start and stop on real ports, on both event loops."""

import logging
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from orgsdk.sandbox import Person, Sandbox
from orgsdk.sandbox.faults import Faults, Respond
from orgsdk.sandbox.flat.records import object_id
from orgsdk.sandbox.loopback import LoopbackServer
from orgsdk.sandbox.workos.variants import DOCUMENT, EMULATOR

pytestmark = pytest.mark.anyio

PEOPLE = [
    Person("S1", "ada", "ada@example.org", "Ada", "Lovelace", "admin", None),
    Person("S2", "bob", None, "Bob", "Byron", "student", "5B"),
]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    # The sandbox of the session runs at the same time as those of these tests.
    monkeypatch.setattr(f"{__name__}.OTHERS", frozenset(sandbox_threads()))


OTHERS: frozenset[str] = frozenset()


def sandbox_threads() -> list[str]:
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("sandbox:")]
    return [name for name in names if name not in OTHERS]


def port_of(url: str) -> int:
    port = httpx.URL(url).port
    assert port is not None
    return port


def count_users(sandbox: Sandbox) -> object:
    with httpx.Client(headers={"Authorization": f"Bearer {sandbox.flat.token}"}) as http:
        return http.get(f"{sandbox.flat_url}/organizations/users/count").json()


async def test_serves_every_provider_and_logs_their_requests() -> None:
    async with Sandbox(PEOPLE) as sandbox, httpx.AsyncClient() as http:
        headers = {"Authorization": f"Bearer {sandbox.flat.token}"}
        response = await http.get(f"{sandbox.flat_url}/me", headers=headers)
        assert response.json()["id"] == object_id("user", "ada")
        assert (await http.get(f"{sandbox.logto_url}/api/users")).status_code == 401
        headers = {"Authorization": f"Bearer {sandbox.workos.api_key}"}
        users = (await http.get(f"{sandbox.workos_url}/user_management/users", headers=headers)).json()["data"]
        assert [user["email"] for user in users] == ["bob@no-email.example.org", "ada@example.org"]
        assert [(seen.provider, seen.path, seen.status) for seen in sandbox.requests] == [
            ("flat", "/v2/me", 200),
            ("logto", "/api/users", 401),
            ("workos", "/user_management/users", 200),
        ]
    assert not sandbox_threads()


async def test_closes_its_ports_after_an_exception() -> None:
    sandbox = Sandbox(PEOPLE)
    ports: list[int] = []

    async def fail() -> None:
        async with sandbox:
            ports.extend(map(port_of, (sandbox.flat_url, sandbox.logto_url, sandbox.workos_url)))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()


async def test_stops_when_its_caller_is_cancelled() -> None:
    with anyio.CancelScope() as scope:
        async with Sandbox(PEOPLE):
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    assert not sandbox_threads()


async def test_stops_quickly_with_an_open_connection() -> None:
    sandbox = Sandbox(PEOPLE)
    sandbox.start()
    async with httpx.AsyncClient() as http:
        await http.get(f"{sandbox.flat_url}/me")
        began = time.perf_counter()
        sandbox.stop()
        # It takes 5 ms; the limit is for a busy machine.
        assert time.perf_counter() - began < 0.3


def test_restarts_on_the_same_port() -> None:
    sandbox = Sandbox(PEOPLE)
    sandbox.start()
    port = port_of(sandbox.flat_url)
    assert count_users(sandbox) == 2
    sandbox.stop()
    again = Sandbox(PEOPLE, flat_port=port)
    again.start()
    assert count_users(again) == 2
    assert again.flat_url == f"http://127.0.0.1:{port}/v2"
    again.stop()
    again.stop()


@pytest.mark.parametrize("taken", ["flat_port", "logto_port", "workos_port"])
def test_an_error_names_the_port_in_use(taken: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        sandbox = Sandbox(PEOPLE, **{taken: port})
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
            sandbox.start()
    assert not sandbox_threads()


def test_has_no_url_before_start_and_starts_once() -> None:
    sandbox = Sandbox(PEOPLE)
    with pytest.raises(RuntimeError, match="not started"):
        _ = sandbox.flat_url
    sandbox.start()
    with pytest.raises(RuntimeError, match="already started"):
        sandbox.start()
    sandbox.stop()
    for url in ("logto_url", "workos_url"):
        with pytest.raises(RuntimeError, match="not started"):
            getattr(sandbox, url)


def test_reset_restores_the_roster_and_keeps_client_settings_valid() -> None:
    sandbox = Sandbox(PEOPLE)
    sandbox.start()

    def configured() -> tuple[object, ...]:
        flat, workos = sandbox.flat, sandbox.workos
        return sandbox.flat_url, flat.token, flat.organization_id, workos.api_key, workos.organization_id

    before = configured()
    sandbox.flat.users.clear()
    sandbox.workos.store.users.remove(next(iter(sandbox.workos.store.users)).id)
    sandbox.workos.variant = EMULATOR
    sandbox.flat.rate_limit = 1
    assert count_users(sandbox) == 0
    sandbox.reset()
    assert len(sandbox.requests) == 0
    assert count_users(sandbox) == 2
    assert configured() == before
    assert (len(sandbox.workos.store.users), sandbox.workos.variant) == (2, DOCUMENT)
    sandbox.stop()


def test_reads_a_roster_file(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("external_id,username,email,first_name,last_name,role,group\nS1,ada,,Ada,L,admin,\n", "utf-8")
    for roster in (file, str(file)):
        assert [user.username for user in Sandbox(roster).flat.users.values()] == ["ada"]
    assert len(Sandbox().flat.users) == 1000


def test_raises_the_error_of_a_server_that_did_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*args: object, **kwargs: object) -> None:
        sys.exit(3)

    monkeypatch.setattr("uvicorn.Server.startup", fail)
    sandbox = Sandbox(PEOPLE)
    with pytest.raises(RuntimeError, match="did not start") as caught:
        sandbox.start()
    assert isinstance(caught.value.__cause__, SystemExit)
    assert not sandbox_threads()


def test_stop_aborts_a_request_that_does_not_end() -> None:
    reached = threading.Event()

    async def hang(scope: Scope, receive: Receive, send: Send) -> None:
        reached.set()
        await anyio.sleep_forever()

    server = LoopbackServer(hang, 0)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n")
        assert reached.wait(5)
        server.stop()
        assert connection.recv(1) == b""
    assert not sandbox_threads()


def test_stop_waits_for_a_request_that_is_almost_done() -> None:
    reached, release = threading.Event(), threading.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        reached.set()
        await anyio.to_thread.run_sync(release.wait)
        start: Message = {"type": "http.response.start", "status": 204, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": b""})

    server = LoopbackServer(slow, 0)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n")
        assert reached.wait(5)
        stopper = threading.Thread(target=server.stop)
        stopper.start()
        release.set()
        assert connection.recv(1024).startswith(b"HTTP/1.1 204")
        stopper.join()


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_an_import_error_names_the_extra_to_install(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import orgsdk.sandbox"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (
        "ImportError: orgsdk.sandbox needs starlette and uvicorn. "
        'In your checkout of orgsdk, run: pip install ".[sandbox]"' in result.stderr
    )


def test_adds_no_line_to_the_access_log_of_an_app(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "uvicorn.access")
    sandbox = Sandbox([])
    sandbox.start()
    assert httpx.get(f"{sandbox.flat_url}/organizations/users?query=ada@example.com").status_code == 401
    sandbox.stop()
    assert [record for record in caplog.records if record.name == "uvicorn.access"] == []


def test_does_not_silence_another_uvicorn_server(caplog: pytest.LogCaptureFixture) -> None:
    loggers = [logging.getLogger(f"uvicorn.{name}") for name in ("error", "access", "asgi")]
    before = [(logger.level, logger.propagate, logger.handlers) for logger in loggers]
    caplog.set_level(logging.INFO, "uvicorn.error")
    sandbox = Sandbox([])
    sandbox.start()
    sandbox.stop()
    assert [(logger.level, logger.propagate, logger.handlers) for logger in loggers] == [
        (logging.INFO, *before[0][1:]),
        *before[1:],
    ]
    assert caplog.messages == []  # start and stop of the sandbox log nothing
    logging.getLogger("uvicorn.error").info("the app's own")
    assert caplog.messages == ["the app's own"]


@pytest.mark.parametrize(
    ("argument", "value", "kind"),
    [
        ("workos_port", "8080", TypeError),
        ("workos_port", 65_536, ValueError),
        ("workos_api_key", 5, TypeError),
        ("workos_api_key", "", ValueError),
        ("flat_port", "8080", TypeError),
        ("flat_port", True, TypeError),
        ("flat_port", 80.0, TypeError),
        ("logto_port", None, TypeError),
        ("logto_port", -1, ValueError),
        ("flat_port", 65_536, ValueError),
        ("flat_port", 10**4_000, ValueError),
        ("flat_token", 5, TypeError),
        ("flat_token", b"t", TypeError),
        ("flat_token", "", ValueError),
        ("flat_token", "a b", ValueError),
        ("flat_token", "a\r\nx: y", ValueError),
        ("roster", 5, TypeError),
        ("roster", [5], TypeError),
        ("roster", [{"username": "ada"}], TypeError),
        ("roster", "a\0b", ValueError),
    ],
)
def test_a_wrong_setting_is_refused_by_name_when_the_sandbox_is_made(
    argument: str, value: object, kind: type[Exception]
) -> None:
    settings: dict[str, Any] = {argument: value}
    with pytest.raises(kind, match=rf"^({argument}|path) "):
        Sandbox(**settings)


@pytest.mark.parametrize(
    ("argument", "value", "kind"),
    [
        ("action", 503, TypeError),
        ("action", Respond, TypeError),
        ("method", 5, TypeError),
        ("path", None, TypeError),
        ("nth", "2", TypeError),
        ("nth", 0, ValueError),
        ("times", True, TypeError),
        ("times", -1, ValueError),
    ],
)
def test_a_fault_that_could_not_apply_is_refused(argument: str, value: object, kind: type[Exception]) -> None:
    settings: dict[str, Any] = {"action": Respond(503), argument: value}
    with pytest.raises(kind, match=f"^{argument} is "):
        Faults().add(**settings)
