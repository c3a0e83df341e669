r"""Half of a surrogate pair in `raw` can be printed."""

from __future__ import annotations

import json

from orgsdk.cli.output.console import escape_json
from orgsdk.cli.output.rows import format_cell


def test_half_a_surrogate_pair_is_printed_as_a_json_escape() -> None:
    raw = {"name": "x\ud83d"}
    written = escape_json(json.dumps(raw, ensure_ascii=False))
    assert json.loads(written.encode()) == raw


def test_half_a_surrogate_pair_in_a_table_is_a_replacement_character() -> None:
    assert format_cell({"name": "x\ud83d"}).encode().decode() == '{"name": "x\N{REPLACEMENT CHARACTER}"}'
