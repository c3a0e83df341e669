"""`python -m orgsdk` is the program `orgsdk`."""

from __future__ import annotations

import subprocess
import sys

import orgsdk


def test_the_package_can_be_run() -> None:
    ran = subprocess.run([sys.executable, "-m", "orgsdk", "--version"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, f"orgsdk {orgsdk.__version__}", "")


def test_its_exit_code_is_the_programs() -> None:
    ran = subprocess.run([sys.executable, "-m", "orgsdk", "nonsense"], capture_output=True, text=True, check=False)
    assert ran.returncode == 64
    assert "nonsense" in ran.stderr
