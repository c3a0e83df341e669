"""Try the built wheel as a new user would, in clean environments: `python -m scripts.wheel`.

The wheel is built and installed from the package index: without an extra, with each extra alone, with all of them. In
each environment every entry of `wheel_entries.py` is tried: what is there works, and what is not says which extra to
install. One more has the extra `docs` alone and builds the site. Two have the example of a provider of one's own beside
the wheel, and the tools of the tests, with which every example and every block of README and documentation is run. All
of it stands in a copy of the repository that has no `orgsdk/`, so that nothing but the wheel's can be imported.

    python -m scripts.wheel                    everything
    python -m scripts.wheel none cli           these environments alone
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
from scripts.environments import ROOT, bare_environ, create, pip_install, program
from scripts.wheel_entries import DOCUMENTS, ENTRIES, EXTRAS, OWN_PROVIDER, SITE, Entry, with_brought

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_COPIED = ("benchmarks", "docs", "examples", "scripts", "tests")
_FILES = ("CHANGELOG.md", "README.md", "mkdocs.yml", "pyproject.toml")


@dataclass(frozen=True)
class Trial:
    """One environment: extras of the wheel, what is installed beside it, what is tried, and whether at a sandbox."""

    extras: tuple[str, ...]
    entries: Sequence[Entry] = ENTRIES
    beside: tuple[str, ...] = ()
    at_sandbox: bool = True


TRIALS = {
    "none": Trial(()),
    **{extra: Trial((extra,)) for extra in EXTRAS},
    "all": Trial(EXTRAS),
    "own_provider": Trial(("cli",), OWN_PROVIDER, ("./examples/own_provider", "pytest", "trio"), at_sandbox=False),
    "docs": Trial(("docs",), SITE, at_sandbox=False),
    "documents": Trial(("dev",), DOCUMENTS, at_sandbox=False),
}


def problem(entry: Entry, extras: frozenset[str], code: int, output: str, errors: str) -> str | None:
    """Give what is wrong with how an entry ended where these extras are installed, None where nothing is."""
    says = next((told for extra, told in entry.needs.items() if extra not in extras), None)
    if says is None:
        if code == 0 and entry.prints in output + errors and "Traceback" not in errors and "Warning:" not in errors:
            return None
        return f"should print {entry.prints!r}; exit code {code}\n{output[-3000:]}{errors[-3000:]}"
    lines = errors.splitlines()
    told = lines[-1:] if entry.code else lines
    return None if (code, told) == (1, [says]) else f"should say {says!r}; exit code {code}\n{output}{errors[-3000:]}"


def run_trial(trial: Trial, wheel: Path, home: Path, copy: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Make the environment in `home` and give what is wrong there, by entry."""
    environment = home / "environment"
    create(environment)
    requirement = f"{wheel}[{','.join(trial.extras)}]" if trial.extras else str(wheel)
    made = subprocess.run(
        pip_install(environment, "--quiet", requirement, *trial.beside),
        cwd=copy,
        env=bare_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if made.returncode:
        return {"pip install": made.stdout}
    settings_of_its_own = environ if trial.at_sandbox else {"SQLITE_FILE": str(home / "people.db")}
    environ = {**bare_environ(), "HOME": str(home), **settings_of_its_own}
    problems = {}
    for entry in trial.entries:
        name, *arguments = entry.command
        command = [program(environment, name), *arguments]
        ended = subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, check=False)
        wrong = problem(entry, with_brought(trial.extras), ended.returncode, ended.stdout, ended.stderr)
        print(f"  {'ok    ' if wrong is None else 'FAILED'} {entry.name}", flush=True)
        if wrong is not None:
            problems[entry.name] = wrong
    return problems


@contextmanager
def sandbox_environ() -> Iterator[dict[str, str]]:
    """Run this tree's own sandbox, a server to whatever is tried, and give the settings that lead to its Flat."""
    sandbox = Sandbox()
    sandbox.start()
    try:
        yield sandbox_settings(sandbox)["flat"]
    finally:
        sandbox.stop()


def copy_without_package(folder: Path) -> Path:
    """Copy what a user reads and runs, and not the package itself."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in _FILES:
        shutil.copy(ROOT / name, folder)
    return folder


def build(folder: Path) -> Path:
    """Build the wheel into `folder`, as pip does, and give its path."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def main() -> int:
    """Run the trials that were asked for, and give 0 where nothing was wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.wheel", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trials", nargs="*", metavar="NAME", help=f"all without one: {', '.join(TRIALS)}")
    asked = parser.parse_args()
    if unknown := set(asked.trials) - TRIALS.keys():
        parser.error(f"there is no environment {min(unknown)}: {', '.join(TRIALS)}")
    problems: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="orgsdk-wheel-") as name, sandbox_environ() as environ:
        folder = Path(name)
        wheel = build(folder)
        copy = copy_without_package(folder / "copy")
        for chosen in asked.trials or TRIALS:
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
