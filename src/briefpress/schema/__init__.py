"""Strict reading: bytes to text, text to nodes with offsets, nodes to values.

The fields of a dataclass are its schema. So `model` says once what a brief is, every
problem has its line and column, and a build need not import a validation library
(docs/adr/0007).
"""
