"""`orgsdk doctor`: check settings, sign-in, permissions, clock and rate limit."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal

import anyio

from orgsdk.cli.errors import ExitCode, UsageError, exit_code
from orgsdk.cli.options.common import OutputOptions
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.output.formats import make_writer
from orgsdk.cli.output.rows import RecordView
from orgsdk.cli.profiles import profile_file
from orgsdk.cli.settings import PROFILE_VARIABLE
from orgsdk.domain import Capability
from orgsdk.errors import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    DecodeError,
    InvalidArgumentError,
    NotFoundError,
    OrgError,
    PermissionDeniedError,
    RateLimitError,
    TransportError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from orgsdk.client import OrgClient
    from orgsdk.providers.base import Provider
    from orgsdk.responses import ResponseInfo


def doctor(*, output: OutputOptions = OutputOptions(), connection: ConnectionOptions = ConnectionOptions()) -> int:
    """Check settings, sign-in, permissions, clock and rate limit, and say what to do about what is wrong.

    It reads, a page of one record at most, and writes nothing. The exit code is that of the first thing that failed.
    """

    return run_doctor(connection, output)


_TIMEOUT = 15
# A Date header has whole seconds (RFC 9110, section 5.6.7), and an answer takes its time.
_CLOCK_TOLERANCE = 30
_SCARCE = 0.1
_SHAPE = RecordView(
    "check", ("check", "status", "detail", "advice", "code"), columns=("check", "status", "detail", "advice")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorCheck:
    """Hold what one check found; `code` is the exit code that it stands for."""

    check: str
    status: Literal["ok", "warning", "failed", "skipped"] = "ok"
    detail: str
    advice: str = ""
    code: ExitCode = ExitCode.OK


def run_doctor(connection: ConnectionOptions, output: OutputOptions) -> ExitCode:
    """Write what every check found, and give the exit code of the first that failed."""
    fields = _SHAPE.choose(output.fields, _SHAPE.columns)
    checks = _run_checks(connection)
    writer = make_writer(output.output, fields)
    writer.write([{field: asdict(check)[field] for field in fields} for check in checks])
    writer.end()
    return next((check.code for check in checks if check.status == "failed"), ExitCode.OK)


def _run_checks(connection: ConnectionOptions) -> list[DoctorCheck]:
    profile = connection.profile or os.environ.get(PROFILE_VARIABLE)
    source = f"profile {profile} of {profile_file(os.environ)}" if profile else "the environment"
    try:
        client = connection.client()
    except (ConfigurationError, InvalidArgumentError, UsageError) as error:
        return [
            _failed(
                "settings", error, f"set what is missing or wrong in {source}; orgsdk sandbox prints settings to try"
            )
        ]
    settings = DoctorCheck(check="settings", detail=f"{client.provider!r} from {source}")
    return [settings, *anyio.run(_ask, client, connection)]


async def _ask(client: OrgClient[Provider], connection: ConnectionOptions) -> list[DoctorCheck]:
    async with client:
        probe = client.with_options(timeout=_TIMEOUT, max_attempts=2, max_wait=0)
        reads = _reads(probe, connection)
        checks: list[DoctorCheck] = []
        answers: tuple[ResponseInfo, ...] = ()
        denied = False
        began = time.time()
        for name, read in reads.items():
            if name not in client.capabilities:
                continue
            try:
                found = await _answers(probe, read)
            except (AuthenticationError, TransportError, RateLimitError) as error:
                # Every other check would end the same way.
                return [*checks, _obstacle(client, error)]
            except UsageError as error:
                checks.append(DoctorCheck(check=f"may {name}", status="skipped", detail=str(error)))
            except OrgError as error:
                if _is_of_the_address(error) and not answers:
                    return [*checks, _obstacle(client, error)]
                denied = denied or isinstance(error, PermissionDeniedError)
                checks.append(
                    _failed(f"may {name}", error, _advice(client.provider, name, error, answered=bool(answers)))
                )
            else:
                answers = answers or found
                checks.append(DoctorCheck(check=f"may {name}", detail="it answers"))
        # Whose permissions are told is known; an address that nothing is found at knows nobody.
        known = answers or denied or all(check.status != "failed" for check in checks)
        return [_signed_in(client, known=bool(known)), *checks, _clock(answers, began), _rate_limit(client)]


def _reads(
    client: OrgClient[Provider], connection: ConnectionOptions
) -> dict[Capability, Callable[[], Awaitable[object]]]:
    # Lists alone: no list changes anything, and each is the least that a permission is needed for.
    return {
        Capability.ORGANIZATIONS_LIST: lambda: client.organizations.list(page_size=1),
        Capability.USERS_LIST: lambda: connection.handle(client).users.list(page_size=1),
        Capability.INVITATIONS_LIST: lambda: connection.handle(client).invitations.list(page_size=1),
        Capability.ROLES_LIST: lambda: client.roles.list(page_size=1),
        Capability.ACCOUNTS_LIST: lambda: client.accounts.list(page_size=1),
    }


async def _answers(client: OrgClient[Provider], read: Callable[[], Awaitable[object]]) -> tuple[ResponseInfo, ...]:
    try:
        return (await client.with_raw_response(read())).responses
    except UnsupportedError as error:
        if error.operation != "with_raw_response":
            raise
        return ()  # it was read, without a request: a fixed list, or a provider without HTTP


def _signed_in(client: OrgClient[Provider], *, known: bool) -> DoctorCheck:
    if known:
        return DoctorCheck(check="sign-in", detail=f"{client.provider.name} takes the credentials")
    return DoctorCheck(check="sign-in", status="skipped", detail="no answer tells whether the credentials are taken")


def _obstacle(client: OrgClient[Provider], error: OrgError) -> DoctorCheck:
    if isinstance(error, AuthenticationError):
        return _failed("sign-in", error, f"check {', '.join(client.provider.environment)}")
    if isinstance(error, RateLimitError):
        return _failed("rate limit", error, _wait(error.resets_at))
    # A certificate is good from one day to another.
    clock = ", this machine's clock" if "certificate" in str(error).lower() else ""
    return _failed("reach", error, f"check the address of {client.provider!r}, the network{clock} and its proxy")


def _is_of_the_address(error: OrgError) -> bool:
    redirects = isinstance(error, APIError) and error.status_code is not None and 300 <= error.status_code < 400
    return redirects or isinstance(error, DecodeError)


def _advice(provider: Provider, name: Capability, error: OrgError, *, answered: bool) -> str:
    match error:
        case InvalidArgumentError():
            return "check the organization's id"
        case PermissionDeniedError():
            return f"give the token or application {provider.permissions.get(name, f'the permission to {name}')}"
        case NotFoundError() if answered:
            return "check the organization's id: orgsdk organizations list names those that there are"
        case NotFoundError():
            return f"check the address of {provider!r}"
        case _:
            return "try again in a while, or ask the provider"


def _wait(until: datetime | None) -> str:
    return f"wait{'' if until is None else f' until {until:%H:%M} UTC'}, or ask for less at once"


def _clock(answers: tuple[ResponseInfo, ...], began: float) -> DoctorCheck:
    now = (began + time.time()) / 2
    told = next((value for answer in answers for name, value in answer.headers if name.lower() == "date"), None)
    try:
        skew = None if told is None else parsedate_to_datetime(told).timestamp() - now
    except ValueError:
        skew = None
    if skew is None:
        return DoctorCheck(check="clock", status="skipped", detail="no answer told the time")
    detail = f"this machine is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead'}"
    if abs(skew) <= _CLOCK_TOLERANCE:
        return DoctorCheck(check="clock", detail=detail)
    return DoctorCheck(
        check="clock", status="warning", detail=detail, advice="set this machine's clock: expiry times depend on it"
    )


def _rate_limit(client: OrgClient[Provider]) -> DoctorCheck:
    limit = client.rate_limit
    if limit is None or limit.remaining is None:
        return DoctorCheck(check="rate limit", status="skipped", detail="the provider tells none but by refusing")
    of = "" if limit.limit is None else f" of {limit.limit:,}"
    detail = f"{limit.remaining:,}{of} requests are left"
    if limit.limit is not None and limit.remaining <= limit.limit * _SCARCE:
        return DoctorCheck(check="rate limit", status="warning", detail=detail, advice=_wait(limit.resets_at))
    return DoctorCheck(check="rate limit", detail=detail)


def _failed(check: str, error: Exception, advice: str) -> DoctorCheck:
    return DoctorCheck(
        check=check, status="failed", detail=str(error).rstrip(" ."), advice=advice, code=exit_code(error)
    )
