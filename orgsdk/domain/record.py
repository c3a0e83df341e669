"""What the domain's nouns have in common: immutable, typed, with the provider's own JSON at hand."""

from __future__ import annotations

import json
from collections import deque
from functools import cached_property
from itertools import compress, count, repeat
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from orgsdk.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import MemberDescriptorType
    from typing import Any, Self


class Document:
    """Hold the bytes of one answer, decoded at most once and only when somebody asks."""

    __slots__ = ("_decoded", "content")

    def __init__(self, content: bytes) -> None:
        self.content: bytes = content
        self._decoded: JsonValue = None

    def item(self, index: int | None) -> dict[str, JsonValue]:
        """Give the object at `index` of the array, or the whole answer where `index` is None."""
        if self._decoded is None:
            self._decoded = _decode(self.content)
        found = self._decoded if index is None or not isinstance(self._decoded, list) else self._decoded[index]
        return found if isinstance(found, dict) else {}


def _decode(content: bytes) -> JsonValue:
    try:
        decoded: JsonValue = json.loads(content)
    except (ValueError, RecursionError):
        decoded = None
    else:
        return decoded
    # Raised outside the handler: json's error holds the whole answer, and a chained one would show it. pydantic has
    # read it, to bounds of its own; Python's are lower near the end of its stack, or where a process has set them so.
    raise DecodeError("the answer holds what json cannot decode.", provider="the provider", operation="raw")


_IMMUTABLE_MESSAGE = "A record does not change: it is changed at the provider, by update() of the handle that gave it."


class Record(BaseModel):
    """The base of `Organization`, `User`, `Invitation` and `Role`.

    A provider's subclass only states, by validation aliases, where the fields stand on its wire.
    """

    # Where the record came from lies in a slot, not in a pydantic private attribute: those cost more than 1 µs
    # a record (DESIGN.md, decision 1).
    __slots__ = ("_adopted", "_document", "_index")

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    if not TYPE_CHECKING:  # declared, it would let any name pass a type checker

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(_IMMUTABLE_MESSAGE)

        def __delattr__(self, name: str) -> None:
            raise AttributeError(_IMMUTABLE_MESSAGE)

    @property
    def raw(self) -> dict[str, JsonValue]:
        """Give the provider's own JSON object, all fields, decoded when asked for.

        Empty for a record that did not come from a provider. Records of one page share the decoded page: copy
        what you mean to change.

        Raises `DecodeError` where Python's own bounds of nesting and of digits are lower than usual.
        """
        document, index = _origin(self)
        return document.item(index) if document is not None else {}

    @property
    def adopted(self) -> bool:
        """Tell whether the answer to its creation was lost, and it was found there afterwards."""
        return bool(getattr(self, "_adopted", False))

    # pydantic's copying and pickling know nothing of slots. A pickle takes this record's own JSON, not the page's.

    def __copy__(self) -> Self:
        return _with_origin_of(self, super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return _with_origin_of(self, super().__deepcopy__(memo))

    def __getstate__(self) -> dict[Any, Any]:
        raw = json.dumps(self.raw).encode() if self.raw else None
        return {**super().__getstate__(), "raw": raw, "adopted": self.adopted}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        content, adopted = state.pop("raw", None), state.pop("adopted", False)
        super().__setstate__(state)
        if content:
            _set_origin(self, Document(content), None)
        if adopted:
            mark_adopted(self)


RecordT = TypeVar("RecordT", bound=Record)


def _origin(record: Record) -> tuple[Document | None, int | None]:
    # The slots are left out of the class's annotations, which pydantic would take for fields.
    return getattr(record, "_document", None), getattr(record, "_index", None)


def _set_origin(record: Record, document: Document, index: int | None) -> None:
    # The model is frozen for its users, not for the reader that makes it.
    object.__setattr__(record, "_document", document)
    object.__setattr__(record, "_index", index)


def _with_origin_of(original: Record, copied: RecordT) -> RecordT:
    document, index = _origin(original)
    if document is not None:
        _set_origin(copied, document, index)
    if original.adopted:
        mark_adopted(copied)
    return copied


def mark_adopted(record: Record) -> None:
    """Note that a create whose answer was lost found this record instead of making it."""
    object.__setattr__(record, "_adopted", True)


class RecordReader(Generic[RecordT]):
    """Read answers' bytes straight into records of one class. Made once a class, its validators on first use."""

    def __init__(self, record: type[RecordT]) -> None:
        self._record = record

    @cached_property
    def _one(self) -> TypeAdapter[RecordT]:
        return TypeAdapter(self._record)

    @cached_property
    def _many(self) -> TypeAdapter[list[RecordT]]:
        return TypeAdapter(list[self._record])  # type: ignore[name-defined]  # mypy wants a static type here

    def one(self, content: bytes) -> RecordT:
        """Read a JSON object.

        Raises pydantic's ValidationError where the bytes are not JSON, or not of the record's shape.
        """
        record = self._one.validate_json(content)
        _set_origin(record, Document(content), None)
        return record

    def many(self, content: bytes) -> list[RecordT]:
        """Read a JSON array of objects.

        Raises pydantic's ValidationError where the bytes are not JSON, or not of the record's shape.
        """
        records = self._many.validate_json(content)
        _set_origins(records, Document(content))
        _share_fields_set(records)
        return records


def _set_origins(records: Sequence[Record], document: Document) -> None:
    # The slots' own setters take half the time of object.__setattr__, and a loop within C half of theirs: this runs
    # for every record.
    set_document: Callable[[Record, Document], None] = Record.__dict__["_document"].__set__
    set_index: Callable[[Record, int], None] = Record.__dict__["_index"].__set__
    deque(map(set_document, records, repeat(document)), maxlen=0)
    deque(map(set_index, records, count()), maxlen=0)


def _share_fields_set(records: Sequence[Record]) -> None:
    # pydantic notes in a set of each record's own which fields were told: a third of what a user weighs, and nearly
    # always the same as the first's. Within C, as above.
    if not records:
        return
    slot: MemberDescriptorType = BaseModel.__dict__["__pydantic_fields_set__"]
    shared: set[str] = slot.__get__(records[0])
    same = map(shared.__eq__, map(slot.__get__, records))
    deque(map(slot.__set__, compress(records, same), repeat(shared)), maxlen=0)
