"""The examples as files, and environments with the settings of the sandbox."""

from __future__ import annotations

import io
import os
import runpy
import subprocess
import sys
import zipfile
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from tests.forked_programs import forked_programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from orgsdk.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
_SETTINGS = ("ORGSDK_", "FLAT_", "LOGTO_", "WORKOS_")


def bare_environment() -> dict[str, str]:
    """Return this environment without settings of a provider."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}


def sandbox_environment(sandbox: Sandbox, provider: str) -> dict[str, str]:
    if provider == "flat":
        return {"FLAT_ACCESS_TOKEN": sandbox.flat.token, "FLAT_BASE_URL": sandbox.flat_url}
    logto = sandbox.logto
    return {
        "LOGTO_ENDPOINT": sandbox.logto_url,
        "LOGTO_APP_ID": logto.app_id,
        "LOGTO_APP_SECRET": logto.app_secret,
        "ORGSDK_ORGANIZATION": logto.organization_id,
    }


def run_example(name: str, *arguments: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run an example in this process, as `python examples/NAME` does: a new process needs most of a second to start."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for variable in os.environ.keys() - environ.keys():
            patch.delenv(variable)
        for variable, value in environ.items():
            patch.setenv(variable, value)
        patch.setattr(sys, "argv", [name, *arguments])
        try:
            runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        except SystemExit as end:
            # As the interpreter does: a text is an error message.
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            if isinstance(end.code, str):
                err.write(f"{end.code}\n")
    return subprocess.CompletedProcess([name, *arguments], status, out.getvalue(), err.getvalue())


def run_program(name: str, *arguments: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run an example in a new process."""
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def environment_with(example: Path) -> Iterator[dict[str, str]]:
    """Yield variables with which `python` and `orgsdk` have an example provider: its wheel, unpacked as pip does.

    `scripts.wheel` installs the examples with pip into new environments, which takes seconds.
    """
    build = pytest.importorskip("hatchling.build", reason="hatchling is needed to build the example")
    if os.name == "nt":
        pytest.skip("the programs are forked")
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder, site = Path(name), Path(name) / "site"
        patch.chdir(example)
        with zipfile.ZipFile(folder / build.build_wheel(name)) as wheel:
            wheel.extractall(site)
        patch.undo()
        with forked_programs(folder, str(site)) as programs:
            path = [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
            # This test run has options of its own.
            kept = {name: value for name, value in bare_environment().items() if not name.startswith("PYTEST_")}
            imported = os.pathsep.join([str(site), str(EXAMPLES.parent)])
            yield {**kept, "PATH": os.pathsep.join(path), "PYTHONPATH": imported}


def load_example(name: str) -> ModuleType:
    """Import an example from its file, as uvicorn does."""
    spec = spec_from_file_location(f"example_{Path(name).parent.name}_{Path(name).stem}", EXAMPLES / name)
    assert spec is not None
    assert spec.loader is not None
    module: Any = module_from_spec(spec)
    sys.modules[spec.name] = module  # FastAPI looks annotations up there
    spec.loader.exec_module(module)
    return module  # type: ignore[no-any-return]  # a module has whatever it has


@pytest.fixture
def no_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(_SETTINGS):
            monkeypatch.delenv(name)
