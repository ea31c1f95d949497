"""The manuscript: the briefs of a project, its collections, and related briefs."""
