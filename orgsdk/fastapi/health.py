"""Health checks: whether the process responds, and whether the provider responds to it."""

# No postponed annotations: FastAPI cannot resolve a string that names a variable of the enclosing function.

import logging
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Literal
from weakref import WeakKeyDictionary

import anyio
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import Request

from orgsdk._callables import call_function, check_function, describe
from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance, check_number
from orgsdk.client import OrgClient
from orgsdk.errors import ConfigurationError, OrgError, RateLimitError
from orgsdk.fastapi.clients import get_client
from orgsdk.fastapi.problems import MEDIA_TYPE, Problem, general_detail, log_error, problem_of, respond
from orgsdk.options import CallOptions

_LOGGER = logging.getLogger(__name__)


class Health(BaseModel):
    """The process responds (alive), or its provider responds too (ready)."""

    status: Literal["alive", "ready"]


async def _list_one_organization(client: OrgClient) -> object:
    return await client.organizations.list(page_size=1)


class _Readiness:
    """Checks one client's provider, at most once in `keep` seconds for any number of requests."""

    def __init__(self, client: OrgClient, probe: Callable[[OrgClient], object], keep: float) -> None:
        self._client = client
        self._probe = probe
        self._keep = keep
        self._lock = anyio.Lock()
        self._checked_at = -math.inf
        self._error: OrgError | None = None

    async def problem(self, request: Request) -> OrgError | None:
        async with self._lock:
            if anyio.current_time() - self._checked_at >= self._keep:
                self._error = await self._check()
                self._checked_at = anyio.current_time()
                if self._error is not None:
                    log_error(_LOGGER, request, HTTPStatus.SERVICE_UNAVAILABLE, self._error)
            return self._error

    async def _check(self) -> OrgError | None:
        try:
            await call_function(self._probe, self._client)
        except RateLimitError:
            return None  # the provider responds; taking the app out of service would turn a wait into an outage
        except OrgError as error:
            return error.with_traceback(None)  # the traceback would keep its frames in memory
        return None


@name_parameters
def health(
    *,
    path: str = "/health",
    client: Callable[..., OrgClient | Awaitable[OrgClient] | AsyncGenerator[OrgClient]] = get_client,
    probe: Callable[[OrgClient], object] = _list_one_organization,
    keep: float = 10.0,
    timeout: float = 5.0,
) -> APIRouter:
    """Return a router with two checks below `path`: ``live`` sends no request, ``ready`` sends one to the provider.

    ``ready`` returns 200, or 503 with problem details and ``Retry-After`` if the provider did not respond as expected.
    A rate limit counts as a response. The request is not retried and does not wait for a rate limit. Errors are logged
    (logger `orgsdk.fastapi`); the response describes them in general terms only.

    Restart a process by ``live``, never by ``ready``: a restart does not end a provider's outage.

    Args:
        path: Path prefix of both checks.
        client: The dependency that provides the client, such as one from `client_of`.
        probe: Sends the request; usually async. Default: list one organization.
        keep: Seconds for which a result is reused.
        timeout: Seconds for the whole probe.

    Returns:
        The router, for ``app.include_router(…)``.

    Raises:
        ConfigurationError: `keep` or `timeout` is not a valid number of seconds, or `probe` not a function of a client.

    Example:
        ``app.include_router(health())``
    """
    check_number("keep", keep, unit="seconds")
    check_instance("path", path, str, "a text", error=ConfigurationError)
    if path and (not path.startswith("/") or path.endswith("/")):
        raise ConfigurationError("path is no prefix of a path: let it start with / and not end with it.")
    if not callable(client):
        raise ConfigurationError(f"client is {describe(client)}: pass a dependency that provides a client.")
    check_function(probe, "probe", "the client")
    CallOptions(timeout=timeout)  # raises for an invalid timeout now, not in a request
    router = APIRouter(prefix=path, tags=["health"])
    known: WeakKeyDictionary[OrgClient, _Readiness] = WeakKeyDictionary()

    # Some load balancers and monitors send HEAD.
    @router.head("/live", include_in_schema=False)
    @router.get("/live", summary="Does the process respond?")
    async def live() -> Health:
        return Health(status="alive")

    @router.head("/ready", response_model=Health, include_in_schema=False)
    @router.get(
        "/ready",
        response_model=Health,
        summary="Does the provider respond?",
        responses={
            503: {
                "description": "No.",
                "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
            }
        },
    )
    async def ready(request: Request, current: Annotated[OrgClient, Depends(client)]) -> Health | Response:
        readiness = known.get(current)
        if readiness is None:
            probe_client = current.with_options(timeout=timeout, max_attempts=1, max_wait=0)
            readiness = known[current] = _Readiness(probe_client, probe, keep)
        error = await readiness.problem(request)
        return Health(status="ready") if error is None else respond(_unready(error), math.ceil(keep))

    return router


def _unready(error: OrgError) -> Problem:
    # In general terms: health checks are often open to everyone.
    status = HTTPStatus.SERVICE_UNAVAILABLE
    general = {"status": status, "title": status.phrase, "detail": general_detail(error), "code": None}
    return problem_of(error).model_copy(update=general)
