"""Admin roles: a role is compared without case, so that `Admin` is as privileged as `admin`."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.bulk.planning.policy import Policy


class AdminRoles:
    """The admin roles of a policy."""

    def __init__(self, policy: Policy) -> None:
        self._names = frozenset(map(_folded, policy.admin_roles))

    def among(self, roles: Iterable[str]) -> set[str]:
        """Return the roles that are admin roles."""
        return {role for role in roles if _folded(role) in self._names}


def _folded(role: str) -> str:
    return unicodedata.normalize("NFKC", role).strip().casefold()
