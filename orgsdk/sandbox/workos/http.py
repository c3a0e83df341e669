"""Requests, responses and routes of the WorkOS server."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, unquote

from orgsdk.sandbox.workos.errors import ValidationStyle, not_found
from orgsdk.sandbox.workos.formats import encode

if TYPE_CHECKING:
    from orgsdk.sandbox.workos.state import WorkOSState

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class QueryParameters:
    """The query parameters, form-decoded, in their order."""

    __slots__ = ("pairs",)

    def __init__(self, raw: bytes) -> None:
        self.pairs: list[tuple[str, str]] = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="replace")

    def text(self, name: str) -> str | None:
        """Return the first value of a parameter, or None."""
        return next((value for key, value in self.pairs if key == name), None)

    def texts(self, name: str, *, brackets: bool) -> list[str] | None:
        """Return the values of an array, or None if it is missing.

        Args:
            name: Name of the parameter.
            brackets: Whether the form is `name[]=a&name[]=b`, instead of the documented `name=a,b`.

        Returns:
            The values.
        """
        if brackets:
            return [value for key, value in self.pairs if key == f"{name}[]"] or None
        joined = self.text(name)
        return joined.split(",") if joined else None


@dataclass(frozen=True, slots=True)
class WorkOSRequest:
    """One authorized request as handlers see it."""

    state: "WorkOSState"
    method: str
    path: str
    query: QueryParameters
    headers: Mapping[str, str]
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    def at(self, params: Mapping[str, str]) -> "WorkOSRequest":
        """Return the request with the variables of its path."""
        return replace(self, params=params)

    @property
    def is_write(self) -> bool:
        """Whether the request changes something."""
        return self.method in _WRITES


@dataclass(frozen=True, slots=True)
class WorkOSResponse:
    """The response of a handler. Without a body it has no content type."""

    status: int
    body: bytes = b""


def json_response(value: object, status: int = 200) -> WorkOSResponse:
    """Return a response with a JSON body."""
    return WorkOSResponse(status, encode(value))


Handler = Callable[[WorkOSRequest], WorkOSResponse]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    Attributes:
        method: HTTP method.
        template: Path, with variables in braces.
        handler: Returns the response.
        invalid: How the operation reports an invalid request.
        only: The document or the emulator, if the other has no such operation.
    """

    method: str
    template: str
    handler: Handler
    invalid: ValidationStyle = "plain"
    only: Literal["document", "emulator"] | None = None

    def is_in(self, *, emulator: bool) -> bool:
        """Return whether the variant has the operation."""
        return self.only is None or (self.only == "emulator") is emulator


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """A route that matches a request, with the variables of its path."""

    route: Route
    params: Mapping[str, str]


class Router:
    """Find the route for a method and a path. The first match is used, so a fixed segment is before a variable."""

    __slots__ = ("_routes",)

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: dict[tuple[str, int], list[tuple[Route, list[str]]]] = {}
        for route in routes:
            template = _segments(route.template)
            self._routes.setdefault((route.method, len(template)), []).append((route, template))

    def find(self, method: str, path: str) -> RouteMatch:
        """Return the matching route.

        Args:
            method: HTTP method.
            path: Path as sent, percent-encoded.

        Returns:
            The route, with the decoded variables of the path.

        Raises:
            WorkOSError: 404, for an unknown method too (facts, section 3).
        """
        segments = _segments(path)
        for route, template in self._routes.get((method, len(segments)), ()):
            params = _match(template, segments)
            if params is not None:
                return RouteMatch(route, params)
        raise not_found("Path", path)


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _match(template: list[str], segments: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for expected, actual in zip(template, segments, strict=True):
        if expected.startswith("{"):
            if not actual:
                return None
            params[expected[1:-1]] = unquote(actual)
        elif expected != actual:
            return None
    return params
