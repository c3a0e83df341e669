"""An asyncio worker: whoever signs up becomes a user, or is invited.

Run it with `python examples/service.py`: without a provider in the environment it works through sign-ups of its own
against the sandbox, and ends. With one, `python examples/service.py sign-ups.jsonl` reads a file of lines such as
`{"email": "ada@example.com", "username": "ada", "role": "teacher"}`; a service of yours would read its queue there.
Ctrl-C and SIGTERM end it once what was begun is done. It needs `orgsdk[sandbox]` where no provider is set.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk import (
    AuthenticationError,
    ConfigurationError,
    NotSentError,
    OrgClient,
    OrgError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from orgsdk.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.resources import OrganizationHandle

SETTINGS = ("ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")
WORKERS = 4
TRIES = 3


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody filled in: with a username they get an account, without one an invitation."""

    email: str
    username: str | None = None
    role: str | None = None


class Service:
    """Work through sign-ups, several at a time, until there are no more or somebody stops it."""

    def __init__(self, organization: OrganizationHandle) -> None:
        self._organization = organization
        # A short queue: what waits in it is what a stop has to finish.
        self._queue: asyncio.Queue[tuple[int, SignUp] | None] = asyncio.Queue(WORKERS)
        self._stopping = asyncio.Event()
        self.outcomes: Counter[str] = Counter()

    def stop(self) -> None:
        """Take no more sign-ups; finish those that were taken."""
        self._stopping.set()

    async def run(self, sign_ups: Iterable[SignUp]) -> None:
        """Work through `sign_ups`. Raises `AuthenticationError` and such where nothing can work."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(WORKERS):
                tasks.create_task(self._work())
            for number, sign_up in enumerate(sign_ups, 1):
                if self._stopping.is_set():
                    break
                await self._queue.put((number, sign_up))
            for _ in range(WORKERS):
                await self._queue.put(None)

    async def _work(self) -> None:
        while (taken := await self._queue.get()) is not None:
            number, sign_up = taken
            outcome = await self._settle(number, sign_up)
            self.outcomes[outcome] += 1

    async def _settle(self, number: int, sign_up: SignUp) -> str:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._sign_up(sign_up)
            except (AuthenticationError, PermissionDeniedError):
                raise  # the next one would fare no better
            except OutcomeUnknownError as error:
                # Neither lost nor done for sure: to repeat it could make a second one.
                return self._tell(number, "to be looked at", error)
            except (RateLimitError, ServerError, NotSentError) as error:
                # orgsdk has repeated what is safe to repeat; this is about an outage, so it waits longer.
                if attempt == TRIES or self._stopping.is_set():
                    return self._tell(number, "put back", error)
                wait = getattr(error, "retry_after", None) or 2.0**attempt
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), wait)
            except OrgError as error:
                return self._tell(number, "refused", error)
        raise AssertionError("unreachable")

    async def _sign_up(self, sign_up: SignUp) -> str:
        roles = [] if sign_up.role is None else [sign_up.role]
        if sign_up.username is None:
            await self._organization.invitations.create(sign_up.email, roles=roles)
            return "invited"
        made = await self._organization.users.create(username=sign_up.username, email=sign_up.email, roles=roles)
        return "found there after a lost answer" if made.adopted else "created"

    def _tell(self, number: int, outcome: str, error: OrgError) -> str:
        # By its number: a log is no place for addresses.
        print(f"sign-up {number}: {outcome}: {error}", flush=True)
        return outcome


def sandbox_sign_ups() -> list[SignUp]:
    """Make up sign-ups, two of which cannot be."""
    new = [SignUp(f"new{number}@example.com", f"new{number}") for number in range(1, 21)]
    invited = [SignUp(f"guest{number}@example.com", role="teacher") for number in range(1, 6)]
    return [*new, SignUp("new1@example.com", "new1"), SignUp("no address"), *invited]


def read_sign_ups(path: str) -> list[SignUp]:
    """Read a file of JSON lines."""
    return [SignUp(**json.loads(line)) for line in Path(path).read_text("utf-8").splitlines() if line.strip()]


async def main(arguments: list[str]) -> None:
    async with AsyncExitStack() as stack:
        environ = dict(os.environ)
        sign_ups = read_sign_ups(arguments[0]) if arguments else sandbox_sign_ups()
        if not any(environ.get(name) for name in SETTINGS):
            print("No provider is set: this is the sandbox's Flat.")
            sandbox = await stack.enter_async_context(Sandbox())
            environ |= {"FLAT_ACCESS_TOKEN": sandbox.flat.token, "FLAT_BASE_URL": sandbox.flat_url}
        elif not arguments:
            raise SystemExit("service: name a file of sign-ups, one JSON object a line")
        client = await stack.enter_async_context(OrgClient.from_env(environ))
        service = Service(client.organization())
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # Windows has no handlers; Ctrl-C ends it at once there
                asyncio.get_running_loop().add_signal_handler(number, service.stop)
        await service.run(sign_ups)
        done = service.outcomes.total()
        print(", ".join(f"{count} {outcome}" for outcome, count in sorted(service.outcomes.items())))
        if done < len(sign_ups):
            print(f"Stopped before the end: {len(sign_ups) - done} not begun.")


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1:]))
    except* (AuthenticationError, PermissionDeniedError, ConfigurationError) as group:
        raise SystemExit(f"service: {group.exceptions[0]}") from None
