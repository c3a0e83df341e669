"""What a create with a lost answer says at its end, word for word: mutation found that no other test reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.errors import AuthenticationError, BadRequestError, OrgError, OutcomeUnknownError, TransportError
from orgsdk.providers.http.adoption import create_or_adopt, is_response_lost
from tests.reliability.event_loops import run_virtually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_LOST = TransportError("the connection broke", provider="acme", operation="create_user")
_ENDED = AuthenticationError("no", provider="acme", operation="create_user", status_code=401)
_NO_TOKEN = BadRequestError("no", provider="acme", operation="token", status_code=400)
_BAD = BadRequestError("no", provider="acme", operation="create_user", status_code=400)


def _raising(*errors: OrgError) -> Callable[[], Awaitable[str | None]]:
    left = list(errors)

    async def call() -> str | None:
        if left:
            raise left.pop(0)
        return None

    return call


def _end(create: tuple[OrgError, ...], look_up: tuple[OrgError, ...] | None) -> OrgError:
    found: Callable[[], Awaitable[str | None]] | None = None if look_up is None else _raising(*look_up)

    async def main() -> OrgError:
        with pytest.raises(OrgError) as raised:
            await create_or_adopt(_raising(*create), found, provider="acme", operation="create_user")
        return raised.value

    error = run_virtually(main, "asyncio")
    assert isinstance(error, OrgError)
    return error


@pytest.mark.parametrize(
    ("create", "look_up", "why"),
    [
        ((_LOST,), None, "and there is no key to look the resource up by"),
        ((_LOST,), (_LOST,), "and the lookup failed too"),
        ((_LOST, _LOST), (), "and the lookup found nothing"),
        ((_LOST, _ENDED), (), "and the lookup found nothing"),
        ((_LOST, _NO_TOKEN), (), "and the lookup found nothing"),
    ],
)
def test_an_unknown_outcome_says_of_what_and_why(
    create: tuple[OrgError, ...], look_up: tuple[OrgError, ...] | None, why: str
) -> None:
    error = _end(create, look_up)
    assert isinstance(error, OutcomeUnknownError)
    assert (error.provider, error.operation) == ("acme", "create_user")
    lost = f"acme create_user: the response was lost, {why}: the request may or may not have been carried out."
    assert str(error) == lost


def test_what_the_provider_would_make_twice_is_not_made_again() -> None:
    made = 0

    async def create() -> str:
        nonlocal made
        made += 1
        raise _LOST

    async def main() -> None:
        lost = r"^acme invite: the response was lost, and the lookup found nothing: it may"
        with pytest.raises(OutcomeUnknownError, match=lost) as raised:
            await create_or_adopt(create, _raising(), provider="acme", operation="invite", unique=False)
        assert raised.value.__cause__ is _LOST

    run_virtually(main, "asyncio")
    assert made == 1


def test_a_second_look_up_that_fails_says_so_of_the_same_call() -> None:
    async def main() -> None:
        looked = 0

        async def look_up() -> str | None:
            nonlocal looked
            looked += 1
            if looked == 2:
                raise _LOST
            return None

        with pytest.raises(OutcomeUnknownError, match=r"acme create_user: .* lookup failed too"):
            await create_or_adopt(_raising(_LOST, _BAD), look_up, provider="acme", operation="create_user")

    run_virtually(main, "asyncio")


def test_a_second_try_that_is_refused_for_what_it_asks_is_told() -> None:
    assert _end((_LOST, _BAD), ()) is _BAD


def test_an_error_that_names_no_operation_is_not_taken_for_lost() -> None:
    assert not is_response_lost(OrgError("nothing was sent"))
