"""Settings from the environment, profiles and files, and invalid settings."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk._secret_settings import is_secret
from orgsdk._tracked_settings import TrackedSettings
from orgsdk.cli.commands.sandbox import sandbox_settings
from orgsdk.cli.errors import UsageError
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.profiles import profile_file, profile_names
from orgsdk.cli.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ran

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes of files and pseudo-terminals are POSIX")
TOKEN = "a-token-of-the-test"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that writes the profiles file that the environment names."""

    def write_profiles(text: str | bytes, mode: int = 0o600) -> Path:
        path = tmp_path / "config.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        monkeypatch.setenv("ORGSDK_CONFIG", str(path))
        return path

    return write_profiles


def _profile(name: str, **variables: str) -> str:
    return f"[profiles.{name}]\n" + "".join(f'{key} = "{value}"\n' for key, value in variables.items())


# Profiles


@pytest.mark.parametrize("chosen_by", ["option", "environment"])
def test_a_profile_selects_its_provider(
    orgsdk: Callable[..., Ran],
    sandbox: Sandbox,
    write: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    chosen_by: str,
) -> None:
    write("".join(_profile(name, **variables) for name, variables in sandbox_settings(sandbox).items()))
    for name in ("flat", "logto"):
        if chosen_by == "environment":
            monkeypatch.setenv("ORGSDK_PROFILE", name)
        arguments = ("--profile", name) if chosen_by == "option" else ()
        ran = orgsdk("users", "count", *arguments)
        assert (ran.code, ran.out) == (0, "1000\n")


def test_a_profile_takes_only_missing_required_settings_from_the_environment(
    write: Callable[..., Path],
) -> None:
    write(_profile("school", ORGSDK_PROVIDER="logto", LOGTO_ENDPOINT="https://t.logto.app", LOGTO_APP_ID="an-app"))
    environ = {
        "ORGSDK_CONFIG": os.environ["ORGSDK_CONFIG"],
        "ORGSDK_ORGANIZATION": "of-another-tenant",
        "LOGTO_ENDPOINT": "https://other.logto.app",
        "LOGTO_RESOURCE": "https://other.logto.app/api",
        "LOGTO_APP_SECRET": TOKEN,
        "FLAT_ACCESS_TOKEN": TOKEN,
    }
    assert load_settings(environ, provider=None, profile="school") == {
        "ORGSDK_PROVIDER": "logto",
        "LOGTO_ENDPOINT": "https://t.logto.app",
        "LOGTO_APP_ID": "an-app",
        "LOGTO_APP_SECRET": TOKEN,
    }


def test_the_provider_option_completes_a_profile(write: Callable[..., Path]) -> None:
    write(_profile("school", FLAT_ACCESS_TOKEN=TOKEN))
    found = load_settings(os.environ, provider="flat", profile="school")
    assert found == {"FLAT_ACCESS_TOKEN": TOKEN, "ORGSDK_PROVIDER": "flat"}


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        (_profile("other", FLAT_ACCESS_TOKEN=TOKEN), 0o600, "has no profile 'school': it has other"),
        ("", 0o600, "has no profile 'school': it has none"),
        ("profiles = 7", 0o600, "profiles is not a table"),
        ("[profiles]\nschool = 7", 0o600, "is not a table: start it with [profiles.school]"),
        (_profile("school", FLAT_ACCESS_TOKEN=TOKEN), 0o600, "does not name a provider"),
        (_profile("school", ORGSDK_PROVIDER="nope"), 0o600, "No provider is called 'nope'"),
        (_profile("school", ORGSDK_PROVIDER="flat", token=TOKEN), 0o600, "'token' is not a setting"),
        ("[profiles.school]\nORGSDK_PROVIDER = 7", 0o600, "ORGSDK_PROVIDER is not a string"),
        (f'[profiles.school]\nFLAT_ACCESS_TOKEN = {TOKEN}"', 0o600, "is not TOML: see line 2, column "),
        (f'[profiles.school]\nFLAT_ACCESS_TOKEN = "{TOKEN}', 0o600, "is not TOML"),
        ("[profiles.school]\nx = [", 0o600, "is not TOML"),
        (b"\xff\xfe", 0o600, "is not TOML"),
        ("x = " + "[" * 3_000, 0o600, "is not TOML: a value in it cannot be read"),
        ("x = " + "{a = " * 3_000, 0o600, "is not TOML"),
        ("x = " + "9" * 5_000, 0o600, "is not TOML: a value in it cannot be read"),
        ("x = 0o" + "7" * 5_000 + "8", 0o600, "is not TOML"),
        ("x = 2026-99-99", 0o600, "is not TOML"),
        ("#" * 1_000_001, 0o600, "is larger than 1,000,000 bytes"),
        (
            _profile("school", ORGSDK_PROVIDER="flat", FLAT_ACCESS_TOKEN=TOKEN, FLAT_BASEURL="https://flat.test"),
            0o600,
            "profile 'school': unknown setting FLAT_BASEURL: did you mean FLAT_BASE_URL?",
        ),
        (
            _profile("school", ORGSDK_PROVIDER="flat", FLAT_ACCESS_TOKEN=TOKEN, LOGTO_ENDPOINT="https://t.logto.app"),
            0o600,
            "profile 'school': unknown setting LOGTO_ENDPOINT: remove it",
        ),
        (_profile("school", ORGSDK_PROVIDER="flat", FLAT_ACCESS_TOKEN=TOKEN), 0o644, "other users can read"),
        (_profile("school", ORGSDK_PROVIDER="flat", FLAT_ACCESS_TOKEN=TOKEN), 0o640, "other users can read"),
        (_profile("school", ORGSDK_PROVIDER="flat"), 0o666, "other users can write"),
        (_profile("school", ORGSDK_PROVIDER="flat"), 0o620, "other users can write"),
    ],
)
def test_an_invalid_profile_is_one_line_without_secrets(
    orgsdk: Callable[..., Ran], write: Callable[..., Path], text: str | bytes, mode: int, message: str
) -> None:
    path = write(text, mode)
    ran = orgsdk("users", "list", "--profile", "school")
    assert (ran.code, ran.out) == (64, "")
    assert message in ran.err
    assert str(path) in ran.err or "nope" in message
    assert ran.err.count("\n") == 1
    assert TOKEN not in ran.err


