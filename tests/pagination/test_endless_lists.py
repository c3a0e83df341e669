"""Providers that would have a list read for ever, and those that only look like it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from orgsdk.errors import PaginationError
from orgsdk.pagination import Listing, PageNumber, Paginator, Slice
from orgsdk.pagination.walk import MAX_EMPTY_PAGES
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
class Liar:
    """Answer the n-th request, counted from 0, by `answer`."""

    answer: Answer
    asked: list[str | None] = field(default_factory=list)

    def paginate(self, cursor: str | None = None, **options: Any) -> Paginator[Any]:
        return Paginator(Listing("liar", "rows", (), 3, self._fetch, **options), cursor=cursor)

    async def _fetch(self, position: str | None, size: int) -> Slice[Any]:
        self.asked.append(position)
        assert len(self.asked) < 1000, "read for ever"
        return self.answer(len(self.asked) - 1, position)


async def read(liar: Liar, **options: Any) -> tuple[list[Any], PaginationError | None]:
    found: list[Any] = []
    try:
        async for item in liar.paginate(**options):
            found.append(item)  # noqa: PERF401  # what came before the error is what counts
    except PaginationError as error:
        return found, error
    return found, None


def ring(length: int) -> Answer:
    return lambda number, _: Slice(rows(number), next=f"{number % length}")


@pytest.mark.parametrize("length", [1, 2, 3, 50])
async def test_a_cursor_that_was_there_before_ends_the_list(length: int) -> None:
    liar = Liar(ring(length))
    found, error = await read(liar)
    assert error is not None
    assert str(error) == "liar rows: the next page was read before."
    # The page that leads back is not given out, so that the cursor leads to what has not been seen.
    assert found == rows(*range(length))
    assert len(liar.asked) == len(set(liar.asked)) == length + 1
    again = Liar(lambda number, _: Slice(rows(length)))
    assert await read(again, cursor=error.cursor) == (rows(length), None)
    assert again.asked == [f"{length - 1}"]


async def test_a_page_that_leads_to_itself_ends_the_list_at_once() -> None:
    liar = Liar(lambda number, _: Slice(rows(number), next="again"))
    pages = liar.paginate().pages()
    first = await anext(pages)
    for _ in range(2):
        with pytest.raises(PaginationError, match="liar rows") as caught:
            await anext(pages)
        assert caught.value.cursor == first.next_cursor


async def test_a_list_that_was_resumed_knows_where_it_began() -> None:
    page = await Liar(lambda _number, _position: Slice(rows(1), next="start")).paginate()
    liar = Liar(lambda number, _: Slice(rows(number), next=["middle", "start"][number]))
    found, error = await read(liar, cursor=page.next_cursor)
    assert (found, error is not None) == (rows(0), True)


async def test_the_same_page_again_under_another_cursor_ends_the_list() -> None:
    liar = Liar(lambda number, _: Slice(rows(1, 2, 3), next=f"{number}"))
    found, error = await read(liar)
    assert "equals the previous one" in str(error)
    assert (found, len(liar.asked)) == (rows(1, 2, 3), 2)


async def test_the_same_page_again_as_the_last_is_believed() -> None:
    # It promises no more: that a row came twice is not for the paginator to judge.
    assert await read(Liar(lambda number, _: Slice(rows(1), next="2" if number == 0 else None))) == (rows(1, 1), None)


async def test_empty_pages_may_come_in_a_row() -> None:
    # facts/flat.md, Pagination: a page may hold fewer rows than were asked for and still have a next page.
    def answer(number: int, _: str | None) -> Slice[Row]:
        return Slice(rows(*([number] if number % 101 == 100 else [])), next=f"{number}" if number < 302 else None)

    assert await read(Liar(answer)) == (rows(100, 201, 302), None)


async def test_empty_pages_without_end_end_the_list() -> None:
    liar = Liar(lambda number, _: Slice([], next=f"{number}"))
    found, error = await read(liar)
    assert str(error) == "liar rows: 101 consecutive pages are empty, and the last one announces another."
    assert (found, len(liar.asked)) == ([], MAX_EMPTY_PAGES + 1)
    resumed, _ = await read(liar, cursor=error and error.cursor)
    assert resumed == []


async def test_what_is_not_asked_for_does_not_make_a_page_empty() -> None:
    # Flat cannot narrow invitations by status: whole pages may hold none that is asked for.
    liar = Liar(lambda number, _: Slice(rows(number), next=f"{number}" if number < 300 else None))
    assert await read(liar, keep=lambda row: row.id == 300) == (rows(300), None)


async def test_more_rows_than_the_total_end_the_list() -> None:
    liar = Liar(lambda number, _: Slice(rows(3 * number, 3 * number + 1, 3 * number + 2), next=f"{number}", total=10))
    found, error = await read(liar)
    # The total and a page of three more: rows come and go while they are read.
    assert str(error) == "liar rows: 15 items were read of a list of 10, and the last page announces another."
    assert found == rows(*range(12))


@pytest.mark.parametrize(
    "total",
    [
        pytest.param(lambda number: 60 - 2 * number, id="falls"),
        pytest.param(lambda number: 3 * number + 1, id="grows with what came"),
        pytest.param(lambda number: None if number % 2 else 60, id="is told now and then"),
        pytest.param(lambda _: None, id="is missing"),
        pytest.param(lambda number: 60 if number == 0 else 0, id="is forgotten"),
        pytest.param(lambda _: 10**15, id="is garbage"),
    ],
)
async def test_a_total_that_changes_is_no_alarm(total: Callable[[int], int | None]) -> None:
    def answer(number: int, _: str | None) -> Slice[Row]:
        ids = (3 * number, 3 * number + 1, 3 * number + 2)
        return Slice(rows(*ids), next=f"{number}" if number < 19 else None, total=total(number))

    assert await read(Liar(answer)) == (rows(*range(60)), None)


async def test_a_server_that_ignores_the_page_number_is_found_out() -> None:
    def answer(_: int, position: str | None) -> Slice[Row]:
        return NUMBERS.slice(rows(1, 2, 3), position, 3, total=300, links={"next": {}})

    liar = Liar(answer)
    found, error = await read(liar)
    assert "equals the previous one" in str(error)
    # Once it may come again: as many rows as a page holds may have been inserted before it.
    assert (found, len(liar.asked)) == (rows(1, 2, 3, 1, 2, 3), 3)


async def test_one_row_may_come_on_page_after_page_where_a_total_bounds_them() -> None:
    # facts/logto.md, section 4: among rows of one creation time, one stands on 49 pages.
    liar = Liar(lambda number, _: Slice(rows(1), next=f"{number}" if number < 48 else None, total=49))
    assert await read(liar) == (rows(*[1] * 49), None)


async def test_pages_of_what_has_no_id_are_told_apart_by_themselves() -> None:
    liar = Liar(lambda number, _: Slice([f"{number}"], next=f"{number}" if number < 5 else None))
    assert await read(liar) == (list("012345"), None)
    liar = Liar(lambda number, _: Slice([{"no": "id"}], next=f"{number}"))
    assert (await read(liar))[0] == [{"no": "id"}]


async def test_each_round_of_a_list_has_its_own_count_of_rows() -> None:
    def answer(number: int, _: str | None) -> Slice[Row]:
        ids = rows(*(3 * (number % 4) + one for one in range(3)))
        return Slice(ids, next=f"{number}" if number < 19 else None, total=12, round=number // 4)

    found, error = await read(Liar(answer))
    assert (len(found), error) == (60, None)


async def test_a_guard_that_stopped_a_list_lets_it_go_on_when_the_provider_mends() -> None:
    answers = [Slice(rows(1), next="b"), Slice(rows(2), next="b"), Slice(rows(2), next="c"), Slice(rows(3))]
    pages = Liar(lambda number, _: answers[number]).paginate().pages()
    found = [(await anext(pages)).items]
    with pytest.raises(PaginationError):
        await anext(pages)
    found += [page.items async for page in pages]
    assert found == [rows(1), rows(2), rows(3)]


# A provider that answers anything: the walk ends, and says so where it does not end by itself.

ANSWERS = st.builds(
    lambda ids, after, total: (tuple(ids), after, total),
    st.lists(st.integers(0, 6), max_size=3),
    st.none() | st.integers(0, 5).map(str),
    st.none() | st.integers(0, 4) | st.just(10**12),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANSWERS, min_size=1, max_size=12), st.sampled_from([None, 1, 3]))
def test_whatever_a_provider_answers_the_list_ends(answers: list[Any], window: int | None) -> None:
    def answer(number: int, _: str | None) -> Slice[Row]:
        # Over and over again; the cursors of `answers` are few, so that a list never ends by running out of them.
        ids, after, total = answers[number % len(answers)]
        return Slice(rows(*ids), next=after, total=total)

    liar = Liar(answer)

    async def main() -> None:
        paginator = liar.paginate()
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
    # No position twice: as many requests as there are cursors, the start, and the last one's.
    assert len(liar.asked) <= 6 + 2


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.integers(0, 3), max_size=3), min_size=1, max_size=6),
    st.booleans(),
    st.integers(0, 30) | st.none(),
)
def test_a_provider_of_ever_new_cursors_ends_where_its_pages_bring_nothing_or_its_total_is_passed(
    pages: list[list[int]], with_links: bool, total: int | None
) -> None:
    def answer(number: int, position: str | None) -> Slice[Row]:
        ids = rows(*pages[number % len(pages)])
        found = NUMBERS.slice(ids, position, 3, total=total, links={"next": {}} if with_links else {})
        return replace(found, next=f"{number + 2}")  # always more

    liar = Liar(answer)

    async def main() -> None:
        with pytest.raises((PaginationError, AssertionError)) as caught:
            await liar.paginate().collect()
        # Without a total, rows that differ from page to page can go on for ever: that is what max_pages is for.
        endless = total is None and len({tuple(page) for page in pages if page}) > 1
        assert endless or isinstance(caught.value, PaginationError)

    run_virtually(main, "asyncio")
