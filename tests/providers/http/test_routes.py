"""Requests by the names of a table: ids, texts, filters, and how safe each is to send again."""

from __future__ import annotations

import pytest

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers import http
from orgsdk.transport import IdAlphabet, Safety

ROUTES = http.Routes(
    {
        "get_thing": "GET /things/{thing_id}",
        "create_thing": "POST /things",
        "tag_thing": "PUT /things/{thing_id}/tags/{tag}",
        "delete_thing": "DELETE /things/{thing_id}",
        "list_things": "GET /things",
    },
    provider="Acme",
    ids=IdAlphabet("0-9", "digits at Acme"),
    paging=http.BodyCursor(next="next", parameter="after", size="limit"),
    texts={"tag"},
    order=[("order", "desc")],
)


@pytest.mark.parametrize(
    ("operation", "names", "path", "safety"),
    [
        ("get_thing", {"thing_id": "7"}, "/things/7", Safety.SAFE),
        ("create_thing", {}, "/things", Safety.UNSAFE),
        ("tag_thing", {"thing_id": "7", "tag": "a b/c?"}, "/things/7/tags/a%20b%2Fc%3F", Safety.IDEMPOTENT),
        ("delete_thing", {"thing_id": "7"}, "/things/7", Safety.IDEMPOTENT),
    ],
)
def test_a_request_has_its_path_and_its_safety(
    operation: str, names: dict[str, str], path: str, safety: Safety
) -> None:
    request = ROUTES.build(operation, **names)
    assert (request.operation, request.path, request.safety) == (operation, path, safety)
    assert (request.body, request.content_type, request.expects_json) == (None, None, operation != "delete_thing")


@pytest.mark.parametrize("value", ["", ".", "..", "a\nb", "x" * 513, 7])
def test_a_text_that_would_address_something_else_is_refused(value: str) -> None:
    with pytest.raises(InvalidArgumentError, match="The tag is"):
        ROUTES.build("tag_thing", thing_id="7", tag=value)
    with pytest.raises(InvalidArgumentError, match="thing id"):
        ROUTES.build("get_thing", thing_id=value)


def test_a_page_has_its_filters_the_order_and_the_cursor() -> None:
    request = ROUTES.build_page("list_things", "1:9", 50, ("mail", "a@b.c"), ("name", None))
    assert request.query == [("mail", "a@b.c"), ("order", "desc"), ("limit", "50"), ("after", "9")]


def test_an_empty_filter_would_list_everything() -> None:
    with pytest.raises(InvalidArgumentError, match="The filter mail is empty"):
        ROUTES.build_page("list_things", None, 50, ("mail", ""))
