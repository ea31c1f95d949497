"""Front matter as people write it: of other programs, incomplete, of wrong types."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpress.manuscript.briefs import parse_brief
from briefpress.model import Author, Brief, Organisation, Press, Program
from briefpress.problems import Problem, group_by_cause

KAWAGUCHI = Author("Yoriko Kawaguchi", "Kawaguchi, Yoriko", "kawaguchi")
PRESS = Press(
    Organisation("Example Policy Center"),
    programs={"spp": Program("spp", "Security and Politics Program", "SPP")},
    authors={"kawaguchi": KAWAGUCHI},
)
DATE = dt.date(2024, 3, 12)
OURS = "title: Rents\ndate: 2024-03-12\n"


def read(text: str, file: str = "briefs/rents.md") -> tuple[Brief, tuple[Problem, ...]]:
    """Return a brief that is published, and its warnings."""
    brief, problems = parse_brief(text.encode(), file, PRESS)
    assert brief is not None, problems
    errors = [problem for problem in problems if problem.is_error]
    assert errors == []
    return brief, problems


def read_front_matter(lines: str, text: str = "Text.\n") -> tuple[Brief, list[str]]:
    """Return the brief with this YAML, and its warnings in one string each."""
    brief, problems = read(f"---\n{lines}---\n{text}")
    return brief, [f"{problem.code} {problem.message}" for problem in problems]


def errors_of(text: str, file: str = "briefs/rents.md") -> list[str]:
    """Return the codes of the errors of a brief."""
    _, problems = parse_brief(text.encode(), file, PRESS)
    return [problem.code for problem in problems if problem.is_error]


# issue 11, item 1: front matter of Hugo, Jekyll, Quarto and Pandoc
HUGO = """\
+++
title = "Rents"
date = 2024-03-12T10:00:00Z
lastmod = 2024-05-01
draft = false
description = "Rents rose."
keywords = ["rent"]
categories = ["housing", "rent"]
weight = 10
[menu.main]
name = "Rents"
+++
Text.
"""
HUGO_JSON = """\
{
  "title": "Rents",
  "date": "2024-03-12T10:00:00+01:00",
  "draft": false,
  "description": "Rents rose.",
  "keywords": ["rent"],
  "categories": ["housing", "rent"],
  "weight": 10
}

Text.
"""
JEKYLL = """\
---
layout: post
title: Rents
date: 2024-03-12 10:00:00 +0100
permalink: /rents/
excerpt: Rents rose.
tags: rent, housing
---
Text.
"""
QUARTO = """\
---
title: Rents
date: March 12, 2024
description: Rents rose.
categories: [rent, housing]
format:
  html:
    toc: true
execute:
  echo: false
bibliography: references.bib
---
Text.
"""
PANDOC = """\
---
title: Rents
date: 12 March 2024
abstract: |
  Rents rose.
keywords: [rent, housing]
documentclass: article
geometry: margin=2cm
...

