"""An asyncio worker: whoever signs up becomes a user, or is invited.

Run it with `python examples/service.py sign-ups.jsonl` and the provider in the environment. The file has lines such as
`{"email": "ada@example.com", "username": "ada", "role": "teacher"}`; a service of yours would read its queue there.
With neither it works through sign-ups of its own at the sandbox, for which it needs `orgsdk[sandbox]`.
Ctrl-C and SIGTERM end it once what was begun is done.
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
TRIES = 3
PUT_BACK = "put back"


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
            except OrgError as error:
                outcome = verdict(error)
                # orgsdk has repeated what is safe to repeat; this is about an outage, so it waits longer.
                if outcome != PUT_BACK or attempt == TRIES or self._stopping.is_set():
                    return self._tell(number, outcome, error)
                wait = getattr(error, "retry_after", None) or 2.0**attempt
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), wait)
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


def verdict(error: OrgError) -> str:
    """Tell what becomes of a sign-up that ended so."""
    if error.partial_result is not None:
        return "to be looked at"  # an account that is no member yet: another try would only meet it
    if isinstance(error, (RateLimitError, ServerError, NotSentError)):
        return PUT_BACK  # nothing was done
    if isinstance(error, (OutcomeUnknownError, TransportError, DecodeError)):
        return "to be looked at"  # perhaps done: another try could make a second one
    return "refused"


def sandbox_sign_ups() -> list[SignUp]:
    """Make up sign-ups, two of which cannot be."""
    new = [SignUp(f"new{number}@example.com", f"new{number}") for number in range(1, 21)]
    invited = [SignUp(f"guest{number}@example.com", role="teacher") for number in range(1, 6)]
    return [*new, SignUp("new1@example.com", "new1"), SignUp("no address"), *invited]


def read_sign_ups(path: str) -> list[SignUp]:
    """Read a file of JSON lines, all of it before the first is worked on."""
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
        with suppress(NotImplementedError):  # Windows has no handlers; Ctrl-C ends it at once there
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


async def rehearse() -> None:
    from orgsdk.sandbox import Sandbox

    print("No provider is set: this is the sandbox's Flat.")
    async with Sandbox() as sandbox, OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url)) as client:
        await work(client, sandbox_sign_ups())


if __name__ == "__main__":
    try:
        if len(sys.argv) > 1:
            asyncio.run(main(sys.argv[1]))
        elif any(os.environ.get(name) for name in SETTINGS):
            raise SystemExit("service: name a file of sign-ups, one JSON object a line")
        else:
            asyncio.run(rehearse())
    except* (OrgError, OSError) as group:
        raise SystemExit(f"service: {group.exceptions[0]}") from None
