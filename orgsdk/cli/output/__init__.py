"""Output: consoles, the fields of records, and the table, JSON and CSV writers."""
