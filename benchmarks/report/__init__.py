"""What becomes of the numbers: tables on the terminal, a page in `docs/`, a picture."""
