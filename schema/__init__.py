"""Nouns: what clients see, declared once, with where each field comes from."""

import models
from schema.vocabulary import vocabularies

# Before any type mentions one: Strawberry would make an enum of it that says nothing.
vocabularies(models)
