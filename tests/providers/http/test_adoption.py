"""Adoption after a lost response to a create: every sequence of outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.errors import (
    APIError,
    BadRequestError,
    ConflictError,
    DecodeError,
    NotSentError,
    OrgError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnprocessableError,
)
from orgsdk.providers.http.adoption import create_or_adopt, is_response_lost

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.anyio

NAMES: dict[str, Any] = {"provider": "acme", "operation": "create_user"}
LOST = TransportError("reset", **NAMES)
LATE = RequestTimeoutError("slow", **NAMES)
DOWN = ServerError("down", **NAMES, status_code=500)
GATEWAY = ServerError("time-out", **NAMES, status_code=524)
GARBLED = DecodeError("cut off", **NAMES)
UNSENT = NotSentError("refused", **NAMES)
LIMITED = RateLimitError("slow down", **NAMES, status_code=429)
LIMITED_HERE = RateLimitError("slow down", **NAMES)
BUSY = ServerError("busy", **NAMES, status_code=503, retry_after=1.0)
INVALID = BadRequestError("no", **NAMES, status_code=400)
TAKEN = UnprocessableError("taken", **NAMES, status_code=422)
EXISTS = ConflictError("there", **NAMES, status_code=409)
NO_TOKEN = DecodeError("no token", provider="acme", operation="token")
FORBIDDEN = PermissionDeniedError("no", **NAMES, status_code=403)
REDIRECTED = APIError("elsewhere", **NAMES, status_code=302)
PROXY = BadRequestError("blocked", **NAMES, status_code=400)
PROXY.is_own = False  # a gateway's, in no format of the provider

# Errors that reveal nothing about an earlier attempt.
UNDECIDED = (PROXY, LOST, LATE, DOWN, GARBLED, UNSENT, LIMITED, LIMITED_HERE, BUSY, NO_TOKEN, FORBIDDEN, REDIRECTED)

Step = str | None | OrgError


@dataclass
class Directory:
    """Answer creates and lookups in order, and record them."""

    creates: Sequence[Step]
    look_ups: Sequence[Step] = ()
    calls: list[str] = field(default_factory=list)

    async def create(self) -> str:
        step = self._next("create", self.creates)
        assert step is not None
        return step

    async def look_up(self) -> str | None:
        return self._next("look up", self.look_ups)

    def _next(self, kind: str, steps: Sequence[Step]) -> str | None:
        step = steps[self.calls.count(kind)]
        self.calls.append(kind)
        if isinstance(step, OrgError):
            raise step
        return step

    async def once(self, *, key: bool = True) -> tuple[str, bool]:
        return await create_or_adopt(self.create, self.look_up if key else None, **NAMES)


CREATE, LOOK = "create", "look up"


@pytest.mark.parametrize("lost", [LOST, LATE, DOWN, GATEWAY, GARBLED], ids=repr)
@pytest.mark.parametrize(
    ("creates", "look_ups", "result", "calls"),
    [
        pytest.param((), ("ada",), ("ada", True), [CREATE, LOOK], id="found"),
        pytest.param(("ada",), (None,), ("ada", False), [CREATE, LOOK, CREATE], id="not found, made"),
        *(
            pytest.param((again,), (None, "ada"), ("ada", True), [CREATE, LOOK, CREATE, LOOK], id=f"late: {again!r}")
            for again in (*UNDECIDED, TAKEN, EXISTS, INVALID)
        ),
    ],
)
async def test_a_lost_create_is_adopted_or_created_once_more(
    lost: OrgError, creates: tuple[Step, ...], look_ups: tuple[Step, ...], result: tuple[str, bool], calls: list[str]
) -> None:
    directory = Directory((lost, *creates), look_ups)
    assert await directory.once() == result
    assert directory.calls == calls


@pytest.mark.parametrize("rejection", [TAKEN, EXISTS, INVALID], ids=repr)
async def test_a_final_error_of_the_second_create_is_raised(rejection: OrgError) -> None:
    directory = Directory((LOST, rejection), (None, None))
    with pytest.raises(type(rejection)) as caught:
        await directory.once()
    assert caught.value is rejection
    assert directory.calls == [CREATE, LOOK, CREATE, LOOK]


@pytest.mark.parametrize(
    ("lost", "happened"),
    [
        (LOST, "the response was lost"),
        (LATE, "the response was lost"),
        (DOWN, "the provider answered 500"),
        (GATEWAY, "the provider answered 524"),
        (GARBLED, "the response cannot be read"),
    ],
    ids=repr,
)
async def test_the_error_states_what_happened_to_the_first_request(lost: OrgError, happened: str) -> None:
    with pytest.raises(OutcomeUnknownError, match=f"^acme create_user: {happened}, and the lookup found nothing: "):
        await Directory((lost, LOST), (None, None)).once()


@pytest.mark.parametrize("again", UNDECIDED, ids=repr)
async def test_a_resource_not_found_after_a_second_create_is_unknown(again: OrgError) -> None:
    # The first request may still arrive, even if the second was not sent.
    directory = Directory((LOST, again), (None, None))
    with pytest.raises(
        OutcomeUnknownError, match="acme create_user: the response was lost, and the lookup found nothing"
    ) as caught:
        await directory.once()
    assert caught.value.__cause__ is again
    assert directory.calls == [CREATE, LOOK, CREATE, LOOK]


@pytest.mark.parametrize("failure", [FORBIDDEN, LOST, UNSENT, DOWN, LIMITED, GARBLED], ids=repr)
@pytest.mark.parametrize(
    ("creates", "found", "calls"),
    [((LOST,), (), [CREATE, LOOK]), ((LOST, TAKEN), (None,), [CREATE, LOOK, CREATE, LOOK])],
)
async def test_a_failed_lookup_leaves_the_outcome_unknown(
    failure: OrgError, creates: tuple[Step, ...], found: tuple[Step, ...], calls: list[str]
) -> None:
    directory = Directory(creates, (*found, failure))
    with pytest.raises(OutcomeUnknownError, match="and the lookup failed too") as caught:
        await directory.once()
    assert caught.value.__cause__ is failure
    assert directory.calls == calls


async def test_without_a_key_the_outcome_is_unknown() -> None:
    directory = Directory((LOST,))
    with pytest.raises(OutcomeUnknownError, match="and there is no key to look the resource up by") as caught:
        await directory.once(key=False)
    assert caught.value.__cause__ is LOST
    assert (caught.value.provider, caught.value.operation) == ("acme", "create_user")
    assert directory.calls == [CREATE]


@pytest.mark.parametrize("key", [True, False])
@pytest.mark.parametrize(
    "error", [UNSENT, LIMITED, LIMITED_HERE, BUSY, INVALID, TAKEN, EXISTS, FORBIDDEN, NO_TOKEN], ids=repr
)
async def test_an_error_that_is_not_lost_is_raised_unchanged(error: OrgError, key: bool) -> None:
    directory = Directory((error,))
    with pytest.raises(type(error)) as caught:
        await directory.once(key=key)
    assert caught.value is error
    assert directory.calls == [CREATE]


@pytest.mark.parametrize("key", [True, False])
async def test_an_answered_create_is_not_looked_up(key: bool) -> None:
    directory = Directory(("ada",))
    assert await directory.once(key=key) == ("ada", False)
    assert directory.calls == [CREATE]


async def test_other_exceptions_are_raised_unchanged() -> None:
    async def broken() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        await create_or_adopt(broken, broken, **NAMES)


@pytest.mark.parametrize(
    ("error", "lost"),
    [(error, True) for error in (LOST, LATE, DOWN, GATEWAY, GARBLED)]
    + [(error, False) for error in (UNSENT, LIMITED, LIMITED_HERE, BUSY, INVALID, TAKEN, EXISTS, FORBIDDEN, NO_TOKEN)]
    + [(TransportError("reset", provider="acme", operation="token"), False)],
    ids=repr,
)
def test_which_errors_mean_a_lost_response(error: OrgError, lost: bool) -> None:
    assert is_response_lost(error) is lost
