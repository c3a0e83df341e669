"""Cursor pages of fastapi-pagination from a list of orgsdk (needs the package fastapi-pagination)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from orgsdk._callables import check_function, describe
from orgsdk.arguments import check_instance
from orgsdk.errors import ConfigurationError
from orgsdk.pagination import Paginator
from orgsdk.pagination.paginator import start_elsewhere

try:
    from fastapi_pagination.api import apply_items_transformer, create_page, resolve_params
    from fastapi_pagination.bases import AbstractParams, is_cursor
except ModuleNotFoundError as _missing:
    if (_missing.name or "").partition(".")[0] != "fastapi_pagination":
        raise
    raise ImportError(
        "orgsdk.fastapi.pagination needs fastapi-pagination. Run: pip install fastapi-pagination"
    ) from _missing

if TYPE_CHECKING:
    from fastapi_pagination.cursor import CursorPage
    from fastapi_pagination.types import AsyncItemsTransformer

T = TypeVar("T")

_USE_CURSORS = (
    "use fastapi_pagination.cursor.CursorPage. For pages with numbers, read the whole list: "
    "fastapi_pagination.paginate(await client.organization().users.list().collect())."
)


@overload
async def paginate(items: Paginator[T], params: AbstractParams | None = None) -> CursorPage[T]: ...


@overload
async def paginate(
    items: Paginator[T], params: AbstractParams | None = None, *, transformer: AsyncItemsTransformer
) -> Any: ...  # the type of the transformer's items


async def paginate(
    items: Paginator[T], params: AbstractParams | None = None, *, transformer: AsyncItemsTransformer | None = None
) -> Any:
    """Return the page of a list that the request asks for, as a `CursorPage`.

    The request's ``size`` is the page size of the first page; a cursor contains its own. `CursorPage` has a total: if
    the provider's pages have none (Flat), the list is counted with one more request, unless the page type is customized
    with ``UseIncludeTotal(False)``.

    Args:
        items: The list. No request was sent yet.
        params: The page that is asked for. Default: the parameters of the request, by `add_pagination`.
        transformer: Converts the items of a page; may be async.

    Returns:
        The page, of the path operation's return type.

    Raises:
        ConfigurationError: The page type has numbers or offsets instead of cursors, or `items` is not a list of orgsdk.
        InvalidArgumentError: The page size is larger than the provider's largest.
        InvalidCursorError: The cursor is damaged or belongs to another list.
        OrgError: What the request of the page raises.
    """
    if not isinstance(items, Paginator):  # pyright: ignore[reportUnnecessaryIsInstance]  # no types
        raise ConfigurationError(
            f"paginate takes a list without `await`, not a value {describe(items)}: "
            "pass client.organization().users.list()."
        )
    check_instance("params", params, AbstractParams | None, "CursorParams()", error=ConfigurationError)
    if transformer is not None:
        check_function(transformer, "transformer", "the items")
    params = resolve_params(params)
    wanted = params.to_raw_params()
    if not is_cursor(wanted):
        raise ConfigurationError(f"A provider's list has cursors, not page numbers or offsets: {_USE_CURSORS}")
    cursor = wanted.cursor.decode(errors="replace") if isinstance(wanted.cursor, bytes) else wanted.cursor
    page = await start_elsewhere(items, cursor=cursor, page_size=wanted.size if cursor is None else None)
    total = page.total
    if total is None and wanted.include_total:
        total = await items.count()
    converted = await apply_items_transformer(page.items, transformer, async_=True)
    cursors = {"current": cursor, "next_": page.next_cursor, "previous": page.previous_cursor}
    return create_page(converted, total, params, **cursors)
