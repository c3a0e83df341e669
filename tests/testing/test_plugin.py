"""The pytest plugin: its fixtures work on both event loops, and import nothing until they are used."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]

PLUGIN = ("-p", "orgsdk.testing.plugin", "-p", "anyio.pytest_plugin", "-p", "no:cacheprovider", "-W", "error")


@pytest.fixture(autouse=True)
def _no_other_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


LOOPS = """
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param
"""


def test_the_memory_client_supports_faults(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOOPS
        + """
from orgsdk import OutcomeUnknownError


async def test_it_has_users(orgsdk_memory):
    assert await orgsdk_memory.organization().users.count() == 50


async def test_it_loses_a_response(orgsdk_memory):
    orgsdk_memory.provider.lose_response("users.create")
    with pytest.raises(OutcomeUnknownError):
        await orgsdk_memory.organization().users.create(username="ada")
    assert await orgsdk_memory.organization().users.count() == 51
"""
    )
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=4)


def test_the_sandbox_is_reset_for_each_test_and_records_requests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOOPS
        + """
from orgsdk import ServerError
from orgsdk.sandbox import default_roster
from orgsdk.sandbox.faults import Respond


@pytest.fixture(scope="session")
def orgsdk_roster():
    return default_roster()[:7]


async def test_each_client_sees_the_roster(orgsdk_sandbox, orgsdk_flat, orgsdk_logto, orgsdk_workos):
    for client, user in (
        (orgsdk_flat, {"username": "ada"}),
        (orgsdk_logto, {"username": "ada"}),
        (orgsdk_workos, {"email": "ada@example.com"}),
    ):
        async with client:
            await client.organization().users.create(**user)
            assert len(await client.organization().users.list().collect()) == 8
    assert orgsdk_sandbox.requests.count(provider="flat", method="POST") == 1


async def test_a_fault_is_injected(orgsdk_sandbox, orgsdk_flat):
    assert len(orgsdk_sandbox.requests) == 0
    orgsdk_sandbox.flat_faults.add(Respond(500), method="GET", path="/v2/organizations/users")
    async with orgsdk_flat as client:
        with pytest.raises(ServerError):
            await client.with_options(max_attempts=1).organization().users.count()
"""
    )
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=4)


def test_the_default_roster_has_a_thousand_people(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(orgsdk_roster):\n    assert len(orgsdk_roster) == 1000\n")
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=1)


def test_the_plugin_is_an_entry_point() -> None:
    (entry,) = entry_points(group="pytest11", name="orgsdk")
    assert entry.value == "orgsdk.testing.plugin"


def test_it_imports_orgsdk_only_when_it_is_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import sys


def test_it():
    names = {name for name in sys.modules if name.partition(".")[0] in {"orgsdk", "httpx", "pydantic", "starlette"}}
    assert names - {"orgsdk._lazy", "orgsdk._distribution"} == {"orgsdk", "orgsdk.testing", "orgsdk.testing.plugin"}
"""
    )
    pytester.runpytest_subprocess("-p", "orgsdk.testing.plugin", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_pytest_lists_its_fixtures(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*PLUGIN, "--fixtures")
    for name in ("orgsdk_memory", "orgsdk_roster", "orgsdk_sandbox", "orgsdk_flat", "orgsdk_logto", "orgsdk_workos"):
        result.stdout.fnmatch_lines([f"{name}*"])
