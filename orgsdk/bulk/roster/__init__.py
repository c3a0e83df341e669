"""Read a roster: CSV, JSON Lines, OneRoster, iterables and another provider's users."""
