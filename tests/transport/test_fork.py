"""A client is rejected after a fork: parent and child would read each other's responses."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CHILD = """
import os, sys
import anyio
from anyio.from_thread import start_blocking_portal
from pydantic import SecretStr
from orgsdk.errors import NotSentError
from orgsdk.transport import BearerToken, Headers, ProviderProblem, Request, Response, Transport

class Backend:
    sent = closed = 0
    proxy = None
    reads_environment = False
    async def send(self, outgoing):
        self.sent += 1
        return Response(200, Headers((("content-type", "application/json"),)), b"{}")
    async def aclose(self):
        self.closed += 1

def make():
    auth = BearerToken(SecretStr("t0ken"))
    problem = lambda response: ProviderProblem("no")
    transport = Transport(provider="acme", base_url="http://x.localhost", auth=auth, read_problem=problem)
    transport._sender._open_backend = Backend
    return transport

used, fresh = make(), make()
backend = sys.argv[1]
ask = Request("list_things", "GET", "/things")
# The client's event loop goes on in a thread, which the child does not have.
context = start_blocking_portal(backend)
portal = context.__enter__()
portal.call(used.send, ask)
if os.fork():
    _, status = os.wait()
    portal.call(used.send, ask)
    assert used._sender._backend.sent == 2
    portal.call(used.aclose)
    assert used._sender._backend.closed == 1
    context.__exit__(None, None, None)
    sys.exit(os.waitstatus_to_exitcode(status))
try:
    anyio.run(used.send, ask, backend=backend)
except NotSentError as error:
    problem = "the client was used before this process was forked: create one in each process."
    assert str(error).endswith(f": {problem}"), error
    assert used._sender._backend.sent == 1
    anyio.run(used.aclose, backend=backend)
    assert used._sender._backend.closed == 0, "the connections are the parent's to close"
    anyio.run(fresh.send, ask, backend=backend)
    print("refused", flush=True)
    os._exit(0)
os._exit(1)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_client_used_before_a_fork_is_rejected_in_the_child(backend: str) -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", CHILD, backend]  # fork beside a thread
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "refused\n", "")
