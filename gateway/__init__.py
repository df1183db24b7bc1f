"""Doors and engines: network, clock and process; turns requests into operations and answers into bytes."""