def test_a_secret_file_whose_name_is_no_path_is_one_line(
    orgsdk: Callable[..., Ran], write: Callable[..., Path]
) -> None:
    write(_profile("school", ORGSDK_PROVIDER="flat", FLAT_ACCESS_TOKEN_FILE="a\\u0000b"))
    ran = orgsdk("users", "list", "--profile", "school")
    assert (ran.code, ran.err.count("\n")) == (64, 1)
    assert "FLAT_ACCESS_TOKEN_FILE: " in ran.err
    assert "no file can have this name" in ran.err


@pytest.mark.parametrize("owner", [0, 12_345])
def test_a_profiles_file_of_another_user_is_refused(
    orgsdk: Callable[..., Ran], write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, owner: int
) -> None:
    path = write(_profile("school", ORGSDK_PROVIDER="nope"), 0o644)
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    status = os.stat_result((0o100644, 0, 0, 1, owner, 0, 60, 0, 0, 0))
    monkeypatch.setattr("orgsdk.cli.profiles.os.fstat", lambda _: status)
    ran = orgsdk("users", "list", "--profile", "school")
    assert ran.code == 64
    refused = f"orgsdk: {path} belongs to another user, who could redirect secrets: copy it to a file of your own\n"
    assert (ran.err == refused) == (owner != 0)


