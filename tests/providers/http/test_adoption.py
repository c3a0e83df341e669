"""A create whose answer was lost: every way that it can go on."""

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

WHO: dict[str, Any] = {"provider": "acme", "operation": "create_user"}
LOST = TransportError("reset", **WHO)
LATE = RequestTimeoutError("slow", **WHO)
DOWN = ServerError("down", **WHO, status_code=500)
GATEWAY = ServerError("time-out", **WHO, status_code=524)
GARBLED = DecodeError("cut off", **WHO)
UNSENT = NotSentError("refused", **WHO)
LIMITED = RateLimitError("slow down", **WHO, status_code=429)
GATE = RateLimitError("slow down", **WHO)
BUSY = ServerError("busy", **WHO, status_code=503, retry_after=1.0)
INVALID = BadRequestError("no", **WHO, status_code=400)
TAKEN = UnprocessableError("taken", **WHO, status_code=422)
THERE = ConflictError("there", **WHO, status_code=409)
NO_TOKEN = DecodeError("no token", provider="acme", operation="token")
FORBIDDEN = PermissionDeniedError("no", **WHO, status_code=403)
REDIRECTED = APIError("elsewhere", **WHO, status_code=302)

# What says nothing of an attempt before it.
UNDECIDED = (LOST, LATE, DOWN, GARBLED, UNSENT, LIMITED, GATE, BUSY, NO_TOKEN, FORBIDDEN, REDIRECTED)

Step = str | None | OrgError


@dataclass
class Directory:
    """Answer creates and look-ups in turn, and note which were made."""

    creates: Sequence[Step]
    look_ups: Sequence[Step] = ()
    made: list[str] = field(default_factory=list)

    async def create(self) -> str:
        step = self._next("create", self.creates)
        assert step is not None
        return step

    async def look_up(self) -> str | None:
        return self._next("look up", self.look_ups)

    def _next(self, kind: str, steps: Sequence[Step]) -> str | None:
        step = steps[self.made.count(kind)]
        self.made.append(kind)
        if isinstance(step, OrgError):
            raise step
        return step

    async def once(self, *, key: bool = True) -> tuple[str, bool]:
        return await create_or_adopt(self.create, self.look_up if key else None, **WHO)


CREATE, LOOK = "create", "look up"


@pytest.mark.parametrize("lost", [LOST, LATE, DOWN, GATEWAY, GARBLED], ids=repr)
@pytest.mark.parametrize(
    ("creates", "look_ups", "result", "made"),
    [
        pytest.param((), ("ada",), ("ada", True), [CREATE, LOOK], id="found"),
        pytest.param(("ada",), (None,), ("ada", False), [CREATE, LOOK, CREATE], id="not found, made"),
        *(
            pytest.param((again,), (None, "ada"), ("ada", True), [CREATE, LOOK, CREATE, LOOK], id=f"late: {again!r}")
            for again in (*UNDECIDED, TAKEN, THERE, INVALID)
        ),
    ],
)
async def test_a_lost_create_is_found_and_adopted_or_made_once_more(
    lost: OrgError, creates: tuple[Step, ...], look_ups: tuple[Step, ...], result: tuple[str, bool], made: list[str]
) -> None:
    directory = Directory((lost, *creates), look_ups)
    assert await directory.once() == result
    assert directory.made == made


@pytest.mark.parametrize("refusal", [TAKEN, THERE, INVALID], ids=repr)
async def test_a_second_try_that_is_refused_for_what_it_asks_was_refused(refusal: OrgError) -> None:
    directory = Directory((LOST, refusal), (None, None))
    with pytest.raises(type(refusal)) as caught:
        await directory.once()
    assert caught.value is refusal
    assert directory.made == [CREATE, LOOK, CREATE, LOOK]


@pytest.mark.parametrize("again", UNDECIDED, ids=repr)
async def test_what_cannot_be_found_after_a_second_try_is_unknown(again: OrgError) -> None:
    # The first may arrive yet, though the second never left.
    directory = Directory((LOST, again), (None, None))
    with pytest.raises(
        OutcomeUnknownError, match="acme create_user: the response was lost, and the lookup found nothing"
    ) as caught:
        await directory.once()
    assert caught.value.__cause__ is again
    assert directory.made == [CREATE, LOOK, CREATE, LOOK]


@pytest.mark.parametrize("failure", [FORBIDDEN, LOST, UNSENT, DOWN, LIMITED, GARBLED], ids=repr)
@pytest.mark.parametrize(
    ("creates", "found", "made"),
    [((LOST,), (), [CREATE, LOOK]), ((LOST, TAKEN), (None,), [CREATE, LOOK, CREATE, LOOK])],
)
async def test_a_look_up_that_fails_tells_nothing_of_the_create(
    failure: OrgError, creates: tuple[Step, ...], found: tuple[Step, ...], made: list[str]
) -> None:
    directory = Directory(creates, (*found, failure))
    with pytest.raises(OutcomeUnknownError, match="and the lookup failed too") as caught:
        await directory.once()
    assert caught.value.__cause__ is failure
    assert directory.made == made


async def test_what_has_no_key_is_unknown_at_once() -> None:
    directory = Directory((LOST,))
    with pytest.raises(OutcomeUnknownError, match="and there is no key to look the resource up by") as caught:
        await directory.once(key=False)
    assert caught.value.__cause__ is LOST
    assert (caught.value.provider, caught.value.operation) == ("acme", "create_user")
    assert directory.made == [CREATE]


@pytest.mark.parametrize("key", [True, False])
@pytest.mark.parametrize("error", [UNSENT, LIMITED, GATE, BUSY, INVALID, TAKEN, THERE, FORBIDDEN, NO_TOKEN], ids=repr)
async def test_what_was_not_lost_is_raised_as_it_is(error: OrgError, key: bool) -> None:
    directory = Directory((error,))
    with pytest.raises(type(error)) as caught:
        await directory.once(key=key)
    assert caught.value is error
    assert directory.made == [CREATE]


@pytest.mark.parametrize("key", [True, False])
async def test_a_create_that_is_answered_is_not_looked_up(key: bool) -> None:
    directory = Directory(("ada",))
    assert await directory.once(key=key) == ("ada", False)
    assert directory.made == [CREATE]


async def test_what_is_no_error_of_ours_goes_through() -> None:
    async def broken() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        await create_or_adopt(broken, broken, **WHO)


@pytest.mark.parametrize(
    ("error", "lost"),
    [(error, True) for error in (LOST, LATE, DOWN, GATEWAY, GARBLED)]
    + [(error, False) for error in (UNSENT, LIMITED, GATE, BUSY, INVALID, TAKEN, THERE, FORBIDDEN, NO_TOKEN)]
    + [(TransportError("reset", provider="acme", operation="token"), False)],
    ids=repr,
)
def test_what_is_lost(error: OrgError, lost: bool) -> None:
    assert is_response_lost(error) is lost
