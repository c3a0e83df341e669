"""Test the built wheel in clean environments, as a new user would: `python -m scripts.wheel`.

The script builds the wheel and installs it without an extra, with each extra alone, and with all of them. In each
environment it tries every entry of `wheel_entries.py`: it works, or the error names the missing extra. One more
environment has only the group `docs` and builds the site. Another one adds the example provider, and another one the
test tools, which run every example and every code block of the documentation. Everything runs in a copy of the
repository without `orgsdk/`, so that only the wheel can be imported.

    python -m scripts.wheel                    all environments
    python -m scripts.wheel none cli           only these
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.cli.commands.sandbox import sandbox_settings
from orgsdk.sandbox import Sandbox
from scripts.environments import ROOT, bare_environ, create, pip_install, pip_upgrade, program
from scripts.wheel_entries import DOCUMENTS, ENTRIES, EXTRAS, OWN_HTTP_PROVIDER, OWN_PROVIDER, SITE, Entry, with_implied

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_COPIED = ("benchmarks", "docs", "examples", "scripts", "tests")
_FILES = ("CHANGELOG.md", "README.md", "mkdocs.yml", "pyproject.toml")


@dataclass(frozen=True)
class Trial:
    """One environment: extras of the wheel, entries to try, other packages and groups, whether a sandbox is used."""

    extras: tuple[str, ...]
    entries: Sequence[Entry] = ENTRIES
    packages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    with_sandbox: bool = True


TRIALS = {
    "none": Trial(()),
    **{extra: Trial((extra,)) for extra in EXTRAS},
    "all": Trial(("all",)),
    "bench": Trial(("httpx2", "aiohttp"), groups=("bench",)),
    "own_provider": Trial(("cli",), OWN_PROVIDER, ("./examples/own_provider", "pytest", "trio"), with_sandbox=False),
    "own_http_provider": Trial(
        ("cli",), OWN_HTTP_PROVIDER, ("./examples/own_http_provider", "pytest", "trio"), with_sandbox=False
    ),
    "docs": Trial(("cli", "sandbox"), SITE, groups=("docs",), with_sandbox=False),
    "documents": Trial(("all",), DOCUMENTS, groups=("dev",), with_sandbox=False),
}


def problem(entry: Entry, extras: frozenset[str], code: int, output: str, errors: str) -> str | None:
    """Return what is wrong with the result of an entry in an environment with these extras, or None."""
    expected = next((message for extra, message in entry.needs.items() if extra not in extras), None)
    if expected is None:
        if code == 0 and entry.prints in output + errors and "Traceback" not in errors and "Warning:" not in errors:
            return None
        return f"should print {entry.prints!r}; exit code {code}\n{output[-3000:]}{errors[-3000:]}"
    lines = errors.splitlines()
    shown = lines[-1:] if entry.code else lines
    return (
        None
        if (code, shown) == (1, [expected])
        else f"should print {expected!r}; exit code {code}\n{output}{errors[-3000:]}"
    )


def run_trial(trial: Trial, wheel: Path, home: Path, copy: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Create the environment in `home`, and return the problems by entry."""
    environment = home / "environment"
    create(environment)
    requirement = f"{wheel}[{','.join(trial.extras)}]" if trial.extras else str(wheel)
    groups = [argument for group in trial.groups for argument in ("--group", group)]
    commands = [pip_install(environment, "--quiet", *groups, requirement, *trial.packages)]
    for command in [pip_upgrade(environment), *commands] if groups else commands:
        installed = subprocess.run(
            command,
            cwd=copy,
            env=bare_environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if installed.returncode:
            return {"pip install": installed.stdout}
    settings = environ if trial.with_sandbox else {"SQLITE_FILE": str(home / "people.db")}
    environ = {**bare_environ(), "HOME": str(home), **settings}
    problems = {}
    for entry in trial.entries:
        name, *arguments = entry.command
        command = [program(environment, name), *arguments]
        ended = subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, check=False)
        wrong = problem(
            entry, with_implied([*trial.extras, *trial.groups]), ended.returncode, ended.stdout, ended.stderr
        )
        print(f"  {'ok    ' if wrong is None else 'FAILED'} {entry.name}", flush=True)
        if wrong is not None:
            problems[entry.name] = wrong
    return problems


@contextmanager
def sandbox_environ() -> Iterator[dict[str, str]]:
    """Run a sandbox, and yield the settings of its Flat server."""
    sandbox = Sandbox()
    sandbox.start()
    try:
        yield sandbox_settings(sandbox)["flat"]
    finally:
        sandbox.stop()


def copy_without_package(folder: Path) -> Path:
    """Copy the repository without the package."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in _FILES:
        shutil.copy(ROOT / name, folder)
    return folder


def build(folder: Path) -> Path:
    """Build the wheel into `folder` and return its path."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def main() -> int:
    """Run the selected trials, and return 0 if nothing was wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.wheel", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trials", nargs="*", metavar="NAME", help=f"default: all of {', '.join(TRIALS)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.trials) - TRIALS.keys():
        parser.error(f"unknown environment {min(unknown)}. Choose from: {', '.join(TRIALS)}")
    problems: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="orgsdk-wheel-") as name, sandbox_environ() as environ:
        folder = Path(name)
        wheel = build(folder)
        copy = copy_without_package(folder / "copy")
        for chosen in arguments.trials or TRIALS:
            print(chosen, flush=True)
            home = folder / chosen
            found = run_trial(TRIALS[chosen], wheel, home, copy, environ)
            problems |= {f"{chosen}, {entry}": wrong for entry, wrong in found.items()}
            shutil.rmtree(home)
    for where, wrong in problems.items():
        print(f"\n{where}: {wrong}")
    print(f"\n{len(problems)} wrong" if problems else "\nAll passed.")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
