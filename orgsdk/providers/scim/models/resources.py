"""A resource of SCIM as it is: the id, and every attribute by its own name."""

from __future__ import annotations

from orgsdk.domain import Record


class SCIMResource(Record):
    """A user, a group, or a resource of another type. `raw` has all of its attributes.

    Attributes:
        id: The server's id.
    """

    id: str
