"""Sandbox of WorkOS, written from facts/workos.md and the official OpenAPI document; it imports nothing of the client.

Mentions of "facts" and "document" in this package mean these two. Where the official emulator differs from the
document, the setting `variant` selects one of them (`variants.py`).
"""
