"""How fast the gateway is beside its peers: `python -m tests.bench`."""
