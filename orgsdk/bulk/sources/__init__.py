"""The sources of a roster: files, iterables, and another provider's lists."""

from __future__ import annotations

from orgsdk.bulk.sources.csv_file import read_csv
from orgsdk.bulk.sources.jsonl_file import read_jsonl
from orgsdk.bulk.sources.oneroster import read_oneroster
from orgsdk.bulk.sources.users import as_roster, from_users

__all__ = ["as_roster", "from_users", "read_csv", "read_jsonl", "read_oneroster"]
