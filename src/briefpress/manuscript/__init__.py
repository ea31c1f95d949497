"""What there is to publish: the briefs of a project, the collections that bind them, and which go together."""

from briefpress.manuscript.brief import parse_brief
from briefpress.manuscript.collection import members
from briefpress.manuscript.folder import read_as_far, read_manuscript
from briefpress.manuscript.related import related

__all__ = ["members", "parse_brief", "read_as_far", "read_manuscript", "related"]
