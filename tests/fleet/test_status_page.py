"""The status page: its numbers, its headers, and what it never shows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from orgsdk import ConfigurationError, OrgError
from orgsdk.fleet.progress import fleet_progress
from orgsdk.fleet.status_page import render, status_app
from tests.fleet.samples import ATTENTION, KEYS, NOW, RUN, SampleStore, many_keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio


@pytest.fixture
def store() -> SampleStore:
    return SampleStore()


@pytest.fixture
async def page(store: SampleStore) -> AsyncIterator[httpx.AsyncClient]:
    app = status_app(store)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fleet") as client:
        yield client


async def test_the_page_and_the_json_have_the_same_numbers(page: httpx.AsyncClient) -> None:
    shown = (await page.get("/")).text
    found = (await page.get("/status.json")).json()
    assert f"{found['total']['units'] - found['total']['left'] - 1:,} of 1,103 organizations" in shown
    assert (found["total"]["done"], found["total"]["requests"]) == (321, 10_310)
    assert ">321<" in shown
    assert ">10,310<" in shown
    for key in KEYS:
        assert key.key in shown


async def test_every_response_forbids_what_the_page_does_not_need(page: httpx.AsyncClient) -> None:
    for path in ("/", "/status.json", "/health", "/status.css", "/unknown"):
        headers = (await page.get(path)).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "style-src": "'self'",
            "img-src": "data:",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


async def test_the_page_is_read_only(page: httpx.AsyncClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        for path in ("/", "/status.json", "/health"):
            assert (await page.request(method, path)).status_code == 405
    assert (await page.head("/health")).status_code == 200


async def test_many_readers_read_the_store_once_a_second(page: httpx.AsyncClient, store: SampleStore) -> None:
    for _ in range(5):
        await page.get("/")
        await page.get("/status.json")
    assert store.reads <= 2  # a busy machine may take more than a second


async def test_a_store_that_cannot_be_read_is_no_secret_of_its_host(
    page: httpx.AsyncClient, store: SampleStore
) -> None:
    store.error = OrgError("cannot connect to db.internal.example.org")
    for path in ("/", "/status.json", "/health"):
        answer = await page.get(path)
        assert answer.status_code == 503
        assert "db.internal" not in answer.text
    store.error = None
    assert (await page.get("/health")).json() == {"status": "alive"}


async def test_before_the_first_run_the_page_says_so(page: httpx.AsyncClient, store: SampleStore) -> None:
    store.latest = None
    assert "No run was started yet." in (await page.get("/")).text
    assert (await page.get("/status.json")).json() == {"run": None}


async def test_a_reader_can_stop_the_refresh(page: httpx.AsyncClient) -> None:
    assert '<meta http-equiv="refresh" content="10">' in (await page.get("/")).text
    stopped = (await page.get("/?refresh=0")).text
    assert "http-equiv" not in stopped
    assert '<a href="./">Refresh by itself</a>' in stopped


def test_names_and_reasons_are_text_and_not_markup() -> None:
    run = replace(RUN, detail="<script>alert(1)</script>")
    shown = render(fleet_progress(run, KEYS, ATTENTION, NOW))
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "&lt;b&gt;school&lt;/b&gt;" in shown


def test_a_fleet_of_many_keys_has_a_short_page() -> None:
    progress = fleet_progress(RUN, many_keys(2_500), (), NOW)
    shown = render(progress)
    assert shown.count('<tr role="row">') == 1 + 200
    assert "2,500 keys; the first 200 are shown" in shown
    keys = progress.as_json()["keys"]
    assert isinstance(keys, list)
    assert len(keys) == 2_500
    assert len(json.dumps(progress.as_json())) < 1_000_000


@pytest.mark.parametrize("refresh", [0, -1, True, 1.5])
def test_a_wrong_refresh_is_refused(refresh: int) -> None:
    with pytest.raises(ConfigurationError, match="refresh is"):
        status_app(SampleStore(), refresh=refresh)
