"""Requests, responses and routes of the Logto server."""

import base64
import gzip
import hashlib
import secrets
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from orgsdk.sandbox.logto.errors import not_a_string
from orgsdk.sandbox.logto.wire import encode

if TYPE_CHECKING:
    from orgsdk.sandbox.logto.state import LogtoState

MANAGEMENT_MOUNT = "/api"
OIDC_MOUNT = "/oidc"


def is_true(text: str | None) -> bool:
    """Return whether a text is `true`, `1` or `yes`, in any case."""
    return (text or "").lower() in ("true", "1", "yes")


class QueryParameters:
    """The query parameters, form-decoded, in their order."""

    __slots__ = ("pairs",)

    def __init__(self, raw: bytes) -> None:
        self.pairs: list[tuple[str, str]] = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="replace")

    def values(self, name: str) -> list[str]:
        """Return every value of a parameter."""
        return [value for key, value in self.pairs if key == name]

    def text(self, name: str) -> str | None:
        """Return the value of a parameter, or None; raise the 400 for a repeated one."""
        values = self.values(name)
        if len(values) > 1:
            raise not_a_string(name)
        return values[0] if values else None

    def is_true(self, name: str) -> bool:
        """Return whether a parameter is `true`, `1` or `yes` (OpenAPI document)."""
        return is_true(self.text(name))


@dataclass(frozen=True, slots=True)
class LogtoRequest:
    """One request as handlers see it: its path as sent, header names in lower case."""

    state: "LogtoState"
    method: str
    path: str
    query: QueryParameters
    origin: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes = b""

    @property
    def accept_language(self) -> str:
        """The languages that the client prefers."""
        return self.headers.get("accept-language", "")


JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

# The threshold of koa-compress: in the recordings 1025 bytes are compressed, 1016 are not.
_COMPRESS_FROM = 1024

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LogtoResponse:
    """The response of a handler; `varies_by_origin` is false outside /api and the known /oidc routes."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Headers = ()
    varies_by_origin: bool = True


def json_response(value: object, *, status: int = 200, headers: Headers = ()) -> LogtoResponse:
    """Return a response with a JSON body."""
    return LogtoResponse(status, encode(value), JSON, headers)


def text_response(status: int, text: str, *, headers: Headers = ()) -> LogtoResponse:
    """Return a plain-text response, as for routes that do not exist (facts/logto.md section 3)."""
    return LogtoResponse(status, text.encode(), TEXT, headers)


NO_CONTENT = LogtoResponse(204)

# If a route sets no body, Koa sends the name of the status as text (facts/logto.md section 5).
CREATED = LogtoResponse(201, b"Created", TEXT)


def etag_of(body: bytes) -> str:
    """Return the strong ETag of the uncompressed body: its length in hex and its SHA-1."""
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode().rstrip("=")
    return f'"{len(body):x}-{digest}"'


def _matches_etag(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags


def _encodings(accept_encoding: str) -> set[str]:
    accepted: set[str] = set()
    for entry in accept_encoding.split(","):
        name, _, parameters = entry.partition(";")
        if parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip().lower())
    return accepted


def _compress(body: bytes, accept_encoding: str) -> tuple[str, bytes] | None:
    if len(body) < _COMPRESS_FROM:
        return None
    accepted = _encodings(accept_encoding)
    if "gzip" in accepted:
        return "gzip", gzip.compress(body, compresslevel=6, mtime=0)
    if "deflate" in accepted:
        return "deflate", zlib.compress(body, 6)
    return None


def finish_response(
    response: LogtoResponse, method: str, request_headers: Mapping[str, str]
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return status, headers and body as they are sent: conditional, compressed, without a body for HEAD.

    A response to HEAD has the length of the uncompressed body and no ETag (`proto.head`). A 304 has the paging headers
    but not those of the body (`proto.if_none_match`).
    """
    status, body, headers = response.status, response.body, list(response.headers)
    headers.append(("vary", "Accept-Encoding, Origin" if response.varies_by_origin else "Accept-Encoding"))
    headers.append(("logto-core-request-id", secrets.token_urlsafe(12)))
    if response.content_type is None:
        return status, headers, b""
    if method == "GET" and status == 200 and response.content_type.startswith("application/"):
        etag = etag_of(body)
        headers.append(("etag", etag))
        if _matches_etag(request_headers.get("if-none-match", ""), etag):
            return 304, headers, b""
    headers.append(("content-type", response.content_type))
    if method == "HEAD":
        headers.append(("content-length", str(len(body))))
        return status, headers, b""
    compressed = _compress(body, request_headers.get("accept-encoding", ""))
    if compressed is None:
        headers.append(("content-length", str(len(body))))
        return status, headers, body
    # No content-length: Koa streams a compressed body, and the server sends it in chunks.
    headers.append(("content-encoding", compressed[0]))
    return status, headers, compressed[1]


Handler = Callable[[LogtoRequest], LogtoResponse]

# In the order of the recorded `Allow` headers.
_METHODS = ("POST", "HEAD", "GET", "PUT", "PATCH", "DELETE")
_KNOWN = frozenset({*_METHODS, "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Route:
    """One operation; `template` is its path in the OpenAPI document, without the mount."""

    method: str
    template: str
    handler: Handler
    is_protected: bool = True


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """A route that matches a request, with the variables of its path."""

    route: Route
    params: Mapping[str, str]


class Router:
    """Find the route for a method and a path, like Logto's router (facts/logto.md section 3)."""

    __slots__ = ("_routes",)

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, _segments(route.template)) for route in routes]

    def find(self, method: str, path: str) -> RouteMatch | LogtoResponse:
        """Return the matching route, or else the response, which needs no token.

        HEAD matches the route of GET. An unknown path ends in 404. On a known path, OPTIONS returns the allowed
        methods, another known method ends in 405, and an unknown method in 501.
        """
        segments = _segments(path)
        found = [
            RouteMatch(route, params)
            for route, template in self._routes
            if (params := _match_segments(template, segments)) is not None
        ]
        routed_method = "GET" if method == "HEAD" else method
        for match in found:
            if match.route.method == routed_method:
                return match
        return _no_such_route(method, {match.route.method for match in found})


def _segments(path: str) -> list[str]:
    """Return the segments of a path, without one trailing slash (`proto.trailing_slash`)."""
    return path.removeprefix("/").removesuffix("/").split("/")


def _match_segments(template: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(template) != len(segments):
        return None
    params: dict[str, str] = {}
    for expected, actual in zip(template, segments, strict=True):
        if expected.startswith("{"):
            if not actual:
                return None
            params[expected[1:-1]] = unquote(actual)
        elif expected != actual:
            return None
    return params


def _no_such_route(method: str, offered: set[str]) -> LogtoResponse:
    if not offered:
        return text_response(404, "Not Found")
    if "GET" in offered:
        offered.add("HEAD")
    allow = (("allow", ", ".join(name for name in _METHODS if name in offered)),)
    if method == "OPTIONS":
        return text_response(200, "", headers=allow)
    if method in _KNOWN:
        return text_response(405, "Method Not Allowed", headers=allow)
    return text_response(501, "Not Implemented", headers=allow)
