"""`import orgsdk` loads no provider, no HTTP library and no server."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "aiohttp",
    "cyclopts",
    "fastapi",
    "httpcore",
    "httpx",
    "httpx2",
    "orgsdk.cli",
    "orgsdk.fastapi",
    "orgsdk.providers.flat",
    "orgsdk.providers.logto",
    "orgsdk.sandbox",
    "rich",
    "starlette",
    "trio",
    "uvicorn",
}


PAIRS = [("Flat", "logto"), ("Logto", "flat"), ("SCIM", "flat"), ("WorkOS", "flat")]


def loaded(statement: str) -> set[str]:
    """Return the names of the modules that a new interpreter has loaded after `statement`."""
    code = f"import sys\n{statement}\nprint(*sys.modules, sep='\\n')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_importing_orgsdk_loads_no_large_dependency() -> None:
    assert loaded("import orgsdk") & HEAVY == set()


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_a_provider_is_in_the_package_and_loads_no_other(name: str, other: str) -> None:
    modules = loaded(f"from orgsdk import {name}")
    assert f"orgsdk.providers.{name.lower()}" in modules
    assert modules & {f"orgsdk.providers.{other}", "httpx", "httpcore", "orgsdk.sandbox", "orgsdk.cli"} == set()


def test_importing_the_providers_package_loads_no_provider() -> None:
    assert loaded("import orgsdk, orgsdk.providers") & HEAVY == set()


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_a_provider_loads_neither_the_other_one_nor_an_http_library(name: str, other: str) -> None:
    modules = loaded(f"from orgsdk.providers import {name}")
    assert f"orgsdk.providers.{name.lower()}" in modules
    assert modules & {f"orgsdk.providers.{other}", "httpx", "httpcore", "orgsdk.sandbox", "orgsdk.cli"} == set()


def test_a_client_loads_no_native_interface_and_no_other_provider() -> None:
    names = loaded("import orgsdk; orgsdk.OrgClient(orgsdk.Flat(token='t'))")
    assert "orgsdk.providers.flat.users" in names
    assert {"orgsdk.providers.flat.native", "orgsdk.providers.memory"} & names == set()


@pytest.mark.parametrize(
    ("provider", "models"),
    [
        ("Flat(token='t')", {"orgsdk.providers.flat.models.literals"}),
        ("Logto(endpoint='https://t.logto.app', app_id='a', app_secret='s')", set[str]()),
    ],
)
def test_a_client_loads_only_what_a_first_list_needs(provider: str, models: set[str]) -> None:
    names = loaded(f"import orgsdk; orgsdk.OrgClient(orgsdk.{provider}).organization('0' * 24).users.list()")
    assert {name for name in names if ".models." in name and name.startswith("orgsdk.providers.")} == models
    # Loaded for an unknown name, a proof that a list is complete, and a table in a notebook.
    assert {"difflib", "orgsdk.providers.http.complete", "html"} & names == set()


def test_planning_from_a_list_loads_no_reader_of_files_and_no_run() -> None:
    statement = (
        "import anyio\nfrom orgsdk import OrgClient, bulk\nfrom orgsdk.providers import Memory\n"
        "async def main():\n"
        "    await bulk.plan(OrgClient(Memory()).organization(), [bulk.UserSpec(username='ada')])\n"
        "anyio.run(main)"
    )
    found = {name for name in loaded(statement) if name.startswith(("orgsdk.bulk.roster.", "orgsdk.bulk.run"))}
    shared = {"cells", "columns", "dates", "duplicates", "iterables", "keys", "names"}
    shared |= {"problems", "roles", "rows", "spec", "states"}
    assert found <= {f"orgsdk.bulk.roster.{name}" for name in shared}
