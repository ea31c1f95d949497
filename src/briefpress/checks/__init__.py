"""Checks of finished editions. They return problems."""
