"""The user: a person's account, seen as a member of an organization."""

from __future__ import annotations

from datetime import datetime

from orgsdk.domain.record import Record


class User(Record):
    """A user as the provider keeps them. What the provider does not tell is None, or empty for `roles`.

    `name` is the name to show. `roles` are names of roles within the organization; one that this version of
    orgsdk has never heard of is a plain string like the others. `external_id` is the user's id in another system,
    such as a school's register, where the provider keeps one. `is_suspended` is None where the provider has
    no suspension. Times are in UTC. Everything else the provider says is in `raw`.
    """

    id: str
    external_id: str | None = None
    username: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    picture_url: str | None = None
    roles: tuple[str, ...] = ()
    is_suspended: bool | None = None
    created_at: datetime | None = None
    last_active_at: datetime | None = None
