"""The fleet: start a run of a night, work on it, look at it, resume or cancel it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias, cast, get_args

from anyio import to_thread

from orgsdk._callables import check_function
from orgsdk._known_names import AsyncOnly
from orgsdk._parameters import name_parameters
from orgsdk.arguments import as_list, check_choice, check_instance, describe_value
from orgsdk.bulk.input_file import check_path
from orgsdk.errors import ConfigurationError, InvalidArgumentError
from orgsdk.fleet.config_file import load_config
from orgsdk.fleet.context import WorkContext, utc_now
from orgsdk.fleet.credentials import ClientPool, FleetCredentials, OpenClient
from orgsdk.fleet.entries import FleetEntry
from orgsdk.fleet.errors import NoRunError
from orgsdk.fleet.observer import FleetObserver, observe_work
from orgsdk.fleet.options import FleetOptions
from orgsdk.fleet.passwords import save_passwords
from orgsdk.fleet.progress import FleetProgress
from orgsdk.fleet.report import FleetReport, FleetRun
from orgsdk.fleet.rosters import LoadRoster
from orgsdk.fleet.runs import apply_plans, find_epoch, find_progress, night_of, reopen, start_run
from orgsdk.fleet.scheduling import work_run
from orgsdk.fleet.shared_store import SharedStore
from orgsdk.fleet.store import FleetStore
from orgsdk.fleet.units import UNIT_STATES, RunMode, UnitRecord, UnitState

if TYPE_CHECKING:
    from types import TracebackType


Entries: TypeAlias = Iterable[FleetEntry] | AsyncIterable[FleetEntry]
"""The organizations of a fleet. They are read once at the start of a run, a few hundred at a time."""


class Fleet(AsyncOnly):
    """Thousands of organizations that are made to match their rosters, night by night.

    A run belongs to a night. It can be interrupted at any time, also by a power failure: `work` continues it. Use the
    fleet as ``async with`` to keep its store open between calls.

    Args:
        entries: The organizations: an iterable, an async iterable, or a function that returns one of them.
        store: Where runs are kept: the path of an SQLite file, the address of a PostgreSQL database, or a store.
        credentials: Credentials that entries name.
        options: The options. Default: those of `FleetOptions`.
        load_roster: Called with an entry whose roster is an address; returns its `bulk.Roster`. May be async.
        open_client: Called with a provider's name, its settings with their secrets, and options that it must pass on;
            returns an `OrgClient`. Default: by the provider's `from_env`.
        observer: Observes the work, for telemetry and progress.
        environ: The environment variables that references name. Default: those of the process.
        now: Returns the time, in UTC. Default: the clock of the machine.

    Raises:
        ConfigurationError: An argument is invalid.

    Example:
        ``report = await Fleet.load("fleet.toml").sync(); print(report.summary())``
    """

    @name_parameters
    def __init__(
        self,
        entries: Entries | Callable[[], Entries],
        *,
        store: FleetStore | str | os.PathLike[str],
        credentials: Mapping[str, FleetCredentials] | None = None,
        options: FleetOptions | None = None,
        load_roster: LoadRoster | None = None,
        open_client: OpenClient | None = None,
        observer: FleetObserver | None = None,
        environ: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._options = FleetOptions() if options is None else options
        check_instance("options", self._options, FleetOptions, "a FleetOptions", error=ConfigurationError)
        self._observer = FleetObserver() if observer is None else observer
        check_instance("observer", self._observer, FleetObserver, "a FleetObserver", error=ConfigurationError)
        advice = "a dict of FleetCredentials"
        check_instance("credentials", credentials, Mapping | None, advice, error=ConfigurationError)
        self._credentials = {} if credentials is None else dict(credentials)
        for name, one in self._credentials.items():
            check_instance(
                f"credentials[{name!r}]", one, FleetCredentials, "FleetCredentials", error=ConfigurationError
            )
        if load_roster is not None:
            check_function(load_roster, "load_roster", "one FleetEntry")
        if open_client is not None:
            check_function(open_client, "open_client", "a provider's name", "its settings", "options", plain=True)
        check_instance("environ", environ, Mapping | None, "a dict of variables", error=ConfigurationError)
        check_function(now, "now", plain=True)
        given = cast("object", entries)
        if isinstance(given, str | bytes) or not (callable(given) or isinstance(given, Iterable | AsyncIterable)):
            raise ConfigurationError("entries must be an iterable of FleetEntry, or a function that returns one.")
        self._entries = entries
        self._environ = os.environ if environ is None else environ
        self._load_roster = load_roster
        self._open_client = open_client
        self._now = now
        if not isinstance(store, str | os.PathLike) and not callable(getattr(store, "open_key", None)):
            raise ConfigurationError(f"store is {describe_value(store)}: pass a path, an address or a store.")
        self._store = SharedStore(store, self._environ)

    @classmethod
    @name_parameters
    def load(
        cls,
        path: str | os.PathLike[str] = "fleet.toml",
        *,
        environ: Mapping[str, str] | None = None,
        load_roster: LoadRoster | None = None,
        open_client: OpenClient | None = None,
        observer: FleetObserver | None = None,
    ) -> Self:
        """Read a fleet's configuration file, and check it with all of its organizations.

        Args:
            path: The file.
            environ: The environment variables that references name. Default: those of the process.
            load_roster: As for `Fleet`; in place of the function that the file names.
            open_client: As for `Fleet`.
            observer: As for `Fleet`.

        Returns:
            The fleet.

        Raises:
            FleetConfigError: Anything in the file is wrong. The error lists every problem.
            FileError: The file cannot be read.

        Example:
            ``fleet = Fleet.load("fleet.toml")``
        """
        config = load_config(path)
        return cls(
            config.entries,
            store=config.store,
            credentials=config.credentials,
            options=config.options,
            load_roster=load_roster or config.load_roster,
            open_client=open_client,
            observer=observer,
            environ=environ,
        )

    async def __aenter__(self) -> Self:
        await self._store.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._store.release()

    @property
    def options(self) -> FleetOptions:
        """The fleet's options."""
        return self._options

    @name_parameters
    async def start(self, mode: RunMode = "sync", *, night: date | None = None, confirm: str | None = None) -> FleetRun:
        """Start a run, without working on it.

        Args:
            mode: `"plan"` makes and judges all plans. `"apply"` applies the plans of the latest run. `"sync"` does
                both.
            night: The night. Default: tonight; a night lasts from noon to noon, local time.
            confirm: With `"apply"`, the hash of the run, if guards of the fleet refuse its plans.

        Returns:
            The run, with what it is expected to take.

        Raises:
            OpenRunError: A run of the night is still open.
            BudgetError: The budget is too small, and its `excess` is `"refuse"`.
            NoRunError: With `"apply"`, there are no plans.
            FleetGuardError: With `"apply"`, the plans are refused, and `confirm` is not their hash.
            FleetConfigError: An organization is invalid. Nothing of the run is worked on.
            DuplicateNameError: Two organizations have the same name.

        Example:
            ``run = await fleet.start("plan"); print(run.forecast.statement)``
        """
        check_choice("mode", mode, get_args(RunMode), error=InvalidArgumentError)
        check_instance("night", night, date | None, "a datetime.date", error=InvalidArgumentError)
        check_instance("confirm", confirm, str | None, "the hash of the run")
        now = self._now()
        async with self._store.use() as store:
            if mode == "apply":
                return await to_thread.run_sync(apply_plans, store, confirm)
            entries = self._entries() if callable(self._entries) else self._entries
            return await start_run(store, entries, self._options, mode=mode, night=night or night_of(now), now=now)

    @name_parameters
    async def work(self, epoch: int | None = None) -> FleetReport:
        """Work on a run until nothing of it is left to do. It continues a run that was interrupted.

        Args:
            epoch: The run. Default: the latest one.

        Returns:
            How it ended. The failure of an organization, or of a whole key, is in it.

        Raises:
            NoRunError: There is no such run.
            StoreError: The store cannot be read or written.
        """
        async with self.context() as context:
            found = await to_thread.run_sync(find_epoch, context.store, epoch)
            await observe_work(partial(work_run, context, found), context.store, self._observer, found)
            return FleetReport(progress=await to_thread.run_sync(find_progress, context.store, found))

    @name_parameters
    async def sync(self, *, night: date | None = None) -> FleetReport:
        """Start a run of the night and work on it.

        Args:
            night: The night. Default: tonight.

        Returns:
            How it ended.

        Raises:
            OpenRunError: A run of the night is still open.
            BudgetError: The budget is too small, and its `excess` is `"refuse"`.
            FleetConfigError: An organization is invalid.
            StoreError: The store cannot be read or written.

        Example:
            ``report = await fleet.sync(); print(report.summary())``
        """
        async with self._store.use():
            started = await self.start("sync", night=night)
            return await self.work(started.epoch)

    @name_parameters
    async def status(self, epoch: int | None = None) -> FleetProgress:
        """Return the progress of a run. It may be called while other processes work on it.

        Args:
            epoch: The run. Default: the latest one.

        Returns:
            The numbers by key.

        Raises:
            NoRunError: There is no such run.
            StoreError: The store cannot be read.
        """
        async with self._store.use() as store:
            return await to_thread.run_sync(find_progress, store, await to_thread.run_sync(find_epoch, store, epoch))

    @name_parameters
    async def resume(self, *, confirm: str | Collection[str] = ()) -> FleetReport:
        """Try again what failed or was stopped in the latest run, and work on it.

        Keys whose sign-in was refused are tried again. A run that guards of the fleet have refused is applied if its
        hash is confirmed, and so is the plan of an organization.

        Args:
            confirm: The hash of the run, or the hashes of plans that guards have refused.

        Returns:
            How it ended.

        Raises:
            NoRunError: There is no run that is not cancelled.
            FleetGuardError: The run is refused, and its hash is not confirmed.
            StoreError: The store cannot be read or written.

        Example:
            ``report = await fleet.resume(confirm=report.progress.run.hash)``
        """
        hashes = {confirm} if isinstance(confirm, str) else set(as_list("confirm", confirm))
        for one in hashes:
            check_instance("confirm", one, str, "the hash of the run, or the hashes of plans")
        async with self._store.use() as store:
            epoch = await to_thread.run_sync(reopen, store, hashes)
            return await self.work(epoch)

    async def cancel(self) -> FleetProgress:
        """Cancel the latest run: its workers write nothing more, and send nothing more than what is in flight.

        What was applied stays. The next run finds it.

        Returns:
            The progress until then.

        Raises:
            NoRunError: There is no run that is open.
            StoreError: The store cannot be read or written.
        """
        async with self._store.use() as store:
            run = await to_thread.run_sync(store.run)
            if run is None or run.state in {"finished", "cancelled"}:
                raise NoRunError("There is no open run to cancel.")
            await to_thread.run_sync(store.cancel, run.epoch, self._now())
            return await to_thread.run_sync(find_progress, store, run.epoch)

    @name_parameters
    async def units(
        self, *, states: Collection[UnitState] | None = None, key: str | None = None, epoch: int | None = None
    ) -> AsyncIterator[UnitRecord]:
        """Yield the organizations of a run, with bounded memory.

        Args:
            states: Only those with one of these states. Default: all.
            key: Only those of this key. Default: all.
            epoch: The run. Default: the latest one.

        Yields:
            The units, in the order of the fleet.

        Raises:
            NoRunError: There is no such run.
            StoreError: The store cannot be read.
        """
        wanted, after = None if states is None else set(as_list("states", states)), -1
        for state in wanted or ():
            check_choice("states", state, UNIT_STATES, error=InvalidArgumentError)
        check_instance("key", key, str | None, "the name of a key")
        while True:
            # The store is not kept open between two batches, because the loop may be left early.
            async with self._store.use() as store:
                epoch = await to_thread.run_sync(find_epoch, store, epoch)
                read = partial(store.units, epoch, states=wanted, key=key, after=after)
                batch = await to_thread.run_sync(read)
            for unit in batch:
                yield unit
            if not batch:
                return
            after = batch[-1].number

    @name_parameters
    async def save_passwords(self, name: str, path: Path | str) -> int:
        """Write the passwords of the accounts that the latest run has created in one organization to a CSV file.

        The file has mode 0600. The passwords are derived from the fleet's key, so that no store has them.

        Args:
            name: The organization's name in the fleet.
            path: The file; an existing one is replaced.

        Returns:
            The number of passwords.

        Raises:
            ConfigurationError: The fleet generates no passwords.
            InvalidArgumentError: The run has no organization of this name.
            PlanError: Nothing of the organization's plan was applied.
            LockedError: A worker has the key of the organization.
            NoRunError: There is no run.

        Example:
            ``await fleet.save_passwords("school-17", "passwords.csv")``
        """
        check_instance("name", name, str, "the name of an organization")
        target = check_path("path", path)
        async with self.context() as context:
            epoch = await to_thread.run_sync(find_epoch, context.store, None)
            return await save_passwords(context, epoch, name, target)

    @asynccontextmanager
    async def context(self) -> AsyncGenerator[WorkContext]:
        """Open what the work on keys needs, for an engine that calls `work_key` itself.

        Yields:
            The context. Its clients are closed at the end.
        """
        async with self._store.use() as store:
            clients = ClientPool(
                self._credentials,
                self._environ,
                idle=self._options.concurrency * 2,
                max_wait=self._options.max_pause.total_seconds(),
                telemetry=self._observer.telemetry,
                open_client=self._open_client,
            )
            try:
                yield WorkContext(
                    store=store,
                    options=self._options,
                    clients=clients,
                    environ=self._environ,
                    observer=self._observer,
                    load_roster=self._load_roster,
                    now=self._now,
                )
            finally:
                await clients.aclose()
