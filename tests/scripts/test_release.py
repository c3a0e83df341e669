"""A release is refused until its tag, version, changelog and addresses agree; the release's files are complete."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING

import pytest
import yaml

from scripts.environments import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = spec_from_file_location("release", ROOT / ".ci" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "orgsdk").mkdir()
    (tmp_path / "orgsdk/_distribution.py").write_text('"""Text."""\n\n__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-12-01\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "orgsdk"\n[project.urls]\nHome = "https://host.test"\n')
    return tmp_path


def test_a_release_in_which_everything_agrees_is_published(release: ModuleType, repository: Path) -> None:
    assert release.problems_of("v1.2.3", repository) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("orgsdk/_distribution.py", "1.2.3", "1.2.4", "is 1.2.4: tag v1.2.4"),
        ("CHANGELOG.md", "[1.2.3] - 2026-12-01", "[1.2.3]", "no section for 1.2.3"),
        ("pyproject.toml", "host.test", "host.example", "the address Home is a placeholder"),
    ],
)
def test_what_does_not_agree_is_named(
    release: ModuleType, repository: Path, file: str, old: str, new: str, problem: str
) -> None:
    path = repository / file
    path.write_text(path.read_text().replace(old, new))
    (found,) = release.problems_of("v1.2.3", repository)
    assert problem in found


def test_the_workflows_run_known_versions_of_actions_with_few_rights() -> None:
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        text = path.read_text("utf-8")
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {"contents": "read"}
        used = re.findall(r"uses: (\S+)", text)
        assert used
        assert [action for action in used if not re.search(r"@[0-9a-f]{40}$", action)] == []
        assert "secrets." not in text


def test_the_matrix_of_the_workflow_is_that_of_the_classifiers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = [name.rpartition(" ")[2] for name in project["classifiers"] if re.search(r":: 3\.\d+$", name)]
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    assert workflow["jobs"]["matrix"]["strategy"]["matrix"]["python"] == declared
