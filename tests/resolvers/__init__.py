"""Verbs and queries, through the engine."""
