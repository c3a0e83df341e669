"""What the proofs of this run counted: told at its end, and copied from there into docs/reliability.md."""

COUNTS: list[str] = []
