"""The table of docs/blocking.md names methods that exist. `tests/docs/test_blocks.py` runs the page's programs."""

from __future__ import annotations

import re
from pathlib import Path

from orgsdk import blocking

PAGE = (Path(__file__).parents[2] / "docs" / "blocking.md").read_text("utf-8")


def test_the_names_in_the_table_exist() -> None:
    for name in re.findall(r"`client\.(\w+)\(", PAGE):
        assert hasattr(blocking.OrgClient, name) or name == "aclose"
