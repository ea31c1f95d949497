"""What people wrote, read strictly: bytes to text, text to nodes with places, nodes to the values of `model`.

The fields of a dataclass are its schema. So the model says once what a brief is, every fault knows its line
and column, and a build need not import a validation library (docs/adr/0007).
"""

from briefpress.schema.faults import Faults, short
from briefpress.schema.files import odd_place, read_file
from briefpress.schema.forms import slug_fault, slug_of
from briefpress.schema.front_matter import parse_front_matter, split
from briefpress.schema.nearest import meant, nearest
from briefpress.schema.node import At, Node
from briefpress.schema.shape import Shape, places, read_shape, shape
from briefpress.schema.source import Source, decode
from briefpress.schema.tokens import token_fault
from briefpress.schema.toml import parse_toml

__all__ = [
    "At",
    "Faults",
    "Node",
    "Shape",
    "Source",
    "decode",
    "meant",
    "nearest",
    "odd_place",
    "parse_front_matter",
    "parse_toml",
    "places",
    "read_file",
    "read_shape",
    "shape",
    "short",
    "slug_fault",
    "slug_of",
    "split",
    "token_fault",
]
