"""Carry out a plan: engine, executor, journal, lock, audit, passwords and report."""
