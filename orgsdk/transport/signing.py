"""Signing: the `Authorization` header on each attempt, and one fresh start where it was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import AuthenticationError, NotSentError, TransportError
from orgsdk.transport.call import Stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import SecretStr

    from orgsdk.transport.auth import Auth
    from orgsdk.transport.call import Call, Onward
    from orgsdk.transport.request import Request, Response


class Signing:
    """Sign a call by `auth`; `exchange` sends a request to the token endpoint, within the call that needs it."""

    def __init__(self, auth: Auth, exchange: Callable[[Call, Request, SecretStr | None], Awaitable[Response]]) -> None:
        self._auth = auth
        self._exchange = exchange

    async def send(self, call: Call, onward: Onward) -> Response:
        """Sign and go onward; where the token is refused, once more with a new one, and never a third time.

        Raises `NotSentError` where no token could be had for want of an answer: the request itself never left.
        """
        header = await self._sign(call)
        try:
            response = await onward(call)
        except AuthenticationError:
            if not self._auth.reject(header):
                raise
        else:
            self._auth.accept(header)
            return response
        header = await self._sign(call)
        response = await onward(call)
        self._auth.accept(header)
        return response

    async def _sign(self, call: Call) -> SecretStr:
        # A request that was answered 401 did nothing: until it is sent again it is as if it never left.
        call.stage = Stage.WAITING
        try:
            header = await self._auth.header(lambda request, secret: self._exchange(call, request, secret))
        except TransportError as error:
            lack = NotSentError(
                f"no access token could be had: {error}", provider=error.provider, operation=call.request.operation
            )
            raise lack from error
        call.authorization = header
        return header
