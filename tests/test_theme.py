"""A theme is data: what a designer may rely on when one theme inherits from another."""

from __future__ import annotations

from pathlib import Path

import pytest

from briefpress.problems import BriefpressError
from briefpress.theme import (
    TemplateRenderError,
    css_for,
    dump,
    load,
    read_theme,
    render_template,
    theme_folders,
)

BASE = {
    "theme.toml": 'name = "base"\n[color]\nink = "#111"\naccent = "var(--color-ink)"\n[page]\nmargin-inner = "20mm"\n',
    "css/shared.css": "p { color: var(--color-ink) }\n",
    "css/print.css": "@page { margin: var(--page-margin-inner) }\nh1 { color: var(--color-accent) }\n",
    "css/screen.css": "body { margin: 0 }\n",
    "templates/brief.html.j2": "<h1>{% block title %}{{ title }}{% endblock %}</h1>{% block end %}end{% endblock %}",
    "templates/web.html.j2": '{% extends "brief.html.j2" %}{% block end %}web{% endblock %}',
    "strings.toml": '[en]\nnotes = "Notes"\nsummary = "Summary"\n[ru]\nnotes = "Примечания"\n',
}
HOUSE = {
    "theme.toml": 'name = "house"\nparent = "base"\n[color]\nink = "#222"\n',
    "css/print.css": '@import "parent:print.css";\n@import "extra.css";\nh2 { margin: var(--space, 3mm) }\n',
    "css/extra.css": "h3 { color: var(--color-nowhere) }\n",
    "templates/brief.html.j2": (
        '{% extends "parent:brief.html.j2" %}{% block title %}House: {{ super() }}{% endblock %}'
    ),
    "strings.toml": '[en]\nnotes = "Footnotes"\n',
}


def write(folder: Path, name: str, files: dict[str, str]) -> None:
    """Make a theme folder."""
    for path, text in files.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


@pytest.fixture
def themes(tmp_path: Path) -> Path:
    """Return a folder with `base` and `house`, which inherits from it."""
    write(tmp_path, "base", BASE)
    write(tmp_path, "house", HOUSE)
    return tmp_path


def test_tokens_merge_key_by_key_and_become_literals_in_print(themes: Path) -> None:
    theme, problems = read_theme("house", [themes])
    assert problems == ()
    css = css_for(theme, "print")
    assert "@page { margin: 20mm }" in css
    assert "h1 { color: #222 }" in css, (
        "a token that names another is followed to its value"
    )
    assert "h2 { margin: 3mm }" in css, "a fallback stands where nobody gave a value"
    assert "var(--color-nowhere)" in css


def test_a_program_overrides_tokens(themes: Path) -> None:
    theme, _ = read_theme("house", [themes])
    assert "h1 { color: #b00 }" in css_for(theme, "print", {"color-ink": "#b00"})
    assert "--color-ink:#b00" in css_for(theme, "screen", {"color-ink": "#b00"})


def test_tokens_stay_custom_properties_on_screen(themes: Path) -> None:
    css = css_for(read_theme("house", [themes])[0], "screen")
    assert css.startswith(":root{")
    assert "p { color: var(--color-ink) }" in css


def test_a_template_extends_its_parent_and_the_wrapper_takes_the_childs(
    themes: Path,
) -> None:
    theme, _ = read_theme("house", [themes])
    assert (
        render_template(theme, "web.html.j2", {"title": "A < B"})
        == "<h1>House: A &lt; B</h1>web"
    )


def test_words_fall_back_to_english_and_to_the_parent(themes: Path) -> None:
    theme, _ = read_theme("house", [themes])
    assert theme.labels("ru-KZ") == {"notes": "Примечания", "summary": "Summary"}
    assert theme.labels("en")["notes"] == "Footnotes"


@pytest.mark.parametrize(
    "source",
    [
        "{{ title.__class__.__mro__ }}",
        "{{ ''.__class__.__subclasses__() }}",
        "{% set x = words.append('c') %}",
        "{{ missing }}",
    ],
)
def test_a_template_cannot_get_out(themes: Path, source: str) -> None:
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


def test_imports_in_a_circle_end(themes: Path) -> None:
    write(
        themes, "house", {"css/extra.css": '@import "print.css";\nh4 { margin: 0 }\n'}
    )
    assert "h4 { margin: 0 }" in css_for(read_theme("house", [themes])[0], "print")


def test_what_is_wrong_is_told(themes: Path) -> None:
    write(
        themes,
        "house",
        {
            "theme.toml": (
                'nmae = "house"\nparent = "base"\n[[fonts]]\nfamily = "F"\npackage = "fontpkg-none"\nfile = "F.ttf"\n'
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
def test_no_theme_to_speak_of(
    themes: Path, files: dict[str, str], name: str, code: str
) -> None:
    write(themes, "house", files)
    with pytest.raises(BriefpressError) as error:
        read_theme(name, [themes])
    assert error.value.problems[0].code == code


def test_a_theme_survives_the_store(themes: Path) -> None:
    theme, _ = read_theme("house", [themes])
    assert dump(load(dump(theme))) == dump(theme)
    assert load(dump(theme, "print")).styles.keys() == {"print"}


def test_fonts_of_a_parent_that_nobody_asks_for_are_left_out(themes: Path) -> None:
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


def test_the_project_comes_before_what_briefpress_carries(tmp_path: Path) -> None:
    first, second = theme_folders(tmp_path)
    assert first == tmp_path / "themes"
    assert (second / "plain" / "theme.toml").is_file()
