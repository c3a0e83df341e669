"""A setting or an argument of a wrong type is refused when the object is made, and nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk import ConfigurationError, InvalidArgumentError, NotSentError, OrgClient, blocking
from orgsdk.providers import Flat, Logto, Memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

NAN = float("nan")


def _logto(**settings: Any) -> Logto:
    return Logto(**{"endpoint": "https://t.logto.app", "app_id": "a", "app_secret": "s", **settings})


WRONG: dict[str, list[Any]] = {
    "timeout": ["5", True, NAN, 0, [5]],
    "max_attempts": ["5", True, 2.5, NAN, 0],
    "max_wait": ["5", False, NAN, -1],
    "headers": ["X: y", [("X", "y")], 5, {"X": None}, {"X": 5}, {"X": b"y"}, {5: "y"}, {b"X": "y"}, {None: "y"}],
    "on_event": ["print", 5],
    "telemetry": ["otel", 5],
}
TRANSPORT: dict[str, list[Any]] = {
    "max_concurrency": ["8", True, 2.5, None, 0, NAN],
    "requests_per_second": ["5", True, NAN, 0, float("inf")],
    "http_library": ["requests", None, 5, ["httpx"], "HTTPX"],
    "http_client": ["httpx", 5, httpx, httpx.AsyncClient],
}


def _cases(settings: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    return [(name, value) for name, values in settings.items() for value in values]


@pytest.mark.parametrize(("setting", "value"), _cases(WRONG), ids=str)
def test_an_option_of_a_client(setting: str, value: Any) -> None:
    makers: list[Callable[..., object]] = [
        lambda **option: OrgClient(Memory(), **option),
        lambda **option: blocking.OrgClient(Memory(), **option),
        lambda **option: OrgClient.memory().with_options(**option),
    ]
    for make in makers:
        with pytest.raises(ConfigurationError, match=r"header|seconds|max_attempts|on_event|telemetry"):
            make(**{setting: value})


@pytest.mark.parametrize("make", [lambda **settings: Flat("t", **settings), _logto], ids=["flat", "logto"])
@pytest.mark.parametrize(("setting", "value"), _cases(TRANSPORT), ids=str)
def test_a_setting_of_a_provider(make: Callable[..., object], setting: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=setting) as caught:
        make(**{setting: value})
    assert "pip install" not in str(caught.value)  # no advice to install what does not exist


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: _logto(resource=5), "LOGTO_RESOURCE"),
        (lambda: _logto(endpoint=5), "LOGTO_ENDPOINT"),
        (lambda: _logto(app_id=5), "LOGTO_APP_ID"),
        (lambda: Flat("t", base_url=5), "FLAT_BASE_URL"),  # type: ignore[arg-type]  # the mistake
        (lambda: Memory(users="5"), "users is of type str"),  # type: ignore[arg-type]  # the mistake
        (lambda: Memory(users=2.5), "users is 2.5"),  # type: ignore[arg-type]  # the mistake
        (lambda: Memory(users=True), "users is True"),
        (lambda: Memory(max_page_size="5"), "max_page_size is of type str"),  # type: ignore[arg-type]  # the mistake
        (lambda: Memory(clock=5), "clock is of type int: pass a function"),  # type: ignore[arg-type]  # the mistake
        (lambda: Memory(tenant=5), "tenant is of type int"),  # type: ignore[arg-type]  # the mistake
    ],
)
def test_a_setting_of_one_provider(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make()


@pytest.mark.parametrize("provider", ["flat", "logto", "memory"])
@pytest.mark.parametrize("identifier", [5, b"id", ["id"], True])
async def test_an_organization_id(connect: Connect, provider: str, identifier: Any) -> None:
    made = Memory() if provider == "memory" else connect.provider(provider)
    with pytest.raises(InvalidArgumentError, match="organization id is of type"):
        OrgClient(made, organization=identifier)
    with pytest.raises(InvalidArgumentError, match="organization id is of type"):
        OrgClient(made).organization(identifier)


@pytest.mark.parametrize("value", ["3", True, 2.5, 2.0, b"3", [3], NAN])
async def test_an_argument_of_a_list(flat: OrgClient, logto: OrgClient, connect: Connect, value: Any) -> None:
    for client, organization_id in ((flat, None), (logto, connect.organization_id("logto"))):
        org = client.organization(organization_id)
        lists: list[Callable[..., Any]] = [org.users.list, org.invitations.list, client.organizations.list]
        for make in lists:
            with pytest.raises(InvalidArgumentError, match="page_size"):
                make(page_size=value)
            with pytest.raises(InvalidArgumentError, match="max_pages"):
                make(max_pages=value)
            with pytest.raises(InvalidArgumentError, match="pages is"):
                make().prefetch(pages=value)
            with pytest.raises(InvalidArgumentError, match="limit is"):
                await make().collect(limit=value)
    assert len(connect.sandbox.requests) == 0


@pytest.mark.parametrize("cursor", [5, b"abc", ["abc"], True])
async def test_a_cursor(flat: OrgClient, cursor: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="cursor"):
        flat.organization().users.list(cursor=cursor)


@pytest.mark.parametrize("value", ["3", True, 2.5])
def test_a_fault_of_the_memory_provider(value: Any) -> None:
    memory = Memory()
    with pytest.raises(InvalidArgumentError, match="times is"):
        memory.lose_response("users.create", times=value)
    with pytest.raises(InvalidArgumentError, match="times is"):
        memory.fail("users.create", NotSentError("no", provider="memory", operation="test"), times=value)
    if value != 2.5:
        with pytest.raises(InvalidArgumentError, match="delay is"):
            memory.delay("users.create", value)


@pytest.mark.parametrize("value", [5, b"q", ["q"], 3.5], ids=str)
def test_a_filter_of_a_native_list(value: Any) -> None:
    flat, logto = OrgClient(Flat(token="t")).native, OrgClient(_logto()).native
    makers: list[Callable[[], object]] = [
        lambda: flat.list_organization_users(q=value),
        lambda: flat.list_organization_users(group=[value]),
        lambda: flat.list_organization_users(no_active_license=value),
        lambda: flat.list_organization_users(only_ids=value),
        lambda: logto.list_organizations(q=value),
        lambda: logto.list_organizations(show_featured=value),
        lambda: logto.list_organization_users("abc", q=value),
        lambda: logto.list_organization_invitations(invitee=value),
    ]
    for make in makers:
        with pytest.raises(InvalidArgumentError, match=r"The filter [A-Za-z]+ is "):
            make()


@pytest.mark.parametrize("value", [5, b"ada", ["ada"], 3.5], ids=str)
async def test_what_is_looked_up(value: Any) -> None:
    org = OrgClient.memory(users=1).organization()
    for field in ("email", "username"):
        with pytest.raises(InvalidArgumentError, match=f"The {field} is of type"):
            await org.users.find(**{field: value})
