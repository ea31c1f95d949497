"""A theme is data: tokens, style sheets, templates, fonts and labels, in folders.

A theme inherits from one parent. `read_theme` merges the folders into a `Theme`.
"""
