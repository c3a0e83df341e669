"""`orgsdk auth`, `whoami` and `config`: profiles are written only after a sign-in that the provider accepts."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from orgsdk.cli.commands.sandbox import sandbox_settings
from tests.cli.test_standard_input import pipe as pipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ended, Ran

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes of files and pseudo-terminals are POSIX")
SECRETS = {"flat": "FLAT_ACCESS_TOKEN", "logto": "LOGTO_APP_SECRET"}


class _Keyring(KeyringBackend):
    """A keyring in memory, behind the real package."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring's
        self.entries: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise KeyringLocked("locked")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_locked:
            raise KeyringLocked("locked")
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.entries:
            raise PasswordDeleteError("not found")
        del self.entries[service, username]


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the path of the profiles file, which does not exist. This machine has no keyring."""
    path = tmp_path / "folder" / "config.toml"
    monkeypatch.setenv("ORGSDK_CONFIG", str(path))
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]  # keyring's
    yield path
    keyring.set_keyring(before)


@pytest.fixture
def ring() -> _Keyring:
    """Return the keyring of this machine."""
    found = _Keyring()
    keyring.set_keyring(found)
    return found


@pytest.fixture
def login(orgsdk: Callable[..., Ran], sandbox: Sandbox, pipe: Callable[[str], None]) -> Callable[..., Ran]:
    """Return a function that signs in to a provider of the sandbox; `secret` replaces the right one."""

    def run(provider: str, *arguments: str, secret: str | None = None) -> Ran:
        settings = sandbox_settings(sandbox)[provider]
        pipe(f"{settings[SECRETS[provider]] if secret is None else secret}\n")
        plain = [
            word
            for name, value in settings.items()
            if value and name not in {SECRETS[provider], "ORGSDK_PROVIDER"}
            for word in ("--set", f"{name}={value}")
        ]
        return orgsdk("auth", "login", "--provider", provider, "--secret-file", "-", *plain, *arguments)

    return run


@pytest.mark.parametrize("provider", ["flat", "logto"])
def test_login_writes_a_profile_that_the_next_command_uses(
    orgsdk: Callable[..., Ran], login: Callable[..., Ran], config: Path, sandbox: Sandbox, provider: str
) -> None:
    ran = login(provider)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("orgsdk: signed in to ")
    assert ran.err.count("\n") == 1
    assert (config.stat().st_mode & 0o777, config.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    secret = sandbox_settings(sandbox)[provider][SECRETS[provider]]
    assert secret not in ran.err
    assert orgsdk("users", "count").out == "1000\n"
    assert orgsdk("users", "count", "--profile", "default").out == "1000\n"
    shown = json.loads(orgsdk("whoami").out)
    assert (shown["provider"], shown["settings"]) == (provider, f"the profile default of {config}")
    organizations = {"flat": sandbox.flat.organization_id, "logto": sandbox.logto.organization_id}
    assert shown["organization"] == organizations[provider]
    assert f"{SECRETS[provider]}=********" in shown["credentials"]
    (row,) = orgsdk("auth", "status").out.splitlines()
    assert json.loads(row) | {"organization": ""} == {
        "profile": "default",
        "provider": provider,
        "organization": "",
        "secret": "profile",
        "in_use": True,
    }
    shown_settings = orgsdk("config", "show").out + orgsdk("config", "get", SECRETS[provider]).out
    assert shown_settings.count("********") == 2
    assert secret not in shown_settings


@pytest.mark.parametrize("provider", ["flat", "logto"])
def test_login_sends_one_request_besides_that_for_a_token(
    login: Callable[..., Ran], sandbox: Sandbox, provider: str
) -> None:
    login(provider)
    assert len(sandbox.requests) - sandbox.requests.count(path_prefix="/oidc/token") == 1


@pytest.mark.parametrize("provider", ["flat", "logto"])
def test_a_refused_login_writes_nothing(
    login: Callable[..., Ran], config: Path, ring: _Keyring, sandbox: Sandbox, provider: str
) -> None:
    ran = login(provider, secret="a-wrong-secret")
    assert (ran.code, ran.out, ran.err.count("\n")) == (4, "", 1)
    assert "a-wrong-secret" not in ran.err
    assert not config.parent.exists()
    noun = SECRETS[provider].partition("_")[2].replace("_", " ").lower()
    assert ran.err.endswith(f"the {noun} that --secret-file names; nothing was written\n")
    assert SECRETS[provider] not in ran.err
    assert ring.entries == {}


@pytest.mark.parametrize("provider", ["flat", "logto"])
def test_a_login_states_what_it_took_from_the_environment(
    orgsdk: Callable[..., Ran], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, config: Path, provider: str
) -> None:
    for name, value in sandbox_settings(sandbox)[provider].items():
        monkeypatch.setenv(name, value)
    secret = SECRETS[provider]
    ran = orgsdk("auth", "login", "--provider", provider)
    assert ran.code == 0
    assert re.search(rf", with [A-Z_, ]*{secret}[A-Z_, ]* of the environment; the settings", ran.err)
    config.unlink()
    monkeypatch.setenv(secret, "a-wrong-secret")
    ran = orgsdk("auth", "login", "--provider", provider)
    assert (ran.code, ran.err.count("\n")) == (4, 1), ran.err
    assert f"{secret} of the environment; nothing was written; to enter others, unset " in ran.err
    assert "check " not in ran.err
    assert not config.exists()


def test_a_login_at_a_server_that_is_not_reached_writes_nothing(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, config: Path
) -> None:
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", "a-wrong-secret")
    ran = orgsdk("auth", "login", "--provider", "flat", "--set", "FLAT_BASE_URL=http://127.0.0.1:1")
    assert (ran.code, ran.err.count("\n")) == (1, 1), ran.err
    assert ran.err.endswith("its server is running; nothing was written\n")
    assert not config.exists()


def test_a_refused_login_keeps_the_profile_of_before(login: Callable[..., Ran], config: Path) -> None:
    login("flat")
    before = config.read_bytes()
    assert login("flat", secret="a-wrong-secret").code == 4
    assert config.read_bytes() == before


@pytest.mark.parametrize("command", ["users list", "users count", "whoami"])
def test_a_secret_that_is_refused_later_names_the_login(
    orgsdk: Callable[..., Ran], login: Callable[..., Ran], command: str
) -> None:
    login("flat", "--profile", "school", "--no-verify", secret="an-expired-token")
    ran = orgsdk("--profile", "school", *command.split())
    assert (ran.code, ran.err.count("\n")) == (4, 1)
    assert "run orgsdk auth login --profile school" in ran.err
    misspelled = orgsdk("--profile", "scool", *command.split())
    assert (misspelled.code, "did you mean school?" in misspelled.err) == (64, True)


def test_login_without_a_check_sends_nothing(login: Callable[..., Ran], config: Path, sandbox: Sandbox) -> None:
    ran = login("flat", "--no-verify", secret="a-wrong-secret")
    assert (ran.code, len(sandbox.requests)) == (0, 0)
    assert "a-wrong-secret" in config.read_text("utf-8")
    assert "orgsdk: wrote " in ran.err


def test_a_token_without_a_permission_is_accepted(login: Callable[..., Ran], sandbox: Sandbox) -> None:
    from orgsdk.sandbox.flat.auth import TokenInfo

    sandbox.flat.tokens["without-scopes"] = TokenInfo(scopes=frozenset())
    ran = login("flat", secret="without-scopes")
    assert (ran.code, "403" in ran.err) == (0, True)


@pytest.mark.parametrize("provider", ["flat", "logto"])
def test_the_secret_goes_to_the_keyring(
    orgsdk: Callable[..., Ran], login: Callable[..., Ran], config: Path, sandbox: Sandbox, ring: _Keyring, provider: str
) -> None:
    secret = sandbox_settings(sandbox)[provider][SECRETS[provider]]
    ran = login(provider, "--profile", "school")
    assert (ran.code, "the secret is in the keyring" in ran.err) == (0, True)
    assert ring.entries == {("orgsdk", f"school/{SECRETS[provider]}"): secret}
    assert secret not in config.read_text("utf-8")
    assert "pass --profile school" in ran.err
    assert orgsdk("users", "count", "--profile", "school").out == "1000\n"
    assert '"secret": "keyring"' in orgsdk("auth", "status").out
    assert orgsdk("auth", "logout", "--profile", "school", "--yes").code == 0
    assert (ring.entries, tomllib.loads(config.read_text("utf-8"))) == ({}, {})


def test_a_profile_with_a_keyring_ignores_the_secret_of_the_environment(
    orgsdk: Callable[..., Ran], login: Callable[..., Ran], ring: _Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    login("flat", "--profile", "school")
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", "of-another-tenant")
    assert orgsdk("users", "count", "--profile", "school").out == "1000\n"


def test_a_locked_keyring_is_not_used_for_a_login(login: Callable[..., Ran], config: Path, ring: _Keyring) -> None:
    ring.is_locked = True
    assert "which only you can read" in login("flat").err
    assert "FLAT_ACCESS_TOKEN = " in config.read_text("utf-8")


def test_the_file_replaces_the_keyring(login: Callable[..., Ran], config: Path, ring: _Keyring) -> None:
    login("flat")
    assert len(ring.entries) == 1
    login("flat", "--no-keyring")
    assert ring.entries == {}
    assert "_KEYRING" not in config.read_text("utf-8")


@pytest.mark.parametrize("is_first", [True, False])
def test_the_keyring_is_unchanged_if_the_profile_cannot_be_written(
    login: Callable[..., Ran], config: Path, ring: _Keyring, sandbox: Sandbox, *, is_first: bool
) -> None:
    if not is_first:
        login("flat")
    before = dict(ring.entries)
    config.parent.mkdir(exist_ok=True)
    config.touch(mode=0o600)
    config.rename(config.with_name("real.toml"))
    config.symlink_to("real.toml")
    sandbox.flat.tokens["another"] = sandbox.flat.tokens[sandbox.flat.token]
    ran = login("flat", secret="another")
    assert (ran.code, ran.err.count("\n"), "link" in ran.err) == (1, 1, True), ran.err
    assert ring.entries == before


def test_without_the_keyring_it_is_not_opened(
    login: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, ring: _Keyring
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("it would ask the user to unlock it")

    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, refuse)
    assert login("flat", "--no-keyring").code == 0
    assert ring.entries == {}


@pytest.mark.parametrize(("state", "message"), [("locked", "does not open"), ("empty", "run orgsdk auth login")])
def test_a_secret_that_cannot_be_read_is_one_line(
    orgsdk: Callable[..., Ran], login: Callable[..., Ran], ring: _Keyring, state: str, message: str
) -> None:
    login("flat")
    ring.is_locked = state == "locked"
    ring.entries.clear()
    ran = orgsdk("users", "count")
    assert (ran.code, ran.err.count("\n"), message in ran.err) == (64, 1, True)


def test_without_the_package_the_profiles_file_is_used(
    orgsdk: Callable[..., Ran], login: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, ring: _Keyring
) -> None:
    login("flat", "--profile", "in-keyring")
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "which only you can read" in login("flat").err
    assert orgsdk("users", "count").out == "1000\n"
    ran = orgsdk("users", "count", "--profile", "in-keyring")
    assert (ran.code, 'pip install ".[cli,keyring]"' in ran.err) == (1, True)


def test_the_environment_has_precedence_over_the_profile_default(
    orgsdk: Callable[..., Ran], login: Callable[..., Ran], reach: Callable[[str], None]
) -> None:
    login("flat")
    reach("logto")
    assert json.loads(orgsdk("whoami").out)["provider"] == "logto"
    assert "commands use the settings of the environment" in orgsdk("auth", "status").err
    assert json.loads(orgsdk("whoami", "--profile", "default").out)["provider"] == "flat"


def test_the_provider_option_does_not_use_a_default_profile_of_another(
    orgsdk: Callable[..., Ran], login: Callable[..., Ran]
) -> None:
    login("flat")
    assert orgsdk("users", "count", "--provider", "flat").out == "1000\n"
    assert "LOGTO_ENDPOINT is not set" in orgsdk("users", "count", "--provider", "logto").err


def test_login_takes_settings_of_the_environment(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], config: Path, sandbox: Sandbox
) -> None:
    reach("logto")
    assert orgsdk("auth", "login", "--profile", "school").code == 0
    profile = tomllib.loads(config.read_text("utf-8"))["profiles"]["school"]
    assert profile == {name: value for name, value in sandbox_settings(sandbox)["logto"].items() if value}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "pass --provider flat or --provider logto"),
        (("--provider", "nope"), "No provider is called 'nope'"),
        (("--provider", "memory"), "the provider memory needs no sign-in"),
        (("--provider", "flat"), "FLAT_ACCESS_TOKEN is missing: pass --secret-file PATH, - for standard input"),
        (("--provider", "logto"), "LOGTO_ENDPOINT is missing: pass --set LOGTO_ENDPOINT=VALUE"),
        (("--provider", "flat", "--token", "x"), "pass --secret-file PATH, - for standard input"),
        (("--provider", "flat", "--set", "FLAT_ACCESS_TOKEN=x"), "pass --secret-file PATH, - for standard input"),
        (("--provider", "flat", "--set", "x"), "--set NAME=VALUE: 'x' is not of that form"),
        (("--provider", "flat", "--secret-file", "no-such-file"), "--secret-file: no-such-file: No such file"),
        (("--provider", "flat", "--profile", "a b"), "'a b' is not a name for a profile"),
    ],
)
def test_a_login_that_lacks_something_is_one_line(
    orgsdk: Callable[..., Ran], config: Path, arguments: tuple[str, ...], message: str
) -> None:
    ran = orgsdk("auth", "login", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (64, "", 1)
    assert message in ran.err
    assert not config.exists()


def test_a_setting_that_the_provider_lacks_is_refused(login: Callable[..., Ran], config: Path) -> None:
    ran = login("flat", "--set", "FLAT_BASEURL=x")
    assert (ran.code, ran.err) == (64, "orgsdk: --set FLAT_BASEURL: the provider flat has no such setting\n")
    assert not config.exists()


def test_a_profile_of_another_provider_is_not_replaced(login: Callable[..., Ran]) -> None:
    login("flat")
    ran = login("logto")
    assert (ran.code, "pass --profile NAME" in ran.err) == (64, True)


def test_a_terminal_asks_for_what_is_missing(
    on_a_terminal: Callable[..., Ended], orgsdk: Callable[..., Ran], sandbox: Sandbox, config: Path
) -> None:
    code, _, shown = on_a_terminal(
        f"flat\n{sandbox.flat.token}\n", "auth", "login", "--set", f"FLAT_BASE_URL={sandbox.flat_url}"
    )
    assert (code, sandbox.flat.token in shown) == (0, False)
    assert shown.startswith("Provider (flat, logto, scim, workos): ")
    assert "FLAT_ACCESS_TOKEN: " in shown
    assert orgsdk("users", "count").out == "1000\n"
    assert on_a_terminal("n\n", "auth", "logout")[0] == 1
    assert config.read_text("utf-8")
    assert on_a_terminal("y\n", "auth", "logout")[0] == 0
    assert orgsdk("auth", "status").code == 1


def test_a_refused_token_that_was_entered_is_named_as_such(
    on_a_terminal: Callable[..., Ended], sandbox: Sandbox, config: Path
) -> None:
    typed = "flat\na-wrong-token\n"
    code, _, shown = on_a_terminal(typed, "auth", "login", "--set", f"FLAT_BASE_URL={sandbox.flat_url}")
    last = shown.strip().splitlines()[-1]
    assert (code, last.startswith("orgsdk: flat ")) == (4, True)
    assert last.endswith("; refused: the access token that was entered; nothing was written")
    assert "FLAT_ACCESS_TOKEN" not in last
    assert not config.exists()


def test_config_sets_and_removes_a_setting(orgsdk: Callable[..., Ran], login: Callable[..., Ran], config: Path) -> None:
    assert orgsdk("config", "path").out == f"{config}\n"
    login("flat")
    assert orgsdk("config", "set", "ORGSDK_ORGANIZATION", "o1").code == 0
    assert orgsdk("config", "get", "ORGSDK_ORGANIZATION").out == "o1\n"
    assert orgsdk("config", "set", "ORGSDK_ORGANIZATION", "").code == 0
    gone = orgsdk("config", "get", "ORGSDK_ORGANIZATION")
    assert (gone.code, gone.err) == (1, "orgsdk: the profile default has no ORGSDK_ORGANIZATION\n")
    assert orgsdk("config", "set", "ORGSDK_PROVIDER", "logto", "--profile", "other").code == 0
    assert [json.loads(line)["profile"] for line in orgsdk("config", "show").out.splitlines()].count("other") == 1
    assert orgsdk("config", "show", "--profile", "other").out.count("\n") == 1


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("FLAT_ACCESS_TOKEN", "x", "run orgsdk auth login --profile default"),
        ("ORGSDK_PROVIDER", "nope", "No provider is called 'nope'"),
        ("organization", "x", "'organization' is not a setting"),
        ("PATH", "x", "PATH is not a setting of a profile"),
        ("ORGSDK_ORGANIZATION", "a\nb", "the value contains a control character"),
    ],
)
def test_config_refuses_what_is_not_a_setting(
    orgsdk: Callable[..., Ran], config: Path, setting: str, value: str, message: str
) -> None:
    ran = orgsdk("config", "set", setting, value)
    assert (ran.code, message in ran.err, config.exists()) == (64, True, False)
