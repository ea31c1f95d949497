"""The manuscript: the briefs of a project, its collections, and related briefs."""

from briefpress.manuscript.brief import parse_brief
from briefpress.manuscript.collection import members
from briefpress.manuscript.folder import read_manuscript, read_partial_brief
from briefpress.manuscript.related import related

__all__ = ["members", "parse_brief", "read_manuscript", "read_partial_brief", "related"]
