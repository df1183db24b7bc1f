"""One operation → one plan → bytes: compiled execution over the schema's declared sources."""
