"""Those who take part."""
