"""`PrimaryOf`: read a text field from the primary one of a list, such as the e-mail addresses of SCIM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import core_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import GetCoreSchemaHandler


@dataclass(frozen=True, slots=True)
class PrimaryOf:
    """Annotation of a record's field: the value of the primary entry of a list of objects.

    Without a primary entry it is the first entry that has a value, and None if no entry has one. A text is read as it
    is, so that a record can be read back from its own dump.

    Args:
        value: The member of an entry that has the value.
        primary: The member of an entry that is true for the primary one.

    Example:
        ``Email = Annotated[str | None, PrimaryOf("value")]``
    """

    value: str = "value"
    primary: str = "primary"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Return the schema of the field, which sees the chosen value."""
        return core_schema.no_info_before_validator_function(self._choose, handler(source))

    def _choose(self, entries: object) -> object:
        if not isinstance(entries, (list, dict)):
            return entries
        # Some servers write a list of one entry as the entry.
        listed = cast("list[object]", entries if isinstance(entries, list) else [entries])
        objects = [cast("Mapping[str, object]", entry) for entry in listed if isinstance(entry, dict)]
        found = [entry for entry in objects if isinstance(entry.get(self.value), str) and entry[self.value]]
        primary = [entry for entry in found if entry.get(self.primary) is True]
        chosen = next(iter(primary or found), None)
        return None if chosen is None else chosen[self.value]
