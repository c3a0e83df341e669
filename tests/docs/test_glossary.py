"""The check of words: each replaced word is found, and its innocent senses are not."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

_SCRIPT = Path(__file__).parents[2] / ".ci" / "glossary.py"


@pytest.fixture(scope="module")
def glossary() -> Any:
    spec = importlib.util.spec_from_file_location("glossary", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["glossary"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("orgsdk/transport/pipeline.py", "self._way = _chain(policies)"),
        ("orgsdk/transport/pipeline.py", "the way of a call"),
        ("docs/errors.md", "The header says when to come back."),
        ("tests/test_client.py", "assert said in ended.stderr"),
        ("orgsdk/bulk/planning/guards.py", "kept = users_that_match(policy)"),
        ("orgsdk/bulk/planning/guards.py", "def _keep(users): keep users"),
        ("orgsdk/bulk/planning/target.py", "class Target: place: str"),
        ("orgsdk/bulk/planning/target.py", "there = snapshot.users"),
        ("orgsdk/resources/users.py", "Find the person with this address."),
        ("orgsdk/client.py", "List the people of an organization."),
        ("orgsdk/providers/logto/models/base.py", "class LogtoAnswer(BaseModel):"),
        ("docs/testing.md", "memory.lose_answer('users.create')"),
        ("orgsdk/cli/app.py", "from orgsdk.cli import words"),
    ],
)
def test_a_replaced_word_is_found(glossary: Any, path: str, line: str) -> None:
    assert glossary.problems_of(Path(path), line)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("docs/pagination.md", "orgsdk proves completeness in one of two ways:"),
        ("orgsdk/transport/urls.py", "This is the only way for an id to enter a URL."),
        ("orgsdk/bulk/roster/iterables.py", "External ids are kept."),
        ("docs/migration.md", "kept unchanged"),
        ("orgsdk/pagination/paginator.py", "While iterating, in place of the failed page"),
        ("orgsdk/providers/logto/lists.py", "two rows never change places"),
        ("orgsdk/sandbox/roster.py", "class Person: a person of the roster"),
        ("orgsdk/bulk/run/journal.py", "there is no earlier run"),
        ("docs/fastapi.md", "The health checks answer HEAD."),
    ],
)
def test_an_innocent_sense_is_not_found(glossary: Any, path: str, line: str) -> None:
    assert glossary.problems_of(Path(path), line) == []
