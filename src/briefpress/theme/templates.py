"""Templates: a theme's own, its parent's by `{% extends "parent:brief.html.j2" %}`, in a sandbox.

A theme comes from outside: its templates are handed plain data only and cannot reach the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from briefpress.problems import BriefpressError, Problem, Span
from briefpress.theme.model import Theme
from briefpress.theme.output_policy import harm

PARENT = "parent:"


class TemplateRenderError(BriefpressError):
    """A template that cannot be rendered: which, at which line, and why."""

    def __init__(
        self, template: str, line: int, message: str, code: str = "T06"
    ) -> None:
        """Keep the template's name within the theme's chain ("civic:brief.html.j2")."""
        level, _, file = template.rpartition(":")
        span = Span(f"themes/{level}/templates/{file}", line) if level else None
        super().__init__(Problem(code, f"the template {file}: {message[:300]}", span))
        self.template, self.line, self.message = template, line, message


class _Chain(BaseLoader):
    """Loads "level:name"; `found` says which level of the chain has a name."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme

    def found(self, name: str, after: str = "") -> str:
        levels = self.theme.chain
        levels = levels[levels.index(after) + 1 :] if after else levels
        return next(
            (
                key
                for level in levels
                if (key := f"{level}:{name}") in self.theme.templates
            ),
            name,
        )

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - Jinja passes it
        template: str,
    ) -> tuple[str, str, None]:
        if template not in self.theme.templates:
            raise TemplateNotFound(template)
        return self.theme.templates[template], template, None


class _Sandbox(ImmutableSandboxedEnvironment):
    """Knows what "parent:" means: the next level of the chain above the template that says it."""

    loader: _Chain

    def join_path(self, template: str, parent: str) -> str:
        if template.startswith(PARENT):
            return self.loader.found(
                template.removeprefix(PARENT), parent.partition(":")[0]
            )
        return self.loader.found(template)


@lru_cache(maxsize=16)
def _environment(theme: Theme) -> _Sandbox:
    """Return the Jinja environment of a theme: sandboxed, escaping, strict about names."""
    return _Sandbox(
        loader=_Chain(theme),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_template(theme: Theme, name: str, context: Mapping[str, Any]) -> str:
    """Return a template of the theme rendered with plain data. Raises `TemplateRenderError` with its place."""
    env = _environment(theme)
    try:
        page = env.get_template(env.loader.found(name)).render(context)
    except TemplateSyntaxError as error:
        raise TemplateRenderError(
            error.name or name, error.lineno, error.message or "syntax error"
        ) from error
    except TemplateNotFound as error:
        raise TemplateRenderError(
            env.loader.found(name),
            0,
            f"there is no template {error.message!r} in {' < '.join(theme.chain)}",
        ) from error
    except RecursionError as error:
        raise TemplateRenderError(
            env.loader.found(name), 0, "it calls itself without end"
        ) from error
    except (
        TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        raise TemplateRenderError(*_place(error, name), str(error)) from error
    if name.endswith(".html.j2"):
        _check(theme, env.loader.found(name), page)
    return page


def _check(theme: Theme, template: str, page: str) -> None:
    """Raise `TemplateRenderError` for a page that runs, loads or encloses something."""
    for why, word in harm(page):
        sources = [template, *(key for key in theme.templates if key != template)]
        lines = (
            (key, theme.templates[key].lower().split("\n"))
            for key in sources
            if key in theme.templates
        )
        places = (
            (key, n)
            for key, rows in lines
            for n, row in enumerate(rows, 1)
            if word.lower() in row
        )
        raise TemplateRenderError(
            *next(places, (template, 0)), f"the page {why}", "T07"
        )


def _place(error: Exception, name: str) -> tuple[str, int]:
    """Return the template and the line at which rendering stopped: Jinja puts them into the traceback."""
    place, trace = (name, 0), error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = (file, trace.tb_lineno)
        trace = trace.tb_next
    return place
