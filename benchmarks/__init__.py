"""Benchmarks: programs that print a table; not tests."""
