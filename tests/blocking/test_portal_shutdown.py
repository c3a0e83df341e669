"""Shutdown of the event loop: forks, clients that are not closed, and the end of the program."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import NotSentError
from orgsdk.blocking import OrgClient, portal as blocking_loop, portal as blocking_portal
from orgsdk.blocking.portal import EventLoopThread
from orgsdk.providers import Memory
from tests.blocking.conftest import own_threads

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox


def test_another_process_can_neither_call_nor_close(memory: OrgClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory.organization().users.count() == 25
    twin = memory.with_options()
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        with pytest.raises(NotSentError, match="create one in each process"):
            twin.organization().users.count()
    assert memory.organization().users.count() == 25


def test_a_fork_during_the_first_call_does_not_hang(memory: OrgClient, monkeypatch: pytest.MonkeyPatch) -> None:
    starting, forked = threading.Event(), threading.Event()

    class Slow(EventLoopThread):
        def __init__(self) -> None:
            starting.set()
            assert forked.wait(5)
            super().__init__()

    monkeypatch.setattr(blocking_portal, "EventLoopThread", Slow)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(memory.organization().users.count)
        assert starting.wait(5)
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            for work in (memory.organization().users.count, memory.close):
                ended = threads.submit(work).exception(5)
                assert ended is None or "create one in each process" in str(ended)
        forked.set()
        assert first.result(5) == 25


FORKS = """
import os, sys, warnings
warnings.simplefilter("ignore")
from orgsdk import NotSentError
from orgsdk.blocking import OrgClient

def in_child(work):
    if (child := os.fork()) == 0:
        try:
            work()
        except BaseException as error:
            print(error, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def refused():
    with client:
        try:
            client.organization().users.count()
        except NotSentError as error:
            assert "create one in each process" in str(error), error
        else:
            raise AssertionError("the call was made")

def works():
    with fresh:
        assert fresh.organization().users.count() == 2

client, fresh = OrgClient.memory(users=1), OrgClient.memory(users=2)
with client, fresh:
    assert client.organization().users.count() == 1
    assert in_child(refused) == 0
    assert in_child(works) == 0
    assert client.organization().users.count() == 1
    assert fresh.organization().users.count() == 2
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_process_must_create_its_own_client() -> None:
    ended = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (0, "done\n"), ended.stdout + ended.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_process_with_a_used_client_exits() -> None:
    script = """
import os, sys, warnings
warnings.simplefilter("ignore")
from orgsdk.blocking import OrgClient
with OrgClient.memory(users=1) as client:
    client.organization().users.count()
    if (child := os.fork()) == 0:
        client.__class__.__exit__ = lambda *_: None  # as where it was made without `with`
        sys.exit(3)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "3\n", "")


FORGETS = """
from orgsdk.blocking import OrgClient
client = OrgClient.memory(users=20)
users = iter(client.organization().users.list(page_size=10))
print(next(users).username)
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [([], ""), (["-W", "default::ResourceWarning"], "OrgClient was not closed: use it as `with`")],
)
def test_a_script_that_forgets_to_close_exits(options: list[str], expected: str) -> None:
    command = [sys.executable, *options, "-c", FORGETS]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (0, "user1\n")
    assert expected in ended.stderr
    assert bool(expected) == bool(ended.stderr)


def test_a_script_that_forgets_to_close_closes_its_connection(sandbox: Sandbox) -> None:
    script = FORGETS.replace("memory(users=20)", "from_env()")
    environ = {**os.environ, "FLAT_ACCESS_TOKEN": sandbox.flat.token, "FLAT_BASE_URL": sandbox.flat_url}
    command = [sys.executable, "-X", "dev", "-c", script]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout.count("\n")) == (0, 1)
    assert ended.stderr.count("ResourceWarning") == 1, ended.stderr


def _forgotten() -> threading.Thread:
    client = OrgClient.memory(users=1)
    assert client.organization().users.count() == 1
    (thread,) = own_threads()
    return thread


def test_a_collected_client_ends_its_thread_with_a_warning() -> None:
    with pytest.warns(ResourceWarning, match="was not closed"):
        thread = _forgotten()
    thread.join(5)
    assert not thread.is_alive()


def test_a_client_collected_under_a_lock_does_not_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking_loop, "SHUTDOWN_SECONDS", 0.01)
    left, lock = [OrgClient.memory(users=1)], threading.Lock()
    assert left[0].organization().users.count() == 1
    (thread,) = own_threads()
    loop = left[0]._portal._loop
    assert loop is not None
    with lock:
        loop.portal.start_task_soon(lock.acquire)  # such as a line of its log
        with pytest.warns(ResourceWarning, match="was not closed"):
            left.clear()
        assert thread.is_alive()
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize("threads", [True, False], ids=["a thread starts", "none does, as at Python's end"])
def test_a_forgotten_client_that_fails_to_close_does_not_block(monkeypatch: pytest.MonkeyPatch, threads: bool) -> None:
    class Stuck(Memory):
        async def aclose(self) -> None:
            await anyio.sleep_forever()

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(blocking_loop, "SHUTDOWN_SECONDS", 0.01)
    left = [OrgClient(Stuck(users=1))]
    assert left[0].organization().users.count() == 1
    (thread,) = own_threads()
    if not threads:
        monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.warns(ResourceWarning, match="was not closed"):
        left.clear()
    thread.join(5)
    assert not thread.is_alive()


def test_a_client_collected_by_its_own_thread_ends_it() -> None:
    left = [OrgClient.memory(users=1)]
    assert left[0].organization().users.count() == 1
    (thread,) = own_threads()
    # Work that nobody waits for holds no client, so that the last one may go while it runs.
    loop = left[0]._portal._loop
    assert loop is not None
    with pytest.warns(ResourceWarning, match="was not closed"):
        loop.portal.start_task_soon(left.clear).result(5)
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize("moment", ["atexit", "thread after main's end"])
def test_a_first_call_at_the_end_of_the_program_works_or_is_an_org_error(moment: str) -> None:
    program = """
import atexit, sys, threading, time
from orgsdk import OrgError, blocking

client = blocking.OrgClient.memory(users=3)

def call():
    time.sleep(0.2 * (sys.argv[1] != "atexit"))  # until main has ended
    try:
        print(client.organization().users.count())
    except OrgError as error:
        print(type(error).__name__, "make the first call before the program ends" in str(error))
    else:
        client.close()

if sys.argv[1] == "atexit":
    atexit.register(call)
else:
    threading.Thread(target=call).start()
"""
    ran = subprocess.run(
        [sys.executable, "-c", program, moment], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0
    assert ran.stdout.strip() in {"3", "NotSentError True"}
    assert ran.stderr == ""


def test_a_thread_that_cannot_start_is_an_org_error(memory: OrgClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(NotSentError, match=r"cannot start .*: make the first call before the program ends"):
        memory.organization().users.count()
    monkeypatch.undo()
    assert memory.organization().users.count() >= 0
