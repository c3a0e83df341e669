"""References to secrets: how they are resolved, and that no secret is in a store, a log or an error."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.fleet import Fleet, FleetConfigError, FleetCredentials, FleetEntry, Reference, SecretError
from tests.fleet.fleets import contents

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.anyio

ECHO = "import sys; sys.stderr.write('nois3'); print('  s3cret  ')"


async def resolved(text: str, environ: dict[str, str] | None = None) -> str:
    return (await Reference.parse(text).resolve({} if environ is None else environ)).get_secret_value()


async def test_a_secret_is_found_where_its_reference_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n", "utf-8")
    program = tmp_path / "my program.py"
    program.write_text(ECHO, "utf-8")

    class Keyring:
        @staticmethod
        def get_password(service: str, user: str) -> str | None:
            return "s3cret" if (service, user) == ("orgsdk", "a/b") else None

    monkeypatch.setitem(sys.modules, "keyring", Keyring)
    assert await resolved("env:TOKEN", {"TOKEN": " s3cret\n"}) == "s3cret"
    assert await resolved(f"file:{file}") == "s3cret"
    assert await resolved(f"exec:{sys.executable} '{program}'") == "s3cret"
    assert await resolved("keyring:orgsdk/a/b") == "s3cret"
    with pytest.raises(SecretError, match="no entry for keyring:orgsdk/c"):
        await resolved("keyring:orgsdk/c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("env:TOKN", "env:TOKN is not set. TOKEN is set: did you mean that"),
        ("env:EMPTY", "env:EMPTY is empty"),
        ("file:/no/such/file", "file:/no/such/file cannot be read"),
        ("exec:/no/such/program --password s3cret", "exec:program cannot be started"),
        (f"exec:{sys.executable} -c 'import sys; print(\"s3cret\"); sys.exit(3)'", "failed with the exit code 3"),
        (f"exec:{sys.executable} -c 'print(chr(115)*70000)'", "larger than 65,536 bytes"),
        ("keyring:orgsdk/a", "keyring"),
    ],
)
async def test_an_error_names_the_reference_and_no_secret(
    text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretError) as caught:
        await resolved(text, {"TOKEN": "s3cret", "EMPTY": " "})
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["s3cret", "https://s3cret", "env:", "exec:'s3cret", "exec:  ", "keyring:s3cret", ""])
async def test_a_text_that_is_no_reference_is_not_repeated(text: str) -> None:
    with pytest.raises(SecretError) as caught:
        Reference.parse(text)
    assert "s3cret" not in str(caught.value)


async def test_plain_secrets_are_refused_and_commands_are_not_stored() -> None:
    with pytest.raises(FleetConfigError, match="FLAT_ACCESS_TOKEN is a secret in plain text") as caught:
        FleetCredentials(provider="flat", settings={"FLAT_ACCESS_TOKEN": "s3cret"})
    assert "s3cret" not in str(caught.value)
    with pytest.raises(FleetConfigError, match="exec: is allowed in"):
        FleetEntry(name="a", roster="a.csv", provider="flat", settings={"FLAT_ACCESS_TOKEN": "exec:pass show flat"})
    allowed = FleetCredentials(provider="flat", settings={"FLAT_ACCESS_TOKEN": "exec:pass show flat"})
    assert "pass show" not in repr(allowed)


@pytest.mark.parametrize("provider", ["flat", "logto"])
async def test_secrets_are_in_no_store_and_no_log(
    provider: str, sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logto = sandbox.logto
    settings, secret, organization = {
        "flat": ({"FLAT_BASE_URL": sandbox.flat_url, "FLAT_ACCESS_TOKEN": "env:T"}, sandbox.flat.token, None),
        "logto": (
            {"LOGTO_ENDPOINT": sandbox.logto_url, "LOGTO_APP_ID": logto.app_id, "LOGTO_APP_SECRET": "env:T"},
            logto.app_secret,
            logto.organization_id,
        ),
    }[provider]
    roster = tmp_path / "roster.csv"
    roster.write_text("username,email\nada_l,ada@example.com\n", "utf-8")
    entry: Any = {"roster": roster, "provider": provider, "organization": organization, "settings": settings}
    store = tmp_path / "fleet.db"
    async with Fleet([FleetEntry(name="school", **entry)], store=store, environ={"T": secret}) as fleet:
        report = await fleet.sync()
        assert (report.ok, report.progress.total.counts["done"]) == (True, 1)
        changed = report.progress.total.requests
        again = await fleet.sync()
        assert (again.progress.total.counts["unchanged"], again.progress.total.requests) in {(1, 0), (0, changed)}
    async with Fleet([FleetEntry(name="wrong", **entry)], store=store, environ={"T": "wr0ng-secret"}) as fleet:
        refused = await fleet.sync()
        assert refused.progress.keys[0].refused is not None
        assert "sign-in was refused" in refused.progress.keys[0].refused
    stored = contents(tmp_path)
    shown = json.dumps(refused.as_json()) + refused.summary() + report.summary() + repr(fleet) + caplog.text
    for text in (secret, "wr0ng-secret"):
        assert text.encode() not in stored
        assert text not in shown
    assert b"env:T" in stored
