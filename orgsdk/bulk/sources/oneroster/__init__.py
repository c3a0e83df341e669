"""Rosters in OneRoster's CSV files, versions 1.1 and 1.2."""

from orgsdk.bulk.sources.oneroster.reader import read_oneroster

__all__ = ["read_oneroster"]
