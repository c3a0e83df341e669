"""Virtual environments of the clients that are no dependency of orgsdk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from importlib.metadata import version
from pathlib import Path

FLAT, LOGTO = "flat-api==2.0.4", "py-logto==2.0.0"
PYREQWEST = "pyreqwest==0.15.1"
# The same variables as for `python -m pytest -m peer`: a folder in which the environment is kept.
_VARIABLES = {PYREQWEST: "ORGSDK_PYREQWEST_ENV", FLAT: "ORGSDK_PEER_ENV", LOGTO: "ORGSDK_LOGTO_PEER_ENV"}


def interpreter(package: str) -> Path:
    """Return the interpreter of an environment with `package`, which is created if it does not exist.

    Raise `RuntimeError` if the package cannot be installed.
    """
    kept = os.environ.get(_VARIABLES[package])
    folder = Path(kept) if kept else Path(tempfile.gettempdir()) / f"orgsdk-benchmarks-{package.partition('==')[0]}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
    # Its pages are read by the same pydantic.
    command += [f"pydantic=={version('pydantic')}"] if package == PYREQWEST else []
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode:
        raise RuntimeError(f"{package} cannot be installed: {installed.stderr.strip()[-300:]}")
    return python
