"""`orgsdk doctor`: check settings, sign-in, permissions, clock and rate limit."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import anyio

from orgsdk.cli.errors import ExitCode, UsageError, exit_code
from orgsdk.cli.options.common import OutputOptions
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.output.formats import make_writer
from orgsdk.cli.output.rows import RecordView
from orgsdk.cli.profiles import profile_file
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
from orgsdk.transport.headers import response_date

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.client import OrgClient
    from orgsdk.providers.base import Provider
    from orgsdk.responses import ResponseInfo

_TIMEOUT = 15
# In seconds. A Date header has whole seconds (RFC 9110, section 5.6.7), and a request takes time.
_CLOCK_TOLERANCE = 30
# Warn if less than this share of the rate limit is left.
_LOW_RATE_LIMIT = 0.1
_VIEW = RecordView(
    "check", ("check", "status", "detail", "advice", "code"), columns=("check", "status", "detail", "advice")
)


def doctor(*, output: OutputOptions = OutputOptions(), connection: ConnectionOptions = ConnectionOptions()) -> int:
    """Check settings, sign-in, permissions, clock and rate limit, and show how to fix each problem.

    It only reads, at most one record per list. The exit code is that of the first failed check.
    """
    fields = _VIEW.select(output.fields, _VIEW.columns)
    checks = _run_checks(connection)
    writer = make_writer(output.format, fields)
    writer.write([{field: asdict(check)[field] for field in fields} for check in checks])
    writer.end()
    return next((check.code for check in checks if check.status == "failed"), ExitCode.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorCheck:
    """Result of one check. `code` is the exit code if it failed."""

    check: str
    status: Literal["ok", "warning", "failed", "skipped"] = "ok"
    detail: str
    advice: str = ""
    code: ExitCode = ExitCode.OK


def _run_checks(connection: ConnectionOptions) -> list[DoctorCheck]:
    profile = connection.selected_profile()
    source = f"profile {profile} of {profile_file(os.environ)}" if profile else "the environment"
    try:
        client = connection.client()
    except (ConfigurationError, InvalidArgumentError, UsageError) as error:
        return [
            _failed("settings", error, f"set or correct it in {source}; orgsdk sandbox prints settings for a trial")
        ]
    settings = DoctorCheck(check="settings", detail=f"{client.provider!r} from {source}")
    return [settings, *anyio.run(_check_provider, client, connection)]


async def _check_provider(client: OrgClient[Provider], connection: ConnectionOptions) -> list[DoctorCheck]:
    async with client:
        probe = client.with_options(timeout=_TIMEOUT, max_attempts=2, max_wait=0)
        lists = _lists(probe, connection)
        checks: list[DoctorCheck] = []
        responses: tuple[ResponseInfo, ...] = ()
        denied = False
        started = time.time()
        for name, read_list in lists.items():
            if name not in client.capabilities:
                continue
            try:
                read = await _read(probe, read_list)
            except (AuthenticationError, TransportError, RateLimitError) as error:
                # Every further check would fail in the same way.
                return [*checks, _no_access(client, error)]
            except UsageError as error:
                checks.append(DoctorCheck(check=f"may {name}", status="skipped", detail=str(error)))
            except OrgError as error:
                if _is_wrong_address(error) and not responses:
                    return [*checks, _no_access(client, error)]
                denied = denied or isinstance(error, PermissionDeniedError)
                checks.append(
                    _failed(f"may {name}", error, _advice(client.provider, name, error, had_response=bool(responses)))
                )
            else:
                responses = responses or read
                checks.append(DoctorCheck(check=f"may {name}", detail="it responds"))
        # A 403 proves that the provider accepted the credentials. A 404 may mean a wrong address.
        accepted = responses or denied or all(check.status != "failed" for check in checks)
        return [_sign_in(client, accepted=bool(accepted)), *checks, _clock(responses, started), _rate_limit(client)]


def _lists(
    client: OrgClient[Provider], connection: ConnectionOptions
) -> dict[Capability, Callable[[], Awaitable[object]]]:
    # Only lists: they change nothing, and each needs the least permission for its resource.
    return {
        Capability.ORGANIZATIONS_LIST: lambda: client.organizations.list(page_size=1),
        Capability.USERS_LIST: lambda: connection.handle(client).users.list(page_size=1),
        Capability.INVITATIONS_LIST: lambda: connection.handle(client).invitations.list(page_size=1),
        Capability.ROLES_LIST: lambda: client.roles.list(page_size=1),
        Capability.ACCOUNTS_LIST: lambda: client.accounts.list(page_size=1),
    }


async def _read(client: OrgClient[Provider], read_list: Callable[[], Awaitable[object]]) -> tuple[ResponseInfo, ...]:
    try:
        return (await client.with_raw_response(read_list())).responses
    except UnsupportedError as error:
        if error.operation != "with_raw_response":
            raise
        return ()  # the list was read without a request: it is fixed, or the provider does not use HTTP


def _sign_in(client: OrgClient[Provider], *, accepted: bool) -> DoctorCheck:
    if accepted:
        return DoctorCheck(check="sign-in", detail=f"{client.provider.name} accepts the credentials")
    return DoctorCheck(check="sign-in", status="skipped", detail="unknown: no response shows it")


def _no_access(client: OrgClient[Provider], error: OrgError) -> DoctorCheck:
    if isinstance(error, AuthenticationError):
        provider = client.provider
        variables = error.settings or provider.settings_by_error.get(error.code or "", provider.environment)
        return _failed("sign-in", error, f"check {', '.join(variables)}")
    if isinstance(error, RateLimitError):
        return _failed("rate limit", error, _wait(error.resets_at))
    # A certificate is valid for a period: a wrong clock makes it invalid.
    clock = ", this machine's clock" if "certificate" in str(error).lower() else ""
    return _failed("reach", error, f"check the address of {client.provider!r}, the network{clock} and its proxy")


def _is_wrong_address(error: OrgError) -> bool:
    redirects = isinstance(error, APIError) and error.status_code is not None and 300 <= error.status_code < 400
    return redirects or isinstance(error, DecodeError)


def _advice(provider: Provider, name: Capability, error: OrgError, *, had_response: bool) -> str:
    match error:
        case InvalidArgumentError():
            return "check the organization's id"
        case PermissionDeniedError():
            return f"give the token or application {provider.permissions.get(name, f'the permission to {name}')}"
        case NotFoundError() if had_response:
            return "check the organization's id: orgsdk organizations list shows the existing ones"
        case NotFoundError():
            return f"check the address of {provider!r}"
        case _:
            return "try again later, or contact the provider"


def _wait(until: datetime | None) -> str:
    return f"wait{'' if until is None else f' until {until:%H:%M} UTC'}, or send fewer requests"


def _clock(responses: tuple[ResponseInfo, ...], started: float) -> DoctorCheck:
    now = (started + time.time()) / 2
    local = datetime.fromtimestamp(now, UTC)
    dates = (response_date(response.headers, local) for response in responses)
    date = next((found for found in dates if found is not None), None)
    if date is None:
        return DoctorCheck(check="clock", status="skipped", detail="no response had a Date header")
    skew = date.timestamp() - now
    detail = f"this machine is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead'}"
    if abs(skew) <= _CLOCK_TOLERANCE:
        return DoctorCheck(check="clock", detail=detail)
    return DoctorCheck(
        check="clock", status="warning", detail=detail, advice="set this machine's clock: expiry times depend on it"
    )


def _rate_limit(client: OrgClient[Provider]) -> DoctorCheck:
    limit = client.rate_limit
    if limit is None or limit.remaining is None:
        return DoctorCheck(check="rate limit", status="skipped", detail="the provider does not report it")
    of = "" if limit.limit is None else f" of {limit.limit:,}"
    one = limit.remaining == 1 and limit.limit is None
    detail = f"{limit.remaining:,}{of} {'request is' if one else 'requests are'} left"
    if limit.limit is not None and limit.remaining <= limit.limit * _LOW_RATE_LIMIT:
        return DoctorCheck(check="rate limit", status="warning", detail=detail, advice=_wait(limit.resets_at))
    return DoctorCheck(check="rate limit", detail=detail)


def _failed(check: str, error: Exception, advice: str) -> DoctorCheck:
    return DoctorCheck(
        check=check, status="failed", detail=str(error).rstrip(" ."), advice=advice, code=exit_code(error)
    )
