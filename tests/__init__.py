"""Tests mirror the tree and go through the real door."""
