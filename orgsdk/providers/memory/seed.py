"""What a memory provider begins with. The addresses are of a domain that is nobody's (RFC 2606)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.providers.memory.store import Store

_ROLES = ("admin", "teacher", "student")
_OPERATION = "seed"


def seed(store: Store, users: int) -> None:
    """Make the roles, one organization, and its members: an admin, then a teacher among each ten."""
    admin, teacher, student = (store.new_role(name, _OPERATION) for name in _ROLES)
    band = store.new_organization("Band", None)
    store.own_organization = band.id
    for number in range(1, users + 1):
        account = store.new_account(
            {
                "username": f"user{number}",
                "email": f"user{number}@example.com",
                "name": f"User {number}",
                "given_name": "User",
                "family_name": str(number),
            },
            has_password=True,
            operation=_OPERATION,
        )
        role = admin if number == 1 else teacher if number % 10 == 0 else student
        store.join(band, account, {role.id: role})
