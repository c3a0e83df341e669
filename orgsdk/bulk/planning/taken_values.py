"""Usernames, addresses and ids that a row takes over from another user, who may keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from orgsdk.bulk.planning.matched_rows import Transfer
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.roster.keys import Key
    from orgsdk.bulk.roster.spec import UserSpec

_MAX_SHOWN: Final = 10


class TakenValues:
    """The keys that rows take over. `settle` decides which of them their holders keep.

    A holder gives a key up if an update replaces it, or if the account is deleted. The order of the writes then frees
    it first. A membership that ends, or a suspension, keeps it: the provider would refuse it for another user.
    """

    def __init__(self, policy: Policy) -> None:
        self._update = policy.update
        self._held: dict[int, set[Key]] = {}
        self._lines: list[str] = []

    def settle(self, transfers: Iterable[Transfer], deleted: Collection[str] = frozenset()) -> None:
        """Find the keys that stay with their holders; `deleted` are the ids of users whose accounts are deleted."""
        for transfer in transfers:
            row, holder = transfer.row, transfer.holder_row
            is_freed = transfer.kind in self._update if holder.state == "active" else transfer.holder.id in deleted
            if not is_freed:
                self._held.setdefault(id(row), set()).add(transfer.kind)
                of = holder.origin or f"member {transfer.holder.id}"
                self._lines.append(f"{row.origin or 'a row'} ({transfer.kind} of {of})")

    def is_held(self, row: UserSpec, kind: Key | None = None) -> bool:
        """Return whether another user keeps a key of the row, or the key of this kind."""
        held = self._held.get(id(row), ())
        return bool(held) if kind is None else kind in held

    def leave_out(self, row: UserSpec, changes: dict[str, str]) -> None:
        """Remove the keys that another user keeps from the changes of a row's user."""
        for kind in self._held.get(id(row), ()):
            changes.pop(kind, None)

    @property
    def notes(self) -> tuple[str, ...]:
        """A note that names both rows of each key that its holder keeps; none if there is none."""
        if not self._lines:
            return ()
        more = len(self._lines) - _MAX_SHOWN
        shown = [*self._lines[:_MAX_SHOWN], *([f"and {more:,} more"] if more > 0 else [])]
        note = (
            "these rows need a value that the user of another row keeps, so it is left out, and a new user is not "
            f"created or invited: {'; '.join(shown)}; "
            "the value is free when the other user's account is deleted or changed"
        )
        return (note,)
