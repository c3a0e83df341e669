"""The documentation as a whole: complete, up to date with the code, and built from here alone."""

from __future__ import annotations

import functools
import importlib
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
import yaml

from orgsdk.domain import Capability
from tests.docs.blocks import DOCS, PAGES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC = [
    "orgsdk",
    "orgsdk.blocking",
    "orgsdk.bulk",
    "orgsdk.domain",
    "orgsdk.fastapi",
    "orgsdk.pagination",
    "orgsdk.providers",
    "orgsdk.resources",
    "orgsdk.sandbox",
    "orgsdk.testing.conformance",
]
# Modules of which every public name stands in the reference, by one line.
WHOLE = {"orgsdk.providers.base", "orgsdk.providers.discovery", "orgsdk.testing.plugin"}
GENERATED = {"reference/command-line.md"}


@functools.cache
def _directives() -> frozenset[str]:
    texts = [page.read_text("utf-8") for page in sorted((DOCS / "reference").glob("*.md"))]
    return frozenset(name for text in texts for name in re.findall(r"^::: ([\w.]+)$", text, re.MULTILINE))


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_is_in_the_reference(module: str) -> None:
    found = importlib.import_module(module)
    assert [name for name in found.__all__ if id(getattr(found, name)) not in _referred()] == []


@functools.cache
def _referred() -> frozenset[int]:
    pairs = [directive.rpartition(".") for directive in _directives() if directive not in WHOLE]
    # By identity: a name may stand in the reference under the module that makes it, or under one that passes it on.
    return frozenset(id(getattr(importlib.import_module(module), name)) for module, _, name in pairs)


def test_the_contract_is_in_the_reference_as_a_whole() -> None:
    assert _directives() >= WHOLE


def test_the_matrix_is_what_the_providers_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    page = importlib.import_module("capability_matrix").render()
    assert (DOCS / "capabilities.md").read_text("utf-8") == page, "run: python scripts/capability_matrix.py"
    assert [capability for capability in Capability if capability.value not in page] == []


def _nav(entries: list[object]) -> Iterator[str]:
    for entry in entries:
        values = entry.values() if isinstance(entry, dict) else [entry]
        for value in values:
            yield from _nav(value) if isinstance(value, list) else [str(value)]


def test_every_page_is_in_the_navigation_and_is_there() -> None:
    listed = list(_nav(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))
    assert len(listed) == len(set(listed))
    assert set(listed) - GENERATED == {page.relative_to(DOCS).as_posix() for page in PAGES}


class _Resources(HTMLParser):
    """Collect what a browser fetches for a page by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        links = tag == "link" and (given.get("rel") or "") in {"stylesheet", "preconnect", "icon", "preload"}
        if links or tag in {"script", "img", "iframe", "source"}:
            self.fetched += [value for name in ("src", "href") if (value := given.get(name))]


@pytest.mark.skipif(find_spec("mkdocs") is None, reason='needs the extra: pip install "orgsdk[docs]"')
def test_the_site_is_built_strictly_and_fetches_nothing(tmp_path: Path) -> None:
    site = tmp_path / "site"
    # Whatever it asked a network for would fail.
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:1")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    built = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **nowhere}, capture_output=True, text=True, check=False, timeout=300
    )
    assert built.returncode == 0, built.stderr
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        resources = _Resources()
        resources.feed(page.read_text("utf-8"))
        assert [url for url in resources.fetched if url.startswith(("http:", "https:", "//"))] == [], page.name
    reference = (site / "reference" / "command-line.html").read_text("utf-8")
    assert "set-roles" in reference
    assert "--page-size" in reference
    styles = "".join(sheet.read_text("utf-8") for sheet in site.rglob("*.css"))
    assert re.findall(r"url\(['\"]?(?:https?:)?//[^)]*\)", styles) == []
