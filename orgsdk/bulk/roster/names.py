"""Compare the names of users: whether two rows, or a row and a member, may be of one user."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.roster.keys import key_of

if TYPE_CHECKING:
    from typing import Protocol

    from orgsdk.bulk.roster.keys import HasKeys

    class HasNames(Protocol):
        """A row or a user: anything that has names."""

        @property
        def given_name(self) -> str | None: ...
        @property
        def name(self) -> str | None: ...
        @property
        def family_name(self) -> str | None: ...

    class NamedUser(HasNames, HasKeys, Protocol):
        """A row or a user, with names and keys."""


_NAMES: Final = ("given_name", "name", "family_name")


def is_other_name(before: str, after: str) -> bool:
    """Return whether a name is another one, and not a longer, shorter or accented form."""
    old, new = _letters(before), _letters(after)
    return not (old.startswith(new) or new.startswith(old))


def is_same_name(one: str | None, other: str | None) -> bool | None:
    """Return whether two names are the same, apart from accents and length; None if one is missing."""
    return None if not (one and other) else not is_other_name(one, other)


def is_nearer(user: HasNames, one: HasNames, other: HasNames) -> bool:
    """Return whether no name of a user is another one than that of `one`, or only that of `other`."""
    for name in _NAMES:
        is_of_one, is_of_other = (is_same_name(getattr(each, name), getattr(user, name)) for each in (one, other))
        if is_of_one is False or (is_of_other and not is_of_one):
            return False
    return True


def are_other_names(one: HasNames, other: HasNames) -> bool:
    """Return whether names show that two rows are of two users.

    Two external ids do not show it: a source may have an old and a new record of one user.
    """
    found = (is_same_name(getattr(one, name), getattr(other, name)) for name in _NAMES)
    return next((not is_same for is_same in found if is_same is not None), False)


def shows_same_user(row: NamedUser, user: NamedUser) -> bool:
    """Return whether a row with another external id than the user's is of the same user, by two things that agree.

    These are the names, or the address with the username. Another given name shows another user in any case.
    """
    given = is_same_name(row.given_name, user.given_name)
    family = is_same_name(row.family_name, user.family_name)
    name = is_same_name(row.name, user.name)
    if given is False or (given is None and name is False):
        return False
    has_both_keys = all(key_of(kind, row) == key_of(kind, user) is not None for kind in ("email", "username"))
    return has_both_keys or (family is not False and bool(given or name))


def _letters(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if character.isalnum())
