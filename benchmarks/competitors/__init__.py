"""Who is measured: one module a library, each run in a process of its own by `benchmarks.worker`.

A module offers tasks: context managers that prepare and yield the work to be timed (see `benchmarks.worker`).
"""
