"""Backends: one module for each HTTP library. No other package imports an HTTP library."""
