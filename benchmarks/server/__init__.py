"""The loopback server that of the benchmarks: `serving` starts it in a separate process."""

from benchmarks.server.process import Server, serving

__all__ = ["Server", "serving"]
