"""Without the metadata of the package (frozen, vendored, on PYTHONPATH) requests and the included providers work."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from orgsdk.providers.discovery import installed_providers, load_provider, provider_names

ROOT = Path(__file__).parents[2]

PROGRAM = """
import importlib.metadata as metadata

def nothing(name):
    raise metadata.PackageNotFoundError(name)

metadata.distribution = metadata.version = nothing
metadata.entry_points = lambda **chosen: metadata.EntryPoints(())

import anyio, httpx
from orgsdk import OrgClient
from orgsdk.providers import SCIM, Flat, Logto, Memory, WorkOS
from orgsdk.providers.discovery import installed_providers

assert [(one.name, one.package) for one in installed_providers()] == [
    ("flat", "orgsdk"), ("logto", "orgsdk"), ("memory", "orgsdk"),
    ("scim", "orgsdk"), ("workos", "orgsdk")]
assert isinstance(OrgClient.from_env(environ={"FLAT_ACCESS_TOKEN": "t"}).provider, Flat)
assert isinstance(OrgClient.from_env(environ={"ORGSDK_PROVIDER": "memory"}).provider, Memory)
assert isinstance(OrgClient.from_env(environ={"WORKOS_API_KEY": "sk_t"}).provider, WorkOS)
scim = {"SCIM_BASE_URL": "https://scim.example.com", "SCIM_TOKEN": "t"}
assert isinstance(OrgClient.from_env(environ=scim).provider, SCIM)
logto = {"LOGTO_APP_ID": "a", "LOGTO_APP_SECRET": "s"}
assert isinstance(OrgClient.from_url("logto+https://t.logto.app", environ=logto).provider, Logto)

def answer(request):
    agents.append(request.headers["user-agent"])
    return httpx.Response(200, json=[])

async def main():
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        await OrgClient(Flat("t", http_client=http)).organization().users.list()

agents = []
anyio.run(main)
print(agents[0])
"""


def test_a_program_without_metadata_works() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("orgsdk/0.")


def test_the_included_providers_are_the_entry_points_of_the_package() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["orgsdk.providers"]
    assert {one.name: one.location for one in installed_providers() if one.package == "orgsdk"} == declared
    assert {load_provider(name).name for name in declared} <= set(provider_names())
