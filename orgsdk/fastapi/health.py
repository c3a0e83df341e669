"""Whether the app lives, and whether its provider answers it."""

# Annotations are not postponed here: FastAPI could not find a name of an enclosing function in one of text.

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

from orgsdk.client import OrgClient
from orgsdk.errors import ConfigurationError, OrgError, RateLimitError
from orgsdk.fastapi.clients import get_client
from orgsdk.fastapi.problems import MEDIA_TYPE, Problem, general_detail, problem_of, respond
from orgsdk.options import CallOptions

_LOGGER = logging.getLogger(__name__)


class Health(BaseModel):
    """What a health check found."""

    status: Literal["alive", "ready"]


async def _list_one_organization(client: OrgClient) -> object:
    return await client.organizations.list(page_size=1)


class _Readiness:
    """Ask one client's provider, at most once in `keep` seconds, however many want to know."""

    def __init__(self, client: OrgClient, probe: Callable[[OrgClient], Awaitable[object]], keep: float) -> None:
        self._client = client
        self._probe = probe
        self._keep = keep
        self._lock = anyio.Lock()
        self._asked_at = -math.inf
        self._found: OrgError | None = None

    async def problem(self) -> OrgError | None:
        async with self._lock:
            if anyio.current_time() - self._asked_at >= self._keep:
                self._found = await self._ask()
                self._asked_at = anyio.current_time()
                if self._found is not None:
                    _LOGGER.error("not ready for %s: %s", type(self._found).__name__, self._found)
            return self._found

    async def _ask(self) -> OrgError | None:
        try:
            await self._probe(self._client)
        except RateLimitError:
            return None  # it answers: to take the app out of service would make an outage of a wait
        except OrgError as error:
            return error.with_traceback(None)  # whose frames would be kept as long as it is
        return None


def health(
    *,
    path: str = "/health",
    client: Callable[..., OrgClient | Awaitable[OrgClient] | AsyncGenerator[OrgClient]] = get_client,
    probe: Callable[[OrgClient], Awaitable[object]] = _list_one_organization,
    keep: float = 10.0,
    timeout: float = 5.0,
) -> APIRouter:
    """Give a router with two checks below `path`: `live` asks nobody, `ready` asks the provider.

    `ready` is 200, or 503 with problem details and `Retry-After` where the provider did not answer as it should;
    a rate limit counts as an answer. The provider is asked by `probe`, one request for one organization unless you
    say otherwise, at most once in `keep` seconds whatever it said, for at most `timeout` seconds, never repeated and
    never waiting for a rate limit. What failed is logged (logger `orgsdk.fastapi`), and told in general alone.
    `client` is the dependency that gives the client, such as what `client_of` gives.

    Let `live` decide whether the process is restarted, never `ready`: a provider's outage is not mended so.

    Raises `ConfigurationError` for seconds that cannot be.

    Example: `app.include_router(health())`
    """
    if not (keep >= 0 and math.isfinite(keep)):
        raise ConfigurationError(f"keep is {keep}: pass a number of seconds, 0 or more.")
    CallOptions(timeout=timeout)  # refuses what cannot be here, not in a request
    router = APIRouter(prefix=path, tags=["health"])
    known: WeakKeyDictionary[OrgClient, _Readiness] = WeakKeyDictionary()

    # Some balancers and monitors ask by HEAD.
    @router.head("/live", include_in_schema=False)
    @router.get("/live", summary="Does the process answer?")
    async def live() -> Health:
        return Health(status="alive")

    @router.head("/ready", response_model=Health, include_in_schema=False)
    @router.get(
        "/ready",
        response_model=Health,
        summary="Does the provider answer the app?",
        responses={
            503: {"description": "It does not.", "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
        },
    )
    async def ready(asking: Annotated[OrgClient, Depends(client)]) -> Health | Response:
        readiness = known.get(asking)
        if readiness is None:
            hurried = asking.with_options(timeout=timeout, max_attempts=1, max_wait=0)
            readiness = known[asking] = _Readiness(hurried, probe, keep)
        error = await readiness.problem()
        return Health(status="ready") if error is None else respond(_unready(error), math.ceil(keep))

    return router


def _unready(error: OrgError) -> Problem:
    # Whoever looks after the app asks here, often without a sign-in, and asked the provider for nothing themselves.
    status = HTTPStatus.SERVICE_UNAVAILABLE
    told = {"status": status, "title": status.phrase, "detail": general_detail(error), "code": None}
    return problem_of(error).model_copy(update=told)