Text.
"""


@pytest.mark.parametrize("text", [HUGO, HUGO_JSON, JEKYLL, QUARTO, PANDOC])
def test_front_matter_of_other_programs_is_read_with_few_warnings(text: str) -> None:
    brief, problems = read(text)
    assert (brief.title, brief.date, brief.draft) == ("Rents", DATE, False)
    assert brief.summary == "Rents rose."
    assert set(brief.tags) == {"rent", "housing"}
    assert brief.text.strip() == "Text."
    assert len([problem for problem in problems if problem.code == "R33"]) == 1
    assert len(group_by_cause(problems)) <= 3
    lines = text.split("\n")
    assert lines[brief.line - 1 :] == brief.text.split("\n")


def test_one_warning_says_what_was_taken_for_what() -> None:
    _, [warning] = read_front_matter(
        f"{OURS}layout: post\ndescription: Rents rose.\nkeywords: [rent]\n"
        "toc_depth: 2\n"
    )
    assert warning == (
        "R33 keys of other programs are read: `description` as `summary`, `keywords`"
        " as `tags`; others are ignored: `layout`, `toc_depth`"
    )
    _, [warning] = read_front_matter(f"{OURS}layout: post\npermalink: /rents\n")
    assert warning == "R33 keys of other programs are ignored: `layout`, `permalink`"


def test_our_own_key_wins_and_a_description_wins_over_an_abstract() -> None:
    brief, _ = read_front_matter(
        f"{OURS}abstract: A.\ndescription: B.\nkeywords: [a]\ncategories: [b]\n"
    )
    assert (brief.summary, set(brief.tags)) == ("B.", {"a", "b"})
    brief, _ = read_front_matter(
        f"{OURS}abstract: A.\nsummary: Ours.\nkeywords: [a]\ntags: [ours]\n"
    )
    assert (brief.summary, brief.tags) == ("Ours.", ("ours",))


@pytest.mark.parametrize(
    ("line", "is_draft"),
    [
        ("published: false", True),
        ("status: draft", True),
        ("published: true", False),
        ("status: final", False),
        ("draft: 'yes'", True),
        ("draft: no", False),
        ("draft: 0", False),
        ("draft: maybe", True),  # it must not be published by mistake
        ("published: false\ndraft: false", False),
    ],
)
def test_a_draft_in_other_words_is_a_draft(line: str, *, is_draft: bool) -> None:
    brief, warnings = read_front_matter(f"{OURS}{line}\n")
    assert (brief.draft, len(warnings)) == (is_draft, 1)


def test_keys_in_another_case_are_ours() -> None:
    brief, [warning] = read_front_matter("Title: Rents\nDate: 2024-03-12\n")
    assert (brief.title, brief.date) == ("Rents", DATE)
    assert warning.startswith("R33")


# issue 11, item 1: `author:` of Pandoc and Quarto
@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        ("author: Jane Doe", [("Jane Doe", "", "")]),
        (
            "author: [Jane Doe, John Roe]",
            [("Jane Doe", "", ""), ("John Roe", "", "")],
        ),
        (
            """\
author:
  - name: Jane Doe
    affiliation: Example
    orcid: 0000-0002-1825-0097
    email: doe@example.org
  - name: John Roe""",
            [("Jane Doe", "Example", "0000-0002-1825-0097"), ("John Roe", "", "")],
        ),
        (
            """\
author:
  name: Jane Doe
  affiliations:
    - name: Example
      city: Sampleton
    - Other
  orcid: https://orcid.org/0000-0002-1825-0097""",
            [("Jane Doe", "Example; Other", "0000-0002-1825-0097")],
        ),
        (
            "author:\n  - name:\n      given: Jane\n      family: Doe\n",
            [("Jane Doe", "", "")],
        ),
        (
            "author:\n  - Jane Doe:\n      institute: Example\n",
            [("Jane Doe", "Example", "")],
        ),
        ("author:\n  - first_name: Jane\n    last_name: Doe", [("Jane Doe", "", "")]),
        ("authors:\n  - name: Jane Doe\n    orcid: none\n", [("Jane Doe", "", "")]),
    ],
)
def test_authors_of_pandoc_and_quarto(
    lines: str, authors: list[tuple[str, str, str]]
) -> None:
    brief, warnings = read_front_matter(f"{OURS}{lines}\n")
    found = [(each.name, each.affiliation, each.orcid) for each in brief.authors]
    assert found == authors
    assert warnings


def test_an_author_of_the_press_is_taken_whatever_the_table_says() -> None:
    brief, _ = read_front_matter(
        f"{OURS}author:\n  - name: Yoriko Kawaguchi\n    affiliation: Other\n"
    )
    assert brief.authors == (KAWAGUCHI,)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Jane Doe and John Roe", ["Jane Doe", "John Roe"]),
        ("A, B and C", ["A", "B", "C"]),
        ("A; B", ["A", "B"]),
        ("Jane Doe & John Roe", ["Jane Doe", "John Roe"]),
        ("Doe, Jane", ["Doe", "Jane"]),
        ("Kawaguchi", ["Yoriko Kawaguchi"]),
        ("kawaguchy", ["kawaguchy"]),
    ],
)
def test_authors_in_one_string_are_several(value: str, names: list[str]) -> None:
    brief, [warning] = read_front_matter(f"{OURS}authors: {value}\n")
    assert [author.name for author in brief.authors] == names
    assert warning.startswith("R16")


