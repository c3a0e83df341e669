"""What helps to test: a conformance kit for providers, and fixtures for those who use the client.

`orgsdk.testing.conformance` proves a provider right; `orgsdk.testing.plugin` is the pytest plugin that comes with
orgsdk. Nothing of either is loaded before it is used.
"""
