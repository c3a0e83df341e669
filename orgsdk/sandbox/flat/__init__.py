"""The sandbox's Flat server: facts/flat.md over real HTTP."""
