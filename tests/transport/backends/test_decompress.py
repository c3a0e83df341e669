"""Decompression of a response: every requested encoding, and never above the limit."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from orgsdk.transport.backends.base import check_size, decompress
from orgsdk.transport.backends.failures import ResponseUnreadable

BODY = b'[{"id": "1"}, {"id": "2"}]' * 20
LIMIT = 10_000


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-15)


PACKED = {
    "gzip": gzip.compress(BODY),
    "x-gzip": gzip.compress(BODY),
    "GZIP": gzip.compress(BODY),
    "deflate": zlib.compress(BODY),
    "Deflate": raw_deflate(BODY),
    "": BODY,
    "identity": BODY,
    "gzip, identity": gzip.compress(BODY),
    "deflate, gzip": gzip.compress(zlib.compress(BODY)),
    "gzip,deflate ,": raw_deflate(gzip.compress(BODY)),
}


@pytest.mark.parametrize("encoding", PACKED)
def test_every_requested_encoding_is_decompressed(encoding: str) -> None:
    assert decompress(PACKED[encoding], encoding, LIMIT) == BODY


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("body", [b"", b"0", bytes(range(256)) * 9])
def test_deflate_is_read_with_and_without_header_at_every_level(level: int, body: bytes) -> None:
    for packed in (zlib.compress(body, level), zlib.compress(body, level, wbits=-15)):
        assert decompress(packed, "deflate", LIMIT) == body


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br, gzip", ""])
def test_an_empty_body_may_have_any_encoding(encoding: str) -> None:
    if "br" in encoding:
        with pytest.raises(ResponseUnreadable):
            decompress(b"", encoding, LIMIT)
    else:
        assert decompress(b"", encoding, LIMIT) == b""


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_truncated_body_is_rejected(encoding: str) -> None:
    whole = PACKED[encoding]
    for length in range(1, len(whole)):
        with pytest.raises(ResponseUnreadable, match=r"^(it is truncated|its compression is damaged)$"):
            decompress(whole[:length], encoding, LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("packed", [b"no packing at all", b"\x1f\x8b", b"\x78", b"[]"])
def test_a_body_that_is_not_compressed_is_rejected(encoding: str, packed: bytes) -> None:
    with pytest.raises(ResponseUnreadable, match=r"^(it is truncated|its compression is damaged)$") as caught:
        decompress(packed, encoding, LIMIT)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("tail", [b"\0", b"{}", gzip.compress(b"more", mtime=0)])
def test_trailing_bytes_are_rejected(encoding: str, tail: bytes) -> None:
    with pytest.raises(ResponseUnreadable, match=r"^its compression is damaged$"):
        decompress(PACKED[encoding] + tail, encoding, LIMIT)


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br", "br, gzip", "utf-8", "gzip;q=1"])
def test_an_encoding_that_was_not_requested_is_rejected(encoding: str) -> None:
    with pytest.raises(ResponseUnreadable, match=r"^its encoding was not requested$"):
        decompress(gzip.compress(BODY), encoding, LIMIT)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflate])
@pytest.mark.parametrize(("size", "allowed"), [(LIMIT, True), (LIMIT + 1, False)])
def test_the_limit_applies_to_the_decompressed_body(pack: object, size: int, allowed: bool) -> None:
    assert callable(pack)
    encoding = "gzip" if pack is gzip.compress else "deflate"
    if allowed:
        assert len(decompress(pack(b"x" * size), encoding, LIMIT)) == size
    else:
        with pytest.raises(ResponseUnreadable, match="it is larger than 10000 bytes"):
            decompress(pack(b"x" * size), encoding, LIMIT)


def test_a_decompression_bomb_stays_within_the_limit() -> None:
    bomb = gzip.compress(bytes(200_000_000), compresslevel=1)
    tracemalloc.start()
    try:
        with pytest.raises(ResponseUnreadable, match="larger than 1000000"):
            decompress(bomb, "gzip", 1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_the_limit_applies_to_an_uncompressed_body() -> None:
    assert check_size(b"x" * LIMIT, LIMIT) == b"x" * LIMIT
    with pytest.raises(ResponseUnreadable):
        decompress(b"x" * (LIMIT + 1), "", LIMIT)