# issue 11, item 1: Pandoc's title block
def test_a_title_block_of_pandoc_is_front_matter() -> None:
    brief, problems = read(
        "% Rents:\n  a view\n% Jane Doe\n  John Roe\n% 12 March 2024\n\nText.\n"
    )
    assert (brief.title, brief.date) == ("Rents: a view", DATE)
    assert [author.name for author in brief.authors] == ["Jane Doe", "John Roe"]
    assert (brief.text, brief.line) == ("\nText.\n", 6)
    assert "R33" in {problem.code for problem in problems}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("+++\ntitle = Rents\n+++\nText.\n", "R06", 2),
        ('+++\ntitle = "A"\ntitle = "B"\n+++\nText.\n', "R06", 3),
        ('{\n  "title": "Rents",\n  "date" 2024\n}\nText.\n', "R06", 3),
        ('{\n  "title": "A",\n  "title": "B",\n "date": "2024-03-12"}\n', "R08", 3),
        ('+++\ntitle = "Rents"\n\nText.\n', "R05", 1),
        ("---\n- title\n- date\n---\nText.\n", "R06", 2),
        ("---\ntitle: Rents: a view\n---\nText.\n", "R06", 2),
    ],
)
def test_front_matter_that_cannot_be_parsed_is_an_error_with_its_line(
    text: str, code: str, line: int
) -> None:
    _, problems = parse_brief(text.encode(), "briefs/rents.md", PRESS)
    [error] = [problem for problem in problems if problem.is_error]
    assert error.code == code
    assert error.span is not None
    assert error.span.line == line


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 5000,
        '{"a":' * 50 + "1" + "}" * 50,
        '{"a": [' + "[" * 2000 + "]" * 2000 + "]}",
        "+++\na = " + "[" * 5000 + "]" * 5000 + "\n+++\n",
    ],
)
def test_deep_front_matter_is_an_error(text: str) -> None:
    assert set(errors_of(text)) <= {"R06", "R09"}
    assert errors_of(text)


# issue 11, item 1: dates in words
@pytest.mark.parametrize(
    ("lang", "date"),
    [
        ("en", "12 March 2024"),
        ("en", "March 12, 2024"),
        ("en", "Tuesday, 12th of March 2024"),
        ("en", "2024-03-12T10:00:00Z"),
        ("en", "2024/3/12"),
        ("ru", "12 марта 2024 г."),
        ("ru", "March 12, 2024"),
        ("kk", "2024 ж. 12 наурыз"),
        ("fr", "12 mars 2024"),
        ("es", "12 de marzo de 2024"),
        ("de", "12. März 2024"),
        ("ka", "12 მარტი 2024"),
        ("fa", "۱۲ مارس ۲۰۲۴"),
        ("zh", "2024年3月12日"),
    ],
)
def test_a_date_in_words_is_read_with_a_warning(lang: str, date: str) -> None:
    brief, [warning] = read_front_matter(f"title: A\ndate: {date}\nlang: {lang}\n")
    assert brief.date == DATE
    assert warning == f"R35 `{date}` is read as the date 2024-03-12"


def test_a_day_that_can_be_no_month_is_clear() -> None:
    brief, [warning] = read_front_matter("title: A\ndate: 31/05/2024\n")
    assert brief.date == dt.date(2024, 5, 31)
    assert warning.startswith("R35")


