"""The web page of the FastAPI example in Chromium: paging, search, roles, errors, accessibility."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from orgsdk import OrgClient
from orgsdk.sandbox.faults import Hang, Respond
from tests.examples.chromium import PROGRAM, Tab, chromium, new_tab
from tests.examples.conftest import load_example, sandbox_environment
from tests.fastapi.serving import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from orgsdk.sandbox import Sandbox

pytestmark = [
    pytest.mark.asyncio,  # aiohttp controls the browser
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed: apt-get install chromium"),
]

ROWS = "[...document.querySelectorAll('#rows tr')]"
NAMES = f"{ROWS}.map(row => row.querySelector('.username').textContent)"
READY = "document.querySelector('#people')?.getAttribute('aria-busy') === 'false'"


@pytest.fixture(params=["flat", "logto"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app_url(sandbox: Sandbox, provider: str, no_provider: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in sandbox_environment(sandbox, provider).items():
        monkeypatch.setenv(name, value)
    with served(load_example("fastapi_app/main.py").app) as url:
        yield url


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest_asyncio.fixture
async def tab(browser: str) -> AsyncIterator[Tab]:
    async with new_tab(browser) as tab:
        yield tab


def users_path(sandbox: Sandbox, provider: str) -> str:
    return {"flat": "/v2/organizations", "logto": f"/api/organizations/{sandbox.logto.organization_id}"}[
        provider
    ] + "/users"


async def test_users_are_browsed_and_searched(tab: Tab, app_url: str, provider: str) -> None:
    await tab.open(app_url)
    await tab.until(f"{ROWS}.length === 12 && {READY}")
    first = await tab.evaluate(NAMES)
    await tab.until("document.querySelector('#count').textContent === '1,000 people'")
    assert await tab.evaluate("document.querySelector('#previous').disabled")

    await tab.click("#next")
    await tab.until(f"location.search.includes('cursor') && {READY} && {NAMES}[0] !== {first[0]!r}")
    second = await tab.evaluate(NAMES)
    assert not set(first) & set(second)
    await tab.click("#next")
    await tab.until(f"{READY} && {NAMES}[0] !== {second[0]!r}")

    # Back by the page's button, by the browser's, and by a reload: the address is the state.
    await tab.click("#previous")
    await tab.until(f"{READY} && {NAMES}[0] === {second[0]!r}")
    assert await tab.evaluate(NAMES) == second
    await tab.send("Page.reload")
    await tab.until(f"{ROWS}.length === 12 && {READY}")
    assert await tab.evaluate(NAMES) == second
    await tab.click("#previous")
    await tab.until(f"{READY} && {NAMES}[0] === {first[0]!r} && document.querySelector('#previous').disabled")
    assert await tab.evaluate("document.activeElement.id") == "next"  # the other button is off now
    await tab.evaluate("history.back()")
    await tab.until(f"{READY} && {NAMES}[0] === {second[0]!r}")

    await tab.click("#query")
    await tab.type("ada_wright")
    await tab.until(f"{READY} && {ROWS}.length === 1")
    assert await tab.evaluate(NAMES) == ["ada_wright"]
    assert await tab.evaluate("location.search") == "?query=ada_wright"
    await tab.type("zzz")
    await tab.until(f"{READY} && !document.querySelector('#nobody').hidden")
    assert tab.complaints == []


async def test_a_role_filters_the_list(tab: Tab, app_url: str) -> None:
    await tab.open(f"{app_url}/?role=admin")
    await tab.until(f"{READY} && {ROWS}.length > 0 && document.querySelector('#role').value === 'admin'")
    assert await tab.evaluate(f"{ROWS}.every(row => row.querySelector('.roles').textContent === 'admin')")
    await tab.evaluate(
        "role.value = 'teacher', role.dispatchEvent(new Event('change'))",
    )
    await tab.until(f"{READY} && {ROWS}.every(row => row.querySelector('.roles').textContent === 'teacher')")
    assert await tab.evaluate("location.search") == "?role=teacher"


async def test_an_error_is_shown_and_can_be_retried(tab: Tab, app_url: str, sandbox: Sandbox, provider: str) -> None:
    fault = Respond(403 if provider == "flat" else 500, b"{}", (("Content-Type", "application/json"),))
    getattr(sandbox, f"{provider}_faults").add(fault, path=users_path(sandbox, provider), times=None)
    await tab.open(app_url)
    await tab.until(f"{READY} && !document.querySelector('#problem').hidden")
    message = await tab.evaluate("document.querySelector('#problem-text').textContent")
    assert message in {"The app lacks a permission at the provider.", "The provider failed."}
    getattr(sandbox, f"{provider}_faults").clear()
    await tab.click("#retry")
    await tab.until(f"{READY} && document.querySelector('#problem').hidden && {ROWS}.length === 12")


async def test_a_refused_cursor_starts_the_list_anew(tab: Tab, app_url: str) -> None:
    await tab.open(f"{app_url}/?role=teacher&cursor=stale")
    await tab.until(f"{READY} && {ROWS}.length === 12 && !document.querySelector('#notice').hidden")
    assert await tab.evaluate("document.querySelector('#notice').textContent") == (
        "That part of the list is no longer available. The list starts again."
    )
    assert await tab.evaluate("[location.search, document.querySelector('#problem').hidden]") == ["?role=teacher", True]
    await tab.click("#next")
    await tab.until(f"{READY} && location.search.includes('cursor') && document.querySelector('#notice').hidden")


async def test_a_user_is_invited(tab: Tab, app_url: str) -> None:
    await tab.open(app_url)
    await tab.until(f"{READY} && !document.querySelector('#role-field').hidden")
    await tab.click("#invite")
    await tab.until("document.querySelector('#invite-dialog').open")
    assert await tab.evaluate("document.activeElement.id") == "invite-email"
    await tab.type("no address")
    await tab.press("Enter")  # the browser refuses it
    assert await tab.evaluate("document.querySelector('#invite-dialog').open")
    await tab.evaluate("document.activeElement.value = ''")
    await tab.type("bob@example.com")
    await tab.click("#invite-dialog [value=teacher]")
    await tab.press("Enter")
    await tab.until("!document.querySelector('#notice').hidden && !document.querySelector('#invite-dialog').open")
    assert await tab.evaluate("document.querySelector('#notice').textContent") == "bob@example.com was invited."
    (invited,) = await tab.evaluate("fetch('/api/invitations?status=pending').then(a => a.json()).then(p => p.items)")
    assert (invited["email"], invited["roles"]) == ("bob@example.com", ["teacher"])
    assert tab.complaints == []


async def test_the_roles_of_a_user_are_changed(tab: Tab, app_url: str, sandbox: Sandbox, provider: str) -> None:
    await tab.open(f"{app_url}/?query=ada_wright")
    await tab.until(f"{READY} && {ROWS}.length === 1 && !document.querySelector('#role-field').hidden")
    before = await tab.evaluate("[...document.querySelectorAll('.chip')].map(chip => chip.textContent)")
    await tab.click(".change")
    chosen = "[...document.querySelectorAll('#roles-dialog input:checked')].map(input => input.value)"
    assert await tab.evaluate(chosen) == before
    await tab.click("#roles-dialog [value=admin]")
    # An error is shown in the dialog, which stays open.
    faults = getattr(sandbox, f"{provider}_faults")
    faults.add(Respond(403, b"{}", (("Content-Type", "application/json"),)), times=None)
    await tab.click("#roles-dialog [type=submit]")
    await tab.until("!document.querySelector('#roles-dialog .failure').hidden")
    assert await tab.evaluate("document.querySelector('#roles-dialog').open")
    faults.clear()
    await tab.click("#roles-dialog [type=submit]")
    await tab.until(f"{READY} && !document.querySelector('#roles-dialog').open && {ROWS}.length === 1")
    after = await tab.evaluate("[...document.querySelectorAll('.chip')].map(chip => chip.textContent)")
    assert set(after) == ({"admin"} if provider == "flat" else {*before, "admin"})
    await tab.until("!document.querySelector('#notice').hidden")


async def test_loading_and_errors_are_shown_without_an_empty_table(
    tab: Tab, app_url: str, sandbox: Sandbox, provider: str
) -> None:
    faults = getattr(sandbox, f"{provider}_faults")
    held = faults.add(Hang(), path=users_path(sandbox, provider))
    await tab.open(app_url)
    await tab.until("document.querySelector('#count')?.textContent === 'Loading…'")
    held.release()
    await tab.until(f"{READY} && {ROWS}.length === 12")
    faults.add(Respond(500), path=users_path(sandbox, provider), times=None)
    await tab.open(f"{app_url}/?query=ada")
    await tab.until(f"{READY} && !document.querySelector('#problem').hidden")
    assert await tab.evaluate("document.querySelector('#card').hidden")
    assert await tab.evaluate("document.querySelector('#count').textContent") == ""


@pytest.mark.parametrize("provider", ["flat"], indirect=True)
@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        ("<h1>Bad Gateway</h1>", "", "This did not work."),
        ('{"detail": "too many"}', "'Retry-After': '1'", "Too many. Try again in 1 second."),
        ('{"detail": "Too many."}', "'Retry-After': '3600'", "Too many. Try again in 60 minutes."),
    ],
)
async def test_an_invalid_response_is_shown_as_an_error(
    tab: Tab, app_url: str, body: str, headers: str, message: str
) -> None:
    await tab.open(app_url)
    await tab.until(f"{READY} && {ROWS}.length === 12")
    await tab.evaluate(f"fetch = async () => new Response({body!r}, {{ status: 502, headers: {{ {headers} }} }}), 0")
    await tab.click("#next")
    await tab.until("!document.querySelector('#problem').hidden")
    assert await tab.evaluate("document.querySelector('#problem-text').textContent") == message
    assert await tab.evaluate(f"{ROWS}.length") == 12  # what was there stays readable


@pytest.mark.parametrize("provider", ["flat"], indirect=True)
async def test_a_double_click_turns_one_page(tab: Tab, app_url: str, sandbox: Sandbox) -> None:
    await tab.open(app_url)
    await tab.until(f"{READY} && {ROWS}.length === 12")
    pages = await tab.evaluate("history.length")
    sandbox.flat_faults.add(Hang(), path=users_path(sandbox, "flat"))
    await tab.click("#next")
    await tab.click("#next")
    sandbox.flat_faults.clear()
    await tab.until(f"{READY} && !document.querySelector('#previous').disabled")
    assert await tab.evaluate("history.length") == pages + 1


@pytest.mark.parametrize("width", [320, 700, 840, 1000])
async def test_the_layout_fits_the_window(tab: Tab, app_url: str, width: int) -> None:
    await tab.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    await tab.open(app_url)
    await tab.until(f"{READY} && {ROWS}.length === 12")
    assert await tab.evaluate("document.documentElement.scrollWidth") <= width
    heights = await tab.evaluate("[...document.querySelectorAll('.chip')].map(chip => chip.offsetHeight)")
    assert heights
    assert max(heights) < 30  # a second line would make it 44


@pytest.mark.parametrize("provider", ["logto"], indirect=True)
async def test_a_name_is_text_and_not_markup(tab: Tab, app_url: str, sandbox: Sandbox) -> None:
    name = "<img src=x onerror='window.hit = true'>"
    settings = sandbox_environment(sandbox, "logto")
    async with OrgClient.from_env(environ={"ORGSDK_PROVIDER": "logto", **settings}) as logto:
        await logto.organization().users.create(username="mallory", name=name)
    await tab.open(f"{app_url}/?query=mallory")
    await tab.until(f"{READY} && {ROWS}.length === 1")
    assert await tab.evaluate("document.querySelector('#rows .name').textContent") == name
    assert await tab.evaluate("[document.querySelectorAll('img').length, window.hit]") == [0, None]
    policy = await tab.evaluate("fetch('/').then(answer => answer.headers.get('content-security-policy'))")
    assert policy == "default-src 'self'; img-src 'self' data:"


async def test_it_works_with_a_screen_reader_and_a_keyboard(tab: Tab, app_url: str) -> None:
    await tab.open(app_url)
    await tab.until(f"{READY} && {ROWS}.length === 12 && !document.querySelector('#role-field').hidden")
    name = await tab.evaluate("document.querySelector('#rows .name').textContent")
    found = await tab.accessible()
    assert {
        ("heading", "People"),
        ("searchbox", "Search"),
        ("combobox", "Role"),
        ("table", "The users of the organization, one page of the list"),
        ("columnheader", "Name"),
        ("columnheader", "E-mail address"),
        ("navigation", "Pages"),
        ("button", "Previous"),
        ("button", "Invite"),
        ("button", f"Change the roles of {name}"),
        ("button", "Next"),
    } <= found
    stops: list[str] = []
    for _ in range(16):
        await tab.press("Tab")
        stops.append(await tab.evaluate("document.activeElement.id || document.activeElement.className"))
    assert stops == ["invite", "query", "role", *["change small"] * 12, "next"]
    first = await tab.evaluate(NAMES)
    await tab.press("Enter")
    await tab.until(f"{READY} && {NAMES}[0] !== {first[0]!r}")
