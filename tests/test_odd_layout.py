"""Text that is hard to lay out: long words, wide tables, tall blocks, odd numbers of lists."""

# ruff: noqa: E501 - pages in one line each

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).with_name("fuzz")))

from rendering import render

import books
from briefpress.document.files import mapping_reader
from briefpress.document.parser import parse_document
from briefpress.editions.epub.cover import COVER_TEMPLATE
from briefpress.editions.epub.pages import book_template_data
from briefpress.editions.inputs import AssetFile
from briefpress.editions.pdf.model import PdfEdition
from briefpress.editions.pdf.print_tree import build_print_tree
from briefpress.editions.pdf.render import landscape_rule
from briefpress.manuscript.briefs import parse_brief
from briefpress.model import Limits, Organisation, Press
from briefpress.theme.folder import theme_folders
from briefpress.theme.read import read_theme
from briefpress.theme.templates import render_template
from briefpress.xhtml import mark_adjacent_calls
from test_pdf import call, document, pages_of

PLAIN = read_theme("plain", theme_folders(Path()))[0]
WORD = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
)
ADDRESS = (
    "https://www.example.org/en/documents/water/2024/intergovernmental-negotiations"
    "_concerning.transboundary/responsibilities.pdf?a=1&b=2&session=15a3bf4f1b2b0b822cd1"
)
PAGE_MARGIN = 20  # pt; nothing of the plain theme is nearer to the edge of the paper


def laid_out(body: str, notes: tuple[str, ...] = ()) -> PdfEdition:
    """Return the PDF of a body in the theme `plain`; it must have no error."""
    edition = render(document(body, notes), PLAIN)
    assert not [each for each in edition.problems if each.is_error]
    assert edition.audit.errors == 0
    return edition


def outside_letters(data: bytes) -> list[str]:
    """Return the letters that are nearer to the edge of the paper than the margin."""
    found = []
    with pdfium.PdfDocument(data) as pdf:
        for page in pdf:
            text, width = page.get_textpage(), page.get_width()
            for index in range(text.count_chars()):
                left, _, right, _ = text.get_charbox(index)
                letter = text.get_text_range(index, 1)
                is_far = left >= PAGE_MARGIN and right <= width - PAGE_MARGIN
                if letter.strip() and not is_far:
                    found.append(letter)
    return found


PLACES = {
    "a paragraph": "<p id='a'>{}</p>",
    "a list": "<ul><li id='a'>x<ul><li id='b'>{}</li></ul></li></ul>",
    "a heading": "<h2 id='a'>{}</h2>",
    "a quotation": "<blockquote><p id='a'>{}</p></blockquote>",
    "a callout": "<div class='callout'><p id='a'>{}</p></div>",
    "a cell": "<table><tbody><tr><td id='a'>{}</td><td id='b'>5</td></tr></tbody></table>",
    "a head": "<table><thead><tr><th id='a'>{}</th><th id='b'>5</th></tr></thead><tbody><tr><td id='c'>1</td><td id='d'>2</td></tr></tbody></table>",
    "a caption": "<figure class='table'><figcaption><p class='headline' id='a'>{}</p></figcaption></figure>",
    "code": "<p id='a'>x <code>{}</code></p>",
    "a block of code": "<pre id='a'><code>{}</code></pre>",
    "a term": "<dl><dt id='a'>{}</dt><dd id='b'>{}</dd></dl>",
}


@pytest.mark.parametrize("words", [WORD * 2, ADDRESS.replace("&", "&amp;")])
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_long_word_or_address_breaks_in(place: str, words: str) -> None:
    edition = laid_out(f"<p id='z'>Before.</p>{place.replace('{}', words)}")
    assert outside_letters(edition.pdf) == []


def test_a_long_word_or_address_breaks_in_a_note_and_in_its_table() -> None:
    cell = f"<table><tbody><tr><td>{WORD}</td><td>{WORD}</td></tr></tbody></table>"
    note = f"<p>{WORD} {ADDRESS.replace('&', '&amp;')}</p>{cell}<pre>{WORD * 2}</pre>"
    edition = laid_out(f"<p id='a'>Said{call(1)}</p>", (note,))
    assert outside_letters(edition.pdf) == []


def test_an_address_breaks_after_its_marks_and_has_no_hyphen() -> None:
    edition = laid_out(f"<p id='a'>See {ADDRESS.replace('&', '&amp;')} there.</p>")
    lines = "".join(pages_of(edition.pdf)).splitlines()
    first = next(n for n, line in enumerate(lines) if "https:" in line)
    assert "".join(lines[first : first + 3]).startswith(f"See {ADDRESS}")
    assert all(line[-1] in "/.-?&=" for line in lines[first : first + 1])


