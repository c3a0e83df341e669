"""The picture of the architecture in docs/contributing.md: it is current, and imports point down."""

from __future__ import annotations

import re

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


def test_the_files_that_the_page_names_exist() -> None:
    page = (architecture.ROOT / "docs" / "contributing.md").read_text("utf-8")
    paths = set(re.findall(r"`((?:orgsdk|tests|docs|examples|scripts|\.ci)/[\w./-]+)`", page))
    assert len(paths) > 25
    assert [path for path in sorted(paths) if not (architecture.ROOT / path).exists()] == []
