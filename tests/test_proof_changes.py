"""Changes between two texts of a brief: `<ins>` and `<del>`, and nothing else."""

from __future__ import annotations

import datetime as dt
import re
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.editions.changes import changed_lines, with_changes
from briefpress.model import Brief, Document
from briefpress.xhtml import is_call, to_html


def document(text: str, summary: str = "") -> Document:
    """Return the document of a text."""
    date = dt.date(2024, 5, 31)
    brief = Brief("b", "briefs/b.md", "T", date, "en", text, 1, summary=summary)
    made = parse_document(brief, mapping_reader({})).document
    assert made is not None
    return made


def changes(before: str, now: str) -> str:
    """Return body and notes in one line, with no tags but those of changes."""
    made = with_changes(document(now), document(before))
    trees = [made.body, *(note.body for note in made.notes)]
    return " ".join(map(short, trees))


def short(tree: Element) -> str:
    html = to_html(tree).replace(' class="proof-change"', "")
    html = re.sub(r"<(?!/?(?:ins|del)>)[^>]+>", "", html)
    return " ".join(html.split())


CASES = {
    "nothing": ("One *two*.", "One two.", "One two."),
    "a word": ("One two.", "One three.", "One <del>two</del><ins>three</ins>."),
    "a new word": ("One.", "One more.", "One <ins>more</ins>."),
    "a word less": ("One big house.", "One house.", "One <del>big </del>house."),
    "a phrase with small words in it": (
        "It rose by a third.",
        "It fell by a half.",
        "It <del>rose by a third</del><ins>fell by a half</ins>.",
    ),
    "a new paragraph": (
        "One.\n\nTwo.",
        "One.\n\nNew.\n\nTwo.",
        "One. <ins>New.</ins> Two.",
    ),
    "a paragraph less": (
        "One.\n\nGone.\n\nTwo.",
        "One.\n\nTwo.",
        "One. <del>Gone.</del>Two.",
    ),
    "the last paragraph": ("One.\n\nGone.", "One.", "One.<del>Gone.</del>"),
    "an item": ("- a b\n- c d\n- e f", "- a b\n- e f", "a b <del>c d</del>e f"),
    "a cell": (
        "| a | b |\n|---|---|\n| c | 1 |",
        "| a | b |\n|---|---|\n| c | 2 |",
        "a b c <del>1</del><ins>2</ins>",
    ),
    "a new note, which changes the numbers of others": (
        "One.[^a]\n\n[^a]: Note a.",
        "Zero.[^z] One.[^a]\n\n[^a]: Note a.\n[^z]: Note z.",
        "<ins>Zero.</ins><ins>1</ins> One.2 <ins>Note z.</ins> Note a.",
    ),
    "a note less": (
        "One.[^a] Two.\n\n[^a]: Note a.",
        "One. Two.",
        "One. <del> [Note a.] </del>Two.",
    ),
    "words in a note": (
        "One.[^1]\n\n[^1]: See table 3.",
        "One.[^other]\n\n[^other]: See table 4.",
        "One.1 See table <del>3</del><ins>4</ins>.",
    ),
    "Chinese": ("水位下降", "水位上升", "水位<del>下降</del><ins>上升</ins>"),
}


@pytest.mark.parametrize(
    ("before", "now", "expected"), CASES.values(), ids=CASES.keys()
)
def test_what_changed_is_marked_word_by_word(
    before: str, now: str, expected: str
) -> None:
    assert changes(before, now) == expected


def test_the_summary_is_compared_too() -> None:
    made = with_changes(document("One.", "New words."), document("One.", "Old words."))
    assert made.summary is not None
    assert short(made.summary) == "<del>Old </del><ins>New</ins> words."


def test_lines_that_are_gone_have_no_number() -> None:
    lines = changed_lines(["a: 1", "c: 3"], ["a: 2", "b: 2", "c: 3"])
    assert [line.get("data-number") for line in lines] == ["1", None, "2"]
    assert short(lines[1]) == "<del>b: 2</del>"


def text_without(tree: Element, tag: str) -> str:
    """Return the letters of a tree without what is in our elements of a tag."""
    is_left_out = tree.tag == tag and tree.get("class") == "proof-change"
    text = "" if is_left_out or is_call(tree) else (tree.text or "")
    if not is_left_out:
        for child in tree:
            text += text_without(child, tag) + (child.tail or "")
    return "".join(text.split())


PIECES = (
    "one",
    "two",
    "three",
    "four,",
    "five.",
    "**six**",
    "`seven`",
    "\n\n",
    "- ",
    "# ",
    "8",
)
WORDS = st.lists(
    st.sampled_from(PIECES),
    max_size=25,
)


@given(before=WORDS.map(" ".join), now=WORDS.map(" ".join))
def test_without_the_insertions_it_is_the_old_text_and_without_the_deletions_the_new(
    before: str, now: str
) -> None:
    old, new = document(before), document(now)
    made = with_changes(new, old)
    assert text_without(made.body, "del") == text_without(new.body, "del")
    assert text_without(made.body, "ins") == text_without(old.body, "ins")
