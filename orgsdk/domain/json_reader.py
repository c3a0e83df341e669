"""`JsonReader`: read JSON of responses. An odd value unsets its field and does not make its page unreadable."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, TypeVar

from pydantic import FailFast, Field, JsonValue, TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

# Most items of a response, ten times the largest page of a provider. Lists without pages have no number of their own.
MAX_ITEMS: Final = 10_000
# JSON values that an item may have on average before the items are counted, which takes longer than parsing.
_VALUES_PER_ITEM: Final = 200
# Bytes of a page, for each item, up to which nothing is counted. Counting the commas of an ordinary page would take a
# tenth of its parsing.
_BYTES_PER_ITEM: Final = 1_000
# Limits of the repair, so that a response made to be slow is refused instead.
_MAX_PROBLEMS: Final = 1_000
_MAX_ROUNDS: Final = 10
_MAX_DEPTH: Final = 100  # pydantic reads about 200 levels

_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")
# A text, even one without an end, or what begins, ends or separates values. It matches any text in linear time.
_JSON_TOKEN = re.compile(rb'"[^"\\]*(?:\\.?[^"\\]*)*(?:"|\Z)|[\[{]|[\]}]|,', re.DOTALL)


class JsonReader(Generic[T]):
    r"""Reads the bytes of a response into values of one type. Create one reader per type.

    Providers send values that their documentation does not allow: an empty text for a time, a number for a name, half
    of a surrogate pair (``"\ud83d"``, RFC 8259, section 8.2). Such a value unsets its field: the field has its
    default, and a required text is empty. An object without a valid ``id`` is refused. Only a response that pydantic
    refuses is read in this way, so an ordinary page takes no longer.

    Args:
        item: The type of an object. Its validators are built on first use.
    """

    def __init__(self, item: type[T]) -> None:
        self._item = item

    @cached_property
    def _one(self) -> TypeAdapter[T]:
        return TypeAdapter(self._item)

    @cached_property
    def _arrays(self) -> dict[int, TypeAdapter[list[T]]]:
        return {}

    def _array(self, bound: int) -> TypeAdapter[list[T]]:
        if bound not in self._arrays:
            self._arrays[bound] = TypeAdapter(array_of(self._item, bound))
        return self._arrays[bound]

    def one(self, content: bytes) -> T:
        """Read a JSON object.

        Args:
            content: The JSON.

        Returns:
            The value.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, or the object does not fit the type.
        """
        try:
            return self._one.validate_json(content)
        except ValidationError as error:
            decoded = None if cannot_be_repaired(error) else _decode(content)
            if decoded is None:
                raise
        return self._one.validate_json(json.dumps(self._repair(decoded)))

    def many(self, content: bytes, limit: int = MAX_ITEMS) -> list[T]:
        """Read a JSON array of objects.

        Args:
            content: The JSON.
            limit: Number of items that were requested. An array of more is refused before its items are built, with a
                tolerance: the next power of two, at least 16. Default and most: 10,000.

        Returns:
            The values.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, an object does not fit the type, or there are too many.
        """
        bound = bound_of(limit)
        array = self._array(bound)
        check_number_of_items(content, limit)
        try:
            return array.validate_json(content)
        except ValidationError as error:
            decoded = None if cannot_be_repaired(error) else _decode(content)
            if not isinstance(decoded, list) or len(decoded) > bound:
                raise
        return array.validate_json(json.dumps([self._repair(item) for item in decoded]))

    def page(self, content: bytes, limit: int = MAX_ITEMS) -> tuple[list[T], Mapping[str, JsonValue]]:
        """Read a page of a list, as an `EnvelopeReader` does: its objects, and what is beside them.

        Args:
            content: The JSON, an array.
            limit: Number of items that were requested, as for `many`.

        Returns:
            The values, and an empty mapping: an array has nothing else.

        Raises:
            pydantic.ValidationError: As for `many`.
        """
        return self.many(content, limit), {}

    def _repair(self, item: JsonValue) -> JsonValue:
        return repair(item, self._one.validate_json)


def bound_of(limit: int) -> int:
    """Return the most items that are built of a page of `limit`: few bounds for all page sizes, so few validators."""
    return min(1 << max(4, (limit - 1).bit_length()), MAX_ITEMS)


def array_of(item: Any, bound: int) -> Any:
    """Return the type of an array of up to `bound` items.

    It ends at the first item that is wrong or one too many. Otherwise an 8 MB response of tiny items would take minutes
    and gigabytes to refuse.
    """
    return Annotated[GenericAlias(list, item), FailFast(), Field(max_length=bound)]


def check_number_of_items(content: bytes, limit: int, *, depth: int = 1) -> None:
    """Raise `ValidationError` if an array has many more items than requested, before the response is parsed.

    Parsing takes 100 bytes of memory for an item of 2 bytes. A usual page is not counted: it is too short for that.
    `depth` is that of the array's items: 1 in a bare array, 2 in an envelope.
    """
    values = _VALUES_PER_ITEM * limit
    if len(content) <= _BYTES_PER_ITEM * limit or content.count(b",") < values:
        return
    level, items = 0, 0
    is_array = False
    for token in _JSON_TOKEN.finditer(content):
        first = content[token.start()]
        if first in b"[{":
            level += 1
            if level == depth:
                is_array, items = first == ord("["), 1
        elif first in b"]}":
            level -= 1
        elif first == ord(",") and level == depth and is_array:
            items += 1
            if items > limit:
                context = {"field_type": "List", "max_length": limit, "actual_length": items}
                raise ValidationError.from_exception_data(
                    "list", [{"type": "too_long", "loc": (), "input": None, "ctx": context}]
                )


def cannot_be_repaired(error: ValidationError, path: tuple[str, ...] = ()) -> bool:
    """Return whether decoding megabytes is useless: an id is missing, or there are too many items.

    `path` leads to the array.
    """
    problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
    location = problem["loc"][len(path) :]
    return not location if problem["type"] == "too_long" else location[-1:] == ("id",) and len(location) <= 2


def _decode(content: bytes) -> JsonValue:
    # Python reads half a surrogate pair, pydantic does not.
    try:
        return without_unreadable_values(json.loads(content))
    except (ValueError, RecursionError):
        return None


def without_unreadable_values(value: JsonValue, depth: int = _MAX_DEPTH) -> JsonValue:
    """Replace what pydantic cannot parse by null: text that is not valid Unicode, and what is nested too deeply."""
    if isinstance(value, str):
        return None if _HALF_CHARACTER.search(value) else value
    if not isinstance(value, (list, dict)):
        return value
    if depth == 0:
        return None
    if isinstance(value, list):
        return [without_unreadable_values(entry, depth - 1) for entry in value]
    return {
        name: without_unreadable_values(entry, depth - 1)
        for name, entry in value.items()
        if not _HALF_CHARACTER.search(name)
    }


def repair(item: JsonValue, validate: Callable[[str], object]) -> JsonValue:
    """Return an object without the values that a validator refuses.

    Args:
        item: The object, decoded from JSON.
        validate: Reads JSON, and raises pydantic's `ValidationError`.

    Returns:
        The object without these values, or `item` itself if it cannot be repaired.
    """
    repaired = item
    content = json.dumps(item)
    removed: set[int | str] = set()
    for _ in range(_MAX_ROUNDS):
        try:
            validate(content)
        except ValidationError as error:
            if error.error_count() > _MAX_PROBLEMS:
                return item
            problems = error.errors(include_input=False, include_url=False, include_context=False)
        else:
            return repaired
        repaired = json.loads(content)
        changed = False
        for problem in problems:
            location = problem["loc"]
            if _set_required_text(repaired, location, removed) or _remove(repaired, location):
                removed.add(location[0])
                changed = True
        if not changed:
            return item
        content = json.dumps(repaired)
    return item


def _set_required_text(item: JsonValue, location: Sequence[int | str], removed: set[int | str]) -> bool:
    # A field that was removed and is missed now is required. An empty id would name nothing.
    name = location[0] if len(location) == 1 else None
    if not isinstance(item, dict) or not isinstance(name, str) or name == "id" or name in item or name not in removed:
        return False
    item[name] = ""
    return True


def _remove(item: JsonValue, location: Sequence[int | str]) -> bool:
    """Remove the value at a location of pydantic's, and return whether there was one.

    An element of a list becomes null before the whole list is removed, so that the others keep their positions.
    """
    path: list[tuple[Any, Any]] = []
    value: Any = item
    for part in location:
        if _has(value, part):  # the other parts name the choices of a union
            path.append((value, part))
            value = value[part]
    for container, part in reversed(path):
        if isinstance(container, dict):
            del container[part]
            return True
        if container[part] is not None:
            container[part] = None
            return True
    return False


def _has(value: JsonValue, part: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value
