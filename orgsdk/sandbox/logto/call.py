"""One request as the handlers see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from orgsdk.sandbox.logto.errors import not_a_string

if TYPE_CHECKING:
    from orgsdk.sandbox.logto.state import LogtoState

MANAGEMENT_MOUNT = "/api"
OIDC_MOUNT = "/oidc"


def is_true(text: str | None) -> bool:
    """Return whether a text means yes."""
    return (text or "").lower() in ("true", "1", "yes")


class Query:
    """Hold the query parameters, form-decoded, in the order they came."""

    __slots__ = ("pairs",)

    def __init__(self, raw: bytes) -> None:
        self.pairs: list[tuple[str, str]] = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="replace")

    def values(self, name: str) -> list[str]:
        """Return every value of a parameter."""
        return [value for key, value in self.pairs if key == name]

    def text(self, name: str) -> str | None:
        """Return the one value of a parameter, None when absent; a repeated one is refused as an array."""
        values = self.values(name)
        if len(values) > 1:
            raise not_a_string(name)
        return values[0] if values else None

    def is_true(self, name: str) -> bool:
        """Return whether a switch is on: `true`, `1` or `yes`, says the OpenAPI document."""
        return is_true(self.text(name))


@dataclass(frozen=True, slots=True)
class Call:
    """Hold one request: its path as sent, header names in lower case."""

    state: "LogtoState"
    method: str
    path: str
    query: Query
    origin: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes = b""

    @property
    def accept_language(self) -> str:
        """Return the languages the caller prefers."""
        return self.headers.get("accept-language", "")