@pytest.mark.parametrize(
    "date",
    [
        "03/04/2024",  # the fourth of March or the third of April
        "3-4-2024",
        "2024-02-30",
        "soon",
        "March 2024",
        "2024",
        "12 March 2567",  # a year of Thailand
        "1403/01/12",  # a year of Iran
        "12 March 2024 or 2025",
        "12 марта 2024",  # in a brief whose language is English
        "[a, b]",
        "{a: b}",
    ],
)
def test_a_date_that_is_not_clear_is_an_error(date: str) -> None:
    assert errors_of(f"---\ntitle: A\ndate: {date}\n---\nText.\n") == ["R14"]


# issue 11, item 3: what is missing is taken from the file's name and the text
@pytest.mark.parametrize(
    "lines", ["title: A\n", "title: A\ndate:\n", "title: A\ndate: 03/04/2024\n"]
)
@pytest.mark.parametrize(
    "file", ["2024-03-12-rents.md", "2024-03-12 Rents.md", "2024-03-12/index.md"]
)
def test_a_date_is_taken_from_the_files_name(lines: str, file: str) -> None:
    brief, problems = read(f"---\n{lines}---\nText.\n", f"briefs/{file}")
    assert brief.date == DATE
    assert "R34" in {problem.code for problem in problems}


@pytest.mark.parametrize("file", ["2024-13-12-rents.md", "2024-03-123.md", "rents.md"])
def test_a_missing_date_is_an_error(file: str) -> None:
    assert errors_of("---\ntitle: A\n---\nText.\n", f"briefs/{file}") == ["R11"]


@pytest.mark.parametrize(
    ("text", "title", "rest"),
    [
        ("# Rents\n\nText.\n", "Rents", "\n\nText.\n"),
        ("\n# *Rents* & `costs` #\nText.\n", "Rents & costs", "\n\nText.\n"),
        ("Rents\n=====\nText.\n", "Rents", "\n\nText.\n"),
        ('<h1 align="center"> Rents </h1>\nText.\n', "Rents", "\nText.\n"),
        (
            "<!-- of May -->\n![](a.svg)\n# Rents\n",
            "Rents",
            "<!-- of May -->\n![](a.svg)\n\n",
        ),
        # What is more than words stays in the text, and so does what follows words.
        ("```\n# no\n```\n\n# Rents {#rents}\n", "Rents", None),
        ("~~~~\n~~~\n# no\n~~~~\n# Rents", "Rents", None),
        ("## Water\n\nText.\n\n# Rents\n", "Rents", None),
        ("# Rents[^1]\n\n[^1]: A.\n", "Rents", None),
        ("# [Rents](https://example.org)\n", "Rents", None),
        ("# Rents [![state](a.svg)](https://example.org)\n", "Rents", None),
        ("# ![](a.svg) Rents ![state][a]\n", "Rents", None),
        ("# [![Rents](a.svg)](https://example.org)\n", "Rents", None),
        ("## Rents\n", "Rent limits", None),
        ("#\n# ![](map.png)\n", "Rent limits", None),
        ("#Rents\n", "Rent limits", None),
        ("- a\n===\n", "Rent limits", None),
        ("Text.\n", "Rent limits", None),
    ],
)
def test_a_title_is_taken_from_the_first_heading_or_the_files_name(
    text: str, title: str, rest: str | None
) -> None:
    data = f"---\ndate: 2024-03-12\n---\n{text}"
    brief, [warning] = read(data, "briefs/rent-limits.md")
    if title == "Rent limits" and text == "Text.\n":
        assert "the file's name" in warning.message
    assert (brief.title, warning.code) == (title, "R34")
    assert brief.text == (text if rest is None else rest)
    assert brief.text.count("\n") >= text.count("\n") - 1


@pytest.mark.parametrize(
    ("file", "title"),
    [
        ("2024-03-12-rent-limits.md", "Rent limits"),
        ("2024-03-12.md", "2024-03-12"),
        ("rents/index.md", "Rents"),
        ("Карта_дорог.md", "Карта дорог"),
    ],
)
def test_a_files_name_in_words_is_a_title(file: str, title: str) -> None:
    brief, _ = read("---\ndate: 2024-03-12\n---\nText.\n", f"briefs/{file}")
    assert brief.title == title


