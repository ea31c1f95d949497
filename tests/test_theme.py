"""Themes: inheritance, tokens, templates, labels, and what makes a theme unusable."""

from __future__ import annotations

from pathlib import Path

import pytest

from briefpress.engine.codec import decode, encode
from briefpress.problems import BriefpressError
from briefpress.theme.folder import theme_folders
from briefpress.theme.fonts import FontFace, font_file_names
from briefpress.theme.model import Theme, for_medium
from briefpress.theme.read import read_theme
from briefpress.theme.styles import css_for, style_sheet_names, with_image_folder
from briefpress.theme.templates import TemplateRenderError, render_template

BASE = {
    "theme.toml": (
        'name = "base"\n[color]\nink = "#111"\naccent = "var(--color-ink)"\n'
        '[page]\nmargin-inner = "20mm"\n'
    ),
    "css/shared.css": "p { color: var(--color-ink) }\n",
    "css/print.css": (
        "@page { margin: var(--page-margin-inner) }\n"
        "h1 { color: var(--color-accent) }\n"
    ),
    "css/screen.css": "body { margin: 0 }\n",
    "templates/brief.html.j2": (
        "<h1>{% block title %}{{ title }}{% endblock %}</h1>"
        "{% block end %}end{% endblock %}"
    ),
    "templates/web.html.j2": '{% extends "brief.html.j2" %}{% block end %}web{% endblock %}',
    "strings.toml": (
        '[en]\nnotes = "Notes"\nsummary = "Summary"\n[ru]\nnotes = "Примечания"\n'
    ),
}
HOUSE = {
    "theme.toml": 'name = "house"\nparent = "base"\n[color]\nink = "#222"\n',
    "css/print.css": (
        '@import "parent:print.css";\n@import "extra.css";\n'
        "h2 { margin: var(--space, 3mm) }\n"
    ),
    "css/extra.css": "h3 { color: var(--color-nowhere) }\n",
    "templates/brief.html.j2": (
        '{% extends "parent:brief.html.j2" %}{% block title %}House: {{ super() }}{% endblock %}'
    ),
    "strings.toml": '[en]\nnotes = "Footnotes"\n',
}


def write(folder: Path, name: str, files: dict[str, str]) -> None:
    """Write files of a theme."""
    for path, text in files.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


@pytest.fixture
def themes(tmp_path: Path) -> Path:
    """Return a folder with the themes `base` and `house`, its child."""
    write(tmp_path, "base", BASE)
    write(tmp_path, "house", HOUSE)
    return tmp_path


def test_tokens_merge_key_by_key_and_become_values_in_print(themes: Path) -> None:
    theme, problems = read_theme("house", [themes])
    assert problems == ()
    css = css_for(theme, "print")
    assert "@page { margin: 20mm }" in css
    assert "h1 { color: #222 }" in css, "a token may name another one"
    assert "h2 { margin: 3mm }" in css, "without a token, the fallback is used"
    assert "var(--color-nowhere)" in css


def test_a_program_overrides_tokens(themes: Path) -> None:
    theme, _ = read_theme("house", [themes])
    assert "h1 { color: #b00 }" in css_for(theme, "print", {"color-ink": "#b00"})
    assert "--color-ink:#b00" in css_for(theme, "screen", {"color-ink": "#b00"})


def test_tokens_stay_custom_properties_on_screen(themes: Path) -> None:
    css = css_for(read_theme("house", [themes])[0], "screen")
    assert css.startswith(":root{")
    assert "p { color: var(--color-ink) }" in css


def test_a_template_of_the_child_replaces_the_one_that_the_parent_extends(
    themes: Path,
) -> None:
    theme, _ = read_theme("house", [themes])
    assert (
        render_template(theme, "web.html.j2", {"title": "A < B"})
        == "<h1>House: A &lt; B</h1>web"
    )


def test_labels_come_from_the_parent_and_fall_back_to_english(themes: Path) -> None:
    theme, _ = read_theme("house", [themes])
    assert theme.labels("ru-KZ") == {"notes": "Примечания", "summary": "Summary"}
    assert theme.labels("en")["notes"] == "Footnotes"


