"""`RowStore`: the rows of a roster in a compact form. It makes a `UserSpec` when a row is read."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Sequence
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, cast, get_args, overload

from orgsdk.bulk.roster.keys import Key
from orgsdk.bulk.roster.spec import FIELDS, State, UserSpec
from orgsdk.bulk.stores.key_index import KeyIndex, loose_hashes
from orgsdk.bulk.stores.texts import BLOCK_ROWS, TextTable, decode_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_KEYS: Final[tuple[Key, ...]] = get_args(Key)
_NO_NUMBER: Final = 0xFFFFFFFF
_MAX_DIGITS: Final = 9


class Common(NamedTuple):
    """What many rows have in common. Equal ones are stored once. `origin` is without the number that ends it."""

    roles: tuple[str, ...] | None
    state: State
    word: str | None
    origin: str | None


_texts_of: Final = attrgetter(*FIELDS)
# Setting a field of many rows with its slot's setter, in C, takes a third of the time of calling the constructor.
_SETTERS: Final[dict[str, Callable[[UserSpec, object], None]]] = {
    name: getattr(UserSpec, name).__set__ for name in (*FIELDS, "roles", "state", "word", "origin")
}


class RowStore(Sequence[UserSpec]):
    """Rows in 90 bytes each instead of 700. Reading a row twice makes two equal objects.

    Args:
        rows: The rows, in order.
    """

    def __init__(self, rows: Iterable[UserSpec] = ()) -> None:
        self._texts = TextTable()
        self._common: list[Common] = []
        self._numbers_of_common: dict[Common, int] = {}
        self._common_of = array("I")
        self._line_of = array("I")
        self._pending: list[UserSpec] = []
        self._hashes: dict[Key, array[int]] = {kind: array("Q") for kind in _KEYS}
        self._indexes: dict[Key, KeyIndex] = {}
        self._defined: Counter[str] = Counter()
        rows = iter(rows)
        while chunk := list(islice(rows, BLOCK_ROWS)):
            self._store(chunk)

    def append(self, row: UserSpec) -> None:
        """Add a row at the end. All rows are added before keys are searched."""
        self._pending.append(row)
        if len(self._pending) >= BLOCK_ROWS:
            self._store_pending()

    def forget_empty_roles(self) -> None:
        """Take an empty tuple of roles for one that is not defined, in every row."""
        self._store_pending()
        self._common = [one._replace(roles=one.roles or None) for one in self._common]
        self._numbers_of_common.clear()  # two of them may be equal now

    def key_index(self, kind: Key) -> KeyIndex:
        """Return the index of the rows by one key; see `loose_hash`."""
        self._store_pending()
        if kind not in self._indexes:
            self._indexes[kind] = KeyIndex(self._hashes.pop(kind))
        return self._indexes[kind]

    @property
    def defined(self) -> Mapping[str, int]:
        """How many rows define each field."""
        self._store_pending()
        return self._defined

    def encoded(self, position: int) -> str:
        """Return the fields of a row as `TextTable` stores them, with one text behind them."""
        return self._texts.encoded(position)

    @property
    def common_numbers(self) -> Sequence[int]:
        """The position of each row's part in `common`."""
        self._store_pending()
        return self._common_of

    @property
    def common(self) -> Sequence[Common]:
        """Each combination of roles, state, word and origin without its number."""
        self._store_pending()
        return self._common

    def take(self, positions: Iterable[int]) -> list[UserSpec]:
        """Return the rows at these positions."""
        self._store_pending()
        found: list[UserSpec] = []
        wanted = iter(positions)
        while chunk := list(islice(wanted, BLOCK_ROWS)):
            found += self._rows(list(map(self._texts.encoded, chunk)), chunk)
        return found

    def __len__(self) -> int:
        return len(self._common_of) + len(self._pending)

    @overload
    def __getitem__(self, position: int) -> UserSpec: ...
    @overload
    def __getitem__(self, position: slice) -> list[UserSpec]: ...
    def __getitem__(self, position: int | slice) -> UserSpec | list[UserSpec]:
        positions = range(len(self))[position]
        return self.take(positions) if isinstance(positions, range) else self.take((positions,))[0]

    def __iter__(self) -> Iterator[UserSpec]:
        self._store_pending()
        first = 0
        for block in self._texts.encoded_blocks():
            yield from self._rows(block, range(first, first + len(block)))
            first += len(block)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        others = cast("Sequence[object]", other)
        return len(self) == len(others) and all(one == two for one, two in zip(self, others, strict=True))

    __hash__: ClassVar[None]  # type: ignore[assignment]  # as lists

    def __repr__(self) -> str:
        return f"<RowStore of {len(self):,} rows>"

    def _store_pending(self) -> None:
        if self._pending:
            pending, self._pending = self._pending, []
            self._store(pending)

    def _store(self, rows: Sequence[UserSpec]) -> None:
        columns = list(zip(*map(_texts_of, rows), strict=True))
        origins = [_split_origin(row.origin) for row in rows]
        self._texts.extend([*columns, [text for _, _, text in origins]])
        self._line_of.extend([line for _, line, _ in origins])
        known, common = self._numbers_of_common, self._common
        for row, (prefix, _, _) in zip(rows, origins, strict=True):
            parts = Common(row.roles, row.state, row.word, prefix)
            number = known.setdefault(parts, len(common))
            if number == len(common):
                common.append(parts)
            self._common_of.append(number)
        for name, column in zip(FIELDS, columns, strict=True):
            self._defined[name] += sum(map(bool, column))
        for kind, hashes in self._hashes.items():
            hashes.extend(loose_hashes(kind, columns[FIELDS.index(kind)]))

    def _rows(self, encoded: Sequence[str], positions: Sequence[int]) -> list[UserSpec]:
        columns = dict(zip((*FIELDS, "origin"), decode_columns(encoded), strict=True))
        common = [self._common[self._common_of[position]] for position in positions]
        roles, states, words, prefixes = zip(*common, strict=True)
        lines = [self._line_of[position] for position in positions]
        origins = [
            text if line == _NO_NUMBER else f"{prefix} {line}"
            for text, line, prefix in zip(columns["origin"], lines, prefixes, strict=True)
        ]
        values: dict[str, Iterable[Any]] = {**columns, "roles": roles, "state": states, "word": words}
        values["origin"] = origins
        rows = [object.__new__(UserSpec) for _ in positions]
        for name, set_value in _SETTERS.items():
            deque(map(set_value, rows, values[name]), maxlen=0)
        return rows


def _split_origin(origin: str | None) -> tuple[str | None, int, str | None]:
    """Return the text before the number that ends an origin, and the number; or else the whole origin, as last part."""
    if origin is not None:
        prefix, space, number = origin.rpartition(" ")
        if space and number.isdigit() and number.isascii() and len(number) <= _MAX_DIGITS:
            line = int(number)
            if len(number) == 1 or number[0] != "0":
                return prefix, line, None
    return None, _NO_NUMBER, origin
