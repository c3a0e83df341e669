"""The documentation site: complete, current, and built without a network."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import os
import re
import subprocess
import sys
import tomllib
import zlib
from html.parser import HTMLParser
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

import orgsdk
from orgsdk.domain import Capability, User
from orgsdk.options import DEFAULT_TIMEOUT
from tests.docs.blocks import BLOCKS, DOCS, PAGES, ROOT, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

needs_mkdocs = pytest.mark.skipif(
    find_spec("mkdocs") is None, reason='needs the group: pip install --group docs -e ".[all]"'
)

PUBLIC = [
    "orgsdk",
    "orgsdk.blocking",
    "orgsdk.bulk",
    "orgsdk.domain",
    "orgsdk.errors",
    "orgsdk.events",
    "orgsdk.fastapi",
    "orgsdk.fleet",
    "orgsdk.options",
    "orgsdk.pagination",
    "orgsdk.providers",
    "orgsdk.providers.flat",
    "orgsdk.providers.flat.models",
    "orgsdk.providers.http",
    "orgsdk.providers.logto",
    "orgsdk.providers.logto.models",
    "orgsdk.providers.scim",
    "orgsdk.providers.scim.models",
    "orgsdk.providers.workos",
    "orgsdk.providers.workos.models",
    "orgsdk.responses",
    "orgsdk.resources",
    "orgsdk.sandbox",
    "orgsdk.scim",
    "orgsdk.telemetry",
    "orgsdk.testing.conformance",
    "orgsdk.transport",
]
# Modules that the reference documents with one directive.
WHOLE = {
    "orgsdk.providers.base",
    "orgsdk.providers.discovery",
    "orgsdk.providers.operations",
    "orgsdk.providers.user_operations",
    "orgsdk.providers.settings",
    "orgsdk.sandbox.faults",
    "orgsdk.testing.plugin",
}
# Names that only orgsdk itself uses from public modules.
INTERNAL = {
    "T",
    "call_with_responses",
    "header_lines",
    "is_recording",
    "record_response",
    "shorten_traceback",
    "recording_responses",
}


@functools.cache
def _generated() -> dict[str, str]:
    # mkdocs loads it by its path too.
    found = spec_from_file_location("docs_hooks", ROOT / "scripts" / "docs_hooks.py")
    assert found is not None
    assert found.loader is not None
    hooks = module_from_spec(found)
    found.loader.exec_module(hooks)
    pages: dict[str, str] = hooks.pages()
    return pages


@functools.cache
def _directives() -> frozenset[str]:
    texts = [page.read_text("utf-8") for page in sorted((DOCS / "reference").glob("*.md"))]
    texts += _generated().values()
    return frozenset(name for text in texts for name in re.findall(r"^::: ([\w.]+)$", text, re.MULTILINE))


def _public_names(module: ModuleType) -> list[str]:
    made = [name for name, found in vars(module).items() if getattr(found, "__module__", None) == module.__name__]
    return [name for name in getattr(module, "__all__", made) if not name.startswith("_") and name not in INTERNAL]


@needs_mkdocs
@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_is_in_the_reference(module: str) -> None:
    found = importlib.import_module(module)
    names = _public_names(found)
    assert names
    assert [name for name in names if id(getattr(found, name)) not in _referred()] == []


def test_every_package_that_exports_names_is_public_or_internal() -> None:
    internal = {
        "orgsdk.cli",  # the command
        *("orgsdk.providers.flat.native", "orgsdk.providers.logto.native", "orgsdk.providers.memory"),  # re-exported
        *("orgsdk.providers.scim.native", "orgsdk.providers.workos.native"),
        *("orgsdk.providers.logto.requests", "orgsdk.testing.conformance.checks"),
    }
    package = Path(orgsdk.__file__).parent
    packages = [path.parent for path in package.rglob("__init__.py") if "__all__" in path.read_text("utf-8")]
    exporting = {".".join(folder.relative_to(package.parent).parts) for folder in packages}
    assert exporting - {*PUBLIC} == internal


@functools.cache
def _referred() -> frozenset[int]:
    pairs = [directive.rpartition(".") for directive in _directives() if directive not in WHOLE]
    # By identity: the reference can list a name in the module that defines it or in one that re-exports it.
    found = {id(getattr(importlib.import_module(module), name)) for module, _, name in pairs}
    for whole in WHOLE:
        module = importlib.import_module(whole)
        found |= {id(getattr(module, name)) for name in _public_names(module)}
    return frozenset(found)


@needs_mkdocs
def test_the_whole_contract_is_in_the_reference() -> None:
    assert _directives() >= WHOLE


@needs_mkdocs
def test_every_imported_name_of_the_pages_is_in_the_reference() -> None:
    # What a test compares with the file that it is from may be a part of a method.
    texts = [
        block.text
        for block in [*BLOCKS, *blocks_of(ROOT / "README.md")]
        if block.language == "python" and "tested" not in block.notes
    ]
    texts += [path.read_text("utf-8") for path in (ROOT / "examples").rglob("*.py")]
    imports = [
        (node.module, name.name)
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "orgsdk"
        for name in node.names
    ]
    assert len(imports) > 100
    found = {
        f"{module}.{name}": getattr(importlib.import_module(str(module)), name)
        for module, name in imports
        if module not in WHOLE
    }
    assert [name for name, it in found.items() if not (inspect.ismodule(it) or id(it) in _referred())] == []


def test_the_capability_table_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    page = importlib.import_module("capability_matrix").render()
    assert (DOCS / "capabilities.md").read_text("utf-8") == page, "run: python scripts/capability_matrix.py"
    assert [capability for capability in Capability if capability.value not in page] == []


def _nav(entries: list[object]) -> Iterator[str]:
    for entry in entries:
        values = entry.values() if isinstance(entry, dict) else [entry]
        for value in values:
            yield from _nav(value) if isinstance(value, list) else [str(value)]


@needs_mkdocs
def test_the_navigation_lists_every_page() -> None:
    listed = list(_nav(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))
    assert len(listed) == len(set(listed))
    assert set(listed) - _generated().keys() == {page.relative_to(DOCS).as_posix() for page in PAGES}


@needs_mkdocs
def test_the_site_links_to_the_repository_of_the_package() -> None:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    assert yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["repo_url"] == urls["Repository"]


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_the_top_level_pages_link_to_files_of_the_repository(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text("utf-8"))
    assert links or page == "CHANGELOG.md"
    assert [link for link in links if not (ROOT / link).exists()] == []


class _Resources(HTMLParser):
    """Collect the resources that a browser fetches for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        links = tag == "link" and (given.get("rel") or "") in {"stylesheet", "preconnect", "icon", "preload"}
        if links or tag in {"script", "img", "iframe", "source"}:
            self.fetched += [value for name in ("src", "href") if (value := given.get(name))]


