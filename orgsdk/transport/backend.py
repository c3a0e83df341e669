"""The seam between orgsdk and an HTTP library: one method that sends, one that closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import SecretStr

    from orgsdk.transport.request import Response


class NotSent(Exception):  # noqa: N818  # a signal between backend and transport, not an error anybody catches
    """Say that the request did not leave; the text says why."""


class Lost(Exception):  # noqa: N818  # as above
    """Say that the request may have arrived and no whole answer came; the text says why."""


class TimedOut(Exception):  # noqa: N818  # as above
    """Say that the request may have arrived and the answer took too long."""


class Unreadable(Exception):  # noqa: N818  # as above
    """Say that an answer came which is too large, or whose content encoding is broken."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Hold one signed request as bytes go: nothing in it is decided by the HTTP library."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None
    authorization: SecretStr | None

    def __repr__(self) -> str:
        return f"Outgoing({self.method})"


class Backend(Protocol):
    """Send requests through one HTTP library."""

    async def send(self, outgoing: Outgoing) -> Response:
        """Give the whole answer, decoded, whatever its status; follow no redirect, keep no cookie.

        Raises `NotSent`, `Lost`, `TimedOut` or `Unreadable`.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection that the backend opened."""
        ...
