"""Draw docs/architecture.svg: the packages of orgsdk and which imports which, from the imports in the code.

python scripts/architecture.py
"""

from __future__ import annotations

import ast
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "architecture.svg"

# The parts of this package are boxes of their own, because there are import rules between them.
_SPLIT = "orgsdk.providers"
# The rows of the picture from top to bottom: title, colour, packages. docs/architecture.md explains the layers.
_LAYERS = (
    ("Interfaces", "#dbeafe", ("cli", "testing", "fastapi", "blocking")),
    ("Rosters; test servers", "#e0e7ff", ("bulk", "sandbox")),
    ("Client", "#ede9fe", ("client",)),
    (
        "Providers",
        "#fce7f3",
        ("providers.flat", "providers.logto", "providers.memory", "providers.scim", "providers.workos"),
    ),
    ("Resources, kit", "#ffedd5", ("resources", "providers.http", "providers.discovery")),
    ("Contract, transport", "#fef9c3", ("pagination", "transport", "providers.base", "telemetry")),
    ("Models", "#dcfce7", ("domain", "options", "events", "responses")),
    ("Errors", "#dcfce7", ("errors",)),
)
# Modules that are drawn as a part of another box.
_PARTS = {"providers.operations": "providers.base", "providers.user_operations": "providers.base"}
_BOX_WIDTH, _BOX_HEIGHT, _GAP, _ROW, _TITLE_WIDTH = 146, 34, 20, 80, 160

_FONT = 'font-family="sans-serif" font-size="13"'
_ARROW_HEAD = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"'

Graph = dict[str, set[str]]


def read_imports(root: Path = ROOT) -> Graph:
    """Return the packages that each package imports, without imports for type checkers."""
    graph: Graph = defaultdict(set)
    for path in sorted((root / "orgsdk").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        source = _group(module)
        if source is None:
            continue
        graph[source] |= set()
        for imported in _imports(ast.parse(path.read_text("utf-8"))):
            target = _group(imported)
            if target is not None and target != source:
                graph[source].add(target)
    return dict(graph)


def _imports(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (name.name for name in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module and not child.level:
            # `from orgsdk.providers import flat` imports a module, `from orgsdk.errors import OrgError` a name.
            yield from (f"{child.module}.{name.name}" for name in child.names)
        yield from _imports(child)


def _group(module: str) -> str | None:
    if not module.startswith("orgsdk."):
        return None
    depth = 3 if module.startswith(f"{_SPLIT}.") else 2
    name = ".".join(module.split(".")[1:depth])
    name = _PARTS.get(name, name)
    # Modules that only re-export names are not part of the picture.
    return name if any(name in packages for _, _, packages in _LAYERS) else None


def without_indirect(graph: Graph) -> Graph:
    """Return the graph without the edges that a longer path implies."""

    def reach(start: str, skipped: str) -> set[str]:
        found: set[str] = set()
        waiting = [target for target in graph[start] if target != skipped]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += graph[name]
        return found

    return {
        source: {target for target in targets if target not in reach(source, target) or source in reach(target, "")}
        for source, targets in graph.items()
    }


def render(graph: Graph) -> str:
    """Return the picture as SVG."""
    rows = [(title, colour, [name for name in names if name in graph]) for title, colour, names in _LAYERS]
    width = _TITLE_WIDTH + max(len(names) for _, _, names in rows) * (_BOX_WIDTH + _GAP) + _GAP
    height = len(rows) * _ROW
    centres: dict[str, tuple[float, float]] = {}
    bands: list[str] = []
    boxes: list[str] = []
    for number, (title, colour, names) in enumerate(rows):
        middle = (number + 0.5) * _ROW
        bands.append(f'<text x="16" y="{middle + 4:.0f}" fill="#475569">{escape(title)}</text>')
        for index, name in enumerate(names):
            x = _TITLE_WIDTH + (width - _TITLE_WIDTH) * (index + 0.5) / len(names)
            centres[name] = (x, middle)
            boxes.append(_box(name, colour, x, middle))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {_FONT} role="img">',
        "<title>The packages of orgsdk. An arrow leads from a package to one that it imports.</title>",
        f'<defs><marker id="head" {_ARROW_HEAD}><path d="M0 0 8 4 0 8z" fill="#475569"/></marker></defs>',
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
        *bands,
        *_arrows(without_indirect(graph), centres),
        *boxes,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _arrows(graph: Graph, centres: Mapping[str, tuple[float, float]]) -> Iterable[str]:
    for source in sorted(graph):
        for target in sorted(graph[source]):
            (x1, y1), (x2, y2) = centres[source], centres[target]
            if y1 == y2:
                side = _BOX_WIDTH / 2 if x1 < x2 else -_BOX_WIDTH / 2
                line = f"M{x1 + side:.0f} {y1:.0f}H{x2 - side:.0f}"
            else:
                start, end = y1 + _BOX_HEIGHT / 2, y2 - _BOX_HEIGHT / 2
                middle = (start + end) / 2
                line = f"M{x1:.0f} {start:.0f}C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {end:.0f}"
            yield (
                f'<path d="{line}" fill="none" stroke="#475569" stroke-opacity=".7" marker-end="url(#head)">'
                f"<title>{escape(source)} imports {escape(target)}</title></path>"
            )


def _box(name: str, colour: str, x: float, y: float) -> str:
    return (
        f'<rect x="{x - _BOX_WIDTH / 2:.0f}" y="{y - _BOX_HEIGHT / 2:.0f}" width="{_BOX_WIDTH}" '
        f'height="{_BOX_HEIGHT}" rx="5" fill="{colour}" stroke="#64748b"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle" fill="#0f172a">{escape(name)}</text>'
    )


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(render(read_imports()), "utf-8")


if __name__ == "__main__":
    main()
