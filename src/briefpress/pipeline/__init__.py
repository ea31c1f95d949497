"""The press as a graph of steps: the only package that knows everything.

`order` says what was asked for, `reading` turns folders into briefs, `graph` turns briefs into steps, `steps` has the
functions that workers run, and `make` goes through it all and publishes. Nothing is imported here, so that a
build with nothing to do pays for `order` only.
"""
