"""`Link` headers: only the query of their URLs is returned, and no input makes the parser fail."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, strategies as st

from orgsdk.transport import parse_links

Links = dict[str, dict[str, str]]
PIECES = ["<", ">", ";", ",", "=", '"', "\\", " ", "\t", "rel", "next", "https://h.example/?next=1", "[", "%", "&", "?"]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param([], {}, id="no header"),
        pytest.param([""], {}, id="empty"),
        pytest.param(['<https://h.example/x?next=abc>; rel="next"'], {"next": {"next": "abc"}}, id="one"),
        pytest.param(["<?next=abc>;rel=next"], {"next": {"next": "abc"}}, id="bare token, relative"),
        pytest.param(['<?a=1>; REL="NEXT"'], {"next": {"a": "1"}}, id="any case"),
        pytest.param(['<?a=1>; rel="first prev  last"'], {key: {"a": "1"} for key in ["first", "prev", "last"]}),
        pytest.param(['<?a=1>; rel=prev, <?a=2>; rel="next"'], {"prev": {"a": "1"}, "next": {"a": "2"}}),
        pytest.param(["<?a=1>; rel=prev", "<?a=2>; rel=next"], {"prev": {"a": "1"}, "next": {"a": "2"}}, id="lines"),
        pytest.param(["<?a=1>; rel=previous"], {"previous": {"a": "1"}}, id="previous is not renamed"),
        pytest.param(["<?a=1;2,3>; rel=next"], {"next": {"a": "1;2,3"}}, id="separators in the URL"),
        pytest.param(["<?a=1%2B2+3%26b%3D4>; rel=next"], {"next": {"a": "1+2 3&b=4"}}, id="percent-encoded"),
        pytest.param(["<?a=%C3%A9&b=>; rel=next"], {"next": {"a": "é", "b": ""}}, id="UTF-8, and an empty value"),
        pytest.param(
            ['<?a=1>; title="x, <?a=9>; rel=prev"; rel=next'], {"next": {"a": "1"}}, id="a link in a quoted value"
        ),
        pytest.param([r'<?a=1>; title="\"; rel=prev"; rel="ne\xt"'], {"next": {"a": "1"}}, id="escapes"),
        pytest.param(["<?a=1> ; rel = next ; title*=UTF-8''x"], {"next": {"a": "1"}}, id="spaces"),
        pytest.param(["<?a=1>; rel=next; rel=prev"], {"next": {"a": "1"}}, id="the first rel counts"),
        pytest.param(["<?a=1>; rel=next, <?a=2>; rel=next"], {"next": {"a": "1"}}, id="the first link counts"),
        pytest.param(["<?a=1>"], {}, id="no rel"),
        pytest.param(['<?a=1>; rel=""'], {}, id="empty rel"),
        pytest.param(["<?a=1>; rel"], {}, id="rel without a value"),
        pytest.param(["<?a=1>; rev=next"], {}, id="another parameter"),
        pytest.param(["<https://h.example/x>; rel=next"], {"next": {}}, id="no query"),
        pytest.param(["<>; rel=next"], {"next": {}}, id="the page itself"),
        pytest.param(["<http://[>; rel=next"], {"next": {}}, id="no URL"),
        pytest.param([f"<?{'a=1&' * 100}>; rel=next"], {"next": {}}, id="too many fields"),
        pytest.param(["?a=1; rel=next"], {}, id="no brackets"),
        pytest.param(["<?a=1; rel=next"], {}, id="no end"),
        pytest.param(["nonsense, <?a=1>; rel=next"], {"next": {"a": "1"}}, id="nonsense first"),
        pytest.param(["<?a=1>; rel=first nonsense, <?a=2>; rel=next"], {"first": {"a": "1"}, "next": {"a": "2"}}),
        pytest.param(["<<?a=1>; rel=next"], {"next": {"a": "1"}}, id="a bracket too many"),
    ],
)
def test_relations_are_found(lines: list[str], found: Links) -> None:
    assert parse_links(lines) == found


def test_logtos_header_is_parsed() -> None:
    # facts/logto.md, section 4: one line for each relation, without /api, by the request's own Host.
    lines = [
        f'<http://127.0.0.1:3301/organizations?q=Page&page={page}&page_size=10>; rel="{rel}"'
        for rel, page in [("first", 1), ("prev", 1), ("last", 3), ("next", 3)]
    ]
    together = parse_links([", ".join(lines)])
    assert parse_links(lines) == together
    assert {rel: query["page"] for rel, query in together.items()} == {
        "first": "1",
        "prev": "1",
        "last": "3",
        "next": "3",
    }


@given(st.lists(st.text() | st.lists(st.sampled_from(PIECES)).map("".join)))
@example(["<" * 50_000])
@example(["<a>" + ";" * 5_000])
@example(['<a>; rel="' + "\\" * 50_001])
@example(["<a>;" + " " * 50_000 + "="])
def test_no_input_makes_it_fail(lines: list[str]) -> None:
    for relation, query in parse_links(lines).items():
        assert relation == relation.lower()
        assert relation.split() == [relation]
        assert all(isinstance(part, str) for pair in query.items() for part in pair)


@given(cursor=st.text(min_size=1), rel=st.sampled_from(["next", '"next"', '"NEXT prev"', '"up next"']))
def test_a_cursor_is_decoded_correctly(cursor: str, rel: str) -> None:
    for encode in (quote, quote_plus):
        link = f"<https://evil.example:99/steal?limit=7&next={encode(cursor)}#part>; rel={rel}"
        assert parse_links([link])["next"] == {"limit": "7", "next": cursor}


@given(
    target=st.text(st.sampled_from("?&=abc1%/ ;,")),
    rel=st.text(st.sampled_from('next prev,;<>= "\\')),
    blanks=st.lists(st.sampled_from(["", " ", "\t "]), min_size=4, max_size=4),
)
def test_a_line_with_one_link_is_read_as_a_line_with_several(target: str, rel: str, blanks: list[str]) -> None:
    first, second, third, last = blanks
    line = f'{first}<{target}>{second};{third}rel="{rel}"{last}'
    assert parse_links([line]) == parse_links([f"{line}, <>"])


def test_the_address_of_a_link_is_not_returned() -> None:
    found = parse_links(["<https://user:pass@evil.example:99/steal/?a=1#part>; rel=next; anchor=x"])
    assert found == {"next": {"a": "1"}}
