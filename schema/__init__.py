"""Nouns: what clients see, declared once, with where each field comes from."""
