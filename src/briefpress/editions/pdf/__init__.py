"""The PDF of a brief: footnotes on the page of their call, and an audit of each page."""
