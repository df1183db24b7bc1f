"""What a client may ask for: requests a minute, documents, cost."""
