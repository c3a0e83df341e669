"""The organization: a school, a company, a tenant's customer."""

from __future__ import annotations

from datetime import datetime

from orgsdk.domain.record import Record


class Organization(Record):
    """An organization as its provider keeps it.

    `name` is None where the provider tells no name of it (Flat).
    """

    id: str
    name: str | None = None
    description: str | None = None
    created_at: datetime | None = None
