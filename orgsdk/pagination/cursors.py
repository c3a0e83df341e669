"""Cursors: opaque, URL-safe text that any process can resume a list from. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, TypeVar

from orgsdk.errors import InvalidCursorError

if TYPE_CHECKING:
    from orgsdk.pagination.listing import Listing

T = TypeVar("T")

_VERSION = 1
_DIGEST_LENGTH = 6
_MAX_LENGTH = 8192


class CursorWriter:
    """Write the cursors of one list and page size; what they have in common is written once."""

    def __init__(self, listing: Listing[T], page_size: int) -> None:
        common = [_VERSION, listing.provider, listing.fingerprint, page_size]
        self._common = json.dumps(common, separators=(",", ":"))[:-1]

    def write(self, position: str) -> str:
        """Give the cursor for the page at `position`."""
        return _pack(f"{self._common},{json.dumps(position)}]".encode())


def encode_cursor(listing: Listing[T], page_size: int, position: str) -> str:
    """Make the cursor for the page at `position`."""
    return CursorWriter(listing, page_size).write(position)


def decode_cursor(listing: Listing[T], cursor: str) -> tuple[int, str]:
    """Read a cursor back into its page size and position.

    Raises `InvalidCursorError` where it is damaged, of another provider, or of another list.
    """
    read = _read_payload(cursor)
    if read is None:
        raise InvalidCursorError("The cursor is damaged, or not one of orgsdk's: pass a page's next_cursor as it came.")
    provider, fingerprint, page_size, position = read
    if provider != listing.provider:
        raise InvalidCursorError(
            f"The cursor belongs to provider {provider!r}, this client speaks to {listing.provider!r}."
        )
    if fingerprint != listing.fingerprint:
        raise InvalidCursorError(
            f"The cursor belongs to another list than this {listing.name}: "
            "resume with the organization and the filters that it began with."
        )
    if not 1 <= page_size <= listing.max_page_size:
        raise InvalidCursorError(f"The cursor asks for pages of {page_size} items.")
    return page_size, position


def _pack(payload: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(payload).digest()[:_DIGEST_LENGTH] + payload).decode().rstrip("=")


def _read_payload(cursor: str) -> tuple[str, str, int, str] | None:
    try:
        if len(cursor) > _MAX_LENGTH:
            return None
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, payload = packed[:_DIGEST_LENGTH], packed[_DIGEST_LENGTH:]
        # base64 reads one text from several spellings: only the one that was given out is taken.
        if hashlib.sha256(payload).digest()[:_DIGEST_LENGTH] != digest or _pack(payload) != cursor:
            return None
        version, *parts = json.loads(payload)
        json.dumps(parts, ensure_ascii=False).encode()  # a lone surrogate could not stand in a URL
    except (ValueError, TypeError, RecursionError):
        return None
    match parts:
        case [str(provider), str(fingerprint), int(page_size), str(position)] if (
            version == _VERSION and page_size is not True  # which is an int
        ):
            return provider, fingerprint, page_size, position
        case _:
            return None
