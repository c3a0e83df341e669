"""The uses of each extra: a command, its output, and its error without the extra."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from orgsdk._distribution import install_advice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXTRAS = ("cli", "sandbox", "fastapi", "httpx2", "aiohttp", "otel", "keyring", "excel", "postgres", "fleet", "scim")
# Extras that another extra implies. FastAPI depends on opentelemetry-api.
_IMPLIED = {"all": {*EXTRAS}, "fastapi": {"otel"}, "fleet": {"cli", "postgres"}, "scim": {"cli"}}


@dataclass(frozen=True)
class Entry:
    """One use of the package.

    `command` starts with a program of the environment. Its output contains `prints` if all extras are installed.
    `needs` has the error without an extra: all of stderr, or the last line after a traceback if the command is `code`.
    """

    name: str
    command: Sequence[str]
    prints: str
    needs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    code: bool = False


def with_implied(extras: Sequence[str]) -> frozenset[str]:
    """Return the extras that are installed with these."""
    return frozenset(extras).union(*(_IMPLIED.get(extra, set()) for extra in extras))


def _program(name: str, text: str, prints: str, **needs: str) -> Entry:
    return Entry(name, ("python", "-c", text), prints, needs, code=True)


_LISTING = """
import asyncio, os, pathlib
import orgsdk
from orgsdk.providers import Flat
{imports}

async def main():
    flat = Flat(os.environ["FLAT_ACCESS_TOKEN"], base_url=os.environ["FLAT_BASE_URL"]{of_flat})
    async with orgsdk.OrgClient(flat{of_client}) as client:
        users = [user async for user in client.organization().users.list(page_size=100)]
    print(len(users), "users, by the orgsdk in", pathlib.Path(orgsdk.__file__).parents[1].name)

asyncio.run(main())
"""
_LISTED = "1000 users, by the orgsdk in site-packages"


def _listing(name: str, *, imports: str = "", of_flat: str = "", of_client: str = "", **needs: str) -> Entry:
    text = _LISTING.format(imports=imports, of_flat=of_flat, of_client=of_client)
    return _program(name, text, _LISTED, **needs)


def _library(name: str) -> Entry:
    message = f"orgsdk.errors.ConfigurationError: {name} is not installed. {install_advice(name)}"
    return _listing(f"http_library={name}", of_flat=f', http_library="{name}"', **{name: message})


_BLOCKING = """
from orgsdk.blocking import OrgClient

with OrgClient.from_env() as client:
    print(client.organization().users.count(role="teacher"), "teachers")
"""
_BULK = """
import asyncio
from orgsdk import OrgClient, bulk

async def main():
    columns = {"username": "username", "given_name": "first_name"}
    async with OrgClient.from_env() as client:
        org = client.organization()
        plan = await bulk.plan(org, bulk.read_csv("examples/data/roster.csv", columns=columns))
        print((await bulk.apply(plan, org)).summary())

asyncio.run(main())
"""
_MEMORY = """
import asyncio
from orgsdk import OrgClient

async def main():
    async with OrgClient.memory(users=50) as client:
        print(await client.organization().users.count(), "in memory")

asyncio.run(main())
"""
_SANDBOX = """
import asyncio
from orgsdk import OrgClient
from orgsdk.providers import Logto
from orgsdk.sandbox import Sandbox

async def main():
    async with Sandbox() as sandbox:
        logto = Logto(sandbox.logto_url, app_id=sandbox.logto.app_id, app_secret=sandbox.logto.app_secret)
        async with OrgClient(logto, organization=sandbox.logto.organization_id) as client:
            print(await client.organization().users.count(), "at Logto")

asyncio.run(main())
"""
_FASTAPI = """
import asyncio
import httpx
from orgsdk import User
from orgsdk.fastapi import Client, PageOut, install_error_handlers, lifespan
from fastapi import FastAPI

app = FastAPI(lifespan=lifespan())
install_error_handlers(app)

@app.get("/users")
async def users(client: Client, cursor: str | None = None) -> PageOut[User]:
    return PageOut.of(await client.organization().users.list(cursor=cursor))

async def main():
    async with app.router.lifespan_context(app) as state:
        async def started(scope, receive, send):
            await app({**scope, "state": state}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(started), base_url="http://app") as browser:
            page, refused = await browser.get("/users"), await browser.get("/users?cursor=damaged")
            print(len(page.json()["items"]), refused.status_code)

asyncio.run(main())
"""
_KEYRING = """
from orgsdk.cli.secret_store import read_secret, store_secret

try:
    import keyring.backend
except ModuleNotFoundError:
    read_secret("school/FLAT_ACCESS_TOKEN")

class Memory(keyring.backend.KeyringBackend):
    priority, entries = 5, {}

    def get_password(self, service, name):
        return self.entries.get(name)

    def set_password(self, service, name, secret):
        self.entries[name] = secret

keyring.set_keyring(Memory())
print(store_secret("school/FLAT_ACCESS_TOKEN", "a token"), read_secret("school/FLAT_ACCESS_TOKEN"))
"""
_NO_KEYRING = (
    "orgsdk.cli.errors.MissingExtraError: the profile's secret is in the keyring, and keyring is not installed. "
    f"{install_advice('cli', 'keyring')}"
)
_NO_CLI = f"orgsdk: the command line needs cyclopts and rich. {install_advice('cli')}"
_NO_SERVERS = f"orgsdk: the sandbox needs starlette and uvicorn. {install_advice('cli', 'sandbox')}"
_NO_SANDBOX = f"ImportError: orgsdk.sandbox needs starlette and uvicorn. {install_advice('sandbox')}"

_WORKBOOK = """
import openpyxl
from orgsdk import bulk

