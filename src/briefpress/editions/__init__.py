"""Editions: a document and a theme in, something readable out. No edition imports another."""
