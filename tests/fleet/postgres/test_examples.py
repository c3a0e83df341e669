"""The example of a fleet on several machines: what its files name exists."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from orgsdk.cli.app import make_app
from orgsdk.fleet.config_file import load_config

FOLDER = Path(__file__).parents[3] / "examples" / "fleet" / "several-machines"
SERVICES = sorted(FOLDER.glob("*.service"))


def check_command(words: list[str]) -> None:
    """Check that a command of orgsdk and its options exist."""
    assert Path(words[0]).name == "orgsdk"
    command, bound, ignored = make_app().parse_args(words[1:], exit_on_error=False, print_error=False)
    assert command.__module__ == "orgsdk.cli.commands.fleet", words
    assert bound is not None
    assert not ignored


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())


def test_the_containers_run_commands_that_exist(compose: Any) -> None:
    services = compose["services"]
    for name in ("worker", "night"):
        check_command(services[name]["command"])
    assert services["worker"]["deploy"] == {"replicas": 3}


def test_the_containers_have_what_the_configuration_names(compose: Any) -> None:
    named = {secret for one in compose["services"].values() for secret in one["secrets"]}
    assert named == compose["secrets"].keys()
    mounted = {Path(volume.split(":")[0]).name for volume in compose["x-orgsdk"]["volumes"]}
    assert {"fleet.toml", "schools.csv", "rosters"} == mounted
    text = (FOLDER / "fleet.toml").read_text()
    for secret in compose["x-orgsdk"]["secrets"]:
        assert f'"file:/run/secrets/{secret}"' in text


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "fleet.toml", tmp_path)
    (tmp_path / "schools.csv").write_text("name,credentials,organization,roster\na,logto,org_a,rosters/a.csv\n")
    config = load_config(tmp_path / "fleet.toml")
    assert config.store == "file:/run/secrets/fleet_database"


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_service_runs_a_command_that_exists(path: Path) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser documents it
    parser.read(path)
    check_command(shlex.split(parser["Service"]["ExecStart"]))
    assert parser["Service"]["User"] == "orgsdk"


def test_systemd_accepts_the_services(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd")
    for path in FOLDER.glob("orgsdk-*"):
        (tmp_path / path.name).write_text(path.read_text().replace("/opt/orgsdk/bin/orgsdk", "/bin/true"))
    found = subprocess.run(
        [program, "verify", "--man=no", *map(str, tmp_path.iterdir())], check=False, capture_output=True, text=True
    )
    assert (found.returncode, found.stderr) == (0, "")
