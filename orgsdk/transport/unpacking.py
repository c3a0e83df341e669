"""Unpacking an answer's body, never to more than is allowed (RFC 9110, section 8.4)."""

from __future__ import annotations

import zlib

from orgsdk.transport.backend import Unreadable

_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15


def unpack(packed: bytes, content_encoding: str, limit: int) -> bytes:
    """Give the body without its content encodings.

    Raises `Unreadable` where it is cut off or damaged, packed in a way that was not asked for, or larger than
    `limit` bytes.
    """
    for encoding in reversed([name.strip().lower() for name in content_encoding.split(",")]):
        match encoding:
            case "" | "identity":
                continue
            case "gzip" | "x-gzip":
                packed = _inflate(packed, _GZIP, limit)
            case "deflate":
                # Some servers leave zlib's header out; its first byte's low half is 8 where it is there (RFC 1950).
                bits = _ZLIB if packed[:1] and packed[0] & 0x0F == 8 else _RAW_DEFLATE
                packed = _inflate(packed, bits, limit)
            case _:
                raise Unreadable("it is packed in a way that was not asked for")
    return check_size(packed, limit)


def check_size(content: bytes, limit: int) -> bytes:
    """Give the body where it is no larger than `limit` bytes; raises `Unreadable` where it is."""
    if len(content) > limit:
        raise Unreadable(f"it is larger than {limit} bytes")
    return content


def _inflate(packed: bytes, bits: int, limit: int) -> bytes:
    if not packed:
        return packed  # an answer without a body may name an encoding all the same
    unpacker = zlib.decompressobj(bits)
    try:
        content = unpacker.decompress(packed, limit + 1)
    except zlib.error:
        raise Unreadable("its packing is damaged") from None
    check_size(content, limit)
    if not unpacker.eof:
        raise Unreadable("it is cut off")
    if unpacker.unused_data:
        raise Unreadable("its packing is damaged")
    return content
