"""Compact stores of rows and members, and an index of their keys: a roster of a million rows in 100 MB."""
