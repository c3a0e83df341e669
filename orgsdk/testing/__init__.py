"""Tools for tests: a conformance kit for providers, and pytest fixtures for code that uses the client."""
