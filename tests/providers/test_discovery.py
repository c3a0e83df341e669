"""Discovery of installed providers by their entry points, without importing the others."""

from __future__ import annotations

import importlib.metadata as metadata
import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from typing import TYPE_CHECKING, ClassVar

import pytest

import orgsdk.providers
from orgsdk import ConfigurationError, OrgClient
from orgsdk.providers import SCIM, Flat, Logto, Memory, WorkOS
from orgsdk.providers.discovery import installed_providers, load_provider, provider_from_env, provider_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MEMORY = "orgsdk.providers.memory:Memory"
FLAT = {"FLAT_ACCESS_TOKEN": "t"}
LOGTO = {"LOGTO_APP_ID": "app", "LOGTO_APP_SECRET": "s"}


class Old(Memory):
    contract: ClassVar[int] = 1


def install(monkeypatch: pytest.MonkeyPatch, **installed: str) -> None:
    found = EntryPoints(EntryPoint(name, value, "orgsdk.providers") for name, value in installed.items())
    monkeypatch.setattr("orgsdk.providers.discovery._entry_points", lambda: found)


def package(folder: Path, name: str, version: str, entries: Mapping[str, str]) -> None:
    """Lay down a package as an installer does, with nothing but its metadata."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")
    lines = [f"{entry} = {value}" for entry, value in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(["[orgsdk.providers]", *lines]), "utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_the_included_providers_are_installed() -> None:
    assert provider_names() == ["flat", "logto", "memory", "scim", "workos"]
    assert [load_provider(name) for name in provider_names()] == [Flat, Logto, Memory, SCIM, WorkOS]
    assert {(one.package, one.name) for one in installed_providers()} == {
        ("orgsdk", "flat"),
        ("orgsdk", "logto"),
        ("orgsdk", "memory"),
        ("orgsdk", "scim"),
        ("orgsdk", "workos"),
    }


def test_another_packages_provider_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, acme="orgsdk.providers.flat:Flat", logto="orgsdk.providers.logto:Logto")
    assert provider_names() == ["acme", "logto"]
    provider = provider_from_env({"ORGSDK_PROVIDER": "ACME", "FLAT_ACCESS_TOKEN": "t"})
    assert isinstance(provider, Flat)


def test_installed_providers_are_described_without_importing_them(site: Path) -> None:
    package(site, "acme-orgsdk", "1.2", {"acme": "acme_that_is_nowhere:Acme"})
    (acme,) = [one for one in installed_providers() if one.name == "acme"]
    assert (acme.package, acme.version, acme.location) == ("acme-orgsdk", "1.2", "acme_that_is_nowhere:Acme")
    assert acme.origin == "package acme-orgsdk 1.2"


def test_a_provider_is_found_as_soon_as_it_is_installed_and_until_it_is_removed(site: Path) -> None:
    assert "acme" not in provider_names()
    package(site, "acme-orgsdk", "1.2", {"acme": MEMORY})
    assert load_provider("acme") is Memory
    shutil.rmtree(site / "acme_orgsdk-1.2.dist-info")
    assert "acme" not in provider_names()


def test_the_metadata_of_an_unchanged_environment_is_read_once(monkeypatch: pytest.MonkeyPatch, site: Path) -> None:
    read: list[str] = []
    original = metadata.entry_points

    def entry_points(group: str) -> EntryPoints:
        read.append(group)
        return original(group=group)

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    package(site, "acme-orgsdk", "1.2", {"acme": MEMORY})
    for _ in range(3):
        assert load_provider("acme") is Memory
        assert len(installed_providers()) == 6
    assert read == ["orgsdk.providers"]


def test_a_folder_that_does_not_exist_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(tmp_path / "missing")
    assert "flat" in provider_names()


def test_a_provider_that_cannot_be_imported_names_its_package(site: Path) -> None:
    package(site, "acme-orgsdk", "1.2", {"acme": "acme_that_is_nowhere:Acme", "half": "json:Acme"})
    with pytest.raises(ConfigurationError, match=r"'acme' of package acme-orgsdk 1\.2 cannot .*No module named"):
        load_provider("acme")
    with pytest.raises(ConfigurationError, match=r"'half' of package acme-orgsdk 1\.2 cannot .*AttributeError"):
        load_provider("half")
    # It affects no other provider.
    assert load_provider("flat") is Flat
    assert isinstance(provider_from_env(FLAT), Flat)
    with pytest.raises(ConfigurationError, match=r"\(flat: FLAT_ACCESS_TOKEN; logto: LOGTO_ENDPOINT"):
        provider_from_env({})


def test_a_provider_that_fails_during_import_names_its_package(site: Path) -> None:
    (site / "acme_failing.py").write_text("raise RuntimeError('no such luck')", "utf-8")
    package(site, "acme-orgsdk", "1.2", {"acme": "acme_failing:Acme"})
    with pytest.raises(ConfigurationError, match=r"acme-orgsdk 1\.2 .*RuntimeError: no such luck"):
        load_provider("acme")


def test_two_providers_with_one_name_are_both_named(site: Path) -> None:
    package(site, "acme-one", "1.0", {"acme": MEMORY})
    package(site, "acme-two", "2.0", {"acme": MEMORY, "logto": MEMORY})
    with pytest.raises(ConfigurationError, match=r"package acme-one 1\.0 \(.*\) and package acme-two 2\.0 .*Uninstall"):
        load_provider("acme")
    with pytest.raises(ConfigurationError, match=r"package acme-two 2\.0 .* and package orgsdk"):
        OrgClient.from_env(environ={"ORGSDK_PROVIDER": "logto"})
    assert [one.package for one in installed_providers() if one.name == "acme"] == ["acme-one", "acme-two"]
    assert provider_names().count("acme") == 1


def test_a_provider_of_another_contract_version_names_its_package(site: Path) -> None:
    package(site, "acme-orgsdk", "1.2", {"old": f"{__name__}:Old", "new": "acme_unversioned:Acme"})
    source = "from orgsdk.providers.base import Provider\nclass Acme(Provider): name = 'new'\n"
    (site / "acme_unversioned.py").write_text(source, "utf-8")
    with pytest.raises(ConfigurationError, match=r"'old' of package acme-orgsdk 1\.2 was written for version 1 of"):
        load_provider("old")
    with pytest.raises(
        ConfigurationError, match=r"'new' of package acme-orgsdk 1\.2 states no version of the contract"
    ):
        load_provider("new")


def test_a_provider_of_the_first_contract_is_told_what_to_change() -> None:
    with pytest.raises(ConfigurationError) as caught:
        OrgClient(Old())
    message = str(caught.value)
    assert message.startswith("The provider 'memory' was written for version 1 of the contract")
    for name in ("USERS_USERNAME", "USERS_NAMES", "USERS_PASSWORD", "ORGANIZATIONS_DESCRIPTION", "contract = 2"):
        assert name in message


@pytest.mark.parametrize("contract", [0, 3, 99, "2", None])
def test_a_provider_of_an_unknown_contract_is_refused(contract: object) -> None:
    unknown = type("Unknown", (Old,), {"contract": contract})
    with pytest.raises(ConfigurationError, match=r"Install versions of both that fit\.$"):
        OrgClient(unknown())


def test_an_entry_point_of_another_class_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, acme="orgsdk.errors:OrgError")
    with pytest.raises(ConfigurationError, match=r"orgsdk\.errors:OrgError of provider 'acme' of .* is not a Provider"):
        load_provider("acme")


def test_no_installed_provider_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(ConfigurationError, match=r"No provider is called 'flat'\. Installed: none"):
        load_provider("flat")
    with pytest.raises(ConfigurationError, match="Installed: none"):
        OrgClient.from_url("logto+https://t.logto.app", environ=LOGTO)


def test_an_unknown_name_is_not_an_attribute_of_the_package() -> None:
    assert not hasattr(orgsdk.providers, "Okta")


@pytest.mark.parametrize(
    ("call", "loaded"),
    [
        ("OrgClient.from_env(environ={'FLAT_ACCESS_TOKEN': 't'})", "flat"),
        (
            "OrgClient.from_env(environ={'ORGSDK_PROVIDER': 'flat', 'FLAT_ACCESS_TOKEN': 't', 'LOGTO_APP_ID': 'x'})",
            "flat",
        ),
        ("OrgClient.from_url('memory:', environ={})", "memory"),
        ("OrgClient.memory()", "memory"),
        ("__import__('orgsdk.providers.discovery').providers.discovery.installed_providers()", ""),
    ],
)
def test_unused_providers_are_not_imported(call: str, loaded: str) -> None:
    source = (
        f"import sys\nfrom orgsdk import OrgClient\n{call}\n"
        "print(*[name for name in ('flat', 'logto', 'memory') if f'orgsdk.providers.{name}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == loaded


# By URL


@pytest.mark.parametrize(
    ("url", "environ", "made"),
    [
        ("logto+https://t.logto.app", LOGTO, "Logto(endpoint='https://t.logto.app')"),
        ("LOGTO+https://t.logto.app/", {**LOGTO, "LOGTO_ENDPOINT": "https://x.test"}, "Logto(endpoint='https://t.log"),
        ("flat+http://127.0.0.1:8080/v2", FLAT, "Flat(base_url='http://127.0.0.1:8080/v2')"),
        ("flat:", FLAT, "Flat(base_url='https://api.flat.io/v2')"),
        ("flat://", {**FLAT, "FLAT_BASE_URL": "https://x.test"}, "Flat(base_url='https://x.test')"),
        (" memory: ", {"MEMORY_USERS": "2"}, "Memory(organizations=1, accounts=2)"),
    ],
)
def test_a_url_names_provider_and_address(url: str, environ: dict[str, str], made: str) -> None:
    assert repr(OrgClient.from_url(url, environ=environ)).startswith(f"OrgClient({made}")


def test_the_organization_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**LOGTO, "ORGSDK_ORGANIZATION": "org"}.items():
        monkeypatch.setenv(name, value)
    assert OrgClient.from_url("logto+https://t.logto.app").organization().id == "org"


def test_an_address_need_not_be_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    class Sqlite(Memory):
        address_variable: ClassVar[str | None] = "SQLITE_FILE"

        @classmethod
        def from_env(cls, environ: Mapping[str, str]) -> Sqlite:
            taken.append(environ["SQLITE_FILE"])
            return cls()

    install(monkeypatch, sqlite=MEMORY)
    monkeypatch.setattr("orgsdk.providers.discovery._import", lambda *_: Sqlite)
    for url in ("sqlite:people.db", "sqlite:///srv/people.db", "sqlite:./a:b.db"):
        OrgClient.from_url(url, environ={})
    assert taken == ["people.db", "/srv/people.db", "./a:b.db"]


@pytest.mark.parametrize(
    "url",
    [
        "logto+https://app:hunter2@t.logto.app",
        "logto+https://hunter2@t.logto.app",
        "logto:hunter2@t.logto.app",
        "hunter2:logto@x",
        "logto+https://t.logto.app?app_secret=hunter2",
        "logto+https://t.logto.app#hunter2",
        "https://t.logto.app/hunter2",
        "hunter2",
        "",
        "logto+hunter2",
        "logto+ftp://hunter2",
        "memory:hunter2",
        "ünicode+https://hunter2",
    ],
)
def test_an_invalid_url_is_rejected_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        OrgClient.from_url(url, environ=LOGTO)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_url_needs_the_other_settings() -> None:
    with pytest.raises(ConfigurationError, match="LOGTO_APP_ID is not set"):
        OrgClient.from_url("logto+https://t.logto.app", environ={})
