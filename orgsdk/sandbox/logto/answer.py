"""What is answered, and the headers every answer gets on its way out. Pure."""

import base64
import gzip
import hashlib
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from orgsdk.sandbox.logto.wire import encode

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

# koa-compress's threshold: in the recordings 1025 bytes are compressed, 1016 are not.
_COMPRESS_FROM = 1024

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what a handler answers; `varies_by_origin` is false outside /api and the known /oidc routes."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Headers = ()
    varies_by_origin: bool = True


def json_answer(value: object, *, status: int = 200, headers: Headers = ()) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, encode(value), JSON, headers)


def text_answer(status: int, text: str, *, headers: Headers = ()) -> Answer:
    """Return one of the plain-text answers of routes that do not exist (facts/logto.md section 3)."""
    return Answer(status, text.encode(), TEXT, headers)


NO_CONTENT = Answer(204)

# Routes that answer nothing else leave Koa its own word for the status, as text (facts/logto.md section 5).
CREATED = Answer(201, b"Created", TEXT)


def etag_of(body: bytes) -> str:
    """Return the strong ETag of the uncompressed body: its length in hex and its SHA-1."""
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode().rstrip("=")
    return f'"{len(body):x}-{digest}"'


def _matches(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags


def _encodings(accept_encoding: str) -> set[str]:
    wanted: set[str] = set()
    for entry in accept_encoding.split(","):
        name, _, parameters = entry.partition(";")
        if parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            wanted.add(name.strip().lower())
    return wanted


def _compress(body: bytes, accept_encoding: str) -> tuple[str, bytes] | None:
    if len(body) < _COMPRESS_FROM:
        return None
    wanted = _encodings(accept_encoding)
    if "gzip" in wanted:
        return "gzip", gzip.compress(body, compresslevel=6, mtime=0)
    if "deflate" in wanted:
        return "deflate", zlib.compress(body, 6)
    return None


def finish(answer: Answer, method: str, request_headers: Mapping[str, str]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return status, headers and body as they go out: conditional, compressed, without a body for HEAD.

    An answer to HEAD has the length of the plain body and no ETag (`proto.head`); a 304 keeps its paging
    headers and loses those of its body (`proto.if_none_match`).
    """
    status, body, headers = answer.status, answer.body, list(answer.headers)
    headers.append(("vary", "Accept-Encoding, Origin" if answer.varies_by_origin else "Accept-Encoding"))
    headers.append(("logto-core-request-id", secrets.token_urlsafe(12)))
    if answer.content_type is None:
        return status, headers, b""
    if method == "GET" and status == 200 and answer.content_type.startswith("application/"):
        etag = etag_of(body)
        headers.append(("etag", etag))
        if _matches(request_headers.get("if-none-match", ""), etag):
            return 304, headers, b""
    headers.append(("content-type", answer.content_type))
    if method == "HEAD":
        headers.append(("content-length", str(len(body))))
        return status, headers, b""
    compressed = _compress(body, request_headers.get("accept-encoding", ""))
    if compressed is None:
        headers.append(("content-length", str(len(body))))
        return status, headers, body
    # No content-length: Koa streams what it compresses, and the server frames it in chunks.
    headers.append(("content-encoding", compressed[0]))
    return status, headers, compressed[1]
