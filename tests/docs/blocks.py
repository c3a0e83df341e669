"""The code blocks of the documentation, and how to run one.

A page's Python blocks share one namespace and run in order, once at Flat and once at Logto, in a sandbox of their own.
They find `client` and `org` (`client.organization()`) there and may await at the top level; a function that takes one
of the two alone is called. The settings that they make a provider with lead to the sandbox, whatever they are. A
comment above a block states what differs:

    <!-- run: flat -->      at Flat alone (or `logto`, or `workos`)
    <!-- run: peer -->      with the provider's own client, in `test_peers.py`
    <!-- tested: tests/testing/test_docs.py -->   not here, but there
    <!-- names: open_in_browser, store -->   names that the reader has, from `NAMES`
    <!-- output: flat -->   above a `text` block: what the block before it prints, at Flat alone (or `all`); `…` is any
                            text, and a line of `…` is any lines
    <!-- varies: 2fa3c, 09:30 -->   beside `output`: parts of it that differ from one run to the next

The pages in docs/tutorials, and those in `FOLLOWED`, run as a reader follows them: see test_tutorials.py.
"""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import anyio

from orgsdk import OrgClient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DEFAULT_PROVIDERS = ("flat", "logto")
PROVIDERS = (*DEFAULT_PROVIDERS, "workos")
_FENCE = re.compile(
    r"(?P<notes>(?:^<!--.*?-->\n+)*)^(?P<mark>`{3,})(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=mark)$",
    re.MULTILINE | re.DOTALL,
)
_NOTE = re.compile(r"<!--\s*(\w+):\s*(.*?)\s*-->")


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is the line of its first line in the page, `notes` its comments."""

    page: str
    language: str
    line: int
    text: str
    notes: Mapping[str, tuple[str, ...]]

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    def runs_at(self, provider: str) -> bool:
        chosen = set(self.notes.get("run", DEFAULT_PROVIDERS))
        return self.language == "python" and provider in chosen and "tested" not in self.notes


def blocks_of(path: Path) -> list[Block]:
    """Return a page's blocks, in order."""
    text = path.read_text("utf-8")
    return [
        Block(
            page=path.relative_to(ROOT).as_posix(),
            language=found["language"],
            line=text.count("\n", 0, found.start("text")) + 1,
            text=found["text"],
            notes={key: tuple(re.split(r",\s*|\s+", value)) for key, value in _NOTE.findall(found["notes"])},
        )
        for found in _FENCE.finditer(text)
    ]


def needs_client(block: Block) -> bool:
    """Return whether a block uses a client, or the handle of its organization, without creating it."""
    return any(block.runs_at(provider) for provider in PROVIDERS) and _needs_client(ast.parse(block.text))


def matches(expected: str, printed: str) -> bool:
    """Return whether a program printed what a page shows; `…` is any text, and a line of `…` is any lines."""
    lines = (
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()).replace("…", ".*") + r" *\n"
        for line in expected.strip("\n").splitlines()
    )
    return re.fullmatch("".join(lines), printed.strip("\n") + "\n") is not None


PAGES = sorted(DOCS.rglob("*.md"))
# Pages that a reader follows from their first block to their last.
FOLLOWED = {"fleet-every-night.md"}
TUTORIALS = [page for page in PAGES if page.parent.name == "tutorials" or page.name in FOLLOWED]
BLOCKS = [block for page in PAGES if page not in TUTORIALS for block in blocks_of(page)]


def output_of(block: Block, provider: str) -> str | None:
    """Return the output that the page shows below a block, or None."""
    index = BLOCKS.index(block) + 1
    following = BLOCKS[index] if index < len(BLOCKS) else None
    if following is None or following.page != block.page or "output" not in following.notes:
        return None
    if not {*following.notes["output"]} & {provider, "all"}:
        return None
    text = following.text
    for part in sorted(following.notes.get("varies", ()), key=len, reverse=True):
        text = text.replace(part, "…")
    return text


def run(block: Block, names: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Run a Python block in `names`, in an event loop if it awaits at the top level."""
    tree = ast.parse(block.text, block.where)
    ast.increment_lineno(tree, block.line - 1)
    code = compile(tree, block.page, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    awaits = bool(code.co_flags & inspect.CO_COROUTINE)
    calls = [node.name for node in tree.body if _takes_client_alone(node)]
    if not (awaits or calls or _needs_client(tree)):
        exec(code, names)
        return

    async def main() -> None:
        async with OrgClient.from_env(environ=environ) as client:
            given = {"client": client, "org": client.organization()}
            names.update(given)
            with anyio.fail_after(60):
                await _awaited(eval(code, names))
                for name in calls:
                    function = names[name]
                    wanted = given.keys() & inspect.signature(function).parameters.keys()
                    await _awaited(function(**{name: given[name] for name in wanted}))

    anyio.run(main)


async def _awaited(result: object) -> None:
    if inspect.isawaitable(result):
        await result


def _takes_client_alone(node: ast.stmt) -> TypeGuard[ast.AsyncFunctionDef]:
    """Return whether it is a function that takes a client, or an organization's handle."""
    if not isinstance(node, ast.AsyncFunctionDef) or node.decorator_list or node.args.vararg or node.args.kwarg:
        return False
    required = [argument.arg for argument in node.args.args[: len(node.args.args) - len(node.args.defaults)]]
    return len(required) == 1 and required[0] in {"client", "org"} and all(node.args.kw_defaults)


def _needs_client(tree: ast.Module) -> bool:
    given = {"client", "org"}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in given]
    made = {node.id for node in found if isinstance(node.ctx, ast.Store)}
    made |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return any(node.id not in made for node in found)
