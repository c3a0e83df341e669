"""`KeyIndex`: find rows by the hash of a key, in 12 bytes a row where a dict takes 100."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.roster.keys import KEY_FUNCTIONS, Key, fold_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_HASH_BITS: Final = 64
_MASK: Final = (1 << _HASH_BITS) - 1
_OTHER: Final = 1  # instead of 0, which is no key
_ROWS_OF_A_BUCKET: Final = 8


def hash_of(text: str) -> int:
    """Return a hash of 64 bits of a text, not 0. It is different in each process."""
    return hash(text) & _MASK or _OTHER


def loose_hash(kind: Key, value: str | None) -> int:
    """Return a hash of 64 bits that is equal for keys in any case and form, with any zeros at the start.

    Different keys may have the same hash: compare the keys. It is 0 for a value without a key, and is different in each
    process.
    """
    if not value:
        return 0
    if value.isascii():
        return hash_of(value.strip().lower().lstrip("0"))
    try:
        return hash_of(fold_form(KEY_FUNCTIONS[kind](value)).lstrip("0"))
    except ValueError:
        return 0


def loose_hashes(kind: Key, values: Sequence[str | None]) -> Sequence[int]:
    """Return the hashes of many values; of ASCII texts in a fraction of the time."""
    if "".join(filter(None, values)).isascii():
        return [hash(one.strip().lower().lstrip("0")) & _MASK or _OTHER if one else 0 for one in values]
    return [loose_hash(kind, value) for value in values]


class KeyIndex:
    """The positions of rows by the hash of their key. Rows whose hash is 0 have no key, and are left out.

    Args:
        hashes: The hash of each row, as `loose_hash` returns it.
    """

    def __init__(self, hashes: Iterable[int]) -> None:
        # An entry is the upper part of the hash, and the position in the lower bits. So one array is sorted.
        known = hashes if isinstance(hashes, array) else array("Q", hashes)
        self._shift = max(len(known).bit_length(), 1)
        self._positions = (1 << self._shift) - 1
        upper = _MASK ^ self._positions
        self._entries = array("Q", sorted([(one & upper) | at for at, one in enumerate(known) if one]))
        # The first entry of each bucket, by the first bits of the hash.
        bits = max(1, (len(self._entries) // _ROWS_OF_A_BUCKET).bit_length())
        self._bucket_shift = _HASH_BITS - bits
        self._starts = array("I", [0]) * ((1 << bits) + 1)
        self._fill_buckets()

    def _fill_buckets(self) -> None:
        entries, starts, shift = self._entries, self._starts, self._bucket_shift
        first = 0
        for bucket in range(1, len(starts)):
            first = bisect_left(entries, bucket << shift, first) if bucket << shift <= _MASK else len(entries)
            starts[bucket] = first

    def find(self, wanted: int) -> Sequence[int]:
        """Return the positions of the rows that have this hash, in order."""
        bucket = wanted >> self._bucket_shift
        entries, shift = self._entries, self._shift
        upper = wanted >> shift
        at, end = self._starts[bucket], self._starts[bucket + 1]
        at = bisect_left(entries, upper << shift, at, end)
        if at == end or entries[at] >> shift != upper or not wanted:
            return ()
        found = [entries[at] & self._positions]
        for entry in entries[at + 1 : end]:
            if entry >> shift != upper:
                break
            found.append(entry & self._positions)
        return found

    def repeated(self) -> Iterator[int]:
        """Yield the position of every row that has the hash of another one; a row may come twice."""
        limit, positions = 1 << self._shift, self._positions
        for one, other in pairwise(self._entries):
            if one ^ other < limit:
                yield one & positions
                yield other & positions
