"""`TextTable`: rows of texts in a compact form, about one byte for each character."""

from __future__ import annotations

import json
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Final
from zlib import compress, decompress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Texts = tuple["str | None", ...]
"""The texts of one row, in the order of the columns."""

BLOCK_ROWS: Final = 512
"""Number of rows of a block."""
# No name or address has these control characters. A row that has one is stored as JSON, after a mark.
_SEPARATOR, _EMPTY, _JSON = "\x1f", "\x00", "\x1e"


class TextTable:
    """Rows of texts or None, in blocks of encoded text. A Python object for each text would take six times the memory.

    Args:
        compressed: Compress the blocks, to a third. A row takes as long to read then as its block, in any other order
            than that of the rows.
    """

    def __init__(self, *, compressed: bool = False) -> None:
        self._compressed = compressed
        self._last: tuple[int, bytes] = (-1, b"")
        self._blocks: list[bytes] = []
        self._ends = array("I")
        self._pending: list[str] = []

    def __len__(self) -> int:
        return len(self._ends) + len(self._pending)

    def extend(self, columns: Sequence[Sequence[str | None]]) -> None:
        """Add rows, given as columns of equal length."""
        texts = [_encode_column(column) for column in columns]
        rows = list(map(_SEPARATOR.join, zip(*texts, strict=True)))
        if not _are_plain(rows, texts):
            rows = [_encode_row(values) for values in zip(*columns, strict=True)]
        self._pending += rows
        while len(self._pending) >= BLOCK_ROWS:
            self._store(self._pending[:BLOCK_ROWS])
            del self._pending[:BLOCK_ROWS]

    def encoded(self, position: int) -> str:
        """Return a row as it is stored. Rows with equal texts are equal."""
        offset = position - len(self._ends)
        if offset >= 0:
            return self._pending[offset]
        start = self._ends[position - 1] if position % BLOCK_ROWS else 0
        return self._block(position // BLOCK_ROWS)[start : self._ends[position]].decode()

    def encoded_blocks(self) -> Iterator[list[str]]:
        """Yield all rows as they are stored, in blocks of at most `BLOCK_ROWS`."""
        for number in range(len(self._blocks)):
            block, ends = self._block(number), self._ends[number * BLOCK_ROWS : (number + 1) * BLOCK_ROWS]
            if block.isascii():
                text = block.decode()
                yield [text[start:end] for start, end in zip((0, *ends), ends, strict=False)]
            else:
                yield [block[start:end].decode() for start, end in zip((0, *ends), ends, strict=False)]
        if self._pending:
            yield self._pending.copy()

    def _block(self, number: int) -> bytes:
        if not self._compressed:
            return self._blocks[number]
        if self._last[0] != number:
            self._last = number, decompress(self._blocks[number])
        return self._last[1]

    def _store(self, rows: list[str]) -> None:
        text = "".join(rows)
        block = text.encode()
        lengths: Iterable[int] = map(len, rows) if len(block) == len(text) else (len(row.encode()) for row in rows)
        self._ends.extend(accumulate(lengths))
        self._blocks.append(compress(block, 1) if self._compressed else block)


def _encode_column(column: Sequence[str | None]) -> Sequence[str]:
    if all(column):
        return column  # type: ignore[return-value]  # no text of it is None
    return ["" if text is None else text or _EMPTY for text in column]


def _are_plain(rows: Sequence[str], texts: Sequence[Sequence[str]]) -> bool:
    """Return whether rows can be stored as they are: they have no separator, mark or half of a surrogate pair."""
    joined = "".join(rows)
    if not joined.isascii() and not _can_be_encoded(joined):
        return False
    if joined.count(_SEPARATOR) != len(rows) * (len(texts) - 1):
        return False
    # An empty text is stored as NUL, and is rare: such rows are encoded one by one.
    return _JSON not in joined and _EMPTY not in joined


def _encode_row(values: Texts) -> str:
    text = _SEPARATOR.join("" if value is None else value or _EMPTY for value in values)
    is_plain = text.count(_SEPARATOR) == len(values) - 1 and _JSON not in text
    if is_plain and text.count(_EMPTY) == values.count("") and _can_be_encoded(text):
        return text
    return _JSON + json.dumps(values)


def _can_be_encoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def split_row(row: str) -> list[str]:
    """Return the texts of a row as it is stored, to compare them with others: None is an empty text.

    An empty text is a control character, so that it differs from every other text.
    """
    if row[:1] == _JSON:
        return ["" if text is None else _EMPTY + text if text[:1] in {"", _EMPTY} else text for text in decode_row(row)]
    return row.split(_SEPARATOR)


def decode_row(row: str) -> Texts:
    """Return the texts of a row that `TextTable.encoded` returned."""
    if row[:1] == _JSON:
        return tuple(json.loads(row[1:]))
    if _EMPTY in row:
        return tuple("" if text == _EMPTY else text or None for text in row.split(_SEPARATOR))
    return tuple([text or None for text in row.split(_SEPARATOR)])


def decode_columns(rows: Sequence[str]) -> Sequence[Texts]:
    """Return the columns of rows, at least one, that `TextTable` returned."""
    joined = "".join(rows)
    if _JSON in joined or _EMPTY in joined:
        return list(zip(*map(decode_row, rows), strict=True))
    columns = zip(*[row.split(_SEPARATOR) for row in rows], strict=True)
    return [column if all(column) else tuple([text or None for text in column]) for column in columns]