def test_a_brief_without_front_matter_is_published_if_its_name_has_a_date() -> None:
    text = "# Rents\n\nText.\n"
    brief, problems = read(text, "briefs/2024-03-12-rents.md")
    assert (brief.title, brief.date, brief.line) == ("Rents", DATE, 1)
    assert brief.text == "\n\nText.\n"
    assert {problem.code for problem in problems} == {"R34"}
    assert errors_of(text) == ["R05"]
    rule = "---\n\nText.\n\n---\n"
    assert read(rule, "briefs/2024-03-12-rents.md")[0].text == rule


# issue 11, item 3: a file name that cannot be a slug
@pytest.mark.parametrize(
    ("file", "slug"),
    [
        ("Rent Limits.md", "rent-limits"),
        ("карта 1.md", "karta-1"),
        ("50%.md", "50"),
        ("index.md", "index-brief"),
        ("nul.md", "nul-brief"),
        ("!!!.md", "brief"),
        ("Rents_2024/index.md", "rents-2024"),
        (f"{'x' * 120}.md", "x" * 100),
    ],
)
def test_a_slug_is_made_from_a_name_that_cannot_be_one(file: str, slug: str) -> None:
    brief, [warning] = read(f"---\n{OURS}---\nText.\n", f"briefs/{file}")
    assert (brief.slug, warning.code) == (slug, "R18")
    assert warning.brief == slug


@pytest.mark.parametrize("slug", ["../x", "/x", "X", ".x", "x/", "x\\y"])
def test_a_slug_is_made_from_a_slug_that_cannot_be_one(slug: str) -> None:
    brief, [warning] = read_front_matter(f"{OURS}slug: '{slug}'\n")
    assert brief.slug in {"x", "x-y"}
    assert warning.startswith("R18")


# issue 11, item 3: unknown keys, the nearest name within two letters
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("subtitel: A", "unknown key `subtitel` is ignored; the nearest is `subtitle`"),
        ("sumary: A", "unknown key `sumary` is ignored; the nearest is `summary`"),
        ("footnotes: A", "unknown key `footnotes` is ignored"),
        ("dei: A", "unknown key `dei` is ignored; the nearest is `doi`"),
        ("xyz: A", "unknown key `xyz` is ignored"),
    ],
)
def test_an_unknown_key_is_ignored(line: str, message: str) -> None:
    brief, warnings = read_front_matter(f"{OURS}{line}\n")
    assert warnings == [f"R10 {message}"]
    assert brief.title == "Rents"


def test_a_title_and_a_date_under_mistyped_keys_are_read() -> None:
    brief, warnings = read_front_matter("titel: Rents\ndat: 2024-03-12\n")
    assert (brief.title, brief.date) == ("Rents", DATE)
    assert [warning[:3] for warning in warnings] == ["R10", "R10"]


# issue 11, item 3: wrong types are read generously
@pytest.mark.parametrize(
    ("lines", "field", "value", "code"),
    [
        ("tags: water, energy", "tags", ("water", "energy"), "R12"),
        ("tags: [water, 'rent, housing']", "tags", ("water", "rent", "housing"), "R12"),
        ("tags: [[water], [energy]]", "tags", ("water", "energy"), ""),
        ("tags: [water, '']", "tags", ("water",), "R13"),
        ("tags: [water, {a: []}]", "tags", ("water",), "R12"),
        ("tags: {a: []}", "tags", (), "R12"),
        ("subtitle: [A]", "subtitle", "A", "R12"),
        ("subtitle: [A, B]", "subtitle", "A, B", "R12"),
        ("summary: [A., B.]", "summary", "A. B.", "R12"),
        ("summary: {a: []}", "summary", "", "R12"),
        ("number: 7", "number", "7", ""),
        ("number: {a: [b]}", "number", "", "R12"),
        ("takeaways:\n  - Rents: they rose", "takeaways", ("Rents: they rose",), "R12"),
        ("takeaways: One, two.", "takeaways", ("One, two.",), ""),
        ("related: a, b", "related", ("a", "b"), "R12"),
        ("corrections: A figure.", "corrections", (), "R12"),
        ("corrections: [{date: 2024-04-01}]", "corrections", (), "R12"),
        ("lang: en_gb", "lang", "en-GB", "R24"),
        ("lang: English", "lang", "en", "R24"),
        ("doi: https://doi.org/10.1234/abc", "doi", "10.1234/abc", "R24"),
        ("doi: pending", "doi", "", "R24"),
        ("program: SPP", "program", "spp", "R15"),
        ("program: security and politics program", "program", "spp", "R15"),
        ("program: sp", "program", "", "R15"),
        ('subtitle: "A\\0B"', "subtitle", "A B", "R02"),
    ],
)
def test_a_value_of_another_type_is_read_or_left_out(
    lines: str, field: str, value: Any, code: str
) -> None:
    brief, warnings = read_front_matter(f"{OURS}{lines}\n")
    assert getattr(brief, field) == value
    assert {warning[:3] for warning in warnings} == ({code} if code else set())


