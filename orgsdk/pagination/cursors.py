"""Cursors: opaque, URL-safe strings that any process with the same credentials can resume a list from.

A cursor is signed with the listing's `tenant_key`, so that one of another tenant is refused and none can be forged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TypeVar

from pydantic import SecretStr

from orgsdk.errors import InvalidCursorError
from orgsdk.pagination.listing import Listing

T = TypeVar("T")

_VERSION = 2
_SIGNATURE_LENGTH = 9
_MAX_LENGTH = 8192
_REMEMBERED = 8  # cursors of one pass


class CursorWriter:
    """Write the cursors of one list and page size. What they share is encoded once. Private to orgsdk."""

    def __init__(self, listing: Listing[T], page_size: int) -> None:
        common = [_VERSION, listing.provider, fingerprint_of(listing), page_size]
        self._common = json.dumps(common, separators=(",", ":"))[:-1]
        self._key = listing.tenant_key
        self._written: dict[str, str] = {}

    def write(self, position: str) -> str:
        """Return the cursor of the page at `position`."""
        written = self._written.get(position)
        if written is None:
            written = _pack(f"{self._common},{json.dumps(position)}]".encode(), self._key)
            # The previous page of a page is the next page of the one two before it, and signing takes time.
            if len(self._written) == _REMEMBERED:
                del self._written[next(iter(self._written))]
            self._written[position] = written
        return written


def fingerprint_of(listing: Listing[T]) -> str:
    """Return a short hash of a list's name and scope, by which its cursors recognize it. Private to orgsdk."""
    scope = json.dumps([listing.name, *listing.scope]).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(scope).digest()[:6]).decode()


def derive_tenant_key(*parts: str | SecretStr) -> bytes:
    """Return the key that signs the cursors of one tenant.

    Args:
        *parts: What identifies the tenant: its address, and the credentials if they are stable. Without a secret among
            them, a cursor can be forged.

    Returns:
        The key.
    """
    texts = [part.get_secret_value() if isinstance(part, SecretStr) else part for part in parts]
    return hashlib.sha256(json.dumps(["orgsdk cursor", *texts]).encode()).digest()


def encode_cursor(listing: Listing[T], page_size: int, position: str) -> str:
    """Return the cursor of a page.

    Args:
        listing: The list.
        page_size: Items per page.
        position: Position of the page in the provider's own terms.

    Returns:
        The cursor.
    """
    return CursorWriter(listing, page_size).write(position)


def decode_cursor(listing: Listing[T], cursor: str) -> tuple[int, str]:
    """Read a cursor.

    Args:
        listing: The list that is resumed.
        cursor: The cursor.

    Returns:
        Page size and position.

    Raises:
        InvalidCursorError: The cursor is damaged, or belongs to another provider, tenant or list.
    """
    read = _read_payload(cursor)
    if read is None:
        raise InvalidCursorError(
            "The cursor is damaged, or was not created by orgsdk: pass a page's next_cursor unchanged."
        )
    payload, (provider, fingerprint, page_size, position) = read
    if provider != listing.provider:
        raise InvalidCursorError(
            f"The cursor belongs to another provider, and this client uses {listing.provider!r}: "
            "resume with the same provider."
        )
    # Several base64 strings decode to the same bytes: only the one that was issued is accepted.
    if not hmac.compare_digest(_pack(payload, listing.tenant_key), cursor):
        raise InvalidCursorError(
            "The cursor is damaged, or belongs to another tenant or other credentials: pass a page's next_cursor "
            "unchanged, to a client with the same settings."
        )
    if fingerprint != fingerprint_of(listing):
        raise InvalidCursorError(
            f"The cursor belongs to another list than this {listing.name}: "
            "resume with the same organization and the same filters."
        )
    if not 1 <= page_size <= listing.max_page_size:
        raise InvalidCursorError(f"The cursor has a page size of {page_size}: {listing.max_page_size} is the maximum.")
    return page_size, position


def _pack(payload: bytes, key: bytes) -> str:
    signature = hmac.digest(key, payload, "sha256")[:_SIGNATURE_LENGTH]
    # The payload comes first: it starts with "[", so that no cursor starts with "-", which a command line takes for an
    # option.
    return base64.urlsafe_b64encode(payload + signature).decode().rstrip("=")


def _read_payload(cursor: str) -> tuple[bytes, tuple[str, str, int, str]] | None:
    try:
        if len(cursor) > _MAX_LENGTH:
            return None
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        payload = packed[:-_SIGNATURE_LENGTH]
        version, *parts = json.loads(payload)
        json.dumps(parts, ensure_ascii=False).encode()  # fails for a lone surrogate, which no URL can hold
    except (ValueError, TypeError, RecursionError):
        return None
    match parts:
        case [str(provider), str(fingerprint), int(page_size), str(position)] if (
            version == _VERSION and page_size is not True  # which is an int
        ):
            return payload, (provider, fingerprint, page_size, position)
        case _:
            return None
