"""Webhooks out: the log is followed, deliveries are made of it, and sent until they arrive."""
