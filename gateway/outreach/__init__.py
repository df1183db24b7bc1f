"""Reaching out: placing calls and sending mail, and following what becomes of them."""
