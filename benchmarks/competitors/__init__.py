"""The competitors: one module per library, each run in a separate process by `benchmarks.worker`.

A module has tasks: context managers that prepare and yield the work to be timed (see `benchmarks.worker`).
"""
