"""What people wrote, read strictly: bytes to text, text to nodes with places, nodes to the values of `model`.

The fields of a dataclass are its schema. So the model says once what a brief is, every fault knows its line
and column, and a build need not import a validation library (docs/adr/0007).
"""

from briefpress.schema.files import check_path, read_file
from briefpress.schema.formats import check_slug, check_token, slugify
from briefpress.schema.schema import Schema, parse_table, schema_of, value_positions
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
from briefpress.schema.yaml import parse_front_matter, split_front_matter

__all__ = [
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
    "split_front_matter",
    "suggest_fix",
    "value_positions",
]
