"""Every code block of the documentation runs unchanged, with each provider."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.blocks import (
    BLOCKS,
    DEFAULT_PROVIDERS,
    PAGES,
    PROVIDERS,
    ROOT,
    TUTORIALS,
    matches,
    needs_client,
    output_of,
    run,
)
from tests.docs.names import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.sandbox import Sandbox
    from tests.docs.blocks import Block

LANGUAGES = {"python", "sh", "toml", "json", "text", "csv", "sql"}
RUN = {*PROVIDERS, "peer"}
PYTHON = [
    (page, provider)
    for page in sorted({block.page for block in BLOCKS})
    for provider in PROVIDERS
    if any(block.page == page and block.runs_at(provider) for block in BLOCKS)
]


@pytest.mark.parametrize(("page", "provider"), PYTHON)
def test_a_pages_python_runs(
    environ: Callable[[str], dict[str, str]],
    sandbox: Sandbox,
    capsys: pytest.CaptureFixture[str],
    page: str,
    provider: str,
) -> None:
    chosen = environ(provider)
    organization_id = getattr(sandbox, provider).organization_id
    names: dict[str, Any] = {"__name__": "docs", "org_id": organization_id}
    for block in BLOCKS:
        if block.page == page and block.runs_at(provider):
            names.update({name: NAMES[name] for name in block.notes.get("names", ())})
            # Replace the organization of the pages by that of the sandbox.
            text = block.text.replace('"org_id"', repr(organization_id))
            capsys.readouterr()
            run(type(block)(block.page, block.language, block.line, text, block.notes), names, chosen)
            printed = capsys.readouterr().out
            if (expected := output_of(block, provider)) is not None:
                assert matches(expected, printed), f"{block.where} prints:\n{printed}"


@pytest.mark.parametrize("provider", DEFAULT_PROVIDERS)
def test_the_first_ten_calls_can_be_run_again(environ: Callable[[str], dict[str, str]], provider: str) -> None:
    (ten,) = (block for block in BLOCKS if block.page.endswith("getting-started.md") and "everybody" in block.text)
    for _ in range(2):
        run(ten, {"__name__": "docs"}, environ(provider))


@pytest.mark.parametrize("page", sorted({block.page for block in BLOCKS if needs_client(block)}))
def test_a_page_that_uses_an_undefined_client_explains_it(page: str) -> None:
    assert "getting-started.md#how-the-examples-are-run" in (ROOT / page).read_text("utf-8")


@pytest.mark.parametrize("block", [block for block in BLOCKS if "tested" in block.notes], ids=lambda block: block.where)
def test_a_block_with_its_own_test_has_one(block: Block) -> None:
    (test,) = block.notes["tested"]
    assert f'"{Path(block.page).name}"' in (ROOT / test).read_text("utf-8")


# Commands


_INSTALL = re.compile(
    r"(?:python3? -m )?pip install "
    r'(?:--upgrade pip|-c constraints.txt --group lint|.*?"[.\w]*\[(?P<extras>[\w,]+)\]").*'
)
# These run in .ci/run, in other tests, or endlessly; here they must only exist.
_NOT_RUN = re.compile(
    r"orgsdk (sandbox|demo|conformance|scim serve|--install-completion).*|python3? -m (venv|mkdocs|pytest|benchmarks).*"
    r"|python3? examples/.*|(?:[A-Z_]+=\S+ )*uvicorn .*"
)
_SETTING = re.compile(r"export (?P<name>[A-Z_]+)=(?P<value>\S*)")


@pytest.mark.parametrize(
    "block",
    [block for block in BLOCKS if block.language == "sh" and "tested" not in block.notes],
    ids=lambda block: block.where,
)
def test_a_pages_commands_run(
    environ: Callable[[str], dict[str, str]], programs: str, block: Block, tmp_path: Path
) -> None:
    from orgsdk.cli.app import COMMANDS

    (provider,) = block.notes.get("run", ("logto",))
    environ(provider)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    lines = []
    for line in block.text.splitlines():
        if install := _INSTALL.fullmatch(line):
            assert install["extras"] is None or set(install["extras"].split(",")) <= extras.keys()
        elif setting := _SETTING.fullmatch(line):
            own = ("ORGSDK_", "FLAT_", "LOGTO_", "SCIM_", "WORKOS_")
            assert setting["name"].startswith((*own, "ACME_", "HTTPS_", "NO_"))
        elif command := _NOT_RUN.fullmatch(line):
            assert command[1] is None or command[1].split()[0] in {*COMMANDS, "--install-completion"}
        else:
            lines.append(line.replace("org_id", os.environ["ORGSDK_ORGANIZATION"]))
    script = "\n".join(lines)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": programs, "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == int(block.notes.get("exit", ("0",))[0]), f"{script}\n{ran.stderr}"
    if (expected := output_of(block, provider)) is not None:
        assert matches(expected, ran.stdout), f"{block.where} prints:\n{ran.stdout}"


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "toml"], ids=lambda block: block.where
)
def test_a_pages_toml_is_read(block: Block, tmp_path: Path) -> None:
    from orgsdk.cli.profiles import profile_names, read_profile

    path = tmp_path / "config.toml"
    path.write_text(block.text, "utf-8")
    path.chmod(0o600)
    if "profiles" in tomllib.loads(block.text):
        assert all(read_profile(path, name) for name in profile_names(path))


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "json"], ids=lambda block: block.where
)
def test_a_pages_json_is_json(block: Block) -> None:
    for text in [block.text] if block.text.lstrip().startswith(("[", "{\n")) else block.text.splitlines():
        json.loads(text)


def test_every_block_has_a_language() -> None:
    unknown = [
        f"{block.where}: {block.language or 'no language'}" for block in BLOCKS if block.language not in LANGUAGES
    ]
    assert unknown == []
    assert [block.where for block in BLOCKS if not set(block.notes.get("run", ())) <= RUN] == []
    # A fence that the pattern does not match would never run.
    fences = sum(
        len(re.findall(r"^`{3,}", page.read_text("utf-8"), re.MULTILINE)) for page in PAGES if page not in TUTORIALS
    )
    assert fences == 2 * len(BLOCKS)


def test_an_output_follows_the_block_that_prints_it() -> None:
    shown = [block for block in BLOCKS if "output" in block.notes]
    assert [block.where for block in shown if block.language != "text"] == []
    assert [block.where for block in shown if not {*block.notes["output"]} <= {*PROVIDERS, "all"}] == []
    varied = [block for block in BLOCKS if "varies" in block.notes]
    assert [block.where for block in varied if "output" not in block.notes] == []
    assert [block.where for block in varied if not all(part in block.text for part in block.notes["varies"])] == []
    before = [BLOCKS[BLOCKS.index(block) - 1] for block in shown]
    assert [block.where for block in before if block.language not in {"python", "sh"} or "tested" in block.notes] == []


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("80 teachers\n", "80 teachers\n", True),
        ("80 teachers\n", "81 teachers\n", False),
        ("id …: Ada\n", "id 7f3: Ada\n", True),
        ("first\n…\nlast\n", "first\n1\n2\nlast\n", True),
        ("first\n…\nlast\n", "first\nlast\n", True),
        ("first\n…\nlast\n", "first\n1\n", False),
        ("a.b\n", "axb\n", False),
    ],
)
def test_an_output_is_compared_with_what_is_printed(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same


def test_every_install_command_works_in_a_checkout() -> None:
    # orgsdk is on no package index: a page that prints `pip install orgsdk` prints a command that fails.
    wrong = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in [*PAGES, *sorted((ROOT / "examples").rglob("*.md"))]
        for match in re.finditer(r"pip install[^\n`]*", path.read_text("utf-8"))
        if re.search(r"(?<![\w/-])orgsdk\b(?!\s)", match[0].removeprefix("pip install"))
    ]
    assert not wrong
