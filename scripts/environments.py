"""Virtual environments as a new user makes them: by `venv` and pip alone, and nothing of their maker in sight."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_NOT_HANDED_ON = ("ORGSDK_", "FLAT_", "LOGTO_", "PYTEST_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYENV_VERSION")
# Where the official documents of the providers lie: with them the tests hold every request against them.
_HANDED_ON = {"ORGSDK_SHARED"}


def bare_environ() -> dict[str, str]:
    """Give this process's environment without a provider's settings and without what leads Python elsewhere."""
    kept = (name for name in os.environ if name in _HANDED_ON or not name.startswith(_NOT_HANDED_ON))
    return {name: os.environ[name] for name in kept}


def program(environment: Path, name: str) -> str:
    """Give the path of a program of the environment, such as `python` or `orgsdk`."""
    return str(environment / ("Scripts" if sys.platform == "win32" else "bin") / name)


def create(environment: Path, interpreter: str = sys.executable) -> None:
    """Make an empty environment with pip. Raises `CalledProcessError` where that fails."""
    command = [interpreter, "-m", "venv", str(environment)]
    subprocess.run(command, check=True, env=bare_environ(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def pip_install(environment: Path, *arguments: str) -> list[str]:
    """Give the command that installs into the environment."""
    return [program(environment, "python"), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