def test_numbers_of_toml_are_texts_as_they_are_written() -> None:
    brief, problems = read(
        "+++\ntitle = 2024\ndate = 2024-03-12\nnumber = 1.10\ntags = [1, true]\n+++\nA\n"
    )
    assert (brief.title, brief.number, brief.tags) == ("2024", "1.10", ("1", "true"))
    assert {problem.code for problem in problems} == {"R12"}


def test_one_correction_is_a_list_of_one() -> None:
    brief, [warning] = read_front_matter(
        f"{OURS}corrections:\n  date: 1 April 2024\n  text: A figure.\n"
    )
    assert [each.date.isoformat() for each in brief.corrections] == ["2024-04-01"]
    assert warning.startswith("R35")


@pytest.mark.parametrize("date", ["", "date: soon, "])
def test_a_correction_without_a_date_is_an_error(date: str) -> None:
    text = f"---\n{OURS}corrections: [{{{date}text: A figure.}}]\n---\nText.\n"
    assert len(errors_of(text)) == 1


KEYS = st.sampled_from((
    "title", "date", "authors", "author", "tags", "keywords", "summary", "abstract",
    "slug", "lang", "draft", "layout", "corrections", "related", "number", "doi",
    "titel", "published", "program", "takeaways",
))  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.dates().map(str)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=3),
    ),
)


@given(st.dictionaries(KEYS, VALUES))
def test_any_json_is_a_brief_and_only_dates_and_limits_are_errors(
    values: dict[str, Any],
) -> None:
    text = json.dumps(values) + "\nText.\n"
    brief, problems = parse_brief(text.encode(), "briefs/2024-03-12-a.md", PRESS)
    codes = {problem.code for problem in problems if problem.is_error}
    assert codes <= {"R11", "R14", "R31"}
    assert brief is not None
    assert brief.title


@pytest.mark.parametrize(
    ("words", "lang"),
    [
        ("עליית מחירי הדיור", "he"),
        ("ارتفعت أسعار المياه", "ar"),
        ("قیمت آب بالا رفت", "fa"),
        ("پانی کی قیمت بڑھ گئی", "ur"),
    ],
)
def test_a_right_to_left_text_without_a_language_gets_that_of_its_letters(
    words: str, lang: str
) -> None:
    front_matter = "title: A\ndate: 2024-03-12\n"
    brief, messages = read_front_matter(front_matter, f"{words} (UN).\n")
    assert brief.lang == lang
    assert messages == [
        f"R34 `lang` is missing: `{lang}`, which the letters suggest, is taken"
    ]
    quoted = f"The ministry wrote «{words}» in its report of the year.\n"
    brief, messages = read_front_matter(front_matter, quoted)
    assert (brief.lang, messages) == ("en", [])
    for field, text in (("lang: en\n", words), ("", "\N{HEBREW ACCENT ETNAHTA}\n")):
        brief, messages = read_front_matter(front_matter + field, text)
        assert (brief.lang, messages) == ("en", [])
