"""Backends: one module for each HTTP library. Private to orgsdk."""
