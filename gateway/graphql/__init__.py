"""The GraphQL doors."""
