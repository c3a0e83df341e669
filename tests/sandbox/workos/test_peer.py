"""WorkOS's own emulator and the sandbox answer the same calls: `python -m pytest -m peer tests/sandbox/workos -s`.

Each difference needs a row with its reason, and each row a difference.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pytest

from orgsdk.sandbox import Sandbox
from orgsdk.sandbox.workos.variants import DOCUMENT, EMULATOR, Variant
from tests.sandbox.workos.peer_steps import STEPS, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workos_emulator import Emulator

pytestmark = pytest.mark.peer

Rows = list[tuple[str, str, str]]
"""Patterns of a call and of a member of its answer, and the reason for the difference."""

AGAINST_DOCUMENT: Rows = []
AGAINST_EMULATOR: Rows = []


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox whose environment is empty, as the emulator's is."""
    sandbox = Sandbox([])
    sandbox.start()
    store = sandbox.workos.store
    for table in (store.organizations, store.domains, store.roles, store.permissions):
        for row in list(table):
            table.remove(row.id)
    yield sandbox
    sandbox.stop()


@pytest.mark.parametrize(
    ("variant", "rows"), [(DOCUMENT, AGAINST_DOCUMENT), (EMULATOR, AGAINST_EMULATOR)], ids=["document", "emulator"]
)
def test_each_difference_has_a_reason(
    workos_emulator: Emulator, sandbox: Sandbox, variant: Variant, rows: Rows
) -> None:
    sandbox.workos.variant = variant
    servers = ((workos_emulator.url, workos_emulator.api_key), (sandbox.workos_url, sandbox.workos.api_key))
    answers = []
    for url, api_key in servers:
        with httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {api_key}"}, trust_env=False, timeout=30
        ) as http:
            answers.append(list(run(http)))
    used: Counter[tuple[str, str, str]] = Counter()
    unexplained: list[str] = []
    for (step, theirs), (_, ours) in zip(*answers, strict=True):
        for member in sorted(theirs.keys() | ours.keys()):
            their_value, our_value = theirs.get(member, "nothing"), ours.get(member, "nothing")
            if their_value == our_value:
                continue
            row = next((row for row in rows if re.search(row[0], step.label) and re.search(row[1], member)), None)
            if row is None:
                unexplained.append(f"{step.label} {step.body}: {member}: {their_value} / {our_value}")
            else:
                used[row] += 1
    print(f"\n{len(STEPS)} calls; emulator against the sandbox, {'document' if variant == DOCUMENT else 'emulator'}:")
    for row in rows:
        print(f"| {row[0]} | {row[1]} | {used[row]} | {row[2]} |")
    assert unexplained == []
    assert [row for row in rows if not used[row]] == []
