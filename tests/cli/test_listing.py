"""Lists that end early, by a limit, an error or Ctrl-C, report how to resume."""

from __future__ import annotations

import json
import re
import signal
from copy import copy
from typing import TYPE_CHECKING

import pytest

import orgsdk.cli.listing as listing
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from orgsdk.cli.output.rows import Row
    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Program, Ran, TwoPages


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def _cursor(err: str) -> str:
    found = re.search(r"--cursor (\S+)", err)
    assert found is not None
    return found[1]


def test_a_limit_requests_no_more_and_returns_an_exact_cursor(
    orgsdk: Callable[..., Ran], provider: str, sandbox: Sandbox
) -> None:
    everybody = _lines(orgsdk("users", "list").out)
    sandbox.requests.clear()
    first = orgsdk("users", "list", "--limit", "90")
    assert first.code == 0
    assert first.err.startswith("orgsdk: stopped after 90 users; to resume, repeat the command with --cursor ")
    sizes = {exchange.query for exchange in sandbox.requests if exchange.method == "GET"}
    assert sizes == {{"flat": "limit=90", "logto": "page=1&page_size=90"}[provider]}
    second = orgsdk("users", "list", "--limit", "90", "--cursor", _cursor(first.err))
    assert _lines(first.out) + _lines(second.out) == everybody[:180]
    rest = orgsdk("users", "list", "--cursor", _cursor(second.err))
    assert _lines(rest.out) == everybody[180:]
    assert rest.err == ""


def test_a_limit_within_a_page_reports_repeated_records(orgsdk: Callable[..., Ran], provider: str) -> None:
    everybody = _lines(orgsdk("users", "list").out)
    ran = orgsdk("users", "list", "--limit", "7", "--page-size", "5")
    assert _lines(ran.out) == everybody[:7]
    assert "stopped after 7 users, within a page" in ran.err
    assert "lists its first 2 users again" in ran.err
    again = orgsdk("users", "list", "--limit", "5", "--cursor", _cursor(ran.err))
    assert _lines(again.out) == everybody[5:10]


def test_a_limit_within_the_first_page_has_no_cursor(orgsdk: Callable[..., Ran], provider: str) -> None:
    ran = orgsdk("users", "list", "--limit", "1", "--page-size", "5")
    assert ran.err == ("orgsdk: stopped after 1 user, within the first page: there is no cursor to resume from\n")


def test_a_limit_above_the_largest_page_reads_several_pages(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None]
) -> None:
    reach("logto")
    ran = orgsdk("users", "list", "--limit", "200")
    assert len(_lines(ran.out)) == 200
    assert "stopped after 200 users; to resume" in ran.err


@pytest.mark.parametrize("limit", ["1000", "2000"])
def test_a_limit_that_is_not_reached_prints_nothing(orgsdk: Callable[..., Ran], provider: str, limit: str) -> None:
    ran = orgsdk("users", "list", "--limit", limit)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("\n") == 1000


@pytest.mark.parametrize(("status", "code"), [(404, 1), (401, 4)])
@pytest.mark.parametrize("form", ["ndjson", "json"])
def test_an_error_on_a_later_page_reports_the_cursor_of_that_page(
    orgsdk: Callable[..., Ran], two_pages: TwoPages, status: int, code: int, form: str
) -> None:
    two_pages.status = status
    ran = orgsdk("users", "list", "--format", form)
    assert ran.code == code
    assert ran.out.count("username") == 2
    # An interrupted array is not valid JSON, so it cannot be mistaken for the complete list.
    assert not ran.out.endswith("]\n")
    assert ran.err.count("\n") == 1
    assert "as the test states; " in ran.err
    assert "stopped after 2 users; to resume, repeat the command with --cursor " in ran.err
    assert ("check FLAT_ACCESS_TOKEN" in ran.err) == (status == 401)
    resumed = orgsdk("users", "list", "--cursor", _cursor(ran.err))
    assert (resumed.code, resumed.out) == (code, "")
    assert "stopped after" not in resumed.err


def test_a_complete_list_that_is_limited_has_no_cursor(orgsdk: Callable[..., Ran], provider: str) -> None:
    ran = orgsdk("users", "list", "--complete", "--limit", "7")
    assert (ran.code, ran.out.count("\n")) == (0, 7)
    assert ran.err == "orgsdk: stopped after 7 users: a complete list has no cursor to resume from\n"
    whole = orgsdk("users", "list", "--complete")
    assert (whole.code, whole.out.count("\n"), whole.err) == (0, 1000, "")


def test_ctrl_c_during_a_list_exits_with_130_and_reports_the_cursor(
    program: Callable[..., Program], two_pages: TwoPages
) -> None:
    two_pages.holds = True
    running = program("users", "list")
    assert two_pages.asked.wait(60)
    ran = running.end(signal.SIGINT)
    assert ran.code == 130
    assert ran.out.count("\n") == 2
    assert ran.err.startswith("orgsdk: stopped after 2 users; to resume, repeat the command with --cursor ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(("cut_at", "message"), [(1, ""), (2, "lists its first 5 users again")])
def test_ctrl_c_while_a_page_is_written_reports_repeated_records(
    orgsdk: Callable[..., Ran], provider: str, monkeypatch: pytest.MonkeyPatch, cut_at: int, message: str
) -> None:
    class Interrupted:
        written = 0

        def write(self, rows: Sequence[Row]) -> None:
            self.written += 1
            if self.written == cut_at:
                raise KeyboardInterrupt

        def end(self) -> None:
            raise AssertionError

    monkeypatch.setattr(listing, "make_writer", lambda *_: Interrupted())
    ran = orgsdk("users", "list", "--page-size", "5")
    assert ran.code == 130
    assert message in ran.err
    assert bool(ran.err) == bool(message)


@pytest.mark.parametrize(("end", "code"), [(KeyboardInterrupt(), 130), (OrgError("it broke"), 1)])
@pytest.mark.parametrize("users", [0, 5])
def test_any_error_after_the_first_record_reports_how_to_resume(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, end: BaseException, code: int, users: int
) -> None:
    async def broken(*arguments: object) -> None:
        progress = arguments[-1]
        assert isinstance(progress, listing.ListProgress)
        progress.written, progress.cursor = users, "the-cursor"
        raise copy(end)

    monkeypatch.setenv("FLAT_ACCESS_TOKEN", "a-token-of-the-test")
    monkeypatch.setattr(listing, "_list", broken)
    ran = orgsdk("users", "list")
    assert ran.code == code
    assert ("stopped after 5 users; to resume, repeat the command with --cursor the-cursor\n" in ran.err) == bool(users)
