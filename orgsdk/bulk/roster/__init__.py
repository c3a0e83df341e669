"""Read a roster: CSV, JSON Lines, OneRoster, iterables and another provider's users."""

from __future__ import annotations

from orgsdk.bulk.roster.csv_file import read_csv
from orgsdk.bulk.roster.iterables import as_roster, from_users
from orgsdk.bulk.roster.jsonl_file import read_jsonl
from orgsdk.bulk.roster.oneroster import read_oneroster

__all__ = ["as_roster", "from_users", "read_csv", "read_jsonl", "read_oneroster"]
