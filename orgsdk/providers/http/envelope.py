"""`EnvelopeReader`: read pages whose items are a member of an object, beside a cursor or a total."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError, create_model

from orgsdk.domain import JsonReader, Record, RecordReader
from orgsdk.domain.json_reader import (
    MAX_ITEMS,
    array_of,
    bound_of,
    cannot_be_repaired,
    check_number_of_items,
    repair,
    without_unreadable_values,
)
from orgsdk.domain.record import Document, set_origins

T = TypeVar("T")


class EnvelopeReader(Generic[T]):
    """Reads lists whose items are in an envelope, such as ``{"data": […], "list_metadata": {"after": "…"}}``.

    The bytes are read once: a page takes about as long as the bare array. An odd value unsets its field, as described
    at `JsonReader`. The records of a `Record` class have `raw`. Create one reader per class.

    Args:
        item: The class of an item. Its validators are built on first use.
        items: The member of the envelope that has the items.
        total: The member with the number of all items. If it is 0, the items may be missing (SCIM: RFC 7644, section
            3.4.2). Default: the items are required.

    Example:
        ``EnvelopeReader(AcmeUser, items="Resources", total="totalResults")``
    """

    def __init__(self, item: type[T], items: str = "data", total: str | None = None) -> None:
        self._item = item
        self._items = items
        self._total = total
        self._is_record = issubclass(item, Record)
        reader: Any = RecordReader(cast("Any", item)) if self._is_record else JsonReader(item)
        self._reader: JsonReader[T] = reader

    @cached_property
    def _one(self) -> TypeAdapter[T]:
        return TypeAdapter(self._item)

    @cached_property
    def _envelopes(self) -> dict[int, TypeAdapter[Any]]:
        return {}

    def _envelope(self, bound: int) -> TypeAdapter[Any]:
        if bound not in self._envelopes:
            items: Any = (array_of(self._item, bound), Field(None, validation_alias=self._items))
            model: type[BaseModel] = create_model("Envelope", __config__=ConfigDict(extra="allow"), items=items)
            self._envelopes[bound] = TypeAdapter(model)
        return self._envelopes[bound]

    def one(self, content: bytes) -> T:
        """Read a single object, which has no envelope.

        Args:
            content: The JSON.

        Returns:
            The value.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, or the object does not fit the class.
        """
        return self._reader.one(content)

    def many(self, content: bytes, limit: int = MAX_ITEMS) -> list[T]:
        """Read the items of an envelope.

        Args:
            content: The JSON.
            limit: Number of items that were requested, as for `JsonReader.many`.

        Returns:
            The values.

        Raises:
            pydantic.ValidationError: As for `page`.
        """
        return self.page(content, limit)[0]

    def page(self, content: bytes, limit: int = MAX_ITEMS) -> tuple[list[T], Mapping[str, JsonValue]]:
        """Read an envelope.

        Args:
            content: The JSON.
            limit: Number of items that were requested. Many more are refused before they are built, as by
                `JsonReader.many`.

        Returns:
            The values, and the other members of the envelope as they are.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, the items are missing, one does not fit the class, there
                are too many, or another member cannot be read.
        """
        found = self._read(content, limit)
        metadata: dict[str, JsonValue] = found.model_extra
        items: list[T] | None = found.items  # None if they are missing
        if items is None:
            if not self._is_empty(metadata):
                missing: Any = {"type": "missing", "loc": (self._items,), "input": None}
                raise ValidationError.from_exception_data("Envelope", [missing])
            items = []
        if self._is_record:
            set_origins(cast("list[Record]", items), Document(content, self._items))
        return items, metadata

    def _read(self, content: bytes, limit: int) -> Any:
        bound = bound_of(limit)
        envelope = self._envelope(bound)
        check_number_of_items(content, limit, depth=2)
        try:
            return envelope.validate_json(content)
        except ValidationError as error:
            repaired = None if cannot_be_repaired(error, (self._items,)) else self._repaired(content, bound)
            if repaired is None:
                raise
        return envelope.validate_json(repaired)

    def _is_empty(self, metadata: Mapping[str, JsonValue]) -> bool:
        return self._total is not None and metadata.get(self._total) == 0

    def _repaired(self, content: bytes, bound: int) -> str | None:
        """Return the envelope with repaired items, or None if that is impossible.

        The other members stay as they are: without an odd cursor the list would end too early.
        """
        try:
            decoded: JsonValue = json.loads(content)
            if not isinstance(decoded, dict):
                return None
            rows = decoded.get(self._items)
            if rows is None and self._is_empty(decoded):
                rows = []  # some servers write null instead of an empty array
            if not isinstance(rows, list) or len(rows) > bound:
                return None
            read = self._one.validate_json
            decoded[self._items] = [repair(without_unreadable_values(row), read) for row in rows]
            return json.dumps(decoded)
        except (ValueError, RecursionError):
            return None