CYRILLIC_ADDRESS = "https://ru.wikipedia.org/wiki/" + "%D0%9A" * 30
ADDRESSES_WITHOUT_COMMON_MARKS = [
    CYRILLIC_ADDRESS,
    "https://example.org/" + "water_" * 30,
    "https://example.org/" + "(" * 150,
    "https://example.org/" + "a*%" * 50,
]


@pytest.mark.parametrize("address", ADDRESSES_WITHOUT_COMMON_MARKS)
@pytest.mark.parametrize("place", ["a paragraph", "a list", "a cell"])
def test_an_address_without_common_marks_breaks_too(place: str, address: str) -> None:
    edition = laid_out(PLACES[place].replace("{}", address))
    assert outside_letters(edition.pdf) == []


def test_a_break_is_not_within_a_percent_escape() -> None:
    tree = build_print_tree(document(f"<p id='a'>{CYRILLIC_ADDRESS}</p>"))
    pieces = list(tree.body.itertext())
    assert len(pieces) > 30
    assert not [piece for piece in pieces if re.search(r"%[0-9A-F]?$", piece)]


@given(st.text("aB7%_-(*,é", min_size=25, max_size=200))
def test_no_piece_of_an_address_is_wider_than_a_line(letters: str) -> None:
    address = f"https://example.org/{letters}"
    tree = build_print_tree(document(f"<p id='a'>{address}</p>"))
    pieces = list(tree.body.itertext())
    assert "".join(pieces) == address
    assert max(map(len, pieces)) <= 24


@given(
    st.lists(st.sampled_from(["https://a.org/b", "x@y.org", "5/6", "a1b2", "and/or"]))
)
def test_marking_addresses_changes_no_letter(words: list[str]) -> None:
    text = " ".join(words)
    tree = build_print_tree(document(f"<p id='a'>{text}<em>{text}</em>{text}</p>"))
    assert "".join(tree.body.itertext()) == text * 3


@pytest.mark.parametrize(
    ("text", "is_address"),
    [
        ("https://example.org/a", True),
        ("www.example.org", True),
        ("doi:10.1000/182", True),
        ("someone@example.org", True),
        ("example.org/a/b.pdf", True),
        ("9f86d081884c7d659a2f", True),
        ("and/or", False),
        ("5/6", False),
        ("2024/25", False),
        ("e.g.", False),
        ("covid19", False),
        ("$5", False),
    ],
)
def test_what_is_an_address(text: str, is_address: bool) -> None:  # noqa: FBT001 - a parameter of the test
    tree = build_print_tree(document(f"<p id='a'>So {text} there</p>"))
    assert (tree.body.find(".//span[@class='address']") is not None) is is_address


def table(columns: int, rows: int = 3, head: str = "Turkmenistan") -> str:
    """Return a table with numbers."""
    heads = "".join(f"<th id='h{n}'>{head}</th>" for n in range(columns))
    cells = "".join("<td>12,345</td>" for _ in range(columns))
    body = f"<tr>{cells}</tr>" * rows
    return (
        "<figure class='table'><figcaption><p class='headline' id='k'>A table</p>"
        f"</figcaption><div class='scroll'><table><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table></div></figure>"
    )


def page_shapes(data: bytes) -> str:
    """Return "P" for each portrait page and "L" for each landscape page."""
    with pdfium.PdfDocument(data) as pdf:
        sizes = [page.get_size() for page in pdf]
    return "".join("L" if width > height else "P" for width, height in sizes)


@pytest.mark.parametrize(
    ("columns", "shapes"), [(5, "P"), (8, "P"), (14, "PLP"), (18, "PLP")]
)
def test_a_wide_table_is_fitted(columns: int, shapes: str) -> None:
    body = f"<p id='a'>Before.</p>{table(columns)}<p id='z'>After.</p>"
    edition = laid_out(body)
    assert page_shapes(edition.pdf) == shapes
    assert outside_letters(edition.pdf) == []
    assert edition.problems == ()


def test_a_table_that_no_page_can_hold_is_printed_in_parts() -> None:
    head = "Xxxxxxxxxxxxxxxxxxx"
    edition = laid_out(f"<p id='a'>Before.</p>{table(25, head=head)}")
    (problem,) = edition.problems
    assert (problem.code, problem.is_error) == ("P08", False)
    text = "".join(pages_of(edition.pdf))
    assert text.count(head) > 25, "the first column is repeated"
    assert outside_letters(edition.pdf) == []


