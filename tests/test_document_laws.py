"""What is true of the document of any text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.engine.codec import decode, encode
from briefpress.model import Brief, Document, Limits, Places
from briefpress.problems import Problem
from briefpress.xhtml import is_call, parse_xhtml, text_of, to_xhtml

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path d="M0 3 4 0"/></svg>'
LOOK = mapping_reader({"briefs/a.svg": SVG, "briefs/a.csv": b"year,rent\n2015,100\n"})

# Syntax of Markdown, of HTML and of our own, combined at random: this finds what plain
# text does not.
PIECES = st.sampled_from(
    [
        *(
            "word ",
            "Rents rose. ",
            "\n",
            "\n\n",
            "    ",
            "> ",
            "> [!case] ",
            "> [!pull]\n> ",
            "- ",
            "1. ",
            "## ",
            "# ",
        ),
        *(
            "#### ",
            "| ",
            "|---|---|\n",
            "| a | b |\n|---|--:|\n| 1 | 2 |\n",
            "[^1]",
            "[^2]",
            "[^A]",
            "[^1]: ",
        ),
        *(
            "\n\n[^1]: note ",
            "\n\n[^2]: other [^1] ",
            "\n\n[^a]: third ",
            "*",
            "**",
            "_",
            "`",
            "```\n",
            "~~~",
            "[",
        ),
        *(
            "]",
            "(",
            ")",
            "](#a)",
            "](b.md)",
            "](https://example.org)",
            '![a](a.svg "head[^1]")',
            "![",
            "  \n",
            "---\n",
        ),
        *(
            "{: #a data=a.csv }",
            "{: .call lang=fa }",
            "<div>",
            "</div>",
            "<b>",
            "<td>",
            "<a href='javascript:x'>",
        ),
        *(
            "<!--",
            "-->",
            "<",
            "&amp;",
            "&#0;",
            "&nbsp;",
            "\\",
            '"',
            "'",
            "--",
            "— source",
            "Table: head\n",
            "\n:   ",
        ),
        *(
            "*[SCO]: long\n",
            "SCO ",
            "\t",
            "\r\n",
            "\x00",
            "\x02klzzwxh:0000\x03",
            "\ue000",
            "\U000f0000",
            "\U00100000",
        ),
        *("\ufffe", "é", "مت", "Вода", "😀", "***\n", "\u2028"),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join))
SLOW = settings(
    max_examples=3 * settings().max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def brief(text: str, **fields: Any) -> Brief:
    """Return a brief with this text, which begins on line 5 of its file."""
    values: dict[str, Any] = {"summary": "", "takeaways": (), "lang": "en", **fields}
    return Brief(
        "b", "briefs/b.md", "A title", dt.date(2024, 5, 31), text=text, line=5, **values
    )


def parsed(
    text: str, **fields: object
) -> tuple[Document | None, Places, tuple[Problem, ...]]:
    """Parse a text."""
    result = parse_document(brief(text, **fields), LOOK, Limits(), {"briefs/b.md": "b"})
    return result.document, result.positions, result.problems


def rows_of(text: str) -> Sequence[str]:
    """Return the lines of the file."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@SLOW
@given(TEXTS)
def test_any_text_has_a_document_or_an_error(text: str) -> None:
    document, _, problems = parsed(text, summary=text, takeaways=(text,))
    assert document is not None or any(problem.is_error for problem in problems)


@SLOW
@given(TEXTS)
def test_every_span_is_in_its_file(text: str) -> None:
    rows = rows_of(text)
    _, places, problems = parsed(text)
    spans = [(p.span.line, p.span.column, p.span.length) for p in problems if p.span]
    for line, column, length in [
        *spans,
        *((line, column, 1) for line, column in places.values()),
    ]:
        assert line == 0 or 5 <= line < 5 + len(rows)
        if line and column:
            assert 1 <= column <= len(rows[line - 5]) + 1
            assert column + length <= len(rows[line - 5]) + 2


@SLOW
@given(TEXTS)
def test_every_call_has_its_note_and_every_note_its_calls(text: str) -> None:
    document, _, _ = parsed(text)
    if document is None:
        return
    trees = [document.body, *(note.body for note in document.notes)]
    calls = [element for tree in trees for element in tree.iter() if is_call(element)]
    assert sorted(call.get("id", "") for call in calls) == sorted(
        name for note in document.notes for name in note.calls
    )
    assert {call.get("href") for call in calls} == {
        f"#{note.id}" for note in document.notes
    }
    assert [note.number for note in document.notes] == list(
        range(1, len(document.notes) + 1)
    )
    assert all(re.match(r"call-\d+\Z", note.calls[0]) for note in document.notes)


