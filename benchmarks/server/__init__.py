"""The loopback server that the contenders list from: `serving` starts it in a process of its own."""

from benchmarks.server.process import Server, serving

__all__ = ["Server", "serving"]
