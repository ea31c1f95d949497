"""Words of the other direction: each run is one box, so its parts keep their order."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from xml.etree.ElementTree import fromstring, tostring

import pytest
from PIL import Image, ImageChops

import books
from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.editions.epub.cover import book_characters, book_fonts, render_cover
from briefpress.editions.localisation import counter_style, number_in_digits
from briefpress.editions.pdf.print_tree import mark_directions
from briefpress.model import Brief
from briefpress.xhtml import to_xhtml


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # A run over several elements is wrapped; Persian words end it.
        (
            '<p dir="rtl">متن Smith, <em>Water</em>, 2023. پایان</p>',
            '<p dir="rtl">متن <span dir="ltr">Smith, <em dir="ltr">Water</em>, 2023</span>. پایان</p>',
        ),
        # Brackets that the run has opened belong to it.
        (
            '<p dir="rtl">برنامه <b>Program</b> (SPP) است</p>',
            '<p dir="rtl">برنامه <span dir="ltr"><b dir="ltr">Program</b> (SPP)</span> است</p>',
        ),
        # A note in Latin letters is one run, with its number outside of it.
        (
            '<p dir="rtl"><fn-mark>1</fn-mark> Smith, <i>W</i>, p. 3.</p>',
            '<p dir="rtl"><fn-mark>1</fn-mark> <span dir="ltr">Smith, <i dir="ltr">W</i>, p. 3.</span></p>',
        ),
        # An address keeps its last sign.
        (
            '<p dir="rtl">نشانی https://a.org/b/. پایان</p>',
            '<p dir="rtl">نشانی <span dir="ltr" class="directed-address">https://a.org/b/</span>. پایان</p>',
        ),
        # So does one that can be broken, which is on one line if there is room.
        (
            '<p dir="rtl">نشانی <span class="address">https://a.o/<wbr />b</span> پایان</p>',
            '<p dir="rtl">نشانی <span class="address directed-address" dir="ltr">https://a.o/<wbr />b</span> پایان</p>',
        ),
        # Isolates begin like their first letter.
        (
            '<p dir="rtl">در <bdi>1 Main Street</bdi> است</p>',
            '<p dir="rtl">در <bdi dir="ltr">1 Main Street</bdi> است</p>',
        ),
        # The body of a page is never in another element, whatever its words are.
        (
            '<html dir="rtl"><body><p>One.</p></body></html>',
            '<html dir="rtl"><body><p><span dir="ltr">One.</span></p></body></html>',
        ),
        # One text is ordered by the layout.
        ('<p dir="rtl">نام World Bank است</p>', '<p dir="rtl">نام World Bank است</p>'),
        # The same the other way round.
        (
            '<p dir="ltr">In سلام <b>دنیا</b> words</p>',
            '<p dir="ltr">In <span dir="rtl">سلام <b dir="rtl">دنیا</b></span> words</p>',
        ),
        ("<p>A <em>plain</em> text.</p>", "<p>A <em>plain</em> text.</p>"),
    ],
)
def test_runs_get_an_element_of_their_own(before: str, after: str) -> None:
    tree = fromstring(before)
    words = "".join(tree.itertext())
    mark_directions(tree)
    assert tostring(tree, "unicode") == after
    assert "".join(tree.itertext()) == words


def cover(title: str, lang: str) -> Image.Image:
    """Return the cover of a book with a title."""
    book = books.as_book(books.three(), lang)
    collection = replace(book.collection, title=title, language=lang)
    book = replace(book, collection=collection)
    fonts = book_fonts(book.theme, book_characters(book))
    return Image.open(io.BytesIO(render_cover(book, fonts))).convert("L")


@pytest.mark.parametrize("title", ["Water", "آب و سیاست", "WTO و آب ۲۰۲۴"])
def test_a_cover_read_from_right_to_left_ends_at_the_right_margin(title: str) -> None:
    picture = cover(title, "fa").crop((0, 560, 1600, 1000))
    ink = picture.point(lambda value: 255 * (value < 128)).getbbox()
    assert ink is not None
    left, _, right, _ = ink
    assert 1390 < right < 1470
    assert left > 150


def test_a_title_in_a_fallback_font_is_bold_on_the_cover() -> None:
    box = (0, 560, 1600, 1000)
    bold = cover("ביטחון", "he").crop(box)
    assert ImageChops.difference(bold, cover("בי", "he").crop(box)).getbbox()
    ink = sum(bold.histogram()[:128])
    area = bold.point(lambda value: 255 * (value < 128)).getbbox()
    assert area is not None
    left, top, right, bottom = area
    share = ink / ((right - left) * (bottom - top))
    assert share > 0.28, "the regular face covers a quarter of its lines"


def test_numbers_have_the_digits_of_the_language() -> None:
    assert number_in_digits(12, "fa") == "۱۲"
    assert number_in_digits(12, "kk") == "12"
    assert (counter_style("fa"), counter_style("he")) == ("persian", "decimal")


def test_addresses_and_latin_notes_keep_their_direction_on_screens() -> None:
    text = (
        "متن https://a.org/b/ و [متن](https://a.org/c/).[^1]\n\n"
        "[^1]: Smith, *Water*, 2023, https://a.org/d/.\n"
    )
    brief = Brief("b", "briefs/b.md", "B", dt.date(2024, 5, 31), "fa", text, 1)
    document = parse_document(brief, mapping_reader({})).document
    assert document is not None
    assert (
        '<a href="https://a.org/b/" dir="ltr">https://a.org/b/</a> و '
        '<a href="https://a.org/c/">متن</a>'
    ) in to_xhtml(document.body)
    assert (
        '<span dir="ltr">Smith, <em>Water</em>, 2023, '
        '<a href="https://a.org/d/" dir="ltr">https://a.org/d/</a>.</span>'
    ) in to_xhtml(document.notes[0].body)
    english = parse_document(replace(brief, lang="en"), mapping_reader({})).document
    assert english is not None
    assert "dir=" not in to_xhtml(english.body)
