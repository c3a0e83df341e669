"""WorkOS's own emulator, `workos emulate` of the npm package, as a server for peer tests.

`ORGSDK_WORKOS_EMULATOR_ENV` names a folder that keeps the installed package from one run to the next. The emulator
answers 429 to the 1,000th request of a key in a minute, so a test with many requests starts one with further keys.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = "workos@0.14.0"
API_KEY = "sk_test_default"
_START_SECONDS = 30.0


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    url: str
    api_key: str = API_KEY


def install(folder: Path) -> Path:
    """Install the package in a folder, and return its program. Skips the test if that is impossible.

    Args:
        folder: The folder. A package that is there already is used again.

    Returns:
        The program `workos`.
    """
    program = folder / "node_modules" / "workos" / "dist" / "bin.js"
    if shutil.which("node") is None or (npm := shutil.which("npm")) is None:
        pytest.skip("no emulator of WorkOS: Node is not installed")
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"no emulator of WorkOS: {made.stderr.strip().splitlines()[-1:]}")
    return program


@contextmanager
def run_emulator(program: Path, folder: Path, seed: Mapping[str, Any] | None = None) -> Iterator[Emulator]:
    """Run an emulator with an empty environment, or with seed data.

    Args:
        program: The program, from `install`.
        folder: A folder for the seed file and the output.
        seed: Seed data, in the emulator's own form.

    Yields:
        The running emulator.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["node", str(program), "emulate", "--port", str(port)]
    if seed is not None:
        file = folder / "seed.json"
        file.write_text(json.dumps(seed), "utf-8")
        command += ["--seed", str(file)]
    output = folder / "emulator.log"
    # Its settings are in the home folder; those of the machine must not be read or changed.
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with output.open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, env=environment) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, process, output)
            yield Emulator(url)
        finally:
            process.terminate()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(trust_env=False) as http:
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if http.get(f"{url}/health").status_code == 200:
                    return
            time.sleep(0.05)
    pytest.fail(f"the emulator did not start: {output.read_text('utf-8', 'replace')[-1000:]}")


@pytest.fixture(scope="session")
def workos_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program of the emulator, installed once for a run."""
    kept = os.environ.get("ORGSDK_WORKOS_EMULATOR_ENV")
    return install(Path(kept) if kept else tmp_path_factory.mktemp("workos") / "env")


@pytest.fixture
def workos_emulator(workos_program: Path, tmp_path: Path) -> Iterator[Emulator]:
    """Run an emulator with an empty environment, for one test."""
    with run_emulator(workos_program, tmp_path) as emulator:
        yield emulator
