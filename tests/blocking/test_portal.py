"""The thread of the blocking client: many callers, Ctrl-C, forks and shutdown."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio.from_thread import BlockingPortal

from orgsdk import ConfigurationError, NotSentError, TransportError
from orgsdk.blocking import OrgClient
from orgsdk.blocking.portal import Portal
from orgsdk.providers import Memory
from tests.blocking.conftest import own_threads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

    from orgsdk import OrgClient as AsyncOrgClient


def test_the_thread_runs_from_the_first_call_to_close() -> None:
    client = OrgClient.memory(users=1)
    org = client.organization()
    assert own_threads() == []
    assert org.users.count() == 1
    assert [thread.daemon for thread in own_threads()] == [True]
    client.close()
    assert own_threads() == []
    client.close()
    for call in (org.users.count, org.users.list().first_page, lambda: list(org.users.list())):
        with pytest.raises(NotSentError, match=r"memory \w+\.\w+: the client is closed"):
            call()
    with pytest.raises(NotSentError, match="the client is closed"), org.users.list().prefetch():
        pass


def test_an_unused_client_can_be_closed() -> None:
    with OrgClient.memory() as client:
        pass
    with pytest.raises(NotSentError, match="closed"):
        client.organization().users.count()


def test_many_threads_share_a_client(memory: OrgClient) -> None:
    # The first call of all of them comes at once: one thread serves them.
    barrier = threading.Barrier(8)

    def read(number: int) -> int:
        barrier.wait()
        return len(list(memory.organization().users.list(page_size=1 + number)))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == [25] * 8
    assert len(own_threads()) == 1


class _Endless:
    """Work that ends only when it is cancelled, and reports it."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.ended = threading.Event()

    async def __call__(self, client: AsyncOrgClient) -> None:
        try:
            self.began.set()
            await anyio.sleep_forever()
        finally:
            self.ended.set()


def test_ctrl_c_cancels_the_call_and_the_client_remains_usable(memory: OrgClient) -> None:
    work, main = _Endless(), threading.get_ident()

    def interrupt() -> None:
        assert work.began.wait(5)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        memory.run(work)
    assert work.ended.is_set()
    assert memory.organization().users.count() == 25


def test_ctrl_c_before_the_future_exists_cancels_the_call(memory: OrgClient, monkeypatch: pytest.MonkeyPatch) -> None:
    start, work = BlockingPortal.start_task_soon, _Endless()
    assert memory.organization().users.count() == 25

    def interrupted(portal: BlockingPortal, func: Callable[[], Awaitable[None]]) -> Future[None]:
        monkeypatch.undo()
        start(portal, func)
        assert work.began.wait(5)
        raise KeyboardInterrupt

    monkeypatch.setattr(BlockingPortal, "start_task_soon", interrupted)
    with pytest.raises(KeyboardInterrupt):
        memory.run(work)
    assert work.ended.is_set()
    assert memory.organization().users.count() == 25


def test_after_ctrl_c_the_iterator_continues(memory: OrgClient) -> None:
    assert isinstance(memory.provider, Memory)
    users = iter(memory.organization().users.list(page_size=10))
    first = [next(users).username for _ in range(10)]
    memory.provider.delay("users.list", 60)
    main, calls = threading.get_ident(), memory.provider.calls
    asked = len(calls)

    def interrupt() -> None:
        while len(calls) == asked:
            time.sleep(0.001)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        next(users)
    memory.provider.clear_faults()
    assert first + [user.username for user in users] == [f"user{n}" for n in range(1, 26)]


def test_ctrl_c_does_not_wait_for_work_that_ignores_cancellation(
    memory: OrgClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orgsdk.blocking.portal.SHUTDOWN_SECONDS", 0.01)
    work, main, let_go = _Endless(), threading.get_ident(), threading.Event()

    async def stubborn(client: AsyncOrgClient) -> None:
        try:
            await work(client)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(let_go.wait)

    def interrupt() -> None:
        assert work.began.wait(5)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        memory.run(stubborn)
    assert not let_go.is_set()
    let_go.set()
    assert memory.organization().users.count() == 25


def test_close_in_another_thread_fails_the_call() -> None:
    client, work = OrgClient.memory(), _Endless()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.run, work)
        assert work.began.wait(5)
        client.close()
        with pytest.raises(TransportError, match="closed meanwhile"):
            waiting.result(5)
    assert work.ended.is_set()


def test_close_just_before_the_call_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    client = OrgClient.memory(users=1)
    running = Portal._running

    def closing(portal: Portal, operation: str) -> BlockingPortal:
        found = running(portal, operation)
        client.close()
        return found

    monkeypatch.setattr(Portal, "_running", closing)
    with pytest.raises(TransportError, match="closed meanwhile"):
        client.organization().users.count()


@pytest.mark.parametrize("leaving", [SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_system_exit_in_a_call_ends_no_other_call(memory: OrgClient, leaving: BaseException) -> None:
    async def leave(client: AsyncOrgClient) -> None:
        raise leaving

    with pytest.raises(type(leaving)) as left:
        memory.run(leave)
    assert left.value is leaving
    assert memory.organization().users.count() == 25


def test_a_loop_ended_by_a_callback_is_reported() -> None:
    async def leave() -> None:
        raise SystemExit(3)

    async def work(client: AsyncOrgClient) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(leave)

    with OrgClient.memory(users=1) as client:
        with pytest.raises(BaseExceptionGroup):
            client.run(work)
        client._portal._loop.thread.join(5)  # type: ignore[union-attr]  # it was started
        with pytest.raises(
            NotSentError, match="event loop has ended, by SystemExit in a callback: create another client"
        ):
            client.organization().users.count()


def test_leaving_prefetch_after_close_raises_the_inner_error() -> None:
    client = OrgClient.memory(users=30)

    def read() -> None:
        with client.organization().users.list(page_size=10).prefetch(pages=2) as ahead:
            users = iter(ahead)
            next(users)
            client.close()
            list(users)

    with pytest.raises(NotSentError, match="the client is closed"):
        read()


def test_a_failing_close_still_ends_the_thread() -> None:
    class Stubborn(Memory):
        async def aclose(self) -> None:
            raise OSError("stuck")

    client = OrgClient(Stubborn(users=1))
    assert client.organization().users.count() == 1
    with pytest.raises(OSError, match="stuck"):
        client.close()
    assert own_threads() == []


def test_open_prefetch_does_not_block_close() -> None:
    with OrgClient.memory(users=300) as client:
        ahead = client.organization().users.list(page_size=10).prefetch()
        ahead.__enter__()
    assert own_threads() == []


def test_a_nested_call_is_rejected(memory: OrgClient) -> None:
    async def work(client: AsyncOrgClient) -> int:
        return memory.organization().users.count()

    with pytest.raises(ConfigurationError, match="use another client in it"):
        memory.run(work)
