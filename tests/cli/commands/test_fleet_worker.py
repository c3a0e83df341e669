"""`orgsdk fleet worker` on one machine, and the status page beside the work of any command."""

from __future__ import annotations

import re
import signal
import socket
import sys
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest

from orgsdk import OrgError
from orgsdk.cli.errors import UsageError
from orgsdk.cli.fleet_worker import run_worker, with_status_page
from orgsdk.cli.options.status_page import StatusPageOptions
from orgsdk.fleet import Fleet

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.fleet.store import FleetStore
    from tests.cli.conftest import Program, Ran
    from tests.cli.fleets import Folder


@pytest.mark.asyncio  # uvicorn runs in the loop of the command
async def test_the_status_page_is_served_while_a_command_works(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = Fleet.load("fleet.toml")

    async def work() -> tuple[str, object]:
        found = re.search(r"status page at (http://127\.0\.0\.1:\d+/)\n", capsys.readouterr().err)
        assert found is not None
        async with httpx.AsyncClient(base_url=found[1], trust_env=False) as client:
            page = (await client.get("/")).text
            numbers = (await client.get("/status.json")).json()
        return page, numbers["total"]["units"]

    async with fleet.context() as context:
        await fleet.sync()
        page, units = await with_status_page(StatusPageOptions(status_port=0), context.store, work)
    assert "3 of 3 organizations" in page
    assert units == 3


@pytest.mark.asyncio  # uvicorn runs in the loop of the command
async def test_an_error_of_the_work_ends_the_page_and_is_raised_as_it_is(folder: Folder) -> None:
    async def fail() -> None:
        raise OrgError("the store is full")

    async with Fleet.load("fleet.toml").context() as context:
        with pytest.raises(OrgError, match=r"^the store is full$"):
            await with_status_page(StatusPageOptions(status_port=0), context.store, fail)


@pytest.mark.asyncio  # uvicorn runs in the loop of the command
async def test_a_port_that_is_taken_is_a_wrong_argument(folder: Folder) -> None:
    async def work() -> None:
        pytest.fail("nothing is started")

    async with Fleet.load("fleet.toml").context() as context:
        with socket.create_server(("127.0.0.1", 0)) as other:
            options = StatusPageOptions(status_port=other.getsockname()[1])
            with pytest.raises(UsageError, match="stop the other program, or pass --status-port"):
                await with_status_page(options, context.store, work)
        with pytest.raises(UsageError, match="--status-host: no-such-host"):
            await with_status_page(
                StatusPageOptions(status_port=0, status_host="no-such-host.invalid"), context.store, work
            )


@pytest.mark.asyncio  # uvicorn runs in the loop of the command
async def test_a_page_for_other_machines_is_announced_as_such(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Fleet.load("fleet.toml").context() as context:
        options = StatusPageOptions(status_port=0, status_host="0.0.0.0")
        await with_status_page(options, context.store, anyio.lowlevel.checkpoint)
    assert "other machines can read the names of your organizations there" in capsys.readouterr().err


@pytest.mark.asyncio  # uvicorn runs in the loop of the command
async def test_a_worker_on_one_machine_does_the_runs_that_are_started(folder: Folder) -> None:
    fleet = Fleet.load("fleet.toml")
    async with fleet.context() as context, anyio.create_task_group() as tasks:
        started = await fleet.start("sync")
        tasks.start_soon(run_worker, fleet, context)
        with anyio.fail_after(20):
            await _until_finished(context.store, started.epoch)
        tasks.cancel_scope.cancel()
    assert (await fleet.status()).total.counts["done"] == 3


async def _until_finished(store: FleetStore, epoch: int) -> None:
    while True:
        run = await anyio.to_thread.run_sync(store.run, epoch)
        if run is not None and run.state == "finished":
            return
        await anyio.sleep(0.02)


def test_a_worker_ends_at_sigterm(program: Callable[..., Program], folder: Folder) -> None:
    running = program("fleet", "worker", "--status-port", "0")
    assert running.process.stderr is not None
    lines = [running.process.stderr.readline() for _ in range(2)]
    assert lines[0].startswith("orgsdk: status page at http://127.0.0.1:")
    assert lines[1] == "orgsdk: waiting for runs; Ctrl-C ends the worker\n"
    ended = running.end(signal.SIGTERM)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_without_the_extra_the_advice_installs_it(
    orgsdk: Callable[..., Ran], folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    ran = orgsdk("fleet", "sync", "--status-port", "0")
    assert (ran.code, ran.err.splitlines()[-1]) == (
        1,
        'orgsdk: the status page needs starlette and uvicorn. In your checkout of orgsdk, run: pip install ".[fleet]"',
    )
