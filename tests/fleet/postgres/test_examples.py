"""The example of a fleet on several machines: what its files name exists."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml
from pgqueuer.domain.settings import DBSettings

from orgsdk.cli.app import make_app
from orgsdk.fleet import Fleet, run_worker
from orgsdk.fleet.config_file import load_config
from orgsdk.fleet.postgres.store import DEFAULT_SCHEMA

if TYPE_CHECKING:
    from orgsdk.fleet import PostgresStore

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "examples" / "fleet" / "several-machines"
PAGE = ROOT / "docs" / "how-to" / "fleet-on-several-machines.md"
SERVICES = sorted(FOLDER.glob("*.service"))


def check_command(words: list[str]) -> None:
    """Check that a command of orgsdk and its options exist."""
    assert Path(words[0]).name == "orgsdk"
    command, bound, ignored = make_app().parse_args(words[1:], exit_on_error=False, print_error=False)
    assert command.__module__ == "orgsdk.cli.commands.fleet", words
    assert bound is not None
    assert not ignored


def blocks(language: str) -> list[str]:
    """Return the code blocks of the page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


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


def test_the_pages_worker_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = blocks("python")
    shutil.copy(FOLDER / "fleet.toml", tmp_path)
    (tmp_path / "schools.csv").write_text("name,credentials,organization,roster\na,logto,org_a,rosters/a.csv\n")
    monkeypatch.chdir(tmp_path)
    run: list[tuple[object, ...]] = []
    monkeypatch.setattr("anyio.run", lambda *arguments: run.append(arguments))
    exec(block, {})
    assert run[0][0] is run_worker
    assert isinstance(run[0][1], Fleet)


def test_the_pages_commands_for_containers_name_services(compose: Any) -> None:
    lines = [shlex.split(line) for block in blocks("sh") for line in block.splitlines() if line.startswith("docker")]
    assert len(lines) == 3
    for _, _, action, *words in lines:
        if action in {"run", "exec"}:
            service = next(word for word in words if not word.startswith("--"))
            assert service in compose["services"]
            if rest := words[words.index(service) + 1 :]:
                check_command(rest)


def test_the_pages_rights_are_valid(store: PostgresStore, postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as session:
        for statement in blocks("sql")[1].split(";\n"):
            session.execute(statement.encode())
        session.execute("SET ROLE fleet_worker")
        assert session.execute("SELECT count(*) FROM orgsdk_fleet.units").fetchone() == (6,)
        session.execute("RESET ROLE")
        session.execute("DROP OWNED BY fleet_worker")
        session.execute("DROP ROLE fleet_worker")


def test_the_dashboard_reads_the_schema_of_the_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    line = blocks("sh")[-1].splitlines()[-1]
    schema, _, *command = shlex.split(line)
    name, _, value = schema.partition("=")
    monkeypatch.setenv(name, value)
    assert DBSettings().db_schema == DEFAULT_SCHEMA
    assert find_spec(command[-1]) is not None
