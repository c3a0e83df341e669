"""The texts that a caller reads when a list is misused: each names the problem and the fix."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.errors import InvalidArgumentError, InvalidCursorError, OrgError, PaginationError
from orgsdk.pagination import Listing, Paginator, Slice, encode_cursor
from orgsdk.providers.http import LinkCursor, PageNumber, SinglePage

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

WRONG: Any = "3"


async def fetch(position: str | None, page_size: int) -> Slice[str]:
    return Slice(["ada"], total=1)


LISTING = Listing("acme", "rows", ("org",), 3, fetch)
COMPLETE = replace(LISTING, resumable=False)
CURSOR = encode_cursor(LISTING, 2, "next:abc")
OTHERS = {
    "provider": replace(LISTING, provider="other"),
    "tenant": replace(LISTING, tenant_key=b"another"),
    "list": replace(LISTING, scope=("choir",)),
    "size": replace(LISTING, max_page_size=1),
}


@pytest.mark.parametrize(
    ("use", "kind", "message"),
    [
        (
            lambda: Paginator(LISTING, page_size=4),
            InvalidArgumentError,
            "page_size is 4: acme accepts 1 to 3 for rows.",
        ),
        (
            lambda: Paginator(LISTING, max_pages=WRONG),
            InvalidArgumentError,
            "max_pages is of type str: pass 1 or more, or None for no limit.",
        ),
        (lambda: Paginator(LISTING).prefetch(0), InvalidArgumentError, "pages is 0: pass 1 or more."),
        (
            lambda: Paginator(COMPLETE, cursor=CURSOR),
            InvalidCursorError,
            "A complete rows cannot be resumed: start without a cursor.",
        ),
        (
            lambda: Paginator(LISTING, cursor=CURSOR, page_size=3),
            InvalidCursorError,
            "The cursor was created with page_size=2: pass the same, or omit page_size.",
        ),
        (
            lambda: Paginator(LISTING, cursor="abc"),
            InvalidCursorError,
            "The cursor is damaged, or was not created by orgsdk: pass a page's next_cursor unchanged.",
        ),
        (
            lambda: Paginator(OTHERS["provider"], cursor=CURSOR),
            InvalidCursorError,
            "The cursor belongs to another provider, and this client uses 'other': resume with the same provider.",
        ),
        (
            lambda: Paginator(OTHERS["tenant"], cursor=CURSOR),
            InvalidCursorError,
            (
                "The cursor is damaged, or belongs to another tenant or other credentials: pass a page's next_cursor "
                "unchanged, to a client with the same settings."
            ),
        ),
        (
            lambda: Paginator(OTHERS["list"], cursor=CURSOR),
            InvalidCursorError,
            (
                "The cursor belongs to another list than this rows: resume with the same organization and the same "
                "filters."
            ),
        ),
        (
            lambda: Paginator(OTHERS["size"], cursor=CURSOR),
            InvalidCursorError,
            "The cursor has a page size of 2: 1 is the maximum.",
        ),
        (
            lambda: LinkCursor().parameters("abc", 3),
            InvalidCursorError,
            "The cursor does not name a page of this list.",
        ),
        (
            lambda: PageNumber().parameters("abc", 3),
            InvalidCursorError,
            "The cursor does not name a page of this list.",
        ),
        (
            lambda: SinglePage().parameters("2"),
            InvalidCursorError,
            "This list has only one page: omit the cursor.",
        ),
        (
            lambda: LinkCursor().slice([], {"next": {}}),
            PaginationError,
            "The response announces a next page without a cursor: the list is incomplete.",
        ),
    ],
)
def test_each_error_states_the_fix(use: Callable[[], object], kind: type[OrgError], message: str) -> None:
    with pytest.raises(kind) as caught:
        use()
    assert str(caught.value) == message


async def test_a_limit_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        await Paginator(LISTING).collect(limit=WRONG)
    assert str(caught.value) == "limit is of type str: pass 0 or more, or None for all."


async def test_an_iterator_after_its_prefetch_states_the_fix() -> None:
    async with Paginator(LISTING).prefetch() as ahead:
        pass
    with pytest.raises(PaginationError) as caught:
        await anext(ahead.pages())
    assert str(caught.value) == "The prefetch ended with its `async with`: iterate inside the block."


def test_python_errors_state_the_fix() -> None:
    paginator: Any = Paginator(LISTING)
    with pytest.raises(TypeError) as caught:
        iter(paginator)
    assert str(caught.value) == (
        "The list is not loaded: iterate it with `async for`, or `await` it for its first page."
    )
    with pytest.raises(TypeError) as caught:
        aiter(paginator.prefetch())
    assert str(caught.value) == ("Open it first: `async with ….prefetch() as ahead`, and then `async for … in ahead`.")
    with pytest.raises(TypeError, match=r"A Prefetch is async: use `async with`\."), paginator.prefetch():
        pass
    with pytest.raises(AttributeError) as missing:
        _ = paginator.itens
    assert (
        str(missing.value)
        == "Paginator has no 'itens': it has collect, count, first, name, page_size, pages, prefetch."
    )
    assert (missing.value.name, missing.value.obj) == ("itens", paginator)
    for name in ("items", "next_cursor", "previous_cursor", "total"):
        with pytest.raises(AttributeError) as missing:
            getattr(paginator, name)
        assert str(missing.value) == (f"Paginator has no '{name}': a page has it, and `await` returns the first page.")


def test_the_repr_states_how_to_use_a_list() -> None:
    assert repr(Paginator(LISTING)) == (
        "<Paginator of acme rows: `async for` yields its items, `await` returns its first page, a task takes collect()>"
    )
