"""What the handles say of themselves, in a prompt and to whom takes one for its list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.providers.base import Provider


class Room:
    """Hold on to what one noun is asked by; its list is what `list()` gives."""

    _provider: Provider

    def __repr__(self) -> str:
        verbs = ", ".join(name for name in dir(type(self)) if not name.startswith("_"))
        return f"<{type(self).__name__} at {self._provider!r}: {verbs}>"

    if not TYPE_CHECKING:  # who checks types is told by there being no such method

        def __aiter__(self) -> None:
            raise TypeError(f"{type(self).__name__} is a handle, not a list: walk what its `list()` gives.")

        __iter__ = __aiter__
