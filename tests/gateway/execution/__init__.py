"""Compiled reads against the reference executor."""
