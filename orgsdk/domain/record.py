"""Base class of the models: immutable, with the provider's JSON as `raw`, and read from bytes by a `RecordReader`."""

from __future__ import annotations

import json
from collections import deque
from itertools import compress, count, repeat
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue

from orgsdk._known_names import UnknownNameError, name_hint
from orgsdk._parameters import MisuseError
from orgsdk.domain.json_reader import MAX_ITEMS, JsonReader
from orgsdk.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import MemberDescriptorType
    from typing import Any, Self


class Document:
    """The bytes of one response, decoded at most once, on first use. Private to orgsdk.

    `items` is the name of the envelope's member that holds the array, or None for a bare array.
    """

    __slots__ = ("_decoded", "content", "items")

    def __init__(self, content: bytes, items: str | None = None) -> None:
        self.content: bytes = content
        self.items: str | None = items
        self._decoded: JsonValue = None

    def item(self, index: int | None) -> dict[str, JsonValue]:
        """Return the object at `index` of the array, or the whole response if `index` is None."""
        if self._decoded is None:
            decoded = _decode(self.content)
            self._decoded = decoded[self.items] if self.items is not None and isinstance(decoded, dict) else decoded
        found = self._decoded if index is None or not isinstance(self._decoded, list) else self._decoded[index]
        return found if isinstance(found, dict) else {}


def _decode(content: bytes) -> JsonValue:
    try:
        decoded: JsonValue = json.loads(content)
    except (ValueError, RecursionError):
        decoded = None
    else:
        return decoded
    # Raised outside the handler: json's error contains the whole response, and a chained traceback would show it.
    # pydantic has accepted the response; Python's limits are lower near the end of the stack, or if a process set them.
    raise DecodeError("json cannot decode the response.", provider="the provider", operation="raw")


_IMMUTABLE_MESSAGE = "A record is immutable: change it at the provider, with update() of the resource that returned it."


class Record(BaseModel):
    """Base of `Organization`, `User`, `Invitation` and `Role`.

    A provider's subclass maps the fields to the provider's JSON, by validation aliases only. A record that is read back
    from its own dump, as in ``type(user).model_validate_json(user.model_dump_json())``, is equal to the first one. The
    dump contains the fields alone: `raw` of the record read back is empty. A pickle and a copy keep it.
    """

    # The record's origin is in slots. pydantic's private attributes cost more than 1 µs a record
    # (docs/architecture.md, decision 1).
    __slots__ = ("_adopted", "_document", "_index")

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="ignore", defer_build=True, populate_by_name=True
    )

    if not TYPE_CHECKING:  # declared, it would let any name pass a type checker

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(_IMMUTABLE_MESSAGE)

        def __delattr__(self, name: str) -> None:
            raise AttributeError(_IMMUTABLE_MESSAGE)

        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                return super().__getattr__(name)
            kind = type(self)
            hint = name_hint(self, name, (*kind.model_fields, "raw", "model_dump"))
            raise UnknownNameError(f"{kind.__name__} has no {name!r}: {hint}.", name=name, obj=self)

        def __getitem__(self, name: object) -> None:
            raise MisuseError(
                f"{type(self).__name__} is no dict: read its fields as attributes, or use `raw` or model_dump()."
            )

    @property
    def raw(self) -> dict[str, JsonValue]:
        """The provider's JSON object with all its fields, decoded on first use.

        Empty if the record did not come from a provider, or was read back from its dump. Records of one page share the
        decoded page: copy the object before you change it.

        Raises:
            DecodeError: Python's limits of nesting or of digits are lower than the default.
        """
        document, index = _origin(self)
        return document.item(index) if document is not None else {}

    @property
    def adopted(self) -> bool:
        """Whether the response to its create was lost, and the record was found afterwards."""
        return bool(getattr(self, "_adopted", False))

    # pydantic copies and pickles no slots. A pickle contains this record's own JSON, not the page's.

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
    """Mark a record as adopted: the response to its create was lost, and a lookup found it.

    Args:
        record: The record that the lookup found.
    """
    object.__setattr__(record, "_adopted", True)


class RecordReader(JsonReader[RecordT]):
    """Reads the bytes of a response into records of one class. Create one reader per class.

    An odd value unsets its field, as described at `JsonReader`; `raw` has the value.

    Args:
        record: The class of the records. Its validators are built on first use.
    """

    def __init__(self, record: type[RecordT]) -> None:
        super().__init__(record)

    def one(self, content: bytes) -> RecordT:
        """Read a JSON object.

        Args:
            content: The JSON.

        Returns:
            The record.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, or the object does not fit the class.
        """
        record = super().one(content)
        _set_origin(record, Document(content), None)
        return record

    def many(self, content: bytes, limit: int = MAX_ITEMS) -> list[RecordT]:
        """Read a JSON array of objects.

        Args:
            content: The JSON.
            limit: Number of items that were requested, as for `JsonReader.many`.

        Returns:
            The records.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, an object does not fit the class, or there are too many.
        """
        records = super().many(content, limit)
        set_origins(records, Document(content))
        return records


def set_origins(records: Sequence[Record], document: Document) -> None:
    """Set the response that the records of a page are from, in the order of its array. Private to orgsdk."""
    # This runs for every record. The slots' own setters take half the time of object.__setattr__, and a loop in C takes
    # half of theirs.
    set_document: Callable[[Record, Document], None] = Record.__dict__["_document"].__set__
    set_index: Callable[[Record, int], None] = Record.__dict__["_index"].__set__
    deque(map(set_document, records, repeat(document)), maxlen=0)
    deque(map(set_index, records, count()), maxlen=0)
    _share_fields_set(records)


def _share_fields_set(records: Sequence[Record]) -> None:
    # pydantic keeps a set of the given fields in each record: a third of the memory of a user, and nearly always equal
    # to the first record's set. The loop is in C, as above.
    if not records:
        return
    slot: MemberDescriptorType = BaseModel.__dict__["__pydantic_fields_set__"]
    shared: set[str] = slot.__get__(records[0])
    same = map(shared.__eq__, map(slot.__get__, records))
    deque(map(slot.__set__, compress(records, same), repeat(shared)), maxlen=0)
