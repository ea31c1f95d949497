"""Judges of what was made: anything to problems."""
