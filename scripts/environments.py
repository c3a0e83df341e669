"""Clean virtual environments, as a new user creates them with `venv` and pip."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_REMOVED = (
    "ORGSDK_",
    "FLAT_",
    "LOGTO_",
    "PYTEST_",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "PYENV_VERSION",
)
# The folder of the providers' official documents, which tests validate requests against.
_KEPT = {"ORGSDK_SHARED"}


def bare_environ() -> dict[str, str]:
    """Return this process's environment without settings of providers, and without variables that redirect Python."""
    kept = (name for name in os.environ if name in _KEPT or not name.startswith(_REMOVED))
    return {name: os.environ[name] for name in kept}


def program(environment: Path, name: str) -> str:
    """Return the path of a program of the environment, such as `python` or `orgsdk`."""
    return str(environment / ("Scripts" if sys.platform == "win32" else "bin") / name)


def create(environment: Path, interpreter: str = sys.executable) -> None:
    """Create an empty environment with pip. Raise `CalledProcessError` if it fails."""
    command = [interpreter, "-m", "venv", str(environment)]
    subprocess.run(command, check=True, env=bare_environ(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def pip_install(environment: Path, *arguments: str) -> list[str]:
    """Return the command that installs into the environment."""
    return [program(environment, "python"), "-m", "pip", "install", "--disable-pip-version-check", *arguments]


def pip_upgrade(environment: Path) -> list[str]:
    """Return the command that upgrades pip: CPython 3.11 brings one that has no `--group`."""
    return pip_install(environment, "--quiet", "--upgrade", "pip")
