"""The PDF of a brief, with footnotes on the page of their call and an audit."""
