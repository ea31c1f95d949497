"""Strict reading: bytes to text, text to nodes with offsets, nodes to values.

The fields of a dataclass are its schema. So `model` says once what a brief is, every
problem has its line and column, and a build need not import a validation library
(docs/adr/0007).
"""

from briefpress.schema.files import check_path, read_file
from briefpress.schema.formats import check_slug, check_token, slugify
from briefpress.schema.schema import (
    KeyHint,
    Schema,
    parse_table,
    schema_of,
    value_positions,
)
from briefpress.schema.source import (
    Node,
    Offsets,
    Source,
    SourceProblems,
    decode,
    shorten,
)
from briefpress.schema.suggest import closest_name, suggest_fix
from briefpress.schema.toml import parse_toml
from briefpress.schema.yaml import FrontMatter, parse_front_matter

__all__ = [
    "FrontMatter",
    "KeyHint",
    "Node",
    "Offsets",
    "Schema",
    "Source",
    "SourceProblems",
    "check_path",
    "check_slug",
    "check_token",
    "closest_name",
    "decode",
    "parse_front_matter",
    "parse_table",
    "parse_toml",
    "read_file",
    "schema_of",
    "shorten",
    "slugify",
    "suggest_fix",
    "value_positions",
]
