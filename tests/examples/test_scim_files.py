"""The files for a gateway behind a proxy: the proxies' own programs accept them, and the page shows them."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import trustme

from orgsdk.cli.app import make_app

FOLDER = Path(__file__).parents[2] / "examples" / "scim"
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "scim-deployment.md"


def find_program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_nginx_accepts_the_site(tmp_path: Path) -> None:
    nginx = find_program("nginx")
    certificate = trustme.CA().issue_cert("scim.example.org")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "fullchain.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "privkey.pem")
    site = (FOLDER / "nginx.conf").read_text()
    site = site.replace("/etc/ssl/scim", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "site.conf").write_text(site)
    # The folders that the package makes when it is installed.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    main = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {folders} include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(main)
    command = [nginx, "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_caddy_accepts_the_site(tmp_path: Path) -> None:
    caddy = find_program("caddy")
    ran = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", str(FOLDER / "Caddyfile")],
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_the_unit_starts_the_command_with_options_that_it_has() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # keep the case
    unit.read_string((FOLDER / "orgsdk-scim@.service").read_text())
    _, *words = shlex.split(unit["Service"]["ExecStart"].replace("%i", "8001"))
    assert words[:2] == ["scim", "serve"]
    _, bound, _ = make_app().parse_args(words, print_error=False, exit_on_error=False)
    assert (bound.arguments["port"], bound.arguments["on_delete"]) == (8001, "keep")


def test_the_script_of_the_operator_passes_the_settings_and_its_arguments(tmp_path: Path) -> None:
    url = "postgresql://orgsdk@db.internal/scim?sslmode=require&connect_timeout=5"
    (tmp_path / "scim.env").write_text(f"ORGSDK_SCIM_MAP='{url}'\nORGSDK_PROVIDER=logto\n")
    shown = 'printf "%s\\n" "$PWD" "$ORGSDK_SCIM_MAP" "$ORGSDK_PROVIDER" "$@"'
    for name, text in (("runuser", 'shift 3; exec "$@"'), ("orgsdk", shown)):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o700)
    script = (FOLDER / "orgsdk-scim").read_text()
    for installed in ("/etc/orgsdk", "/opt/orgsdk/bin", "/var/lib/orgsdk-scim"):
        assert installed in script
        script = script.replace(f"{installed}/", f"{tmp_path}/").replace(f"cd {installed}", f"cd {tmp_path}")
    command = ["/bin/sh", "-c", script, "orgsdk-scim", "token", "create", "a b"]
    ran = subprocess.run(
        command, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert ran.stdout.splitlines() == [str(tmp_path), url, "logto", "scim", "token", "create", "a b"], ran.stderr


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile", "orgsdk-scim@.service", "orgsdk-scim"])
def test_the_page_shows_the_file_as_it_is(name: str) -> None:
    shown = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert (FOLDER / name).read_text("utf-8") in shown
