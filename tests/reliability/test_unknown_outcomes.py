"""The errors of a create whose response was lost, word for word: no other test checks them (mutation testing)."""

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


def _end(create: tuple[OrgError, ...], lookup: tuple[OrgError, ...] | None) -> OrgError:
    found: Callable[[], Awaitable[str | None]] | None = None if lookup is None else _raising(*lookup)

    async def main() -> OrgError:
        with pytest.raises(OrgError) as raised:
            await create_or_adopt(_raising(*create), found, provider="acme", operation="create_user")
        return raised.value

    error = run_virtually(main, "asyncio")
    assert isinstance(error, OrgError)
    return error


@pytest.mark.parametrize(
    ("create", "lookup", "why"),
    [
        ((_LOST,), None, "and there is no key to look the resource up by"),
        ((_LOST,), (_LOST,), "and the lookup failed too"),
        ((_LOST, _LOST), (), "and the lookup found nothing"),
        ((_LOST, _ENDED), (), "and the lookup found nothing"),
        ((_LOST, _NO_TOKEN), (), "and the lookup found nothing"),
    ],
)
def test_an_unknown_outcome_names_the_operation_and_the_reason(
    create: tuple[OrgError, ...], lookup: tuple[OrgError, ...] | None, why: str
) -> None:
    error = _end(create, lookup)
    assert isinstance(error, OutcomeUnknownError)
    assert (error.provider, error.operation) == ("acme", "create_user")
    lost = f"acme create_user: the response was lost, {why}: the request may or may not have been carried out."
    assert str(error) == lost


def test_a_create_that_is_not_unique_is_not_retried() -> None:
    attempts = 0

    async def create() -> str:
        nonlocal attempts
        attempts += 1
        raise _LOST

    async def main() -> None:
        lost = r"^acme invite: the response was lost, and the lookup found nothing: the request may"
        with pytest.raises(OutcomeUnknownError, match=lost) as raised:
            await create_or_adopt(create, _raising(), provider="acme", operation="invite", unique=False)
        assert raised.value.__cause__ is _LOST

    run_virtually(main, "asyncio")
    assert attempts == 1


def test_a_failed_second_lookup_is_reported() -> None:
    async def main() -> None:
        lookups = 0

        async def lookup() -> str | None:
            nonlocal lookups
            lookups += 1
            if lookups == 2:
                raise _LOST
            return None

        with pytest.raises(OutcomeUnknownError, match=r"acme create_user: .* lookup failed too"):
            await create_or_adopt(_raising(_LOST, _BAD), lookup, provider="acme", operation="create_user")

    run_virtually(main, "asyncio")


def test_a_refused_second_attempt_is_raised() -> None:
    assert _end((_LOST, _BAD), ()) is _BAD


def test_an_error_without_an_operation_is_not_a_lost_response() -> None:
    assert not is_response_lost(OrgError("nothing was sent"))
