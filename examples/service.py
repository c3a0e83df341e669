"""An asyncio worker that creates a user, or an invitation, for each sign-up.

Run it with `python examples/service.py sign-ups.jsonl` and the provider's settings in the environment. The file has
lines such as `{"email": "ada@example.com", "username": "ada", "role": "teacher"}`; your service would read a queue
instead. Without both it processes generated sign-ups in the sandbox, which needs the extra `sandbox`. After Ctrl-C or
SIGTERM it finishes the sign-ups in progress and ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk import (
    AuthenticationError,
    DecodeError,
    NotSentError,
    OrgClient,
    OrgError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
)
from orgsdk.providers import Flat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.resources import OrganizationHandle

SETTINGS = ("ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")
WORKERS = 4
MAX_ATTEMPTS = 3
RETRY_LATER = "to be retried"


@dataclass(frozen=True, slots=True)
class SignUp:
    """A sign-up. With a username it becomes an account, without one an invitation."""

    email: str
    username: str | None = None
    role: str | None = None


class Service:
    """Process sign-ups, several in parallel, until there are no more or it is stopped."""

    def __init__(self, organization: OrganizationHandle) -> None:
        self._organization = organization
        # A short queue, because a stop still processes the waiting sign-ups.
        self._queue: asyncio.Queue[tuple[int, SignUp] | None] = asyncio.Queue(WORKERS)
        self._stopping = asyncio.Event()
        self.outcomes: Counter[str] = Counter()

    def stop(self) -> None:
        """Accept no more sign-ups, and finish those in the queue."""
        self._stopping.set()

    async def run(self, sign_ups: Iterable[SignUp]) -> None:
        """Process `sign_ups`. Raise errors that affect all of them, such as `AuthenticationError`."""
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
        while (entry := await self._queue.get()) is not None:
            number, sign_up = entry
            outcome = await self._process(number, sign_up)
            self.outcomes[outcome] += 1

    async def _process(self, number: int, sign_up: SignUp) -> str:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                return await self._sign_up(sign_up)
            except (AuthenticationError, PermissionDeniedError):
                raise  # every sign-up would fail
            except OrgError as error:
                outcome = outcome_of(error)
                # orgsdk has retried what is safe to retry. This is for outages, so it waits longer.
                if outcome != RETRY_LATER or attempt == MAX_ATTEMPTS or self._stopping.is_set():
                    return self._log(number, outcome, error)
                wait = getattr(error, "retry_after", None) or 2.0**attempt
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), wait)
        raise AssertionError("unreachable")

    async def _sign_up(self, sign_up: SignUp) -> str:
        roles = [] if sign_up.role is None else [sign_up.role]
        if sign_up.username is None:
            await self._organization.invitations.create(sign_up.email, roles=roles)
            return "invited"
        user = await self._organization.users.create(username=sign_up.username, email=sign_up.email, roles=roles)
        return "adopted after a lost response" if user.adopted else "created"

    def _log(self, number: int, outcome: str, error: OrgError) -> str:
        # Log the number, not the email address.
        print(f"sign-up {number}: {outcome}: {error}", flush=True)
        return outcome


def outcome_of(error: OrgError) -> str:
    """Return what to do with a sign-up that failed."""
    if error.partial_result is not None:
        return "to be checked"  # an account without a membership: a retry would find the username taken
    if isinstance(error, (RateLimitError, ServerError, NotSentError)):
        return RETRY_LATER  # nothing was done
    if isinstance(error, (OutcomeUnknownError, TransportError, DecodeError)):
        return "to be checked"  # perhaps done: a retry could create a duplicate
    return "refused"


def sandbox_sign_ups() -> list[SignUp]:
    """Return sign-ups, two of which are invalid."""
    new = [SignUp(f"new{number}@example.com", f"new{number}") for number in range(1, 21)]
    invited = [SignUp(f"guest{number}@example.com", role="teacher") for number in range(1, 6)]
    return [*new, SignUp("new1@example.com", "new1"), SignUp("no address"), *invited]


def read_sign_ups(path: str) -> list[SignUp]:
    """Read a whole file of JSON lines."""
    read: list[SignUp] = []
    for number, line in enumerate(Path(path).read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            read.append(SignUp(**json.loads(line)))
        except (TypeError, ValueError):
            raise SystemExit(f"service: {path}, line {number}: not a JSON object of a sign-up's fields") from None
    return read


async def work(client: OrgClient, sign_ups: list[SignUp]) -> None:
    service = Service(client.organization())
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no handlers: Ctrl-C ends the program immediately
            asyncio.get_running_loop().add_signal_handler(number, service.stop)
    try:
        await service.run(sign_ups)
    finally:
        done = service.outcomes.total()
        print(", ".join(f"{count} {outcome}" for outcome, count in sorted(service.outcomes.items())) or "none done")
        if done < len(sign_ups):
            print(f"Stopped before the end: {len(sign_ups) - done} not done.")


async def main(path: str) -> None:
    async with OrgClient.from_env() as client:
        await work(client, read_sign_ups(path))


async def run_in_sandbox() -> None:
    from orgsdk.sandbox import Sandbox

    print("No provider is set: this is the sandbox's Flat.")
    async with Sandbox() as sandbox, OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url)) as client:
        await work(client, sandbox_sign_ups())


if __name__ == "__main__":
    try:
        if len(sys.argv) > 1:
            asyncio.run(main(sys.argv[1]))
        elif any(os.environ.get(name) for name in SETTINGS):
            raise SystemExit("service: pass a file of sign-ups, one JSON object per line")
        else:
            asyncio.run(run_in_sandbox())
    except* (OrgError, OSError) as group:
        raise SystemExit(f"service: {group.exceptions[0]}") from None
