"""The commands at a SCIM service, as its administrator uses them first: sign in, look, plan, apply."""

from __future__ import annotations

import csv
import json
import shlex
import threading
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from tests.conftest import unmeasured_threads
from tests.docs.blocks import DOCS
from tests.providers.scim.servers import TOKEN, Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ran

pytestmark = pytest.mark.undocumented("the address of this server is none of a provider's document")


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name in the standard library
        pass


@pytest.fixture
def url() -> Iterator[str]:
    """Yield the address of scim2-server, which also issues its token to the OAuth client `a-client`."""
    service = Peer().app

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/token":
            return service(environ, start)
        is_known = environ.get("HTTP_AUTHORIZATION") == "Basic YS1jbGllbnQ6YS1zZWNyZXQtb2YtdGhlLWNsaWVudA=="
        body = {"access_token": TOKEN, "expires_in": 3600} if is_known else {"error": "invalid_client"}
        start("200 OK" if is_known else "401 Unauthorized", [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    with unmeasured_threads(), make_server("127.0.0.1", 0, app, handler_class=_Silent) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v2"
        server.shutdown()
        thread.join()


def sign_in(orgsdk: Callable[..., Ran], url: str, folder: Path, token: str = TOKEN) -> Ran:
    (folder / "token").write_text(token, "utf-8")
    address = f"SCIM_BASE_URL={url}"
    file = str(folder / "token")
    return orgsdk("auth", "login", "--provider", "scim", "--set", address, "--secret-file", file, "--no-keyring")


def test_an_administrator_signs_in_and_makes_a_roster_true(
    orgsdk: Callable[..., Ran], url: str, tmp_path: Path
) -> None:
    assert sign_in(orgsdk, url, tmp_path).code == 0
    assert json.loads(orgsdk("whoami").out)["credentials"] == f"SCIM_BASE_URL={url}, SCIM_TOKEN=********"
    doctor = orgsdk("doctor")
    assert doctor.code == 0, doctor.err
    roster = tmp_path / "roster.csv"
    roster.write_text("username,email,roles\nada,ada@example.com,teacher\nbob,bob@example.com,\n", "utf-8")
    plan = str(tmp_path / "plan.json")
    unknown = orgsdk("plan", str(roster), "--output", plan)
    assert unknown.code != 0
    assert "'teacher' is no role here" in unknown.err
    assert orgsdk("roles", "create", "teacher").code == 0
    assert orgsdk("plan", str(roster), "--output", plan).code == 0
    applied = orgsdk("apply", plan, "--yes")
    assert (applied.code, "2 created" in applied.out + applied.err) == (0, True), applied.err
    assert "to do: nothing" in orgsdk("plan", str(roster)).out
    found = json.loads(orgsdk("users", "find", "--email", "ada@example.com").out)
    assert (found["username"], found["roles"]) == ("ada", ["teacher"])
    listed = orgsdk("users", "list", "--role", "teacher", "--format", "csv").out
    assert [row["username"] for row in csv.DictReader(listed.splitlines())] == ["ada"]
    assert orgsdk("users", "suspend", found["id"]).code == 0
    assert json.loads(orgsdk("users", "get", found["id"]).out)["is_suspended"] is True


@pytest.mark.parametrize("page", [DOCS / "command-line.md", DOCS / "providers" / "scim.md"], ids=lambda page: page.name)
def test_the_commands_of_the_pages_run_as_printed(
    orgsdk: Callable[..., Ran], url: str, tmp_path: Path, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token").write_text(TOKEN, "utf-8")
    (tmp_path / "roster.csv").write_text("username,roles\nada,teacher\n", "utf-8")
    text = page.read_text("utf-8")
    login = text.index("orgsdk auth login --provider scim --set")
    for line in text[login : text.index("```", login)].splitlines():
        command = line.replace("https://api.example.com/scim/v2", url)
        yes = ["--yes"] if " apply " in command else []  # it asks
        assert orgsdk(*shlex.split(command)[1:], *yes).code == 0, command


@pytest.mark.parametrize(
    ("path", "token", "reported"),
    [
        ("", "wrong-token-0000", "refused: SCIM_BASE_URL of --set or the token"),
        ("/nothing", TOKEN, "404"),
    ],
    ids=["token", "address"],
)
def test_a_wrong_setting_is_named_and_nothing_is_written(
    orgsdk: Callable[..., Ran], url: str, tmp_path: Path, path: str, token: str, reported: str
) -> None:
    refused = sign_in(orgsdk, url + path, tmp_path, token)
    assert refused.code != 0
    assert reported in refused.err
    assert "nothing was written" in refused.err
    assert token not in refused.err
    assert orgsdk("config", "list").out.strip() in {"", "[]"}


def test_client_credentials_are_read_from_the_environment_and_named(
    orgsdk: Callable[..., Ran], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIM_BASE_URL", url)
    monkeypatch.setenv("SCIM_CLIENT_ID", "a-client")
    assert "SCIM_CLIENT_SECRET is not set" in orgsdk("users", "list").err
    monkeypatch.setenv("SCIM_TOKEN_URL", url.replace("/v2", "/token"))
    monkeypatch.setenv("SCIM_CLIENT_SECRET", "a-wrong-secret-0000")
    names = "SCIM_BASE_URL, SCIM_CLIENT_ID, SCIM_CLIENT_SECRET, SCIM_TOKEN_URL"
    for command in ("whoami", "users list", "doctor"):
        refused = orgsdk(*command.split())
        assert refused.code == 4
        assert f"check {names}" in refused.out + refused.err
        assert "a-wrong-secret" not in refused.out + refused.err
    monkeypatch.setenv("SCIM_CLIENT_SECRET", "a-secret-of-the-client")
    shown = json.loads(orgsdk("whoami").out)["credentials"]
    assert [each.partition("=")[0] for each in shown.split(", ")] == names.split(", ")
    assert "a-secret" not in shown
    assert orgsdk("users", "list").code == 0


def test_a_copy_from_another_profile_is_planned(
    orgsdk: Callable[..., Ran],
    url: str,
    tmp_path: Path,
    sandbox: Sandbox,
    reach: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert sign_in(orgsdk, url, tmp_path).code == 0
    config = tmp_path / "no-config-of-this-machine" / "orgsdk" / "config.toml"
    config.write_text(
        config.read_text("utf-8") + f'\n[profiles.school]\nORGSDK_PROVIDER = "flat"\n'
        f'FLAT_BASE_URL = "{sandbox.flat_url}"\nFLAT_ACCESS_TOKEN = "{sandbox.flat.token}"\n',
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    for role in ("user", "teacher", "admin"):
        orgsdk("roles", "create", role, "--profile", "default")
    shown = orgsdk("copy", "--from", "school", "--profile", "default", "--dry-run")
    assert "create 1,000 accounts" in shown.out, shown.err
