"""Types in user code: correct code passes mypy and pyright, and mistakes are found in their lines."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orgsdk import blocking, resources

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Found = dict[str, set[int]]
USERS = ("user_code.py", "user_every_method.py")
WITHOUT_A_CALL = {"close"}  # the end of a `with`


def mypy(files: list[Path], folder: Path) -> Found:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(folder / "cache")]
    ended = run([*command, "--no-error-summary", "--hide-error-context", *map(str, files)], folder)
    assert ended.returncode in {0, 1}, ended.stdout + ended.stderr
    lines = re.findall(r"^(.+?):(\d+): error: ", ended.stdout, re.MULTILINE)
    return {file.name: {int(n) for name, n in lines if Path(name).name == file.name} for file in files}


def pyright(files: list[Path], folder: Path) -> Found:
    (folder / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    ended = run([*command, "-p", str(folder)], folder)
    found = json.loads(ended.stdout)["generalDiagnostics"]
    errors = [(Path(report["file"]).name, report["range"]["start"]["line"] + 1) for report in found]
    return {file.name: {line for name, line in errors if name == file.name} for file in files}


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "MYPYPATH": str(ROOT), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module", params=[mypy, pyright], ids=lambda check: check.__name__)
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    check: Callable[[list[Path], Path], Found] = request.param
    if find_spec(check.__name__) is None:
        pytest.skip(f"{check.__name__} is not installed: pip install --group lint -e '.[all]'")
    folder = tmp_path_factory.mktemp(check.__name__)
    sources = {name: HERE / name for name in USERS} | {"mistakes.py": HERE / "mistakes.txt"}
    for name, source in sources.items():
        (folder / name).write_text(source.read_text("utf-8"), "utf-8")
    return check([folder / name for name in sources], folder)


@pytest.mark.parametrize("name", USERS)
def test_user_code_passes(found: Found, name: str) -> None:
    assert found[name] == set()


@pytest.mark.parametrize("package", [resources, blocking])
def test_user_code_covers_every_method(package: ModuleType) -> None:
    text = "".join((HERE / name).read_text("utf-8") for name in USERS)
    verbs = {name for kind in package.__all__ for name in dir(getattr(package, kind)) if not name.startswith("_")}
    assert len(verbs) >= 18
    assert [verb for verb in sorted(verbs - WITHOUT_A_CALL) if not re.search(rf"\.{verb}\b", text)] == []


def test_every_mistake_is_found_in_its_line(found: Found) -> None:
    lines = (HERE / "mistakes.txt").read_text("utf-8").splitlines()
    marked = {number: line for number, line in enumerate(lines, 1) if "# mistake: " in line}
    assert len(marked) > 40
    missed = [line for number, line in marked.items() if number not in found["mistakes.py"]]
    assert missed == []
    # pyright's strict mode can report more errors that follow from such a line.
    assert found["mistakes.py"] - marked.keys() == set()
