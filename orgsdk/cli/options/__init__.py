"""Options that several commands share, as dataclasses that cyclopts reads."""
