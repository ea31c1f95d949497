"""The engine: bytes in, bytes out, by digest. It knows nothing of briefs.

`step` says what a step is, `store` keeps bytes and records, `run` makes what has changed, `publish` puts
it where readers find it, and `receipt` tells in a moment that there is nothing to do. Nothing is imported
here, so that a build with nothing to do pays for `receipt` only.
"""
