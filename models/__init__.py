"""Rows: what is stored, one model a file; imports nothing of ours."""
