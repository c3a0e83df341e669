"""The difference between "clear this" and "leave this as it is"."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias


class Unset(Enum):
    """Mark what was left out of an update, where None means to clear it."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
"""What is left out of an update, and stays as it is."""
UnsetType: TypeAlias = Literal[Unset.UNSET]
"""The type of `UNSET`, for annotations."""
