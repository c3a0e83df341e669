"""docs/architecture.md: its picture is current, imports point down, and what the pages and comments name exists."""

from __future__ import annotations

import re

import pytest

from scripts import architecture


def test_the_picture_is_current() -> None:
    current = architecture.render(architecture.read_imports())
    assert architecture.PICTURE.read_text("utf-8") == current, "run: python scripts/architecture.py"


def test_no_import_points_up() -> None:
    rows = {name: row for row, (_, _, names) in enumerate(architecture._LAYERS) for name in names}
    graph = architecture.read_imports()
    assert set(graph) == set(rows)
    assert [
        (source, target) for source, targets in graph.items() for target in targets if rows[source] > rows[target]
    ] == []


def test_an_edge_that_a_longer_path_implies_is_omitted() -> None:
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert architecture.without_indirect(graph) == {"a": {"b"}, "b": {"c"}, "c": set()}


@pytest.mark.parametrize(("page", "least"), [("architecture.md", 8), ("contributing.md", 25), ("reliability.md", 2)])
def test_the_files_that_a_page_names_exist(page: str, least: int) -> None:
    text = (architecture.ROOT / "docs" / page).read_text("utf-8")
    paths = set(re.findall(r"`(?:python )?((?:orgsdk|tests|docs|examples|scripts|\.ci|\.github)/[\w./-]+)[` ]", text))
    assert len(paths) > least
    assert [path for path in sorted(paths) if not (architecture.ROOT / path).exists()] == []


def test_comments_name_decisions_of_the_page() -> None:
    page = (architecture.ROOT / "docs" / "architecture.md").read_text("utf-8")
    decisions = set(re.findall(r"^(\d+)\. \*\*", page, re.MULTILINE))
    texts = {path: path.read_text("utf-8") for path in (architecture.ROOT / "orgsdk").rglob("*.py")}
    named = {(path, found) for path, text in texts.items() for found in re.findall(r"([\w./]+), decision (\d+)", text)}
    assert len(named) > 10
    assert [path for path, (where, number) in named if where != "docs/architecture.md" or number not in decisions] == []
