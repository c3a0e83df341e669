"""Measure, and print what was measured."""

from __future__ import annotations

from benchmarks.import_time import measure_imports


def main() -> None:
    print("import time, each in a fresh interpreter, interleaved; ms: median (lowest to highest)")
    for statement, (median, lowest, highest) in measure_imports().items():
        print(f"{median:7.0f} ({lowest:.0f} to {highest:.0f})  {statement}")


if __name__ == "__main__":
    main()
