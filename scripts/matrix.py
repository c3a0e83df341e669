"""Run all tests on every CPython, with the oldest and the newest dependencies: `python -m scripts.matrix`.

A cell is one CPython with one choice of dependencies, in a clean environment:

- `newest`: what pip chooses without constraints (constraints.txt is not used);
- `oldest`: exactly the lower bounds in pyproject.toml of the package and of the extras for users. If two of them are
  incompatible, pip fails, and so does the cell. Test tools and indirect dependencies are the newest compatible
  ones, because orgsdk declares no bounds for them.

The CPython versions are those of pyproject.toml's classifiers; their interpreters must be on PATH. A missing
interpreter is an error, unless `--python` excludes it. Warnings are errors.

    python -m scripts.matrix                                          every cell, until one fails
    python -m scripts.matrix --keep-going                             every cell, even after a failure
    python -m scripts.matrix --python 3.13 --dependencies oldest      one cell
    python -m scripts.matrix --python 3.12 -- -n 1 tests/domain       a part of the tests
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

from scripts.environments import ROOT, bare_environ, create, pip_install, pip_upgrade, program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

EXTRAS = ("cli", "sandbox", "fastapi", "httpx2", "aiohttp", "otel", "keyring", "excel", "postgres", "fleet", "scim")
DEPENDENCIES = ("newest", "oldest")
_TAIL = 60


@dataclass(frozen=True)
class Cell:
    """One CPython with one choice of dependencies."""

    python: str
    dependencies: str

    def __str__(self) -> str:
        return f"CPython {self.python}, {self.dependencies} dependencies"


@dataclass(frozen=True)
class Outcome:
    """The outcome of a cell: whether it passed, and a summary."""

    cell: Cell
    passed: bool
    summary: str
    seconds: float = 0


# Declared versions


def supported(project: Mapping[str, Any]) -> list[str]:
    """Return the CPython versions that the project supports."""
    found = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", text) for text in project["classifiers"])
    return [match[1] for match in found if match]


def lowest(project: Mapping[str, Any]) -> list[str]:
    """Return each requirement of the package and of the extras for users, pinned to its lower bound.

    Raise `ValueError` if one has no lower bound.
    """
    declared = [*project["dependencies"], *(text for name in EXTRAS for text in project["optional-dependencies"][name])]
    requirements = map(Requirement, declared)
    # An extra may name others of the package itself, which are among the extras.
    return sorted({_pin_to_lower_bound(one) for one in requirements if one.name != "orgsdk"})


def _pin_to_lower_bound(requirement: Requirement) -> str:
    bounds = [bound.version for bound in requirement.specifier if bound.operator == ">="]
    if len(bounds) != 1:
        raise ValueError(f"{requirement} needs one lower bound: write {requirement.name}>=VERSION")
    return f"{requirement.name}=={bounds[0]}"


# Interpreters


def interpreter(version: str) -> str:
    """Return the path of a CPython version. Raise `LookupError` if PATH has none that runs."""
    name = f"python{version}"
    if (found := shutil.which(name)) is None:
        raise LookupError(f"{name} is not on PATH: install it, or select others with --python")
    environ = bare_environ()
    if (pyenv := shutil.which("pyenv")) is not None:
        # A pyenv shim runs only selected versions; `pyenv whence` lists those that have the program.
        listed = subprocess.run([pyenv, "whence", name], env=environ, capture_output=True, text=True, check=False)
        environ["PYENV_VERSION"] = ":".join(listed.stdout.split()) or "system"
    command = [found, "-c", "import sys; print(sys.executable)"]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise LookupError(f"{name} does not run: {ran.stderr.strip()}")
    return ran.stdout.strip()


# Cells


def run_cell(cell: Cell, project: Mapping[str, Any], folder: Path, tests: Sequence[str]) -> Outcome:
    """Create the cell's environment, run the tests in it, and write all output to a log in `folder`."""
    start = time.monotonic()
    name = f"{cell.python}-{cell.dependencies}"
    environment, log, constraints = folder / name, folder / f"{name}.log", folder / f"{name}.txt"
    try:
        create(environment, interpreter(cell.python))
    except (LookupError, subprocess.CalledProcessError) as error:
        return Outcome(cell, False, getattr(error, "stdout", None) or str(error))
    constraints.write_text("\n".join(lowest(project)) if cell.dependencies == "oldest" else "", "utf-8")
    steps = {
        "upgrade pip": pip_upgrade(environment),
        "install": pip_install(
            environment, "--progress-bar", "off", "-c", str(constraints), "--group", "dev", "-e", f"{ROOT}[all]"
        ),
        "list": [program(environment, "python"), "-m", "pip", "list", "--disable-pip-version-check"],
        "test": [program(environment, "python"), "-m", "pytest", "-n", "auto", *tests],
    }
    with log.open("w", encoding="utf-8") as output:
        failed = next((name for name, command in steps.items() if not _succeeds(command, output)), None)
    lines = log.read_text("utf-8", "replace").splitlines()
    seconds = time.monotonic() - start
    if failed is not None:
        print("\n".join(lines[-_TAIL:]))
        result = f"{lines[-1].strip('= ')}; " if lines and failed == "test" else ""
        return Outcome(cell, False, f"{result}{failed} failed, see {log}", seconds)
    shutil.rmtree(environment)  # keep a failed one for debugging
    return Outcome(cell, True, lines[-1].strip("= "), seconds)


def _succeeds(command: Sequence[str], output: TextIO) -> bool:
    output.write(f"$ {' '.join(command)}\n")
    output.flush()
    environ = {**bare_environ(), "PYTHONUNBUFFERED": "1"}
    ran = subprocess.run(command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT, check=False)
    return ran.returncode == 0


def table(outcomes: Sequence[Outcome]) -> str:
    """Return one line per cell: CPython, dependencies, outcome, minutes, summary."""
    return "\n".join(
        f"{outcome.cell.python:<6}{outcome.cell.dependencies:<8}{'passed' if outcome.passed else 'FAILED':<8}"
        f"{outcome.seconds / 60:5.1f} min  {outcome.summary.splitlines()[-1]}"
        for outcome in outcomes
    )


def main() -> int:
    """Run the selected cells, print the table, and return 0 if all of them passed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pythons = supported(project)
    parser = argparse.ArgumentParser(
        prog="python -m scripts.matrix", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", action="append", choices=pythons, help="run this one; may be repeated")
    parser.add_argument("--dependencies", action="append", choices=DEPENDENCIES, help="run these; may be repeated")
    parser.add_argument("--list", action="store_true", help="list the cells without running them")
    parser.add_argument("--keep-going", action="store_true", help="run the other cells after a failure")
    parser.add_argument("tests", nargs="*", help="arguments of pytest, after --")
    arguments = parser.parse_args()
    cells = [
        Cell(python, kind) for python in arguments.python or pythons for kind in arguments.dependencies or DEPENDENCIES
    ]
    if arguments.list:
        print("\n".join(map(str, cells)))
        return 0
    folder = Path(tempfile.mkdtemp(prefix="orgsdk-matrix-"))
    print(f"logs: {folder}{os.sep}*.log", flush=True)
    outcomes: list[Outcome] = []
    for cell in cells:
        print(f"{cell} …", flush=True)
        outcomes.append(run_cell(cell, project, folder, arguments.tests))
        print(table(outcomes[-1:]), flush=True)
        if not (outcomes[-1].passed or arguments.keep_going):
            break
    outcomes += [
        Outcome(cell, False, "not run: use --keep-going to continue after a failure") for cell in cells[len(outcomes) :]
    ]
    print(f"\n{table(outcomes)}")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
