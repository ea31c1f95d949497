"""Templates of a theme and its parents, rendered in a sandbox.

Themes come from outside: their templates get plain data only and cannot reach the
machine. `{% extends "parent:brief.html.j2" %}` names the parent's template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from briefpress.theme.output_policy import page_violations

PARENT = "parent:"
MAX_MESSAGE = 300  # characters
# What a template can raise besides Jinja's own errors: `1 / 0`, `"a" + 1`, `x[9]`.
DATA_ERRORS = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError)


class TemplateRenderError(BriefpressError):
    """A template cannot be rendered, or renders something that is not allowed."""

    def __init__(
        self, template: str, line: int, message: str, code: str = "T06"
    ) -> None:
        """Keep the template ("civic:brief.html.j2"), the line (0: unknown) and why."""
        theme, _, file = template.rpartition(":")
        text = f"the template {file} of the theme `{theme}`: {message[:MAX_MESSAGE]}"
        super().__init__(Problem(code, text, _span(template, line)))
        self.template = template
        self.line = line
        self.message = message


def template_problem(theme: Theme, name: str, code: str, message: str) -> Problem:
    """Return a problem of a template, which names the theme that the template is from."""
    full_name = _ThemeLoader(theme).full_name(name)
    owner = full_name.removesuffix(f":{name}")
    text = f"the template {name} of the theme `{owner}` {message}"
    return Problem(code, text, _span(full_name))


def _span(full_name: str, line: int = 0) -> Span:
    """Return a place in a template, given as "civic:brief.html.j2"."""
    theme, _, file = full_name.rpartition(":")
    return Span(f"themes/{theme}/templates/{file}", line)


class _ThemeLoader(BaseLoader):
    """Loads templates by "theme:name"."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme

    def full_name(self, name: str, below: str = "") -> str:
        """Return "theme:name" for the nearest theme of the chain that has the template.

        With `below`, only the parents of that theme count. If no theme has the
        template, the name is returned unchanged.
        """
        themes = self.theme.chain
        if below:
            themes = themes[themes.index(below) + 1 :]
        for theme in themes:
            full_name = f"{theme}:{name}"
            if full_name in self.theme.templates:
                return full_name
        return name

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - Jinja passes it
        template: str,
    ) -> tuple[str, str, None]:
        if template not in self.theme.templates:
            raise TemplateNotFound(template)
        return self.theme.templates[template], template, None


class _Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox in which "parent:" is the next theme above the one that says it."""

    loader: _ThemeLoader

    def join_path(self, template: str, parent: str) -> str:
        if template.startswith(PARENT):
            theme = parent.partition(":")[0]
            return self.loader.full_name(template.removeprefix(PARENT), below=theme)
        return self.loader.full_name(template)


@lru_cache(maxsize=16)
def _environment(theme: Theme) -> _Sandbox:
    """Return the Jinja environment of a theme: names must exist, values are escaped."""
    return _Sandbox(
        loader=_ThemeLoader(theme),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_template(theme: Theme, name: str, context: Mapping[str, Any]) -> str:
    """Return a template of the theme, rendered with plain data.

    Raises `TemplateRenderError` with the template and the line that are wrong.
    """
    environment = _environment(theme)
    full_name = environment.loader.full_name(name)
    if full_name not in theme.templates:
        message = _not_found(name, theme)
        raise TemplateRenderError(f"{theme.name}:{name}", 0, message)
    try:
        page = environment.get_template(full_name).render(context)
    except TemplateSyntaxError as error:
        message = error.message or "syntax error"
        template = error.name or full_name
        raise TemplateRenderError(template, error.lineno, message) from error
    except TemplateNotFound as error:
        template, line = _last_place(error, full_name)
        message = _not_found(error.message or "", theme)
        raise TemplateRenderError(template, line, message) from error
    except RecursionError as error:
        template, line = _repeated_place(error, full_name)
        message = "it includes or calls itself without end"
        raise TemplateRenderError(template, line, message) from error
    except (TemplateError, *DATA_ERRORS) as error:
        template, line = _last_place(error, full_name)
        raise TemplateRenderError(template, line, str(error)) from error
    if name.endswith(".html.j2"):
        _check_page(theme, full_name, page)
    return page


def _not_found(name: str, theme: Theme) -> str:
    """Return the message for a template that no theme of the chain has."""
    return f"there is no template `{name}` in {' < '.join(theme.chain)}"


def _check_page(theme: Theme, template: str, page: str) -> None:
    """Raise T07 if a page runs, loads or attaches something that it must not."""
    for violation in page_violations(page):
        place = _find_word(theme, template, violation.word)
        raise TemplateRenderError(*place, f"the page {violation.clause}", "T07")


def _find_word(theme: Theme, template: str, word: str) -> tuple[str, int]:
    """Return the first template and line with a word of the page.

    Most likely, the word comes from there.
    """
    others = [name for name in theme.templates if name != template]
    for name in (template, *others):
        lines = theme.templates[name].lower().split("\n")
        for number, line in enumerate(lines, 1):
            if word.lower() in line:
                return name, number
    return template, 0


def _last_place(error: Exception, template: str) -> tuple[str, int]:
    """Return the template and the line at which rendering stopped."""
    places = list(_places(error))
    return places[-1] if places else (template, 0)


def _repeated_place(error: Exception, template: str) -> tuple[str, int]:
    """Return the first template and line that were reached twice.

    Where the recursion ends depends on how deep the stack was; where it begins does
    not.
    """
    seen = set()
    for place in _places(error):
        if place in seen:
            return place
        seen.add(place)
    return template, 0


def _places(error: Exception) -> Iterator[tuple[str, int]]:
    """Yield the templates and lines of a traceback, outermost first.

    Jinja puts template names into tracebacks as file names.
    """
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            yield file, traceback.tb_lineno
        traceback = traceback.tb_next
