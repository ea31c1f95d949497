"""From a request to published editions: the only package that connects all stages.

`request` describes what to build, `project` is what was read from disk, `steps`
says which step reads what, `tasks` has the functions of the steps, `editions` runs them
stage by stage, and `build` does all of it and publishes. Nothing is imported here, so a
build that changes nothing loads only `request`.
"""
