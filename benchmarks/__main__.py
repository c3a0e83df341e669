"""Measure, and print what was measured."""

from __future__ import annotations

import anyio

from benchmarks.concurrency import LATENCY, measure_overhead, measure_shares
from benchmarks.import_time import measure_imports


def main() -> None:
    print("import time, each in a fresh interpreter, interleaved; ms: median (lowest to highest)")
    for statement, (median, lowest, highest) in measure_imports().items():
        print(f"{median:7.0f} ({lowest:.0f} to {highest:.0f})  {statement}")
    print(f"\nshare of the ideal at {LATENCY * 1000:.0f} ms, interleaved: median (lowest to highest)")
    for share in anyio.run(measure_shares):
        spread = f"({share.lowest:.2f} to {share.highest:.2f})"
        print(f"{share.in_flight:5d} in flight  {share.median:.2f} {spread}  {share.client}")
    alone, with_us = anyio.run(measure_overhead)
    print(f"\none call: {alone:.0f} µs by httpx alone, {with_us:.0f} µs with our layers: {with_us - alone:.0f} µs more")


if __name__ == "__main__":
    main()
