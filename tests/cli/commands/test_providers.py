"""`orgsdk providers` and `orgsdk conformance`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import orgsdk.providers.discovery as discovery
from orgsdk.domain import Capability
from orgsdk.providers import Memory
from orgsdk.providers.discovery import InstalledProvider
from orgsdk.testing.conformance import CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import ClassVar

    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.logto.records import EmailService
    from tests.cli.conftest import Ran

PROVIDERS = "orgsdk.cli.commands.providers.installed_providers"


class Deaf(Memory):
    """A provider with a bug that the kit must find: a filter without effect."""

    name: ClassVar[str] = "deaf"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *(Capability.DEFAULT_ORGANIZATION, Capability.USERS_LIST, Capability.USERS_CREATE),
            *(Capability.USERS_REMOVE, Capability.USERS_SUSPEND),
        }
    )


@pytest.fixture
def provider_class(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Memory]], None]:
    def install(kind: type[Memory]) -> None:
        monkeypatch.setattr(discovery, "load_provider", lambda _: kind)
        monkeypatch.setattr("orgsdk.cli.settings.load_provider", lambda _: kind)

    return install


def test_the_installed_providers_are_listed(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("providers")
    assert (ran.code, ran.err) == (0, "")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    names = ("flat", "logto", "memory", "scim", "workos")
    assert [(row["name"], row["package"]) for row in rows] == [(name, "orgsdk") for name in names]
    assert orgsdk("providers", "--format", "csv", "--fields", "name").out == "name\nflat\nlogto\nmemory\nscim\nworkos\n"


def test_two_providers_with_one_name_are_listed_with_a_warning(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [InstalledProvider("acme", f"{name}:Acme", name, "1.0") for name in ("one", "two")]
    monkeypatch.setattr(PROVIDERS, lambda: both)
    ran = orgsdk("providers")
    assert len(ran.out.splitlines()) == 2
    assert ran.err == ("orgsdk: 2 packages define a provider acme: none can be used; uninstall all but one\n")


def test_the_memory_provider_conforms(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("conformance", "--provider", "memory", "--users", "10", "--yes")
    assert ran.code == 0
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [row["check"] for row in rows] == [check.name for check in CHECKS]
    passed, skipped = (sum(row["outcome"] == outcome for row in rows) for outcome in ("passed", "skipped"))
    assert ran.err == f"orgsdk: memory: {passed} passed, 0 failed, {skipped} skipped\n"
    assert all(row["reason"] for row in rows if row["outcome"] == "skipped")


def test_a_provider_that_does_not_conform_exits_with_1(
    orgsdk: Callable[..., Ran], provider_class: Callable[[type[Memory]], None]
) -> None:
    provider_class(Deaf)
    ran = orgsdk("conformance", "--provider", "deaf", "--users", "10", "--yes", "--only", "undeclared")
    assert ran.code == 1
    rows = {row["check"]: row for row in map(json.loads, ran.out.splitlines())}
    assert rows["capabilities.undeclared_does_not_work[users.add]"]["outcome"] == "failed"
    assert (
        "orgsdk: failed: capabilities.undeclared_does_not_work[roles.create]: roles.create is not declared, but"
        in ran.err
    )


def test_records_that_cannot_be_removed_are_reported(
    orgsdk: Callable[..., Ran], provider_class: Callable[[type[Memory]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sticky(Memory):
        name: ClassVar[str] = "sticky"
        capabilities: ClassVar[frozenset[Capability]] = Deaf.capabilities

        def __init__(self, **settings: int) -> None:
            super().__init__()
            from orgsdk.errors import PermissionDeniedError

            denied = PermissionDeniedError("no", provider="sticky", operation="users.remove")
            self.fail("users.remove", denied, times=99)

    provider_class(Sticky)
    ran = orgsdk("conformance", "--provider", "sticky", "--users", "10", "--yes", "--only", "list_has_every_user_once")
    assert (ran.code, "6 test records could not be removed" in ran.err) == (0, True)


def test_conformance_uses_a_new_organization(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox
) -> None:
    reach("logto")
    ran = orgsdk("conformance", "--users", "10", "--yes", "--only", "users.create_stores_the_values")
    assert (ran.code, ran.err) == (0, "orgsdk: logto: 2 passed, 0 failed, 0 skipped\n")
    posted = [one.path for one in sandbox.requests if one.method in {"POST", "DELETE"} and "token" not in one.path]
    assert posted[0] == "/api/organizations"
    assert posted[-1].startswith("/api/organizations/")
    assert posted[-1].count("/") == 3
    chosen = sandbox.logto.organization_id
    ran = orgsdk(
        "conformance", "--users", "10", "--yes", "--only", "create_stores_the_values[users]", "--organization", chosen
    )
    assert ran.code == 0
    assert sum(one.path == "/api/organizations" and one.method == "POST" for one in sandbox.requests) == 1


def test_an_organization_that_cannot_be_removed_is_kept(
    orgsdk: Callable[..., Ran], provider_class: Callable[[type[Memory]], None]
) -> None:
    class Keeping(Memory):
        capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.ORGANIZATIONS_REMOVE}

    provider_class(Keeping)
    ran = orgsdk("conformance", "--provider", "memory", "--users", "1", "--yes", "--only", "provider_name_is_valid")
    assert ran.code == 0


def test_conformance_uses_the_default_organization_if_it_cannot_create_one(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None]
) -> None:
    reach("flat")
    ran = orgsdk("conformance", "--users", "3", "--only", "create_stores_the_values[users]")
    assert ran.code == 64
    assert "flat: create and delete up to 3 users in the credentials' own organization?" in ran.err
    ran = orgsdk("conformance", "--users", "3", "--only", "create_stores_the_values[users]", "--yes")
    assert (ran.code, ran.err) == (0, "orgsdk: flat: 1 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--provider", "memory"], "users"),
        (["--provider", "memory", "--users", "0"], "users"),
        (["--provider", "memory", "--users", "1", "--only", "xyzzy"], "no check has 'xyzzy' in its name"),
        (["--provider", "nobody", "--users", "1"], "No provider is called 'nobody'"),
        (["--provider", "memory", "--users", "1", "--fields", "colour"], "unknown field 'colour'"),
    ],
)
def test_invalid_arguments_are_reported(orgsdk: Callable[..., Ran], arguments: list[str], message: str) -> None:
    ran = orgsdk("conformance", *arguments)
    assert (ran.code, message in ran.err) == (64, True)


def test_conformance_knows_the_secrets_of_its_settings(orgsdk: Callable[..., Ran], provider: str) -> None:
    ran = orgsdk("conformance", "--users", "5", "--yes", "--only", "secrets.")
    rows = {row["check"]: row["outcome"] for row in map(json.loads, ran.out.splitlines())}
    assert rows["secrets.no_repr_shows_a_secret"] == rows["secrets.no_error_shows_a_secret"] == "passed"
    assert "skipped" not in rows.values()


@pytest.mark.parametrize("source", ["environment", "file", "profile"])
def test_conformance_finds_a_provider_that_shows_a_secret(
    orgsdk: Callable[..., Ran],
    provider_class: Callable[[type[Memory]], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    source: str,
) -> None:
    class Leaky(Memory):
        name: ClassVar[str] = "leaky"
        environment: ClassVar[tuple[str, ...]] = ("LEAKY_TOKEN",)

        @classmethod
        def from_env(cls, environ: Mapping[str, str]) -> Leaky:
            provider = cls(users=2)
            # Not an attribute in which the kit could find it.
            monkeypatch.setattr(cls, "__repr__", lambda _, token=environ["LEAKY_TOKEN"]: f"Leaky({token})")
            return provider

    provider_class(Leaky)
    if source == "environment":
        monkeypatch.setenv("LEAKY_TOKEN", "hush-hush-42")
    elif source == "file":
        (tmp_path / "token").write_text("hush-hush-42\n")
        monkeypatch.setenv("LEAKY_TOKEN_FILE", str(tmp_path / "token"))
    else:
        config = tmp_path / "config.toml"
        config.write_text('[profiles.ours]\nORGSDK_PROVIDER = "leaky"\nLEAKY_TOKEN = "hush-hush-42"\n')
        config.chmod(0o600)
        monkeypatch.setenv("ORGSDK_CONFIG", str(config))
        monkeypatch.setenv("ORGSDK_PROFILE", "ours")
    ran = orgsdk("conformance", "--provider", "leaky", "--users", "1", "--yes", "--only", "no_repr_shows_a_secret")
    assert ran.code == 1
    assert "failed: secrets.no_repr_shows_a_secret: the provider's repr shows a secret" in ran.err
    assert "hush-hush" not in ran.out + ran.err


def test_conformance_takes_a_timeout(
    orgsdk: Callable[..., Ran], provider_class: Callable[[type[Memory]], None]
) -> None:
    class Slow(Memory):
        name: ClassVar[str] = "slow"

        def __init__(self, **settings: int) -> None:
            super().__init__(users=6)
            self.delay("users.list", 60)

    provider_class(Slow)
    arguments = ("--provider", "slow", "--users", "10", "--yes", "--only", "list_can_be_left_early")
    ran = orgsdk("conformance", *arguments, "--timeout", "0")
    assert (ran.code, "--timeout" in ran.err) == (64, True)
    ran = orgsdk("conformance", *arguments, "--timeout", "0.05")
    assert ran.code == 1
    assert "RequestTimeoutError" in ran.err


@pytest.mark.parametrize("email_service", ["no_connector", "no_template", "server_down"])
def test_conformance_of_logto_without_email(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox, email_service: EmailService
) -> None:
    reach("logto")
    sandbox.logto.email_service = email_service
    ran = orgsdk("conformance", "--users", "10", "--yes", "--only", "invitation")
    assert ran.code == 0, ran.err
    rows = {row["check"]: row for row in map(json.loads, ran.out.splitlines())}
    skipped = {name for name, row in rows.items() if "cannot send e-mail" in row["reason"]}
    assert skipped == {"invitations.resend_keeps_it_pending", "invitations.sent_invitation_is_pending"}