@needs_mkdocs
def test_the_site_builds_and_fetches_nothing(tmp_path: Path) -> None:
    site = tmp_path / "site"
    # Requests to a network fail.
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:1")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    built = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **nowhere}, capture_output=True, text=True, check=False, timeout=300
    )
    assert built.returncode == 0, built.stderr
    assert "Formatting signatures requires" not in built.stderr  # without a formatter, long signatures are truncated
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        resources = _Resources()
        resources.feed(page.read_text("utf-8"))
        assert [url for url in resources.fetched if url.startswith(("http:", "https:", "//"))] == [], page.name
    reference = (site / "reference" / "command-line.html").read_text("utf-8")
    assert "set-roles" in reference
    assert "--page-size" in reference
    _check_reference(site)
    styles = "".join(sheet.read_text("utf-8") for sheet in site.rglob("*.css"))
    assert re.findall(r"url\(['\"]?(?:https?:)?//[^)]*\)", styles) == []


def _check_reference(site: Path) -> None:
    """Compare the rendered reference with the code, because a directive can render nothing."""
    shown = _inventory(site / "objects.inv")
    verbs = ("orgsdk.blocking", "orgsdk.client", "orgsdk.pagination.paginator", "orgsdk.resources")
    pairs = [directive.rpartition(".") for directive in _directives() if directive not in WHOLE]
    classes = [getattr(importlib.import_module(module), name) for module, _, name in pairs]
    members = {
        f"{kind.__module__}.{kind.__qualname__}.{name}"
        for kind in classes
        if inspect.isclass(kind) and kind.__module__.startswith(verbs)
        for name in dir(kind)
        if not name.startswith("_")
    }
    assert len(members) > 100
    assert members - shown == set()
    fields = (site / "reference" / "domain.html").read_text("utf-8")
    assert all(re.search(rf"\b{name}\b", fields) for name in [*User.model_fields, *Capability.__members__])
    client = re.sub(r"<[^>]+>", "", (site / "reference" / "client.html").read_text("utf-8"))
    assert f"timeout: float = {DEFAULT_TIMEOUT}" in client
    # `orgsdk.fastapi.health` is a module and an exported function.
    modules = {
        page.name: page.read_text("utf-8").count("doc-symbol-heading doc-symbol-module")
        for page in site.glob("reference/*.html")
    }
    assert sum(modules.values()) == len(WHOLE), modules


def _inventory(path: Path) -> set[str]:
    *_, packed = path.read_bytes().split(b"\n", 4)
    return {line.split(" ", 1)[0] for line in zlib.decompress(packed).decode().splitlines()}