workbook = openpyxl.Workbook()
workbook.active.append(["username"])
workbook.active.append(["ada"])
workbook.save("roster.xlsx")
print(len(bulk.read_roster("roster.xlsx").users), "in a workbook")
"""
_POSTGRES = """
from orgsdk.fleet import PostgresStore

print(PostgresStore("postgresql://db.example/fleet").name)
"""

ENTRIES = (
    _listing("a list"),
    _program("a blocking client", _BLOCKING, "80 teachers"),
    _program("a roster", _BULK, "0 planned: nothing to do."),
    _program("the memory provider", _MEMORY, "50 in memory"),
    _library("httpx2"),
    _library("aiohttp"),
    _listing(
        "telemetry=",
        imports="from orgsdk.telemetry import OpenTelemetry",
        of_client=", telemetry=OpenTelemetry()",
        otel=f"ImportError: orgsdk.telemetry needs opentelemetry-api. {install_advice('otel')}",
    ),
    _program("a sandbox", _SANDBOX, "1000 at Logto", sandbox=_NO_SANDBOX),
    _program(
        "an app",
        _FASTAPI,
        "1000 422",
        fastapi=f"ImportError: orgsdk.fastapi needs FastAPI. {install_advice('fastapi')}",
    ),
    _program(
        "a keyring", _KEYRING, "True a token", cli="ModuleNotFoundError: No module named 'rich'", keyring=_NO_KEYRING
    ),
    _program(
        "a fleet in PostgreSQL",
        _POSTGRES,
        "postgresql://db.example/fleet",
        postgres=f"orgsdk.errors.ConfigurationError: A fleet in PostgreSQL needs psycopg. {install_advice('fleet')}",
    ),
    _program(
        "a worker of a fleet",
        "from orgsdk.fleet import run_worker; print('a worker')",
        "a worker",
        fleet=f"orgsdk.errors.ConfigurationError: A worker of a fleet needs PgQueuer. {install_advice('fleet')}",
    ),
    _program(
        "a gateway",
        "from orgsdk.scim import gateway; print('a gateway')",
        "a gateway",
        scim=f"orgsdk.errors.ConfigurationError: The SCIM gateway needs scim2-server. {install_advice('scim')}",
    ),
    _program("a workbook", _WORKBOOK, "1 in a workbook", excel="ModuleNotFoundError: No module named 'openpyxl'"),
    Entry("orgsdk --help", ("orgsdk", "--help"), "orgsdk doctor", {"cli": _NO_CLI}),
    Entry("orgsdk users list", ("orgsdk", "users", "list", "--limit", "1"), '"username":', {"cli": _NO_CLI}),
    Entry("orgsdk doctor", ("orgsdk", "doctor"), "rate limit", {"cli": _NO_CLI}),
    Entry(
        "orgsdk conformance",
        ("orgsdk", "conformance", "--provider", "memory", "--yes", "--users", "8"),
        " 0 failed",
        {"cli": _NO_CLI},
    ),
    Entry("orgsdk demo", ("orgsdk", "demo"), "orgsdk users list", {"cli": _NO_CLI, "sandbox": _NO_SERVERS}),
    Entry(
        "python -m benchmarks",
        ("python", "-m", "benchmarks", "--quick", "scheduling"),
        "Nothing is written",
        {"bench": 'benchmarks: a group is missing: pip install --group bench -e ".[all]"'},
    ),
)

# In an environment with the example provider.
OWN_PROVIDER = (
    Entry("orgsdk providers", ("orgsdk", "providers"), '"sqlite"'),
    Entry(
        "orgsdk users create",
        ("orgsdk", "users", "create", "--provider", "sqlite", "--username", "ada", "--email", "ada@example.com"),
        '"ada"',
    ),
    Entry("orgsdk users list", ("orgsdk", "users", "list", "--provider", "sqlite"), '"ada@example.com"'),
    Entry(
        "orgsdk conformance",
        ("orgsdk", "conformance", "--provider", "sqlite", "--users", "10", "--yes"),
        " 0 failed",
    ),
    Entry("its own tests", ("python", "-m", "pytest", "-q", "examples/own_provider"), " passed"),
)

# In an environment with the example provider over HTTP, whose tests start its server.
OWN_HTTP_PROVIDER = (
    Entry("orgsdk providers", ("orgsdk", "providers"), '"acme"'),
    Entry("its own tests", ("python", "-m", "pytest", "-q", "examples/own_http_provider"), " passed"),
)

# With the group `docs`, as in the README. Without a formatter, the build succeeds with truncated signatures.
_SITE = """
import subprocess, sys

built = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict"], stderr=subprocess.PIPE, text=True)
complete = built.returncode == 0 and "Formatting signatures requires" not in built.stderr
sys.exit(None if complete else built.stderr)
"""
SITE = (_program("the site", _SITE, ""),)

# The tests that run the examples and every code block, in an environment with the test tools.
BLOCKS = (
    "tests/docs",
    "tests/examples",
    "tests/test_readme.py",
    "tests/blocking/test_docs.py",
    "tests/fastapi/test_docs.py",
    "tests/cli/commands/test_apply.py",
    "tests/cli/commands/test_apply_roster.py",
    "tests/cli/commands/test_scim_provider.py",
    "tests/providers/http/test_memberships.py",
    "tests/testing/test_docs.py",
    "tests/providers/scim/test_docs.py",
    "tests/fleet",
    "tests/scim/test_docs.py",
    "tests/fleet/postgres",
)
DOCUMENTS = (Entry("examples and blocks", ("python", "-m", "pytest", "-q", "-n", "auto", *BLOCKS), " passed"),)