def test_labels_fall_back_through_the_subtags_of_a_language(themes: Path) -> None:
    strings = '[zh-Hant]\nnotes = "註釋"\n[zh]\nnotes = "注释"\nsummary = "摘要"\n'
    write(themes, "house", {"strings.toml": strings})
    theme, _ = read_theme("house", [themes])
    assert theme.labels("zh-Hant-HK") == {"notes": "註釋", "summary": "摘要"}
    assert theme.labels("kk") == {"notes": "Notes", "summary": "Summary"}


@pytest.mark.parametrize(
    "source",
    [
        "{{ title.__class__.__mro__ }}",
        "{{ ''.__class__.__subclasses__() }}",
        "{% set x = words.append('c') %}",
        "{{ missing }}",
    ],
)
def test_a_template_cannot_reach_python(themes: Path, source: str) -> None:
    write(themes, "house", {"templates/web.html.j2": "line one\n" + source})
    theme, _ = read_theme("house", [themes])
    with pytest.raises(TemplateRenderError) as fault:
        render_template(theme, "web.html.j2", {"title": "T", "words": ["a"]})
    assert (fault.value.template, fault.value.line) == ("house:web.html.j2", 2)


def test_a_theme_reads_nothing_outside_its_folder(themes: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("secret", "utf-8")
    (themes / "house" / "css" / "extra.css").unlink()
    (themes / "house" / "css" / "extra.css").symlink_to(secret)
    with pytest.raises(BriefpressError) as error:
        read_theme("house", [themes])
    assert [(p.code, str(p.span)) for p in error.value.problems] == [
        ("R04", "themes/house/css/extra.css")
    ]


def test_imports_in_a_circle_are_left_out(themes: Path) -> None:
    write(
        themes, "house", {"css/extra.css": '@import "print.css";\nh4 { margin: 0 }\n'}
    )
    assert "h4 { margin: 0 }" in css_for(read_theme("house", [themes])[0], "print")


def test_problems_of_a_theme_name_a_fix(themes: Path) -> None:
    write(
        themes,
        "house",
        {
            "theme.toml": (
                'nmae = "house"\nparent = "base"\n[[fonts]]\nfamily = "F"\n'
                'package = "fontpkg-none"\nfile = "F.ttf"\n'
            )
        },
    )
    _, problems = read_theme("house", [themes])
    assert [(p.code, p.fix) for p in problems] == [
        ("T04", "write `name`"),
        ("T05", "run `pip install fontpkg-none`"),
    ]


@pytest.mark.parametrize(
    ("files", "name", "code"),
    [
        ({}, "hause", "T01"),
        ({"theme.toml": 'parent = "house"'}, "house", "T02"),
        ({"theme.toml": "parent = "}, "house", "T03"),
    ],
)
def test_a_theme_that_cannot_be_used_raises_an_error(
    themes: Path, files: dict[str, str], name: str, code: str
) -> None:
    write(themes, "house", files)
    with pytest.raises(BriefpressError) as error:
        read_theme(name, [themes])
    assert error.value.problems[0].code == code


def test_a_theme_can_be_stored_and_loaded(themes: Path) -> None:
    theme, _ = read_theme("house", [themes])
    encoded = encode(theme)
    assert encode(decode(Theme, encoded)) == encoded


def test_a_theme_for_one_medium_has_no_other_style_sheets(themes: Path) -> None:
    theme, _ = read_theme("house", [themes])
    in_print = for_medium(theme, "print")
    assert in_print.styles == {"print": theme.styles["print"]}
    write(themes, "house", {"css/epub.css": "p { color: red }"})
    changed, _ = read_theme("house", [themes])
    assert encode(for_medium(changed, "print")) == encode(in_print)
    assert encode(for_medium(changed, "epub")) != encode(for_medium(theme, "epub"))


def test_fonts_that_no_style_sheet_names_are_left_out(themes: Path) -> None:
    file = 'package = "fontpkg-source-serif-4"\nfile = "SourceSerif4[opsz,wght].ttf"\n'
    face = f'[[fonts]]\nfamily = "Source Serif 4"\n{file}'
    write(
        themes,
        "base",
        {"theme.toml": BASE["theme.toml"] + '[type]\nbody = "Source Serif 4"\n' + face},
    )
    assert [face.family for face in read_theme("base", [themes])[0].fonts] == [
        "Source Serif 4"
    ]
    write(
        themes,
        "house",
        {"theme.toml": HOUSE["theme.toml"] + '[type]\nbody = "Another"\n'},
    )
    assert read_theme("house", [themes])[0].fonts == ()


def test_themes_of_the_project_come_before_those_of_briefpress(tmp_path: Path) -> None:
    first, second = theme_folders(tmp_path)
    assert first == tmp_path / "themes"
    assert (second / "plain" / "theme.toml").is_file()


def fault_of(themes: Path, name: str = "house") -> tuple[str, str, int]:
    """Return code, file and line of the error that reading a theme raises."""
    with pytest.raises(BriefpressError) as error:
        read_theme(name, [themes])
    (problem,) = error.value.problems
    assert problem.span is not None
    return problem.code, problem.span.file, problem.span.line


def test_style_sheets_that_import_one_another_twice_are_too_complex(
    themes: Path,
) -> None:
    sheets = {
        f"css/s{n}.css": f'/* {n} */\n@import "s{n + 1}.css";\n@import "s{n + 1}.css";\n'
        for n in range(20)
    }
    write(themes, "house", {**sheets, "css/screen.css": '@import "s0.css";\n'})
    code, file, line = fault_of(themes)
    assert (code, file.startswith("themes/house/css/s")) == ("T09", True)
    assert line in {2, 3}


def test_a_long_style_sheet_cannot_be_imported_again_and_again(themes: Path) -> None:
    long = {"css/long.css": "/* " + "x" * 900_000 + " */\n"}
    write(themes, "house", {**long, "css/screen.css": '@import "long.css";\n' * 5})
    assert fault_of(themes) == ("T09", "themes/house/css/long.css", 0)


def test_tokens_that_double_at_each_step_are_too_complex(themes: Path) -> None:
    tokens = [f'a{n} = "var(--t-a{n + 1}) var(--t-a{n + 1})"\n' for n in range(15)]
    toml = 'parent = "base"\n[t]\n' + "".join(tokens) + 'a15 = "12345"\n'
    write(themes, "house", {"theme.toml": toml})
    code, file, line = fault_of(themes)
    assert (code, file) == ("T09", "themes/house/theme.toml")
    assert 3 <= line <= 17


@pytest.mark.slow
def test_tokens_of_a_program_cannot_double_at_each_step(themes: Path) -> None:
    write(themes, "house", {"css/epub.css": "p { color: var(--a0) }\n"})
    theme, _ = read_theme("house", [themes])
    tokens = {f"a{n}": f"var(--a{n + 1}) " * 10 for n in range(9)} | {"a9": "red"}
    with pytest.raises(BriefpressError, match="the epub style sheet of the theme `hou"):
        css_for(theme, "epub", tokens)
    assert "--a0:" in css_for(theme, "screen", tokens)


@pytest.mark.parametrize("start", ["(", "a{", "f(", "["])
def test_a_style_sheet_may_not_be_nested_without_end(themes: Path, start: str) -> None:
    write(themes, "house", {"css/epub.css": "p {}\n" + start * 20_000 + "url(x)"})
    assert fault_of(themes) == ("T09", "themes/house/css/epub.css", 2)
    write(themes, "house", {"css/epub.css": "p {}\n" + start * 20_000})
    theme, _ = read_theme("house", [themes])
    with pytest.raises(BriefpressError, match="nested more than 100 deep"):
        css_for(theme, "epub")


def test_a_long_run_of_dots_in_a_style_sheet_is_read_in_linear_time(
    themes: Path,
) -> None:
    write(themes, "house", {"images/a.svg": "<svg/>"})
    theme, _ = read_theme("house", [themes])
    css = "url(../../images/a.svg) url(../images/b.svg) " + "../" * 300_000
    expected = css.replace("../../images/a.svg", "house/images/a.svg")
    assert with_image_folder(css, theme, "house/") == expected


TEMPLATES = {
    "an include": ('{% include "nope.html.j2" %}', "`nope.html.j2`"),
    "an import": ('{% import "nope.html.j2" as x %}', "`nope.html.j2`"),
    "an import from": ('{% from "nope.html.j2" import x %}', "`nope.html.j2`"),
    "a parent's template": ('{% include "parent:nope.html.j2" %}', "`nope.html.j2`"),
    "itself": ('{% include "part.html.j2" %}', "without end"),
    "a macro that calls itself": (
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "without end",
    ),
}


@pytest.mark.parametrize(("source", "message"), TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_that_includes_nothing_or_itself_is_named_with_its_line(
    themes: Path, source: str, message: str
) -> None:
    part = f"a\nb\n{source}\n"
    whole = '\n{% include "part.html.j2" %}'
    write(themes, "house", {"templates/part.html.j2": part})
    write(themes, "house", {"templates/web.html.j2": whole})
    theme, _ = read_theme("house", [themes])
    with pytest.raises(TemplateRenderError) as error:
        render_template(theme, "web.html.j2", {"title": "T"})
    (problem,) = error.value.problems
    assert str(problem.span) == "themes/house/templates/part.html.j2:3"
    assert message in problem.message
    assert "of the theme `house`" in problem.message


def test_a_template_that_no_theme_has_is_named(themes: Path) -> None:
    theme, _ = read_theme("house", [themes])
    with pytest.raises(TemplateRenderError, match=r"nope\.html\.j2.* house < base"):
        render_template(theme, "nope.html.j2", {})


def test_an_image_comes_from_the_nearest_theme(themes: Path) -> None:
    write(themes, "base", {"images/a.svg": "<svg/>", "images/b.svg": "<svg/>"})
    write(themes, "house", {"images/a.svg": "<svg id='house'/>"})
    theme, _ = read_theme("house", [themes])
    assert theme.images["images/a.svg"] == b"<svg id='house'/>"
    assert theme.image_files == {
        "images/a.svg": "themes/house/images/a.svg",
        "images/b.svg": "themes/base/images/b.svg",
    }


def test_a_font_file_that_its_package_lacks_is_a_typing_error(themes: Path) -> None:
    face = 'family = "F"\npackage = "fontpkg-fira-sans"\nfile = "FiraSans-Reglar.ttf"\n'
    toml = f'parent = "base"\n[[fonts]]\n{face}'
    write(themes, "house", {"theme.toml": toml})
    _, (problem,) = read_theme("house", [themes])
    assert (problem.code, problem.fix) == ("T05", "write `FiraSans-Regular.ttf`")


def face(family: str, weight: str = "400", style: str = "normal") -> FontFace:
    """Return a face of no real font."""
    return FontFace(family, weight, style, "fontpkg-none", "F.ttf")


def test_font_files_are_named_after_the_family() -> None:
    serif, italic = face("Source Serif 4", "200 900"), face("Spectral", style="italic")
    assert font_file_names([serif, italic]) == {
        (serif, "400"): "SourceSerif4-400",
        (serif, "700"): "SourceSerif4-700",
        (italic, "400"): "Spectral-400-italic",
    }


@pytest.mark.parametrize(
    "families",
    [("Литература", "Гарнитура"), ("Foo", "FOO"), ("Foo 1", "Foo1"), ("Foo ж", "Foo")],
)
def test_families_of_a_similar_name_have_their_own_font_files(
    families: tuple[str, str],
) -> None:
    names = font_file_names([face(family) for family in families])
    assert len({name.lower() for name in names.values()}) == 2
    assert all(name.isascii() for name in names.values())


def test_style_sheets_are_named_after_theme_and_program() -> None:
    assert style_sheet_names([("plain", ""), ("plain", "a")]) == {
        ("plain", ""): "plain.css",
        ("plain", "a"): "plain-a.css",
    }


def test_style_sheets_of_a_similar_name_have_their_own_files() -> None:
    sheets = [("plain", "a-b"), ("plain-a", "b"), ("plain-a-b", ""), ("plain", "")]
    names = style_sheet_names(sheets)
    assert len(set(names.values())) == 4
    assert names["plain-a-b", ""] == "plain-a-b.css"
    assert names["plain", ""] == "plain.css"
