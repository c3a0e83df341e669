"""The check of the documentation's sentences takes prose out of Markdown and finds what is too long or too vague."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING

import pytest

from tests.docs.blocks import ROOT

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.skipif(find_spec("proselint") is None, reason="needs proselint, of the group lint")


@pytest.fixture(scope="module")
def prose() -> ModuleType:
    spec = spec_from_file_location("prose", ROOT / ".ci" / "prose.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_code_tables_headings_and_comments_are_no_sentences(prose: ModuleType) -> None:
    page = (
        "# A title. With two.\n\n<!-- one. two -->\n```python\nx = 1. + 2\n```\n\n"
        "| a. b | c |\n\nOne `a.b` here. Two.\n"
    )
    assert [(each.line, each.text) for each in prose.sentences_of(page)] == [(10, "One code here."), (10, "Two.")]


def test_each_item_of_a_list_starts_a_sentence(prose: ModuleType) -> None:
    page = "Intro:\n\n- first\n  goes on\n- second [link](x.md)\n1. third\n"
    assert [each.text for each in prose.sentences_of(page)] == ["Intro:", "first goes on", "second link", "third"]


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (" ".join(["word"] * 29) + ".", "29 words"),
        ("It returns what is not a role.", "name the thing"),
        ("Who asks again may have two.", "a noun"),
        ("This is a very unique client.", "unique"),
    ],
)
def test_a_long_vague_or_riddling_sentence_is_reported_with_its_line(
    prose: ModuleType, sentence: str, message: str
) -> None:
    problems = prose.problems_of("page.md", f"First.\n\n{sentence}\n")
    assert problems
    assert problems[0].startswith("page.md:3: ")
    assert message in problems[0]


def test_a_page_of_passive_sentences_is_reported(prose: ModuleType) -> None:
    active, passive = "The client sends the page.\n\n", "The page is returned by it.\n\n"
    assert not prose.problems_of("page.md", active * 9 + passive)
    assert "passive" in prose.problems_of("page.md", passive * 10)[0]
