"""Leads out of CSV files: reading, headers, rows, duplicates and the report."""