def test_a_wide_table_within_a_list_stays_on_the_page() -> None:
    edition = laid_out(f"<ul><li id='a'>x{table(14)}</li></ul>")
    assert page_shapes(edition.pdf).strip("P") == ""
    assert outside_letters(edition.pdf) == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("A4", "@page fn-wide{size:A4 landscape;margin:20mm}"),
        ("17cm 24cm", "@page fn-wide{size:24cm 17cm;margin:20mm}"),
        ("", ""),
        ("A4; } x {", ""),
    ],
)
def test_a_landscape_page_has_the_paper_of_the_theme(size: str, expected: str) -> None:
    assert landscape_rule({"page-size": size}) == expected


LONG = "Water flows from the mountains to the plains, and nobody measures it. " * 8
TALL = {
    "a callout": "<div class='callout'>{}</div>",
    "a quotation": "<blockquote>{}<p class='source' id='s'>Source</p></blockquote>",
    "a pull quote": "<blockquote class='pull'>{}</blockquote>",
    "a row": "<figure class='table plain'><div class='scroll'><table><tbody><tr><td>x</td><td>{}</td></tr></tbody></table></div></figure>",
    "a term": "<dl><dt id='t'>Term</dt><dd>{}</dd></dl>",
    "an item": "<ul><li>{}</li></ul>",
}


@pytest.mark.parametrize("place", TALL.values(), ids=TALL.keys())
def test_a_block_taller_than_a_page_begins_where_it_stands(place: str) -> None:
    paragraphs = "".join(f"<p id='p{n}'>{LONG}</p>" for n in range(9))
    before = "".join(f"<p id='b{n}'>{LONG}</p>" for n in range(3))
    edition = laid_out(before + place.format(paragraphs))
    with pdfium.PdfDocument(edition.pdf) as pdf:
        page = pdf[0]
        text = page.get_textpage()
        boxes = [text.get_charbox(n) for n in range(text.count_chars())]
        lowest = min(bottom for _, bottom, _, top in boxes if top > 90)
        assert lowest < page.get_height() * 0.3


def test_a_block_of_code_taller_than_a_page_is_complete() -> None:
    lines = "\n".join(f"line {n}" for n in range(150))
    edition = laid_out(f"<p id='a'>x</p><pre id='c'><code>{lines}</code></pre>")
    text = "".join(pages_of(edition.pdf))
    assert [int(n) for n in re.findall(r"line (\d+)", text)] == list(range(150))


def test_notes_with_long_quotations_follow_each_other() -> None:
    quotation = f"<p>Thus:</p><blockquote><p>{LONG * 3}</p></blockquote>"
    code = "<pre><code>" + "\n".join(f"x{n}" for n in range(60)) + "</code></pre>"
    items = "<ol>" + "".join(f"<li>{LONG}</li>" for _ in range(5)) + "</ol>"
    rows = "".join(f"<tr><td>{n}</td><td>{LONG}</td></tr>" for n in range(6))
    notes = (quotation, quotation, code, items, f"<table><tbody>{rows}</tbody></table>")
    calls = "".join(call(number) for number in range(1, 6))
    edition = laid_out(f"<p id='a'>Said{calls} here.</p><p id='b'>{LONG}</p>", notes)
    assert edition.audit.notes == 5


def test_lists_are_numbered_as_the_brief_says() -> None:
    body = (
        "<ol start='3'><li id='a'>three</li><li id='b'>four</li></ol>"
        "<ol start='0'><li id='c'>zero</li></ol>"
        "<ol type='a'><li id='d'>letter</li><li id='e' value='5'>fifth</li></ol>"
        "<ol reversed=''><li id='f'>two</li><li id='g'>one</li></ol>"
    )
    note = "<ol start='7'><li>seven</li></ol>"
    text = "".join(pages_of(laid_out(f"{body}<p id='n'>x{call(1)}</p>", (note,)).pdf))
    squeezed = re.sub(r"\s", "", text)
    assert "3.4.0.a.e.2.1." in squeezed
    assert "7.seven" in squeezed


def test_calls_that_follow_each_other_are_parted() -> None:
    body = f"<p id='a'>Fact.{call(1)}{call(2)}</p><p id='b'>One{call(3)}, two{call(4)}.</p>"
    edition = laid_out(body, ("<p>a</p>", "<p>b</p>", "<p>c</p>", "<p>d</p>"))
    text = "".join(pages_of(edition.pdf))
    assert re.search(r"Fact\.1,\s*2", text)
    assert re.search(r"One3\s*, two4\s*\.", text)
    root = fromstring(f"<p>{call(1)}{call(2)} {call(3)}x{call(4)}</p>")
    mark_adjacent_calls(root)
    marked = [element.text for element in root if "data-adjacent" in element.attrib]
    assert marked == ["2"]


