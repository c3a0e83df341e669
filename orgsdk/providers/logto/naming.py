"""From what a caller says, an id or a name, to the thing that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from orgsdk.pagination import Paginator
from orgsdk.providers.logto import wire
from orgsdk.providers.logto.refusals import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orgsdk.pagination import Listing


class Named(Protocol):
    """What has an id and a name of its own."""

    @property
    def id(self) -> str:
        """Give the id."""
        ...

    @property
    def name(self) -> str:
        """Give the name."""
        ...


NamedT = TypeVar("NamedT", bound=Named)


async def resolve(
    wanted: Sequence[str], listing: Callable[[str | None], Listing[NamedT]], *, what: str, operation: str
) -> Sequence[NamedT]:
    """Give what `wanted` names, each once and in order: an id goes before a name, which may be anything.

    `listing` describes the list that a search finds, or all of it. One alone is searched for by name, and only
    where that finds nothing is all of it read, for ids are not among what is searched; several are read at once.

    Raises `NotFoundError` where there is no such thing.
    """
    if not wanted:
        return []
    name = wire.loose(wanted[0]) if len(wanted) == 1 else None
    known = await _known(listing(name))
    if name is not None and wanted[0] not in known:
        known = await _known(listing(None))
    for one in wanted:
        if one not in known:
            raise not_found(f"the tenant has no organization {what} called {one!r}.", operation)
    return list({known[one].id: known[one] for one in wanted}.values())


async def _known(listing: Listing[NamedT]) -> dict[str, NamedT]:
    listed = await Paginator(listing).collect()
    return {found.name: found for found in listed} | {found.id: found for found in listed}
