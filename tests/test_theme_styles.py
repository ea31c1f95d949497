"""Style sheets and tokens as values, and small themes that no other test reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from briefpress.problems import BriefpressError
from briefpress.schema.source import Source
from briefpress.theme.fonts import font_bytes
from briefpress.theme.model import Theme
from briefpress.theme.read import read_theme
from briefpress.theme.styles import css_for, merge_imports, oversized_token
from briefpress.theme.templates import TemplateRenderError, render_template


def theme_of(
    css: str = "",
    tokens: dict[str, str] | None = None,
    templates: dict[str, str] | None = None,
) -> Theme:
    """Return a theme of one style sheet, without any file."""
    return Theme("a", ("a",), tokens or {}, {"epub": css}, templates or {}, {}, ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("var(--gap, 3mm)", "3mm"),
        ("var(--face, Noto Serif, serif)", "Noto Serif, serif"),
        ("var( --ink , red)", "#111"),
        ("var(--ink paper)", "#111"),  # a typing error after the name
        ("var(--paper)", "var(--paper)"),
    ],
)
def test_a_token_is_named_first_and_its_fallback_follows_the_comma(
    value: str, expected: str
) -> None:
    theme = theme_of(f"p {{ x: {value} }}", {"ink": "#111"})
    assert css_for(theme, "epub") == f"p {{ x: {expected} }}"


def test_a_style_sheet_may_be_nested_a_hundred_deep() -> None:
    deep = "(" * 100 + ")" * 100
    assert css_for(theme_of(deep), "epub") == deep
    with pytest.raises(BriefpressError, match="nested more than 100 deep"):
        css_for(theme_of(f"({deep})"), "epub")


def test_a_style_sheet_may_have_four_million_characters() -> None:
    longest = Source("themes/a/css/epub.css", "x" * 4_000_000)
    merged = merge_imports("epub.css", lambda _, level: (longest, level))
    assert len(merged) == 4_000_000
    longer = Source(longest.file, longest.text + "x")
    with pytest.raises(BriefpressError, match="more than 4,000,000 characters"):
        merge_imports("epub.css", lambda _, level: (longer, level))


def test_tokens_that_double_are_found_before_they_fill_the_memory() -> None:
    doubling = {f"a{n}": f"var(--a{n + 1}) var(--a{n + 1})" for n in range(15)}
    assert oversized_token({**doubling, "a15": "12345"}) in doubling
    assert oversized_token({"accent": "var(--ink)", "ink": "#111"}) == ""


def test_a_forbidden_element_is_found_at_its_line_of_the_template() -> None:
    page = "<p>one</p>\n<p>two</p>\n<SCRIPT>1</SCRIPT>"
    theme = theme_of(templates={"a:web.html.j2": page})
    with pytest.raises(TemplateRenderError, match="contains <script>") as error:
        render_template(theme, "web.html.j2", {})
    assert (error.value.template, error.value.line) == ("a:web.html.j2", 3)


FACE = '[[fonts]]\nfamily = "F"\npackage = "{}"\nfile = "F.ttf"\n'


def write_theme(folder: Path, toml: str) -> None:
    """Write the theme `a`, with its style sheets."""
    for medium in ("print", "screen", "epub"):
        file = folder / "a" / "css" / f"{medium}.css"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('p { font-family: "F" }', "utf-8")
    (folder / "a" / "theme.toml").write_text(toml, "utf-8")


def test_each_unknown_key_is_named_wherever_it_is(tmp_path: Path) -> None:
    write_theme(tmp_path, 'nmae = "a"\nname = "a"\nparnet = "b"\n')
    _, problems = read_theme("a", [tmp_path])
    assert [problem.fix for problem in problems] == ["write `name`", "write `parent`"]


def test_a_font_file_that_was_cut_off_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = font_bytes("fontpkg-fira-sans", "FiraSans-Regular.ttf")
    file = tmp_path / "fontpkg_cut_off" / "files" / "F.ttf"
    file.parent.mkdir(parents=True)
    file.write_bytes(whole[:-1000])
    monkeypatch.syspath_prepend(tmp_path)
    write_theme(tmp_path, FACE.format("fontpkg-cut-off"))
    with pytest.raises(BriefpressError) as error:
        read_theme("a", [tmp_path])
    (problem,) = error.value.problems
    assert problem.message == "the font `F` is damaged: the file is incomplete"
    assert problem.fix == "install fontpkg-cut-off again"
