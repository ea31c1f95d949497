"""Runs steps whose inputs changed. It works with bytes and digests, not with briefs.

`step` describes a step, `store` keeps bytes and records, `scheduler` runs steps,
`publish` writes the output folder, and `receipt` shows that nothing changed. Nothing is
imported here, so a build that changes nothing loads only `receipt`.
"""
