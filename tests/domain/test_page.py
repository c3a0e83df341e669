"""Page: iteration, length, and truth even if it is empty."""

from __future__ import annotations

import dataclasses
import pickle
from types import SimpleNamespace

import pytest

from orgsdk.domain import Capability, Page, User
from orgsdk.pagination import Listing, Slice
from orgsdk.responses import RawResponse


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


def test_the_repr_has_numbers_and_no_personal_data() -> None:
    user = User(id="u1", username="ada", email="ada@example.com")
    assert repr(Page([user], "next", None, 1000)) == "<Page: 1 of 1,000 items, with a next_cursor>"
    assert repr(Page([])) == "<Page: 0 items>"


def test_a_notebook_shows_an_escaped_table() -> None:
    users = [User(id=f"u{n}", name="<script>alert(1)</script>", roles=("a", "b&c")) for n in range(25)]
    shown = Page(users, total=25)._repr_html_()
    assert shown.startswith("<table><caption>Page: 25 of 25 items</caption><tr><th>id</th><th>name</th><th>roles</th>")
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "a, b&amp;c" in shown
    assert shown.count("<tr>") == 1 + 20 + 1
    assert shown.endswith("<tr><td>… 5 more</td></tr></table>")


def test_a_table_of_anything_else_has_its_text() -> None:
    assert "<td>&lt;ada&gt;</td>" in Page(["<ada>"])._repr_html_()
    assert Page([])._repr_html_() == "<table><caption>Page: 0 items</caption></table>"


@pytest.mark.parametrize("roles", [["teacher", "<b>"], ("teacher", "<b>"), {"teacher": "<b>"}, None], ids=str)
def test_a_value_of_any_type_is_shown_in_a_table(roles: object) -> None:
    shown = Page(items=[SimpleNamespace(id="1", roles=roles)], next_cursor=None)._repr_html_()
    assert "<b>" not in shown
    assert ("teacher" in shown) is (roles is not None)


def test_a_generic_dataclass_can_be_made_with_its_type() -> None:
    async def fetch(position: str | None, size: int) -> Slice[int]:
        return Slice[int]([1])

    assert Page[int]([1]) == Page([1])
    assert Slice[int]([1]) == Slice([1])
    assert RawResponse[int](1, ()) == RawResponse(1, ())
    assert pickle.loads(pickle.dumps(Page[int]([1]))) == Page([1])
    assert Listing[int]("acme", "things", (), 10, fetch).name == "things"
    with pytest.raises(AttributeError):
        Page([1]).itmes = [2]  # type: ignore[attr-defined]  # a misspelt name
