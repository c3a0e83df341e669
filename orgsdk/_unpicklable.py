"""Base class of what holds credentials or connections: it cannot be pickled or deep-copied. Private to orgsdk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from typing import Self


class Unpicklable:
    """Refuse pickle and `copy.deepcopy`: a pickle would hold the credentials in clear.

    `copy.copy` works: the copy shares connections and credentials with the original.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} holds credentials or connections, so it cannot be pickled or deep-copied: "
            "create it where it is used, such as once in each process."
        )

    def __copy__(self) -> Self:
        if not hasattr(self, "__dict__"):
            return self  # those with slots are frozen
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other
