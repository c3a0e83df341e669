"""The sandbox's Flat server, written from facts/flat.md."""
