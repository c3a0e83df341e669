"""Options that several commands share, as cyclopts reads them off dataclasses."""
