"""Figures of the proofs in this run. They are printed at its end, and copied to docs/reliability.md by hand."""

COUNTS: list[str] = []
