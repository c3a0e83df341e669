"""`orgsdk doctor`: its checks with a working provider, and with each kind of failure."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

import orgsdk.cli.commands.doctor as module
from orgsdk import OrgClient
from orgsdk.domain import Capability
from orgsdk.errors import NotSentError, PermissionDeniedError, ServerError
from orgsdk.providers import Memory
from orgsdk.resources import Organizations
from orgsdk.responses import Headers, RateLimit, ResponseInfo
from orgsdk.sandbox.faults import Respond as Redirect
from orgsdk.sandbox.flat.auth import TokenInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ran

READS = ["may organizations.list", "may users.list", "may invitations.list", "may roles.list"]


def _found(ran: Ran) -> dict[str, dict[str, Any]]:
    return {check["check"]: check for check in map(json.loads, ran.out.splitlines())}


def test_doctor_passes_and_writes_nothing(orgsdk: Callable[..., Ran], provider: str, sandbox: Sandbox) -> None:
    ran = orgsdk("doctor")
    found = _found(ran)
    assert (ran.code, ran.err) == (0, "")
    accounts = ["may accounts.list"] if provider == "logto" else []
    assert list(found) == ["settings", "sign-in", *READS, *accounts, "clock", "rate limit"]
    assert {check["status"] for name, check in found.items() if name != "rate limit"} == {"ok"}
    assert found["rate limit"]["status"] == {"flat": "ok", "logto": "skipped"}[provider]
    assert "the environment" in found["settings"]["detail"]
    assert {exchange.method for exchange in sandbox.requests if not exchange.path.endswith("/token")} == {"GET"}
    assert len(sandbox.requests) <= 7
    for secret in (sandbox.flat.token, sandbox.logto.app_secret):
        assert secret not in ran.out


def test_doctor_supports_the_output_formats(orgsdk: Callable[..., Ran], provider: str) -> None:
    assert orgsdk("doctor", "--format", "table").out.split()[:4] == ["check", "status", "detail", "advice"]
    assert orgsdk("doctor", "--format", "csv", "--fields", "check,code").out.startswith("check,code\nsettings,0\n")
    assert orgsdk("doctor", "--fields", "nope").code == 64


def test_missing_settings_fail_a_check(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("doctor")
    assert ran.code == 64
    check = _found(ran)["settings"]
    assert (check["status"], "FLAT_ACCESS_TOKEN" in check["detail"]) == ("failed", True)
    assert "orgsdk sandbox" in check["advice"]


def test_the_advice_names_the_profile(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach("flat")
    path = tmp_path / "config.toml"
    path.write_text('[profiles.school]\nORGSDK_PROVIDER = "flat"\n', "utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("ORGSDK_CONFIG", str(path))
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", "")
    ran = orgsdk("doctor", "--profile", "school")
    assert ran.code == 64
    assert f"profile school of {path}" in _found(ran)["settings"]["advice"]


def test_a_failed_sign_in_exits_with_4_and_names_the_settings(
    orgsdk: Callable[..., Ran], provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = {"flat": "FLAT_ACCESS_TOKEN", "logto": "LOGTO_APP_SECRET"}[provider]
    monkeypatch.setenv(secret, "hunter2hunter2")
    ran = orgsdk("doctor")
    found = _found(ran)
    assert (ran.code, list(found)) == (4, ["settings", "sign-in"])
    assert (found["sign-in"]["status"], secret in found["sign-in"]["advice"]) == ("failed", True)
    assert "hunter2" not in ran.out


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("LOGTO_RESOURCE", "https://other.test/api", {"LOGTO_RESOURCE"}),
        # A resource that exists: the token is granted, and the Management API refuses it.
        (
            "LOGTO_RESOURCE",
            "https://own.test/api",
            {"LOGTO_ENDPOINT", "LOGTO_APP_ID", "LOGTO_APP_SECRET", "LOGTO_RESOURCE"},
        ),
        ("LOGTO_APP_ID", "unknown", {"LOGTO_APP_ID", "LOGTO_APP_SECRET"}),
        ("LOGTO_APP_SECRET", "hunter2hunter2", {"LOGTO_APP_ID", "LOGTO_APP_SECRET"}),
    ],
)
def test_a_failed_sign_in_names_the_settings_of_its_error(
    orgsdk: Callable[..., Ran],
    reach: Callable[[str], None],
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    named: set[str],
) -> None:
    reach("logto")
    sandbox.logto.resources.add("https://own.test/api")
    monkeypatch.setenv(variable, value)
    ran = orgsdk("doctor")
    check = _found(ran)["sign-in"]
    assert (ran.code, check["status"]) == (4, "failed")
    assert set(re.findall(r"LOGTO_[A-Z_]+", check["advice"])) == named


def test_an_unreachable_server_fails_a_check(orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", "hunter2hunter2")
    monkeypatch.setenv("FLAT_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("orgsdk.transport.retry._FIRST_DELAY", 0)
    ran = orgsdk("doctor")
    found = _found(ran)
    assert (ran.code, list(found)) == (1, ["settings", "reach"])
    assert "http://127.0.0.1:1" in found["reach"]["advice"]


def test_a_missing_permission_is_named_and_the_other_checks_run(
    orgsdk: Callable[..., Ran], provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionDeniedError("no", provider=provider, operation="list", status_code=403)

    monkeypatch.setattr(Organizations, "list", refuse)
    ran = orgsdk("doctor")
    found = _found(ran)
    assert ran.code == 4
    assert found["may organizations.list"]["status"] == "failed"
    needed = {"flat": "account.public_profile", "logto": "role with access to the Management API"}[provider]
    assert needed in found["may organizations.list"]["advice"]
    assert (found["sign-in"]["status"], found["may users.list"]["status"]) == ("ok", "ok")


def test_a_missing_scope_has_the_providers_name(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox
) -> None:
    reach("flat")
    profile = {"account.public_profile", "account.education_profile"}
    sandbox.flat.tokens[sandbox.flat.token] = TokenInfo(scopes=frozenset(profile))
    ran = orgsdk("doctor")
    found = _found(ran)
    assert (ran.code, found["sign-in"]["status"], found["may organizations.list"]["status"]) == (4, "ok", "ok")
    for name in ("may users.list", "may invitations.list"):
        assert found[name]["status"] == "failed"
        assert "the scope edu.admin.users.readonly" in found[name]["advice"]


def test_without_permission_names_the_advice_names_the_capability() -> None:
    error = PermissionDeniedError("no", provider="memory", operation="list", status_code=403)
    advice = module._advice(Memory(), Capability.USERS_LIST, error, had_response=True)
    assert advice == "give the token or application the permission to users.list"


@pytest.mark.undocumented("an address that is not the provider's")
@pytest.mark.parametrize(("provider_name", "path"), [("flat", ""), ("logto", "/console")])
def test_a_wrong_address_is_not_reported_as_a_missing_permission(
    orgsdk: Callable[..., Ran],
    reach: Callable[[str], None],
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    provider_name: str,
    path: str,
) -> None:
    reach(provider_name)
    variable = {"flat": "FLAT_BASE_URL", "logto": "LOGTO_ENDPOINT"}[provider_name]
    address = {"flat": sandbox.flat_url.removesuffix("/v2"), "logto": sandbox.logto_url}[provider_name] + path
    monkeypatch.setenv(variable, address)
    ran = orgsdk("doctor")
    found = _found(ran)
    assert ran.code == 1
    assert found.get("sign-in", {"status": "skipped"})["status"] == "skipped"
    failed = [check for check in found.values() if check["status"] == "failed"]
    assert failed
    for check in failed:
        assert f"the address of {found['settings']['detail'].removesuffix(' from the environment')}" in check["advice"]


@pytest.mark.undocumented("a redirect, such as a network's to its sign-in page")
def test_a_redirect_is_reported_as_a_wrong_address(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox
) -> None:
    reach("flat")
    sandbox.flat_faults.add(Redirect(302, headers=(("location", "http://portal.localhost/"),)), times=None)
    ran = orgsdk("doctor")
    found = _found(ran)
    assert (ran.code, list(found)) == (1, ["settings", "reach"])
    assert found["reach"]["advice"].startswith("check the address of Flat(")


@pytest.mark.parametrize("where", ["argument", "environment"])
def test_an_invalid_organization_id_fails_a_check(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    reach("flat")
    if where == "environment":
        monkeypatch.setenv("ORGSDK_ORGANIZATION", "xyz")
    ran = orgsdk("doctor", *(["--organization", "xyz"] if where == "argument" else []))
    found = _found(ran)
    assert (ran.code, ran.err) == (64, "")
    check = found["settings" if where == "environment" else "may users.list"]
    assert "id 'xyz': ids consist of" in check["detail"]
    assert check["advice"].startswith("set or correct it" if where == "environment" else "check the organization's id")


def test_an_unknown_organization_is_not_reported_as_a_missing_permission(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None]
) -> None:
    reach("logto")
    ran = orgsdk("doctor", "--organization", "nonesuch")
    found = _found(ran)
    assert (ran.code, found["sign-in"]["status"]) == (1, "ok")
    assert found["may users.list"]["advice"].startswith("check the organization's id")


def test_an_exhausted_rate_limit_fails_a_check(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], sandbox: Sandbox
) -> None:
    reach("flat")
    sandbox.flat.rate_limit = 0
    ran = orgsdk("doctor")
    found = _found(ran)
    assert (ran.code, list(found), len(sandbox.requests)) == (1, ["settings", "rate limit"], 1)
    assert "UTC, or send fewer requests" in found["rate limit"]["advice"]


def test_a_certificate_error_suggests_the_clock() -> None:
    client = OrgClient.memory()
    message = "could not connect (certificate verify failed: certificate is not yet valid)"
    error = NotSentError(message, provider="memory", operation="list")
    assert "this machine's clock" in module._no_access(client, error).advice


def test_a_server_error_advises_to_try_later(
    orgsdk: Callable[..., Ran], provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ServerError("no", provider=provider, operation="list", status_code=500)

    monkeypatch.setattr(Organizations, "list", fail)
    ran = orgsdk("doctor")
    check = _found(ran)["may organizations.list"]
    assert (ran.code, check["status"], check["advice"][:9]) == (1, "failed", "try again")


def test_without_an_organization_its_checks_are_skipped(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reach("logto")
    monkeypatch.delenv("ORGSDK_ORGANIZATION")
    ran = orgsdk("doctor")
    check = _found(ran)["may users.list"]
    assert (ran.code, check["status"]) == (0, "skipped")
    assert "--organization ID" in check["detail"]


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "status", "message"),
    [
        (timedelta(0), "ok", "0 s ahead"),
        (timedelta(seconds=25), "ok", "25 s behind"),
        (timedelta(minutes=5), "warning", "300 s behind"),
        (timedelta(minutes=-5), "warning", "300 s ahead"),
    ],
)
def test_the_clock_is_compared_with_the_date_header(
    monkeypatch: pytest.MonkeyPatch, ahead: timedelta, status: str, message: str
) -> None:
    monkeypatch.setattr("time.time", NOW.timestamp)
    answer = ResponseInfo(200, Headers((("Date", format_datetime(NOW + ahead, usegmt=True)),)))
    check = module._clock((answer,), NOW.timestamp())
    assert (check.status, message in check.detail, bool(check.advice)) == (status, True, status == "warning")


@pytest.mark.parametrize("headers", [(), (("date", "yesterday"),)])
def test_without_a_date_header_the_clock_is_skipped(headers: tuple[tuple[str, str], ...]) -> None:
    assert module._clock((ResponseInfo(200, Headers(headers)),), 0).status == "skipped"
    assert module._clock((), 0).status == "skipped"


@pytest.mark.parametrize(
    ("limit", "status", "message"),
    [
        (None, "skipped", "does not report it"),
        (RateLimit(7200, None, None), "skipped", "does not report it"),
        (RateLimit(7200, 7000, NOW), "ok", "7,000 of 7,200"),
        (RateLimit(7200, 12, NOW), "warning", "until 12:00 UTC"),
        (RateLimit(7200, 0, None), "warning", "wait, or"),
        (RateLimit(None, 12, None), "ok", "12 requests are left"),
    ],
)
def test_a_low_rate_limit_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, limit: RateLimit | None, status: str, message: str
) -> None:
    monkeypatch.setattr(OrgClient, "rate_limit", limit)
    client = OrgClient.from_env(environ={"FLAT_ACCESS_TOKEN": "x" * 20})
    check = module._rate_limit(client)
    assert (check.status, message in check.detail + check.advice) == (status, True)