@SLOW
@given(TEXTS)
def test_ids_are_unique_and_valid(text: str) -> None:
    document, places, _ = parsed(text)
    if document is None:
        return
    trees = [document.body, *(note.body for note in document.notes)]
    ids = [
        element.get("id", "")
        for tree in trees
        for element in tree.iter()
        if "id" in element.attrib
    ]
    assert len(ids) == len(set(ids))
    assert all(re.match(r"[A-Za-z][A-Za-z0-9._-]*\Z", name) for name in ids)
    assert set(places) <= {*ids, *(note.id for note in document.notes)}


@SLOW
@given(TEXTS)
def test_a_document_is_the_same_after_encoding_and_decoding(text: str) -> None:
    document, _, _ = parsed(text, summary=text)
    if document is None:
        return
    data = encode(document)
    assert encode(decode(Document, data)) == data
    assert to_xhtml(parse_xhtml(to_xhtml(document.body))) == to_xhtml(document.body)


@SLOW
@given(TEXTS)
def test_a_document_has_no_private_characters_and_no_scripts(text: str) -> None:
    document, _, _ = parsed(text)
    if document is None:
        return
    written = encode(document).decode()
    assert not re.search("[\ue000-\uf8ff\U000f0000-\U0010ffff]", written)
    for tree in (document.body, *(note.body for note in document.notes)):
        for element in tree.iter():
            assert element.tag not in (
                "script",
                "style",
                "iframe",
                "object",
                "form",
                "link",
                "base",
            )
            assert not [
                key
                for key in element.attrib
                if key.startswith("on") or key in ("style", "rel", "srcset")
            ]
            assert re.match(
                r"(?:#|https?:|mailto:|tel:|brief:|[^:]*\Z)", element.get("href", "")
            )


@SLOW
@given(TEXTS)
@example("    \n0")
def test_a_blank_line_at_the_top_changes_only_positions(text: str) -> None:
    plain, places, _ = parsed(text)
    lower, moved, _ = parsed("\n" + text)
    if plain is None or lower is None:
        assert plain is lower
        return
    assert encode(plain) == encode(lower)
    assert moved == {
        name: (line + 1, column) for name, (line, column) in places.items()
    }


@pytest.mark.parametrize(
    "text",
    [
        '<div data-at="1:1" data-call="0">\n\nWord.[^1]\n\n</div>\n\n[^1]: Note.',
        'A <b data-call="0" DATA-AT=7>bold</b> word.[^1]\n\n[^1]: Note.',
        'A *word*{: data-call=0 data-at="1:1" }.[^1]\n\n[^1]: Note.',
    ],
)
def test_authors_cannot_set_places_and_calls(text: str) -> None:
    document, _, problems = parsed(text)
    assert document is not None
    assert "data-" not in to_xhtml(document.body)
    assert sum(1 for each in document.body.iter("a") if is_call(each)) == 1
    assert problems == ()


@SLOW
@given(st.lists(st.sampled_from(["alpha", "beta", "gamma"]), min_size=1, max_size=12))
def test_the_position_of_a_paragraph_is_that_of_its_words(words: list[str]) -> None:
    text = "\n\n".join(
        f"{'> ' * (n % 3)}{word} number{n}." for n, word in enumerate(words)
    )
    document, places, _ = parsed(text)
    assert document is not None
    rows = rows_of(text)
    for element in document.body.iter("p"):
        line, column = places[element.get("id", "")]
        assert text_of(element) == rows[line - 5][column - 1 :]


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "](",
        "[a](",
        "*a **b ",
        "`a ``b ",
        "<",
        "<a ",
        "<a '",
        "<!-- ",
        "<?",
        "&a",
        "\\",
        "[^a]",
        "<a@",
        "*_",
        "<div>",
    ],
)
def test_long_paragraphs_of_syntax_take_seconds_only(piece: str) -> None:
    """Each of these takes quadratic time in some library, unless it is prevented."""
    paragraph = (piece * 20_000)[:19_000]
    document, _, problems = parsed(paragraph)
    assert document is not None or problems


@pytest.mark.parametrize(
    "piece",
    ["> ", "- ", "1. ", "<div>", "**_", "[", "|  ", "> | ", "x" * 1000, "\n" * 100],
)
def test_text_that_is_nested_too_deep_or_too_long_is_refused(piece: str) -> None:
    for many in (1000, 10_000):
        document, places, problems = parsed(piece * many + "end")
        if document is None:
            assert {problem.code for problem in problems if problem.is_error} <= {
                "D05",
                "D06",
            }
            assert places == {}
