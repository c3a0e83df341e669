"""A call that is cancelled shows no token: neither our frames nor those of the HTTP library are in its traceback."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from pydantic import SecretStr

from orgsdk import OrgClient, blocking
from orgsdk.errors import InvalidArgumentError, OrgError
from orgsdk.options import CallOptions
from orgsdk.providers import Memory
from orgsdk.transport import BearerToken, ProviderProblem, Request, Transport
from tests.reliability.cancel_points import Points

if TYPE_CHECKING:
    from orgsdk.transport.backends.libraries import HTTPLibrary
    from tests.transport.conftest import MakeResponse, Serve

pytestmark = [pytest.mark.anyio, pytest.mark.undocumented("a made-up server")]

TOKEN = "canary-token-1"
CREATE = Request("create_thing", "POST", "/things", body=b"x" * 100_000, content_type="application/json")


@pytest.fixture
def anyio_backend(loop_and_library: tuple[str, HTTPLibrary]) -> str:
    return loop_and_library[0]


def shown(error: BaseException | None) -> str:
    """Return the traceback with all locals, of the error and of every one behind it, without frames of tests."""
    text = ""
    while error is not None:
        stack = traceback.TracebackException.from_exception(error, capture_locals=True, lookup_lines=False).stack
        frames = [frame for frame in stack if Path(frame.filename).parent != Path(__file__).parent]
        text += "".join(f"{frame.filename} {frame.name} {frame.locals}\n" for frame in frames)
        error = error.__cause__ or error.__context__
    return text


async def test_a_cancellation_at_any_point_shows_no_token(
    serve: Serve, answer: MakeResponse, library: HTTPLibrary
) -> None:
    point, found, seen = 0, list[str](), 0
    ended = False
    async with serve(*[answer(b"{}")] * 300) as server:
        while not ended and point < 150:
            point += 1
            transport = Transport(
                provider="acme",
                base_url=server.url,
                auth=BearerToken(SecretStr(TOKEN)),
                read_problem=lambda response: ProviderProblem("no"),
                http_library=library,
            )
            watched = Points()
            ended = True
            with anyio.CancelScope() as scope:
                watched.planned[point] = scope.cancel
                try:
                    await watched.watch(transport.send(CREATE))
                except OrgError:
                    raise
                except BaseException as cancelled:
                    ended = False
                    text = shown(cancelled)
                    seen += "send.py" in text
                    found += [f"point {point}: {line[:200]}" for line in text.splitlines() if TOKEN in line]
                    raise
            with anyio.CancelScope(shield=True):
                await transport.aclose()
    assert found == []
    assert seen, "no cancellation passed the frames that hold the header"


def test_a_blocking_call_that_fails_shows_no_password() -> None:
    with pytest.raises(OrgError) as caught, blocking.OrgClient(Memory()) as client:
        client.organization().users.create(username="", password=TOKEN)
    assert "portal.py" in shown(caught.value)
    assert TOKEN not in shown(caught.value)


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize("password", [TOKEN, b"bytes", 1], ids=repr)
async def test_a_call_that_fails_shows_no_password(library: HTTPLibrary, verb: str, password: Any) -> None:
    async with OrgClient(Memory(users=1)) as client:
        users = client.organization().users
        with pytest.raises(InvalidArgumentError) as caught:
            await (users.create(password=password) if verb == "create" else users.update("..", password=password))
    assert TOKEN not in shown(caught.value)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
async def test_an_interruption_shows_no_token(library: HTTPLibrary, raised: type[BaseException]) -> None:
    class Interrupted:
        proxy: Any = None
        reads_environment = False

        async def send(self, outgoing: Any) -> Any:
            header = outgoing.authorization.get_secret_value()
            try:
                raise LookupError(header)
            except LookupError:
                raise raised from None

        async def aclose(self) -> None:
            """Do nothing."""

    transport = Transport(
        provider="acme",
        base_url="http://127.0.0.1:1",
        auth=BearerToken(SecretStr(TOKEN)),
        read_problem=lambda response: ProviderProblem("no"),
        http_library=library,
    ).with_options(CallOptions(max_attempts=1))
    transport._sender._open_backend = Interrupted
    with pytest.raises(raised) as caught:
        await transport.send(CREATE)
    assert TOKEN not in shown(caught.value)
