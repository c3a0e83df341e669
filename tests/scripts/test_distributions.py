"""The distributions hold the package and what an index shows, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from typing import TYPE_CHECKING

import pytest

from scripts.environments import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SUPPLEMENTS = {"CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True)
    return folder


def test_the_source_distribution_holds_what_the_wheel_is_built_from(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    others = {name for name in names if not name.startswith("orgsdk/")}
    assert others == {*SUPPLEMENTS, "examples/data/roster.csv", "man/orgsdk.1"}


def test_the_wheel_holds_the_package_and_its_roster(built: Path) -> None:
    (path,) = built.glob("*.whl")
    names = zipfile.ZipFile(path).namelist()
    assert "orgsdk/sandbox/roster.csv" in names
    assert "orgsdk/py.typed" in names
    assert any(name.endswith(".data/data/share/man/man1/orgsdk.1") for name in names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"orgsdk"}


def test_the_readme_of_the_wheel_has_no_relative_link(built: Path) -> None:
    (path,) = built.glob("*.whl")
    archive = zipfile.ZipFile(path)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = HeaderParser().parsestr(archive.read(name).decode())
    readme = metadata.get_payload()
    assert isinstance(readme, str)
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert len(links) > 10
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    assert {line.partition(",")[0] for line in metadata.get_all("Project-URL", [])} >= {"Repository", "Documentation"}


def test_tools_for_work_on_the_package_are_no_extras(built: Path) -> None:
    (path,) = built.glob("*.whl")
    archive = zipfile.ZipFile(path)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    extras = HeaderParser().parsestr(archive.read(name).decode()).get_all("Provides-Extra", [])
    assert not {*extras} & {"bench", "dev", "docs", "lint"}
