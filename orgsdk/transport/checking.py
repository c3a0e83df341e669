"""From an answer to a success or a typed error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import APIError, DecodeError
from orgsdk.transport.failure import error_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport.call import Call, Onward
    from orgsdk.transport.failure import Problem
    from orgsdk.transport.request import Response


class Checking:
    """Let through what is a success of the kind that was asked for; `read_problem` reads a provider's error answer."""

    def __init__(self, *, provider: str, base_url: str, read_problem: Callable[[Response], Problem]) -> None:
        self._provider = provider
        self._base_url = base_url
        self._read_problem = read_problem

    async def send(self, call: Call, onward: Onward) -> Response:
        """Give the answer where it is a 2xx, and JSON where JSON was asked for; or a 404 where it is as good as that.

        Raises `APIError` by what the provider answered, and `DecodeError` where the answer should be JSON.
        """
        response = await onward(call)
        if call.request.method == "DELETE" and response.status == 404 and call.lost is not None:
            return response  # gone by the attempt whose answer was lost
        if 300 <= response.status < 400:
            raise APIError(
                f"answered with a redirect, and redirects are not followed. Is {self._base_url} the right address?",
                provider=self._provider,
                operation=call.request.operation,
                status_code=response.status,
            )
        if not 200 <= response.status < 300:
            raise error_for(self._provider, call.request, response, self._read_problem(response))
        # A page is no answer of any request: a proxy's, or a wrong address's (facts/logto.md, section 9).
        media_type = response.media_type
        if media_type == "text/html" or (call.request.expects_json and not _is_json(media_type)):
            raise DecodeError(
                f"answered {response.status} with {media_type or 'no content type'} instead of JSON. "
                f"Is {self._base_url} the right address?",
                provider=self._provider,
                operation=call.request.operation,
            )
        return response


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")
