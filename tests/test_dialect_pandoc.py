"""Pandoc's part of the dialect has the structure that Pandoc gives a text."""

from __future__ import annotations

import re

import pypandoc
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from briefpress.document.token_tree import CALL
from commonmark import Part, differences, equal_blocks, parts_of, structure_of

# What we do not take from Pandoc: dashes and ids are set later, citations are reported.
FORMAT = "markdown-smart-auto_identifiers+mark-implicit_figures-citations"
SPACED = """\
  Right     Left     Center     Default
-------     ------ ----------   -------
     12     {}        12            12
    123     123       123          {}
"""
MULTILINE = """\
---------------------------
 Head   Long head
        of two
------- -------------------
 a      words that
        go on *{}*

 b      {}
---------------------------
"""
GRID = """\
+------------+------------+
| {:<10} | k          |
+============+============+
| - a        | two        |
| - b        | lines      |
+------------+------------+
| x          | y          |
+------------+------------+
"""
FORMS = [
    "H~2~O, {}^2^ and ~~{}~~.",
    "==mark {}== and [{}]{{.smallcaps}}.",
    "## Head {} {{#h-{} .x}}",
    "::: {{.box}}\n{} *em*.\n\n- a\n- {}\n:::",
    "::: outer\n::: inner\n{}\n:::\n\n{}\n:::",
    "| {} one\n|   {} two *em*\n| three",
    "a. {}\nb. {}\nc. gamma",
    "i. {}\nii. {}",
    "(@) {}\n(@) {}",
    "Term {}\n\n:   Definition *{}*\n\nOther\n\n:   Second",
    SPACED,
    MULTILINE,
    GRID,
    "A note^[inline *{}*] and {}.",
    "- {}\n\n  {}\n\n- words",
    "1) {}\n2) {}",
    "[{}](https://example.org){{.x}} and `{}`{{.r}}",
]
WORDS = st.sampled_from(["rents", "water", "ports", "law", "tons", "Вода"])


def structure_in_pandoc(text: str) -> list[Part]:
    """Return the structure of a text as Pandoc reads it, without its notes."""
    options = ["--wrap=preserve", "--syntax-highlighting=none"]
    page = pypandoc.convert_text(text, "html", format=FORMAT, extra_args=options)
    page = re.sub(r'<section id="footnotes".*', "", page, flags=re.DOTALL)
    page = re.sub(r'<a href="#fn\d+".*?</a>', f'<wbr {CALL}="">', page)
    page = re.sub(r'style="text-align: (\w+);"', r'align="\1"', page)
    page = re.sub(
        r'<div class="line-block">(.*?)</div>', r"<p>\1</p>", page, flags=re.DOTALL
    )
    page = re.sub(r"<dd>\s*<p>([^\n]*)</p>\s*</dd>", r"<dd>\1</dd>", page)
    return parts_of(page)


def our_structure(text: str) -> list[Part]:
    """Return the structure of a text as we read it, without its notes."""
    parts = structure_of(text)
    kinds = [part.kind for part in parts]
    return parts[: kinds.index("note")] if "note" in kinds else parts


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_the_structure_that_pandoc_gives_it(form: str) -> None:
    text = form.format("rents", "water")
    assert differences(our_structure(text), structure_in_pandoc(text)) == []


def test_random_texts_have_the_structure_that_pandoc_gives_them() -> None:
    same_blocks = all_blocks = 0
    different: list[str] = []
    block = st.tuples(st.sampled_from(FORMS), WORDS, WORDS)

    @seed(1)
    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(block, min_size=20, max_size=40))
    def compare(blocks: list[tuple[str, str, str]]) -> None:
        nonlocal same_blocks, all_blocks
        # A paragraph parts two lists, which Pandoc and CommonMark join differently.
        text = "\n\nWords.\n\n".join(form.format(*words) for form, *words in blocks)
        ours, theirs = our_structure(text), structure_in_pandoc(text)
        same, count = equal_blocks(ours, theirs)
        same_blocks += same
        all_blocks += count
        different.extend(differences(ours, theirs))

    compare()
    assert same_blocks >= 0.99 * all_blocks, "\n".join(different[:40])
