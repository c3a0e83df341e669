"""Providers with lists that never end, and lists that only look like it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from orgsdk.errors import PaginationError
from orgsdk.pagination import Listing, Paginator, Slice
from orgsdk.pagination.walk import MAX_EMPTY_PAGES
from orgsdk.providers.http import PageNumber
from tests.reliability.event_loops import run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = Callable[[int, str | None], Slice[Any]]

pytestmark = pytest.mark.anyio

NUMBERS = PageNumber()


@dataclass(frozen=True)
class Row:
    id: int


def rows(*ids: int) -> list[Row]:
    return [Row(one) for one in ids]


@dataclass
class ScriptedProvider:
    """Provider that answers the n-th request, from 0, with `answer(n)`."""

    answer: Answer
    requested: list[str | None] = field(default_factory=list)

    def paginate(self, cursor: str | None = None, **options: Any) -> Paginator[Any]:
        return Paginator(Listing("acme", "rows", (), 3, self._fetch, **options), cursor=cursor)

    async def _fetch(self, position: str | None, size: int) -> Slice[Any]:
        self.requested.append(position)
        assert len(self.requested) < 1000, "read for ever"
        return self.answer(len(self.requested) - 1, position)


async def read(provider: ScriptedProvider, **options: Any) -> tuple[list[Any], PaginationError | None]:
    found: list[Any] = []
    try:
        async for item in provider.paginate(**options):
            found.append(item)  # noqa: PERF401  # what came before the error is what counts
    except PaginationError as error:
        return found, error
    return found, None


def ring(length: int) -> Answer:
    return lambda number, _: Slice(rows(number), next=f"{number % length}")


@pytest.mark.parametrize("length", [1, 2, 3, 50])
async def test_a_repeated_cursor_ends_the_list(length: int) -> None:
    provider = ScriptedProvider(ring(length))
    found, error = await read(provider)
    assert error is not None
    assert str(error) == "acme rows: the next page was read before."
    # The page with the repeated cursor is not yielded, so that the error's cursor leads to unread items.
    assert found == rows(*range(length))
    assert len(provider.requested) == len(set(provider.requested)) == length + 1
    again = ScriptedProvider(lambda number, _: Slice(rows(length)))
    assert await read(again, cursor=error.cursor) == (rows(length), None)
    assert again.requested == [f"{length - 1}"]


async def test_a_page_with_its_own_cursor_as_next_ends_the_list() -> None:
    provider = ScriptedProvider(lambda number, _: Slice(rows(number), next="again"))
    pages = provider.paginate().pages()
    first = await anext(pages)
    for _ in range(2):
        with pytest.raises(PaginationError, match="acme rows") as caught:
            await anext(pages)
        assert caught.value.cursor == first.next_cursor


async def test_a_resumed_list_detects_its_first_cursor() -> None:
    page = await ScriptedProvider(lambda _number, _position: Slice(rows(1), next="start")).paginate()
    provider = ScriptedProvider(lambda number, _: Slice(rows(number), next=["middle", "start"][number]))
    found, error = await read(provider, cursor=page.next_cursor)
    assert (found, error is not None) == (rows(0), True)


async def test_the_same_page_under_another_cursor_ends_the_list() -> None:
    provider = ScriptedProvider(lambda number, _: Slice(rows(1, 2, 3), next=f"{number}"))
    found, error = await read(provider)
    assert str(error) == "acme rows: the page equals the previous one, and announces another."
    assert (found, len(provider.requested)) == (rows(1, 2, 3), 2)


async def test_pages_that_differ_in_their_last_row_are_accepted() -> None:
    answers = [Slice(rows(1, 2, 3), next="b"), Slice(rows(1, 2, 4), next="c"), Slice(rows(5))]
    found, error = await read(ScriptedProvider(lambda number, _: answers[number]))
    assert (found, error) == (rows(1, 2, 3, 1, 2, 4, 5), None)


@dataclass(frozen=True)
class VersionedRow:
    id: str
    version: int


async def test_a_row_that_changed_is_the_same_row() -> None:
    # Such as a time of the last activity, which is another one on each page.
    provider = ScriptedProvider(lambda number, _: Slice([VersionedRow("a", number)], next=f"{number}"))
    found, error = await read(provider)
    assert "equals the previous one" in str(error)
    assert found == [VersionedRow("a", 0)]


@pytest.mark.parametrize("length", [2, 3, 5, 17, 50])
@pytest.mark.parametrize("total", [None, 10**9])
async def test_pages_in_turn_with_ever_new_cursors_end_the_list(length: int, total: int | None) -> None:
    def answer(number: int, _: str | None) -> Slice[Row]:
        first = 3 * (number % length)
        return Slice(rows(first, first + 1, first + 2), next=f"{number}", total=total)

    provider = ScriptedProvider(answer)
    _, error = await read(provider)
    assert "pages have only items that were read before" in str(error)
    # With a total, rows may be in no order (facts/logto.md, section 4), so that repeated pages are accepted longer.
    assert len(provider.requested) <= (2 * length + 4 if total is None else 700)


async def test_the_same_rows_in_other_pages_end_the_list() -> None:
    def answer(number: int, _: str | None) -> Slice[Row]:
        return Slice(rows(*((number * 5 + one) % 13 for one in range(3))), next=f"{number}")

    provider = ScriptedProvider(answer)
    _, error = await read(provider)
    assert str(error) == (
        "acme rows: 3 pages have only items that were read before, and the last one announces another."
    )
    assert len(provider.requested) < 40


async def test_a_few_items_that_moved_do_not_end_the_list() -> None:
    # An item that is renamed while a list is read in the order of names comes again.
    moved = {4: 0, 9: 1}

    def answer(number: int, _: str | None) -> Slice[Row]:
        return Slice(rows(moved.get(number, number)), next=f"{number}" if number < 20 else None)

    found, error = await read(ScriptedProvider(answer))
    assert (len(found), error) == (21, None)


async def test_a_repeated_last_page_is_accepted() -> None:
    # There is no next page: the paginator does not check for duplicate rows.
    assert await read(ScriptedProvider(lambda number, _: Slice(rows(1), next="2" if number == 0 else None))) == (
        rows(1, 1),
        None,
    )


async def test_consecutive_empty_pages_are_accepted() -> None:
    # facts/flat.md, Pagination: a page may hold fewer rows than requested and still have a next page.
    def answer(number: int, _: str | None) -> Slice[Row]:
        return Slice(rows(*([number] if number % 101 == 100 else [])), next=f"{number}" if number < 302 else None)

    assert await read(ScriptedProvider(answer)) == (rows(100, 201, 302), None)


async def test_too_many_empty_pages_end_the_list() -> None:
    provider = ScriptedProvider(lambda number, _: Slice([], next=f"{number}"))
    found, error = await read(provider)
    assert str(error) == "acme rows: 101 consecutive pages are empty, and the last one announces another."
    assert (found, len(provider.requested)) == ([], MAX_EMPTY_PAGES + 1)
    resumed, _ = await read(provider, cursor=error and error.cursor)
    assert resumed == []


async def test_filtered_items_do_not_make_a_page_empty() -> None:
    # Flat cannot filter invitations by status: whole pages may have no match.
    provider = ScriptedProvider(lambda number, _: Slice(rows(number), next=f"{number}" if number < 300 else None))
    assert await read(provider, keep=lambda row: row.id == 300) == (rows(300), None)


async def test_more_rows_than_the_total_end_the_list() -> None:
    provider = ScriptedProvider(
        lambda number, _: Slice(rows(3 * number, 3 * number + 1, 3 * number + 2), next=f"{number}", total=10)
    )
    found, error = await read(provider)
    # The total and one page of three more: rows are added and removed during the pass.
    assert str(error) == "acme rows: 15 items were read of a list of 10, and the last page announces another."
    assert found == rows(*range(12))


async def test_one_page_more_than_the_total_is_accepted() -> None:
    provider = ScriptedProvider(
        lambda number, _: Slice(rows(3 * number, 3 * number + 1, 3 * number + 2), next=f"{number}", total=9)
    )
    found, error = await read(provider)
    assert str(error) == "acme rows: 15 items were read of a list of 9, and the last page announces another."
    assert found == rows(*range(12))


async def test_rows_that_overlap_are_counted_once() -> None:
    def answer(number: int, _: str | None) -> Slice[Row]:
        ids = rows(2 * number, 2 * number + 1, 2 * number + 2)
        return Slice(ids, next=f"{number}" if number < 19 else None, total=41, overlap=min(number, 1))

    found, error = await read(ScriptedProvider(answer))
    assert (len(found), error) == (60, None)


@pytest.mark.parametrize(
    "total",
    [
        pytest.param(lambda number: 60 - 2 * number, id="falls"),
        pytest.param(lambda number: 3 * number + 1, id="grows with the items read"),
        pytest.param(lambda number: None if number % 2 else 60, id="is reported now and then"),
        pytest.param(lambda _: None, id="is missing"),
        pytest.param(lambda number: 60 if number == 0 else 0, id="is forgotten"),
        pytest.param(lambda _: 10**15, id="is garbage"),
    ],
)
async def test_a_changing_total_is_accepted(total: Callable[[int], int | None]) -> None:
    def answer(number: int, _: str | None) -> Slice[Row]:
        ids = (3 * number, 3 * number + 1, 3 * number + 2)
        return Slice(rows(*ids), next=f"{number}" if number < 19 else None, total=total(number))

    assert await read(ScriptedProvider(answer)) == (rows(*range(60)), None)


async def test_a_server_that_ignores_the_page_number_is_detected() -> None:
    def answer(_: int, position: str | None) -> Slice[Row]:
        return NUMBERS.slice(rows(1, 2, 3), position, 3, total=300, links={"next": {}})

    provider = ScriptedProvider(answer)
    found, error = await read(provider)
    assert "equals the previous one" in str(error)
    # One repetition is accepted: a page's worth of rows may have been inserted before it.
    assert (found, len(provider.requested)) == (rows(1, 2, 3, 1, 2, 3), 3)


@pytest.mark.parametrize("count", [49, 300])
async def test_one_row_may_be_on_several_pages_if_there_is_a_total(count: int) -> None:
    # facts/logto.md, section 4: among rows with the same creation time, one is on 49 pages.
    provider = ScriptedProvider(
        lambda number, _: Slice(rows(1), next=f"{number}" if number < count - 1 else None, total=count)
    )
    assert await read(provider) == (rows(*[1] * count), None)


async def test_two_rows_that_come_three_times_in_a_row_end_the_list() -> None:
    provider = ScriptedProvider(lambda number, _: Slice(rows(1, 2), next=f"{number}", total=300))
    found, error = await read(provider)
    assert "equals the previous one" in str(error)
    assert found == rows(1, 2, 1, 2)


async def test_items_without_an_id_are_compared_by_value() -> None:
    provider = ScriptedProvider(lambda number, _: Slice([f"{number}"], next=f"{number}" if number < 5 else None))
    assert await read(provider) == (list("012345"), None)
    provider = ScriptedProvider(lambda number, _: Slice([{"no": number}], next=f"{number}" if number < 5 else None))
    assert await read(provider) == ([{"no": number} for number in range(6)], None)
    provider = ScriptedProvider(lambda number, _: Slice([{"no": "id"}], next=f"{number}"))
    assert (await read(provider))[0] == [{"no": "id"}]


async def test_rows_are_counted_per_round() -> None:
    def answer(number: int, _: str | None) -> Slice[Row]:
        ids = rows(*(3 * (number % 4) + one for one in range(3)))
        return Slice(ids, next=f"{number}" if number < 19 else None, total=12, round=number // 4)

    found, error = await read(ScriptedProvider(answer))
    assert (len(found), error) == (60, None)


async def test_a_stopped_list_continues_when_the_provider_is_fixed() -> None:
    answers = [Slice(rows(1), next="b"), Slice(rows(2), next="b"), Slice(rows(2), next="c"), Slice(rows(3))]
    pages = ScriptedProvider(lambda number, _: answers[number]).paginate().pages()
    found = [(await anext(pages)).items]
    with pytest.raises(PaginationError):
        await anext(pages)
    found += [page.items async for page in pages]
    assert found == [rows(1), rows(2), rows(3)]


# A provider with arbitrary responses: the walk ends, or raises.

RESPONSES = st.builds(
    lambda ids, after, total: (tuple(ids), after, total),
    st.lists(st.integers(0, 6), max_size=3),
    st.none() | st.integers(0, 5).map(str),
    st.none() | st.integers(0, 4) | st.just(10**12),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RESPONSES, min_size=1, max_size=12), st.sampled_from([None, 1, 3]))
def test_every_list_ends(answers: list[Any], window: int | None) -> None:
    def answer(number: int, _: str | None) -> Slice[Row]:
        # Repeated; `answers` has few cursors, so that no list ends because there are no more.
        ids, after, total = answers[number % len(answers)]
        return Slice(rows(*ids), next=after, total=total)

    provider = ScriptedProvider(answer)

    async def main() -> None:
        paginator = provider.paginate()
        try:
            if window is None:
                await paginator.collect()
            else:
                async with paginator.prefetch(window) as ahead:
                    [row async for row in ahead]
        except PaginationError:
            return
        assert any(after is None for _, after, _ in answers), "it ended without a word"

    run_virtually(main, "asyncio")
    # No position twice: one request for each cursor, for the start, and for the last cursor.
    assert len(provider.requested) <= 6 + 2


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.integers(0, 3), max_size=3), min_size=1, max_size=6),
    st.booleans(),
    st.integers(0, 30) | st.none(),
)
def test_a_list_of_ever_new_cursors_ends_with_empty_or_surplus_pages(
    pages: list[list[int]], with_links: bool, total: int | None
) -> None:
    def answer(number: int, position: str | None) -> Slice[Row]:
        ids = rows(*pages[number % len(pages)])
        found = NUMBERS.slice(ids, position, 3, total=total, links={"next": {}} if with_links else {})
        return replace(found, next=f"{number + 2}")  # always more

    provider = ScriptedProvider(answer)

    async def main() -> None:
        with pytest.raises(PaginationError):
            await provider.paginate().collect()

    run_virtually(main, "asyncio")