def test_a_readable_profiles_file_without_secrets_is_accepted(
    orgsdk: Callable[..., Ran], write: Callable[..., Path], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(_profile("school", ORGSDK_PROVIDER="flat", FLAT_BASE_URL=sandbox.flat_url), 0o644)
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", sandbox.flat.token)
    assert orgsdk("users", "count", "--profile", "school").out == "1000\n"


def test_a_profile_for_another_provider_is_rejected(orgsdk: Callable[..., Ran], write: Callable[..., Path]) -> None:
    write(_profile("school", ORGSDK_PROVIDER="flat", FLAT_ACCESS_TOKEN=TOKEN))
    ran = orgsdk("users", "list", "--profile", "school", "--provider", "logto")
    assert ran.code == 64
    assert "profile 'school' is for provider flat, but --provider is logto" in ran.err


def test_a_missing_profiles_file_is_named(
    orgsdk: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    ran = orgsdk("users", "list", "--profile", "school")
    assert (ran.code, ran.out) == (64, "")
    assert f"the profiles file {tmp_path / 'orgsdk' / 'config.toml'} does not exist" in ran.err
    assert profile_names(profile_file(os.environ)) == []


def test_without_platformdirs_the_error_names_the_extra(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    ran = orgsdk("users", "list", "--profile", "school")
    assert (ran.code, ran.err) == (
        1,
        'orgsdk: profiles need platformdirs. In your checkout of orgsdk, run: pip install ".[cli]"\n',
    )


def test_a_file_that_cannot_be_opened_is_one_line(
    orgsdk: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORGSDK_CONFIG", str(tmp_path))
    ran = orgsdk("users", "list", "--profile", "school")
    assert (ran.code, ran.err) == (64, f"orgsdk: {tmp_path}: Is a directory: name a file in it\n")


def test_a_profile_name_takes_precedence_over_a_provider_name(write: Callable[..., Path]) -> None:
    write(_profile("flat", ORGSDK_PROVIDER="logto"))
    assert ConnectionOptions.named("flat") == ConnectionOptions(profile="flat")
    assert ConnectionOptions.named("logto", organization="o") == ConnectionOptions(provider="logto", organization="o")


# The provider's name, and secrets in files


def test_the_provider_option_takes_precedence_over_the_environment(
    orgsdk: Callable[..., Ran], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variables in sandbox_settings(sandbox).values():
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
    assert os.environ["ORGSDK_PROVIDER"] == "workos"
    for given, provider in (((), "workos"), (("--provider", "logto"), "logto"), (("--provider", "flat"), "flat")):
        lines = orgsdk("organizations", "list", *given).out.splitlines()
        assert str(getattr(sandbox, provider).organization_id) in "".join(lines)


def test_an_unknown_provider_is_one_line_with_the_installed_ones(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("users", "list", "--provider", "nope")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith("orgsdk: No provider is called 'nope'. Installed: flat, logto")


@pytest.mark.parametrize("provider", ["flat", "logto"])
def test_a_secret_comes_from_a_file(
    orgsdk: Callable[..., Ran],
    reach: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
) -> None:
    reach(provider)
    name = {"flat": "FLAT_ACCESS_TOKEN", "logto": "LOGTO_APP_SECRET"}[provider]
    path = tmp_path / "secret"
    path.write_text(f"{os.environ[name]}\n", "utf-8")
    monkeypatch.setenv(f"{name}_FILE", str(path))
    both = orgsdk("users", "count")
    assert (both.code, both.err) == (64, f"orgsdk: {name} and {name}_FILE are both set: unset one\n")
    monkeypatch.delenv(name)
    assert orgsdk("users", "count").out == "1000\n"
    monkeypatch.delenv("ORGSDK_PROVIDER")
    assert orgsdk("users", "count").out == "1000\n"


@pytest.mark.parametrize(
    ("content", "message"), [(None, "No such file"), (b" \n", "is empty"), (b"\xff\xfe\xff", "is not text")]
)
def test_a_file_without_a_secret_is_one_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as raised:
        load_settings({"FLAT_ACCESS_TOKEN_FILE": str(path)}, provider="flat", profile=None)
    assert str(path) in str(raised.value)


def test_reading_all_settings_marks_them_as_read() -> None:
    watched = TrackedSettings({"ORGSDK_PROVIDER": "other", "OTHER_TOKEN": TOKEN})
    assert len(dict(watched)) == len(watched) == 2
    assert watched.unread_problems() == []


@pytest.mark.parametrize("path", ["secret", "~/secret"])
def test_a_secret_file_is_relative_to_the_profiles_file(
    orgsdk: Callable[..., Ran],
    sandbox: Sandbox,
    write: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    (tmp_path / "secret").write_text(sandbox.flat.token, "utf-8")
    variables = {**sandbox_settings(sandbox)["flat"], "FLAT_ACCESS_TOKEN_FILE": path}
    del variables["FLAT_ACCESS_TOKEN"]
    write(_profile("school", **variables))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert orgsdk("users", "count", "--profile", "school").out == "1000\n"


def test_an_unknown_home_folder_is_one_line(orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAT_ACCESS_TOKEN_FILE", "~nobody-of-that-name/secret")
    ran = orgsdk("users", "count", "--provider", "flat")
    assert (ran.code, ran.err.count("\n")) == (64, 1)
    assert "~nobody-of-that-name/secret" in ran.err


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("FLAT_ACCESS_TOKEN", True),
        ("LOGTO_APP_SECRET", True),
        ("ACME_API_KEY", True),
        ("FLAT_ACCESS_TOKEN_FILE", False),
        ("LOGTO_APP_ID", False),
        ("LOGTO_ENDPOINT", False),
    ],
)
def test_secrets_are_detected_by_name(name: str, *, secret: bool) -> None:
    assert is_secret(name) is secret
