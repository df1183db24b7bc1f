"""Migrations, in Tortoise's own form; run by `models.migrate`."""
