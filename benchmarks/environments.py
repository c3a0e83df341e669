"""Environments for the generated clients, whose requirements are not ours."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

FLAT, LOGTO = "flat-api==2.0.4", "py-logto==2.0.0"
# As for `python -m pytest -m peer`: a folder that keeps the environment from one run to the next.
_VARIABLES = {FLAT: "ORGSDK_PEER_ENV", LOGTO: "ORGSDK_LOGTO_PEER_ENV"}


def interpreter(package: str) -> Path:
    """Give the interpreter of an environment that has `package`, made where there is none yet.

    Raises `RuntimeError` where the package cannot be installed.
    """
    kept = os.environ.get(_VARIABLES[package])
    folder = Path(kept) if kept else Path(tempfile.gettempdir()) / f"orgsdk-benchmarks-{package.partition('==')[0]}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RuntimeError(f"{package} cannot be installed: {made.stderr.strip()[-300:]}")
    return python
