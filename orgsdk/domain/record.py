"""What the domain's nouns have in common: immutable, typed, with the provider's own JSON at hand."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Self


class Document:
    """Hold the bytes of one answer, decoded at most once and only when somebody asks."""

    __slots__ = ("_decoded", "content")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._decoded: JsonValue = None

    def item(self, index: int | None) -> dict[str, JsonValue]:
        """Give the object at `index` of the array, or the whole answer where `index` is None."""
        if self._decoded is None:
            self._decoded = json.loads(self.content)
        found = self._decoded if index is None or not isinstance(self._decoded, list) else self._decoded[index]
        return found if isinstance(found, dict) else {}


class Record(BaseModel):
    """The base of `Organization`, `User`, `Invitation` and `Role`.

    A provider's subclass only states, by validation aliases, where the fields stand on its wire.
    """

    # Where the record came from lies in a slot, not in a pydantic private attribute: those cost more than 1 µs
    # a record (DESIGN.md, decision 1).
    __slots__ = ("_document", "_index")

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    @property
    def raw(self) -> dict[str, JsonValue]:
        """Give the provider's own JSON object, all fields, decoded when asked for.

        Empty for a record that did not come from a provider. Records of one page share the decoded page: copy
        what you mean to change.
        """
        document, index = _origin(self)
        return document.item(index) if document is not None else {}

    # pydantic's copying and pickling know nothing of slots. A pickle takes this record's own JSON, not the page's.

    def __copy__(self) -> Self:
        return _with_origin_of(self, super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return _with_origin_of(self, super().__deepcopy__(memo))

    def __getstate__(self) -> dict[Any, Any]:
        return {**super().__getstate__(), "raw": json.dumps(self.raw).encode() if self.raw else None}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        content = state.pop("raw", None)
        super().__setstate__(state)
        if content:
            _set_origin(self, Document(content), None)


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
    return copied


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
        _number(records, Document(content))
        return records


def _number(records: Iterable[Record], document: Document) -> None:
    # The slots' own setters take half the time of object.__setattr__, and this runs for every record.
    set_document, set_index = Record.__dict__["_document"].__set__, Record.__dict__["_index"].__set__
    for index, record in enumerate(records):
        set_document(record, document)
        set_index(record, index)
