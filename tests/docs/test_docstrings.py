"""Docstrings: each method documents its errors, and each example runs unchanged."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

import orgsdk
from orgsdk import blocking, bulk, resources, scim
from orgsdk.pagination import PrefetchIterator
from orgsdk.providers.flat import FlatAPI
from orgsdk.providers.logto import LogtoAPI
from tests.docs import examples
from tests.docs.blocks import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orgsdk.sandbox import Sandbox

PACKAGE = Path(orgsdk.__file__).parent
VERBS = [
    *[getattr(resources, name) for name in resources.__all__],
    *[getattr(blocking, name) for name in blocking.__all__],
    *(orgsdk.Paginator, PrefetchIterator, FlatAPI, LogtoAPI),
]
# Closing raises no documented error.
ENDS = {"close"}
_RAISES = re.compile(r"\b[Rr]aises\b")


@pytest.mark.parametrize("kind", VERBS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_method_documents_its_errors(kind: type) -> None:
    silent = [
        name
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and name not in ENDS and not _RAISES.search(inspect.getdoc(method) or "")
    ]
    assert silent == []


def test_every_function_of_bulk_documents_its_errors() -> None:
    functions = [found for name in vars(bulk)["__all__"] if inspect.isfunction(found := getattr(bulk, name))]
    assert len(functions) == 11
    assert [function.__name__ for function in functions if not _RAISES.search(inspect.getdoc(function) or "")] == []


def _docstrings(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "lineno", 1), text


_EXAMPLE = re.compile(r"^Example:(?:\n(?P<below>(?: {4}.*|\n)+)|(?P<beside>.*(?:\n.+)*))", re.MULTILINE)


def _examples() -> Iterator[Block]:
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if "cli" not in path.parts]
    # Parsing the whole package would take each worker seconds.
    public = [path for path in files if "Example:" in path.read_text("utf-8")]
    for path in public:
        for line, docstring in _docstrings(path):
            for found in _EXAMPLE.finditer(docstring):
                below, beside = found["below"], found["beside"]
                for text in [_without_backticks(textwrap.dedent(below))] if below else _code(beside):
                    yield Block(path.relative_to(PACKAGE.parent).as_posix(), "python", line, text, {})


def _without_backticks(text: str) -> str:
    line = text.strip()
    return line.removeprefix("``").removesuffix("``") if line.startswith("``") and not line.startswith("```") else text


def _code(text: str) -> list[str]:
    # Without names and paths, which surround some examples.
    return [span for span in re.findall(r"`([^`]+)`", text) if re.search(r"[( ]", span)]


FOUND = list(_examples())


def test_the_examples_are_found() -> None:
    assert len(FOUND) > 50


@pytest.mark.parametrize("example", FOUND, ids=lambda example: example.where)
def test_an_example_runs(example: Block, environ: Callable[[str], dict[str, str]], sandbox: Sandbox) -> None:
    provider = "flat" if "get_authenticated_user" in example.text else "logto"
    provider = next((name for name in ("flat", "workos") if f"/providers/{name}/" in example.page), provider)
    settings = environ(provider)
    organization = getattr(sandbox, provider).organization_id
    text = example.text.replace('"org_id"', repr(organization)).replace("…", "what-the-reader-has")
    if example.page.startswith("orgsdk/blocking"):
        with blocking.OrgClient.from_env(environ=settings) as client:
            exec(text, {**examples.blocking_names(client)})
    else:
        anyio.run(_run, text, settings, example)


async def _run(text: str, settings: dict[str, str], example: Block) -> None:
    async with orgsdk.OrgClient.from_env(environ=settings) as client:
        names = await examples.names(client, example.page)
        tree = ast.parse(text, example.where)
        if isinstance(tree.body[0], ast.Return):  # of a path operation
            tree = ast.parse(text.removeprefix("return "), example.where)
        code = compile(tree, example.where, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        with anyio.fail_after(60):
            result = eval(code, names)
            if inspect.isawaitable(result):
                await result
        if isinstance(id_map := names.get("id_map"), scim.IdMap):
            await id_map.aclose()  # its file is locked until then
