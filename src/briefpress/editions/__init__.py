"""Editions: functions from a document and a theme to a file. None imports another."""
