"""What runs beside the work of a fleet's command: the status page. And the worker of a fleet on one machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from orgsdk._distribution import install_advice
from orgsdk.cli.commands.sandbox import stop_signals
from orgsdk.cli.errors import MissingExtraError, print_status
from orgsdk.errors import OrgError
from orgsdk.fleet.key_work import states_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.cli.options.status_page import StatusPageOptions
    from orgsdk.fleet.context import WorkContext
    from orgsdk.fleet.fleet import Fleet
    from orgsdk.fleet.store import FleetStore

T = TypeVar("T")
_LOOK_SECONDS = 3.0
_WAITING = "waiting for runs; Ctrl-C ends the worker"


async def with_status_page(options: StatusPageOptions, store: FleetStore, work: Callable[[], Awaitable[T]]) -> T:
    """Await the work, and serve the status page meanwhile if the options name a port."""
    if options.status_port is None:
        return await work()
    try:
        import uvicorn

        from orgsdk.cli.listening import QuietServer, is_loopback, listen
        from orgsdk.fleet.status_page import status_app
    except ImportError as error:
        if not isinstance(error, ModuleNotFoundError) and not isinstance(error.__cause__, ModuleNotFoundError):
            raise
        raise MissingExtraError(f"the status page needs starlette and uvicorn. {install_advice('fleet')}") from None
    listener = listen(options.status_host, options.status_port, prefix="status-")
    config = uvicorn.Config(
        status_app(store),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = QuietServer(config)
    shown = f"[{options.status_host}]" if ":" in options.status_host else options.status_host
    note = "" if is_loopback(options.status_host) else "; other machines can read the names of your organizations there"
    print_status(f"status page at http://{shown}:{listener.getsockname()[1]}/{note}")
    results: list[T] = []
    failure: OrgError | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(server.serve, sockets=[listener]))
        try:
            results.append(await work())
        except OrgError as error:  # as it is, not in a group
            failure = error
        server.should_exit = True
    if failure is not None:
        raise failure
    return results[0]


async def run_worker(fleet: Fleet, context: WorkContext) -> None:
    """Work on the fleet's runs, the present one and later ones, until Ctrl-C or SIGTERM."""
    if context.store.name.startswith("postgresql"):
        from orgsdk.fleet.worker import run_worker as share_work

        print_status(_WAITING)
        await share_work(fleet)
        return
    # Windows has no signal receiver: Ctrl-C raises KeyboardInterrupt.
    with stop_signals() as signals:
        print_status(_WAITING)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_work_alone, fleet, context)
            await anext(signals)
            tasks.cancel_scope.cancel()


async def _work_alone(fleet: Fleet, context: WorkContext) -> None:
    while True:
        run = await anyio.to_thread.run_sync(context.store.run)
        if run is not None and states_of(run):
            await fleet.work(run.epoch)
        await anyio.sleep(_LOOK_SECONDS)
