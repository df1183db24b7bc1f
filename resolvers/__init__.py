"""Verbs: what clients may do; each file ends with its queries and mutations."""
