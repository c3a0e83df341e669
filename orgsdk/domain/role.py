"""The role: what a member of an organization may do there."""

from __future__ import annotations

from orgsdk.domain.record import Record


class Role(Record):
    """A role that members of an organization can hold.

    `name` is what `User.roles` shows and what `role=` takes. `kind` is the provider's word for who can hold it,
    where it has several (Logto: `"User"` and `"MachineToMachine"`). `scopes` are the names of its permissions;
    None where the provider did not say.
    """

    id: str
    name: str
    description: str | None = None
    kind: str | None = None
    scopes: tuple[str, ...] | None = None
