"""Measurements of orgsdk: `python -m benchmarks`."""
