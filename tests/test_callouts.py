"""Callouts, as a brief, GitHub, Obsidian, Quarto, Docusaurus and MyST write them."""

from __future__ import annotations

import datetime as dt

import pytest

from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.model import Brief
from briefpress.xhtml import text_of


def read(text: str) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Return the kinds, titles and words of callouts, and the messages."""
    brief = Brief("b", "briefs/b.md", "B", dt.date(2024, 5, 31), "en", text, 1)
    parsed = parse_document(brief, mapping_reader({}))
    assert parsed.document is not None
    found = []
    for element in parsed.document.body.iter("div"):
        name, _, kind = element.get("class", "").partition(" ")
        if name == "callout":
            title, *others = [" ".join(text_of(child).split()) for child in element]
            found.append((kind, title, " ".join(others)))
    return found, [f"{each.code} {each.message}" for each in parsed.problems]


@pytest.mark.parametrize(
    ("written", "kind", "title"),
    [
        ("[!info]", "note", "Info"),
        ("[!INFO]", "note", "Info"),
        ("[!abstract]- What we found", "note", "What we found"),
        ("[!danger]", "warning", "Danger"),
        ("[!faq]+ Who pays?", "question", "Who pays?"),
        ("[!TIP]", "note", "Tip"),
    ],
)
def test_a_kind_of_another_program_is_read(written: str, kind: str, title: str) -> None:
    assert read(f"> {written}\n> Words.\n") == ([(kind, title, "Words.")], [])


def test_an_unknown_kind_is_published_with_a_warning() -> None:
    message = "C01 unknown kind of callout `[!theorem]`: `note` is taken"
    callouts, messages = read(
        "> [!theorem]\n> Words.\n\n> [!theorem] Euclid\n> More.\n"
    )
    assert callouts == [("note", "Theorem", "Words."), ("note", "Euclid", "More.")]
    assert messages == [message, message]
    message = "C01 unknown kind of callout `[!wraning]`: `warning` is taken"
    assert read("> [!wraning]\n> Words.\n") == (
        [("warning", "Warning", "Words.")],
        [message],
    )


@pytest.mark.parametrize(
    ("opening", "kind", "title"),
    [
        (":::note", "note", "Note"),
        (":::tip Before you *start*", "note", "Before you start"),
        (":::tip[Before you *start*]", "note", "Before you start"),
        ("::: danger", "warning", "Danger"),
        ("::: details Sources", "note", "Sources"),
        (":::::: callout\n\n## Of the sample", "note", "Of the sample"),
        (":::{warning}", "warning", "Warning"),
        (":::{note} Of the sample\n:class: dropdown", "note", "Of the sample"),
        ("::: {.callout-tip}\n## Of the sample", "note", "Of the sample"),
        ("::: {.callout-tip}\n\n### Of the sample ###", "note", "Of the sample"),
    ],
)
def test_a_div_is_a_callout_with_its_title(opening: str, kind: str, title: str) -> None:
    assert read(f"{opening}\n\nWords.\n\n:::\n") == ([(kind, title, "Words.")], [])


@pytest.mark.parametrize("opening", ["::: box Of words", ":::{grid} 2", ":::{grid}"])
def test_another_div_with_a_title_is_printed_with_a_warning(opening: str) -> None:
    callouts, messages = read(f"{opening}\nWords.\n:::\n")
    assert callouts == []
    assert messages
    assert messages[0].startswith("D10 ")
