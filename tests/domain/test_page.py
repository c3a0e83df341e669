"""Page: iteration, length, and truth even if it is empty."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from orgsdk.domain import Capability, Page


def test_a_page_is_iterated_and_counted_like_its_items() -> None:
    page = Page(["ada", "bob"], "next", "back", 7)
    assert (list(page), len(page), page.total) == (["ada", "bob"], 2, 7)


def test_an_empty_page_is_still_a_page() -> None:
    page: Page[str] = Page([], next_cursor="more")
    assert page
    assert len(page) == 0


def test_cursors_and_total_are_none_by_default() -> None:
    page = Page(["ada"])
    assert (page.next_cursor, page.previous_cursor, page.total) == (None, None, None)


def test_a_page_is_immutable_and_can_be_pickled() -> None:
    page = Page(["ada"], "next")
    with pytest.raises(dataclasses.FrozenInstanceError):
        page.next_cursor = None  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(page)) == page


def test_a_capability_equals_the_name_of_the_call() -> None:
    assert Capability("users.list(query=)") is Capability.USERS_QUERY
    assert f"{Capability.USERS_LIST}" == "users.list"
