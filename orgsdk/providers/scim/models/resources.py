"""A resource of SCIM as it is: the id, the version, and every attribute by its own name."""

from __future__ import annotations

from pydantic import AliasPath, Field

from orgsdk.domain import Record


class SCIMResource(Record):
    """A user, a group, or a resource of another type. `raw` has all of its attributes.

    Attributes:
        id: The server's id.
        version: The version, for `if_match=`: `meta.version`, or else the header `ETag` of the response. None if the
            server has no versions.
    """

    id: str
    version: str | None = Field(None, validation_alias=AliasPath("meta", "version"))


def version_of(record: Record) -> str | None:
    """Return the version of a resource that is in its attributes.

    Args:
        record: The resource.

    Returns:
        `meta.version`. None if it has none.
    """
    meta = record.raw.get("meta")
    version = meta.get("version") if isinstance(meta, dict) else None
    return version if isinstance(version, str) and version else None