@pytest.mark.parametrize("look", ["plain", "civic"])
@pytest.mark.parametrize("count", [2, 8, 30, 48])
def test_a_cover_has_the_whole_name_of_the_institute(look: str, count: int) -> None:
    book = books.as_book((), look=look)
    words = [f"Academy{number}" for number in range(count)]
    organisation = replace(book.press.organisation, name=" ".join(words), logo="")
    book = replace(book, press=replace(book.press, organisation=organisation, logos={}))
    svg = render_template(book.theme, COVER_TEMPLATE, book_template_data(book))
    texts = list(fromstring(svg).itertext())
    title = texts.pop(texts.index(next(each for each in texts if each.strip())))
    assert title
    assert [word for text in texts for word in re.findall(r"Academy\d+", text)] == words
    heights = [float(y) for y in re.findall(r'y="([\d.]+)">Academy', svg)]
    assert all(30 < height < 620 for height in heights)


def picture_widths(data: bytes) -> list[tuple[int, int]]:
    """Return left and width in mm of every picture, in order."""
    found = []
    with pdfium.PdfDocument(data) as pdf:
        for page in pdf:
            for each in page.get_objects():
                if isinstance(each, pdfium.PdfImage):
                    left, _, right, _ = each.get_bounds()
                    found.append(
                        (round(left / 72 * 25.4), round((right - left) / 72 * 25.4))
                    )
    return found


SIZES = [
    (320, "", 85, ""),
    (1600, "", 121, ""),
    (1600, "{width=50%}", 60, ""),
    (1600, "{width=80mm}", 80, ""),
    (320, "{width=100%}", 121, "P09"),
    (320, "{width=50%}", 60, ""),
    (320, "{width=0}", 85, ""),
    (320, "{width=9999999999999}", 85, ""),
    (320, "{width=calc(1px)}", 85, ""),
]


@pytest.mark.parametrize(("pixels", "asked", "millimetres", "code"), SIZES)
def test_a_picture_has_its_own_size_or_that_of_the_brief(
    pixels: int, asked: str, millimetres: int, code: str
) -> None:
    edition = edition_of(f"![A picture](a.png){asked}", (pixels, pixels // 2))
    ((_, width),) = picture_widths(edition.pdf)
    assert abs(width - millimetres) <= 1
    assert [problem.code for problem in edition.problems] == [code] * bool(code)


def test_pictures_on_a_line_are_side_by_side_and_others_below_each_other() -> None:
    markdown = "![A](a.png) ![B](b.png)\n![C](c.png)\n— Nobody"
    edition = edition_of(markdown, (900, 500))
    (left_a, width_a), (left_b, width_b), (left_c, _) = picture_widths(edition.pdf)
    assert left_b > left_a + width_a > left_c
    assert width_a == width_b


def test_a_caption_is_below_a_picture_and_above_a_table() -> None:
    edition = edition_of(
        '![A](a.png "Of a picture")\nMetres\n— Nobody\n\nTable: Of a table\n\n| a | b |\n|--|--|\n| c5 | d |',
        (300, 100),
    )
    with pdfium.PdfDocument(edition.pdf) as pdf:
        page = pdf[0]
        (picture,) = [
            each for each in page.get_objects() if isinstance(each, pdfium.PdfImage)
        ]
        _, bottom_of_picture, _, _ = picture.get_bounds()
        text = page.get_textpage()
        tops = {}
        for words in ("Of a picture", "Nobody", "Of a table", "c5"):
            index, count = text.search(words).get_next()
            tops[words] = text.get_charbox(index)[3]
            assert count == len(words)
    heights = [bottom_of_picture, *tops.values()]
    assert heights == sorted(heights, reverse=True)


def edition_of(markdown: str, size: tuple[int, int]) -> PdfEdition:
    """Return the PDF of a text that shows pictures of a size."""
    data = books.png(*size)
    source = f"---\ntitle: T\ndate: 2024-01-02\n---\n{markdown}\n"
    brief, _ = parse_brief(
        source.encode(), "briefs/t/index.md", Press(Organisation("I"))
    )
    assert brief is not None
    files = {f"briefs/t/{name}.png": data for name in "abc"}
    parsed = parse_document(brief, mapping_reader(files), Limits())
    assert parsed.document is not None
    assert [problem for problem in parsed.problems if problem.is_error] == []
    assets = {each.src: AssetFile(data, each.media) for each in parsed.document.assets}
    return render(parsed.document, PLAIN, assets)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["a", "(", "x1"])
def test_an_endless_word_is_printed_in_time(piece: str) -> None:
    word = (piece * 3_000)[:3_000]
    edition = laid_out(f"<p id='a'>So {word} it is.</p>")
    assert outside_letters(edition.pdf) == []
